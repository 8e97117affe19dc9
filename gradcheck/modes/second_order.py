"""The derivative of a backward: the VJP of a function as a function of its own, to be checked.

    second(f)(x, u) = (∂f/∂x)ᵀ u

Its gradients by x and u are what double backward must get right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters import differentiated
from gradcheck.adapters.nested import Nested, in_memory, real, rebuilt, tensors_of
from gradcheck.cases.probe import Probe
from gradcheck.errors import ExerciseError
from gradcheck.records import SECOND_ORDER
from gradcheck.subject import Subject, Values

_DELAYED = "torch::autograd::Error"


def second(function: Callable[..., Any], inputs: int) -> Callable[..., tuple[Tensor, ...]]:
    """The VJP of a function of so many inputs; its arguments are these, then the cotangents.

    What depends on no input gives no gradient, and is left out.

    >>> x, u = torch.tensor([3.0], requires_grad=True), torch.ones(1)
    >>> (gradient,) = second(lambda x: x**2, 1)(x, u)
    >>> gradient.detach()
    tensor([6.])
    """

    def vjp(*arguments: Any) -> tuple[Tensor, ...]:
        given, cotangents = arguments[:inputs], arguments[inputs:]
        with torch.enable_grad():
            leaves: list[Tensor] = []
            called = rebuilt(given, _asking({id(p.value) for p in _leaves(given)}, leaves))
            outputs = reached(function(*called))
            total = weighted(outputs, cotangents)
            found: Sequence[Tensor | None] = torch.autograd.grad(
                total, leaves, create_graph=True, allow_unused=True
            )
        return tuple(in_memory(gradient) for gradient in found if gradient is not None)

    name = getattr(function, "__name__", "the function")
    vjp.__name__ = vjp.__qualname__ = f"the VJP of {name}"
    setattr(vjp, differentiated.DERIVED_FROM, function)
    return vjp


def doubled(probe: Probe) -> Subject:
    """The backward as a forward of its own: what it claims is torch's double backward.

    Its leaves are those of the subject that have a gradient, and the cotangents.

    Raises:
        ExerciseError: If torch does not differentiate the backward.
    """
    subject, draw = probe.subject, probe.draws[0]
    graph = subject.graph
    if graph is None:
        raise ExerciseError("torch does not differentiate it: there is no double backward")
    values = asking(probe)
    cotangents = tuple(u.clone().requires_grad_() for u in draw.cotangents)
    vjp = second(lambda *given: graph(given), len(values))
    _refuse_once_differentiable(vjp(*values, *cotangents))
    adapted = differentiated.adapt(vjp, (*values, *cotangents), {}, torch.float64)
    names = [leaf.name for leaf in subject.leaves if not leaf.unclaimed]
    names += numbered("grad_output", len(cotangents))
    pairs = zip(adapted.leaves, names, strict=True)
    return replace(
        adapted,
        name=f"the double backward of {subject.name}",
        leaves=tuple(replace(leaf, name=f"{name} ({SECOND_ORDER})") for leaf, name in pairs),
        source=subject.source,
    )


def asking(probe: Probe) -> Values:
    """Copies of the values, each asking for a gradient if its leaf is to have one."""
    return tuple(
        value.clone().requires_grad_(not leaf.unclaimed)
        for leaf, value in zip(probe.subject.leaves, probe.values, strict=True)
    )


def numbered(name: str, count: int) -> list[str]:
    """One name for each.

    >>> numbered("grad_output", 1), numbered("grad_output", 2)
    (['grad_output'], ['grad_output 0', 'grad_output 1'])
    """
    return [name] if count == 1 else [f"{name} {number}" for number in range(count)]


def _refuse_once_differentiable(gradients: tuple[Tensor, ...]) -> None:
    """Its author says that it can be differentiated once, and torch raises where one tries to."""
    if any(gradient.grad_fn and gradient.grad_fn.name() == _DELAYED for gradient in gradients):
        raise ExerciseError("its backward is marked once_differentiable")


def reached(result: Any) -> list[Tensor]:
    """The tensors in a result that have a gradient."""
    return [tensor for tensor in tensors_of(result) if tensor.requires_grad]


def weighted(outputs: Any, cotangents: Any) -> Tensor:
    """The sum of ⟨u, y⟩ over all outputs, real and imaginary parts apart.

    >>> weighted([torch.tensor([1 + 2j])], [torch.tensor([3 + 5j])])
    tensor(13.)
    """
    products = zip(outputs, cotangents, strict=True)
    return torch.stack([(real(y) * real(u)).sum() for y, u in products]).sum()


def _leaves(given: tuple[Any, ...]) -> Any:
    return Nested(given, ("",) * len(given)).leaves


def _asking(wanted: set[int], leaves: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """What makes every wanted tensor ask for a gradient, and notes it."""

    def asking(tensor: Tensor) -> Tensor:
        if id(tensor) not in wanted:
            return tensor
        # A clone keeps the tangent of a dual number, which a detached tensor does not.
        leaf = tensor if tensor.requires_grad else tensor.clone().requires_grad_()
        leaves.append(leaf)
        return leaf.clone()  # no leaf may be changed in place where torch keeps a graph

    return asking
