"""Torch's own graph: a cotangent sent back through it as it is, and who stands in it.

A claim goes through torch's engine, as in life: it sums what was broadcast, casts to the dtype of
the leaf, and makes zeros of the cotangents that nobody gives.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nested import has_gradient, in_memory, real
from gradcheck.errors import BackwardError, one_line
from gradcheck.subject import Claims, Outputs, Values, copies

# Moves an output that depends on a leaf by far more than rounding, and hardly leaves a domain.
_NUDGE = 2.0**-10
AUTOGRADS_OWN = "the claim is torch autograd's own: no Function inside is written by hand"
UNREACHED = "autograd reaches it on no path, though the outputs move with it: a detach?"
WITHHELD = "a backward on the way returns None for it, though the outputs move with it"
MISFITS = "returned an invalid gradient"
"""What torch's engine says of a gradient that has not the shape of its leaf."""


@dataclass(frozen=True)
class Recorded:
    """One forward, with the graph that torch has kept of it.

    Attributes:
        leaves: What the gradients are asked for.
        outputs: Those that have a gradient.
    """

    leaves: Values
    outputs: Outputs


class Waiting:
    """The forwards that wait for their backward: the last is answered first.

    The only one left stays, for a second backward on it.

    >>> waiting = Waiting("demo")
    >>> for output in (torch.zeros(1), torch.zeros(2), torch.zeros(3)):
    ...     waiting.add(Recorded((), (output,)))
    >>> [len(waiting.next().outputs[0]) for _ in range(4)]
    [3, 2, 1, 1]
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._recorded: list[Recorded] = []

    def add(self, recorded: Recorded) -> None:
        """Keep the graph of one forward."""
        self._recorded.append(recorded)

    def next(self) -> Recorded:
        """Return the forward that the next backward belongs to.

        Raises:
            BackwardError: If there was none.
        """
        if not self._recorded:
            raise BackwardError(f"{self._name}: there is no backward before a forward")
        return self._recorded.pop() if len(self._recorded) > 1 else self._recorded[0]


def as_leaves(values: Values) -> Values:
    """The same memory, so that its owner sees what is written there, with a gradient."""
    return tuple(value.detach().requires_grad_() for value in values)


def pulled_back(recorded: Recorded, cotangents: Outputs, name: str) -> Claims:
    """What a backward claims for each leaf, None where nothing reaches it.

    The graph stays, and what is returned is nobody's memory but perhaps a leaf's: to hand
    ``grad_output`` on is right in torch, whose engine copies where it must.

    Raises:
        BackwardError: If a backward in the graph raises.
    """
    with torch.enable_grad():
        total = _Feed.apply(cotangents, *recorded.outputs)
    try:
        found: Claims = torch.autograd.grad(
            total, recorded.leaves, retain_graph=True, allow_unused=True
        )
    except (Exception, SystemExit) as raised:
        raise BackwardError(f"{name} raised {one_line(raised)}") from raised
    given = {u.untyped_storage().data_ptr() for u in cotangents}
    return tuple(
        claim if claim is None else _own(in_memory(claim.detach()), given) for claim in found
    )


def pulled_back_without(
    graph: Callable[[Values], Outputs],
    values: Values,
    cotangents: Outputs,
    frozen: Collection[int],
    name: str,
) -> Claims:
    """What a backward claims while some leaves ask for no gradient; None for these.

    Raises:
        BackwardError: If a backward in the graph raises.
    """
    leaves = tuple(
        value.detach().clone().requires_grad_(number not in frozen)
        for number, value in enumerate(values)
    )
    with torch.enable_grad():
        outputs = graph(leaves)
    pairs = [(y, u) for y, u in zip(outputs, cotangents, strict=True) if y.requires_grad]
    if not pairs:
        return (None,) * len(values)
    asking = tuple(leaf for leaf in leaves if leaf.requires_grad)
    reached, given = zip(*pairs, strict=True)
    claims = iter(pulled_back(Recorded(asking, reached), given, name))
    return tuple(next(claims) if leaf.requires_grad else None for leaf in leaves)


def pulled_back_for(
    graph: Callable[[Values], Outputs], values: Values, cotangents: Mapping[int, Tensor], name: str
) -> Claims:
    """What a backward claims where only some outputs, by number, are used at all.

    Raises:
        BackwardError: If a backward in the graph raises.
    """
    leaves = as_leaves(copies(values))
    with torch.enable_grad():
        outputs = graph(leaves)
    used = tuple(outputs[number] for number in cotangents)
    return pulled_back(Recorded(leaves, used), copies(tuple(cotangents.values())), name)


def _own(claim: Tensor, given: set[int]) -> Tensor:
    return claim.clone() if claim.untyped_storage().data_ptr() in given else claim


def moves(forward: Callable[[Values], Outputs], values: Values, number: int) -> bool:
    """Whether some output is another when this leaf is moved a little.

    Raises:
        ExerciseError: If the forward refuses to be called there.

    >>> moves(lambda values: (values[0] * 2,), (torch.ones(1), torch.ones(1)), 1)
    False
    """
    moved = list(values)
    value = values[number]
    moved[number] = torch.where(value == 0, _NUDGE, value * (1 + _NUDGE)).to(value)
    pairs = zip(forward(values), forward(tuple(moved)), strict=True)
    return not all(torch.equal(one, other) for one, other in pairs)


def differentiable(result: Any) -> tuple[Tensor, ...]:
    """The outputs that have a gradient, at any depth of tuples, lists and dictionaries."""
    return tuple(part for part in tensors_in(result) if part.requires_grad)


def tensors_in(result: Any) -> Iterator[Tensor]:
    """Every floating-point tensor, and the parts of complex ones, at any depth of containers.

    >>> [*tensors_in((torch.zeros(1), None, {"more": [torch.zeros(1), 3]}))]
    [tensor([0.]), tensor([0.])]
    """
    if isinstance(result, Tensor):
        if has_gradient(result):
            with torch.enable_grad():  # the view belongs to the graph, wherever it is asked for
                part = real(result)
            yield part
    elif isinstance(result, tuple | list):
        for part in result:
            yield from tensors_in(part)
    elif isinstance(result, dict):
        yield from tensors_in(list(result.values()))


def hand_written(outputs: Outputs) -> set[Any]:
    """The Functions in a graph that are not torch's own."""
    functions = (getattr(node, "_forward_cls", None) for node in _nodes(outputs))
    return {one for one in functions if one is not None and not is_torchs_own(one)}


