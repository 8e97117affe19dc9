"""Module, and the notation that the whole package uses.

Notation. The loss L is one number. The gradient of L with regard to a tensor v is written v̄; it
has the shape of v. A module computes y = f(x; W), and its two methods are

    forward(x)             y
    backward(grad_output)  ȳ is given; adds W̄ to W.grad for every parameter; returns x̄

where x̄ = (∂y/∂x)ᵀ ȳ and W̄ = (∂y/∂W)ᵀ ȳ are vector-Jacobian products, VJP for short: the
Jacobians are never built. ȳ is called the cotangent of y. In shapes, (...) stands for any number
of axes, also none; Σ sums over them; ∘ multiplies element by element.

Source: Baydin, Pearlmutter, Radul, Siskind (2018), "Automatic differentiation in machine
learning: a survey", Journal of Machine Learning Research 18(153), section 3.2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, BackwardBeforeForward
from scratchnn.parameter import Parameter
from scratchnn.saved import SavedStack
from scratchnn.state import IncompatibleKeys, load


class Module(ABC):
    """A function y = f(x; W) with a backward written by hand.

    A subclass computes in `forward`, calls `self.save(..., output=y)` with what its backward will
    need, and takes it back in `backward` with `self.saved(grad_output)`. Several forwards may
    precede their backwards: the last is answered first. Evaluation mode keeps nothing.

    Parameters and children are whatever lies in the module's attributes, also in lists, tuples and
    dictionaries; nothing has to be registered, and no `super().__init__()` has to be called.

    VJP      `backward` takes ȳ, adds every W̄ to its parameter, returns x̄
    Raises   BackwardBeforeForward if no forward is left to answer, or in evaluation mode;
             ShapeError or DtypeError if ȳ is unlike y; SavedTensorError if x, y or W was changed
             in place between forward and backward
    Source   torch.nn.Module

    >>> import torch
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter(torch.tensor(3.0))
    ...
    ...     def forward(self, x):
    ...         y = self.factor.data * x
    ...         self.save(x, self.factor.data, output=y)
    ...         return y
    ...
    ...     def backward(self, grad_output):
    ...         x, factor = self.saved(grad_output)
    ...         self.factor.accumulate((grad_output * x).sum())
    ...         return grad_output * factor
    >>> scale = Scale()
    >>> scale(torch.tensor([1.0, 2.0]))
    tensor([3., 6.])
    >>> scale.backward(torch.tensor([1.0, 10.0]))
    tensor([ 3., 30.])
    >>> scale.factor.grad
    tensor(21.)
    """

    training: bool = True
    # Gradients add up, the last forward is answered first, what is returned is new memory: other
    # frameworks are free in this, and whoever checks a Module may hold it to torch's way.
    torch_conventions: ClassVar[bool] = True

    @abstractmethod
    def forward(self, *inputs: Any, **options: Any) -> Tensor:
        """Return y = f(x; W)."""

    @abstractmethod
    def backward(self, grad_output: Tensor) -> Tensor:
        """Add every W̄ to its parameter, and return x̄."""

    def __call__(self, *inputs: Any, **options: Any) -> Tensor:
        """Call `forward`."""
        return self.forward(*inputs, **options)

    # What a forward leaves for its backward.

    def save(self, *tensors: Tensor, output: Tensor) -> None:
        """Keep `tensors` for the backward of the forward that returns `output`."""
        if self.training:
            self._stack.push(tensors, output)

    def saved(self, grad_output: Tensor | None) -> tuple[Tensor, ...]:
        """Take back what the latest unanswered forward saved, if `grad_output` fits its output.

        None stands for a cotangent that fits by definition: a loss seeds itself with ones.
        """
        owner = type(self).__name__
        if not self.training:
            # Also if an earlier forward is pending: it is not the one that was just evaluated.
            raise BackwardBeforeForward(
                f"{owner} is in evaluation mode, where forward keeps nothing for backward: "
                "call train(), then forward, then backward"
            )
        return self._stack.pop(owner, grad_output)

    def forget(self) -> None:
        """Drop every forward that still waits for its backward, here and in the children.

        Training mode remembers each forward until its backward comes. Where it never will, as
        after an exception, this frees the memory; to predict, prefer `eval()`.

        >>> import torch, scratchnn
        >>> layer = scratchnn.Tanh()
        >>> y = layer(torch.ones(3))
        >>> layer.forget()
        >>> layer.backward(torch.ones(3))
        Traceback (most recent call last):
        scratchnn.errors.BackwardBeforeForward: Tanh.backward finds no forward left: ...
        """
        self._stack.records.clear()
        for child in self.children():
            child.forget()

    @property
    def _stack(self) -> SavedStack:
        # Made when first needed, so that a subclass need not call super().__init__().
        stack: SavedStack = vars(self).setdefault("_saved", SavedStack())
        return stack

    def __getstate__(self) -> dict[str, Any]:
        # For copy and pickle. A copy has run no forward, and a file should hold no activations.
        return {name: value for name, value in vars(self).items() if name != "_saved"}

    # What lies in the attributes.

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter once, its own before its children's, with its dotted name.

        >>> import scratchnn
        >>> model = scratchnn.Sequential(scratchnn.Linear(2, 3), scratchnn.Tanh())
        >>> [name for name, _ in model.named_parameters()]
        ['0.weight', '0.bias']
        """
        seen: set[int] = set()
        for name, parameter in self._walk(f"{prefix}." if prefix else ""):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield name, parameter

    def parameters(self) -> Iterator[Parameter]:
        """Yield every parameter once: what an optimizer takes."""
        for _, parameter in self.named_parameters():
            yield parameter

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield every module among the attributes once, with its name."""
        seen: set[int] = set()
        for name, member in self._members():
            if isinstance(member, Module) and id(member) not in seen:
                seen.add(id(member))
                yield name, member

    def children(self) -> Iterator[Module]:
        """Yield every module among the attributes once."""
        for _, child in self.named_children():
            yield child

    def _members(self) -> Iterator[tuple[str, Parameter | Module]]:
        for name, value in vars(self).items():
            yield from _found(name, value)

    def _walk(self, prefix: str) -> Iterator[tuple[str, Parameter]]:
        # Unlike named_parameters, a shared parameter comes up under each of its names.
        members = list(self._members())
        for name, member in members:
            if isinstance(member, Parameter):
                yield prefix + name, member
        for name, member in members:
            if isinstance(member, Module):
                yield from member._walk(f"{prefix}{name}.")  # noqa: SLF001 - our own class

    # What is done to all of them.

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> Self:
        """Enter training mode, or evaluation mode with `mode=False`; return self."""
        if not isinstance(mode, bool):
            raise ArgumentError(f"train({mode!r}): expected True or False")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Enter evaluation mode, in which forward keeps nothing; return self.

        >>> import torch, scratchnn
        >>> layer = scratchnn.Tanh().eval()
        >>> y = layer(torch.ones(3))
        >>> layer.backward(torch.ones(3))
        Traceback (most recent call last):
        scratchnn.errors.BackwardBeforeForward: Tanh is in evaluation mode, ... call train(), ...
        """
        return self.train(mode=False)

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Self:
        """Convert every parameter and its gradient; return self.

        Raises ArgumentError for a dtype that is not a floating-point one.

        >>> import torch, scratchnn
        >>> scratchnn.Linear(2, 1).to(dtype=torch.float64).weight.data.dtype
        torch.float64
        """
        if dtype is not None and not dtype.is_floating_point:
            raise ArgumentError(f"to(dtype={dtype}): expected a floating-point dtype")
        for parameter in self.parameters():
            parameter.data = parameter.data.to(dtype=dtype, device=device)
            if parameter.grad is not None:
                parameter.grad = parameter.grad.to(dtype=dtype, device=device)
        return self

    # Saving and loading.

    def state_dict(self) -> dict[str, Tensor]:
        """Return a copy of every parameter under its dotted name, torch.nn's own keys.

        Unlike torch's it is a snapshot: training on does not change it.

        >>> import scratchnn
        >>> state = scratchnn.Linear(3, 2).state_dict()
        >>> {name: tuple(value.shape) for name, value in state.items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: parameter.data.clone() for name, parameter in self._walk("")}

    def load_state_dict(
        self,
        state: Mapping[str, Tensor],
        strict: bool = True,
    ) -> IncompatibleKeys:
        """Copy the values of `state` into the parameters, all of them or none.

        With `strict=False`, keys that are missing or unexpected are returned instead of refused;
        a shape that differs is refused always.

        >>> import torch, scratchnn
        >>> layer = scratchnn.Linear(3, 2)
        >>> layer.load_state_dict(torch.nn.Linear(3, 2).state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        >>> layer.load_state_dict({"weight": torch.ones(3, 2)}, strict=False)
        Traceback (most recent call last):
        scratchnn.errors.StateDictError: the state does not fit Linear:
          'weight' is (3, 2), expected (2, 3)
        """
        return load(type(self).__name__, dict(self._walk("")), state, strict=strict)

    # What it looks like.

    def extra_repr(self) -> str:
        """Return the settings that stand between the parentheses of `repr`."""
        return ""

    def __repr__(self) -> str:
        head = self.extra_repr()
        children = [
            f"({name}): {member!r}"
            for name, member in self._members()
            if isinstance(member, Module)
        ]
        if not children:
            return f"{type(self).__name__}({head})"
        lines = "\n".join([head, *children] if head else children).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {lines}\n)"


def _found(name: str, value: object) -> Iterator[tuple[str, Parameter | Module]]:
    """Yield what an attribute holds: itself, or the items of a list, a tuple or a dictionary."""
    if isinstance(value, Parameter | Module):
        yield name, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _found(f"{name}.{index}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _found(f"{name}.{key}", item)
