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
from typing import Any, ClassVar, Self

from torch import Tensor

from scratchnn.errors import ArgumentError, BackwardBeforeForward
from scratchnn.saved import SavedStack
from scratchnn.tree import Tree


class Module(Tree, ABC):
    """A function y = f(x; W) with a backward written by hand.

    A subclass computes in `forward`, calls `self.save(..., output=y)` with what its backward will
    need, and takes it back in `backward` with `self.saved(grad_output)`. Several forwards may
    precede their backwards: the last is answered first. Evaluation mode keeps nothing.

    Parameters and children are whatever lies in the module's attributes: see `scratchnn.tree`.

    A module of several inputs returns a tuple of their gradients; one of several outputs takes a
    cotangent for each, nested as the outputs are, where None stands for zeros.

    VJP      `backward` takes ȳ, adds every W̄ to its parameter, returns x̄
    Raises   BackwardBeforeForward if no forward is left to answer, or in evaluation mode;
             ShapeError or DtypeError if ȳ is unlike y; SavedTensorError if x, y or W was changed
             in place between forward and backward
    Source   torch.nn.Module

    >>> import torch
    >>> from scratchnn import Parameter
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
    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Return y = f(x; W)."""

    @abstractmethod
    def backward(self, grad_output: Any) -> Any:
        """Add every W̄ to its parameter, and return x̄."""

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Call `forward`."""
        return self.forward(*inputs, **options)

    # What a forward leaves for its backward.

    def save(self, *kept: Any, output: Tensor) -> None:
        """Keep tensors, and whatever else, for the backward of the forward that returns `output`.

        Of several outputs it is the first.
        """
        if self.training:
            self._stack.push(kept, output)

    def saved(self, grad_output: Tensor | None) -> tuple[Tensor, ...]:
        """Take back what the latest unanswered forward saved, if `grad_output` fits its output.

        None stands for a cotangent that fits by definition: a loss seeds itself with ones.
        """
        return self.taken(grad_output)

    def taken(self, grad_output: Tensor | None) -> tuple[Any, ...]:
        """Take back the same, where not all that was saved are tensors."""
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
        stack: SavedStack | None = self.__dict__.get("_saved")
        if stack is None:
            stack = self.__dict__["_saved"] = SavedStack()
        return stack

    def __getstate__(self) -> dict[str, Any]:
        # For copy and pickle. A copy has run no forward, and a file should hold no activations.
        return {name: value for name, value in vars(self).items() if name != "_saved"}

    # Training or evaluation.

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