def in_graph(outputs: Outputs, leaf: Tensor) -> bool:
    """Whether a leaf lies in the graph, so that only a backward there can withhold its gradient.

    >>> x = torch.ones(2, requires_grad=True)
    >>> in_graph((2 * x,), x), in_graph((2 * x.detach(),), x)
    (True, False)
    """
    return any(getattr(node, "variable", None) is leaf for node in _nodes(outputs))


def _nodes(outputs: Outputs) -> Iterator[Any]:
    """Every node of a graph, once."""
    seen: set[Any] = set()
    pending = [output.grad_fn for output in outputs]
    while pending:
        node = pending.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        yield node
        pending.extend(following for following, _ in node.next_functions)


def is_function(kind: type) -> bool:
    """Whether it derives from torch's Function, filled in or not."""
    return issubclass(kind, torch.autograd.Function)


def is_torchs_own(kind: type) -> bool:
    """Whether torch defines it.

    >>> is_torchs_own(torch.nn.Linear), is_torchs_own(Waiting)
    (True, False)
    """
    return kind.__module__.partition(".")[0] == "torch"


class _Feed(torch.autograd.Function):
    """Hands on the very cotangents: where they lie and how is for the backward to see.

    ``torch.autograd.grad`` would take them as ``grad_outputs``, and import sympy for that, which
    takes two seconds.
    """

    apply: Callable[..., Tensor]

    @staticmethod
    def forward(ctx: Any, cotangents: Outputs, *outputs: Tensor) -> Tensor:
        ctx.cotangents = cotangents
        return outputs[0].new_zeros(())

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor | None, ...]:
        return (None, *ctx.cotangents)
