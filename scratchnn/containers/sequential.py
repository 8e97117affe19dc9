"""Sequential: modules one after the other, which is the chain rule and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from torch import Tensor

from scratchnn.module import Module


class Sequential(Module):
    """The composition  y = fₙ(… f₂(f₁(x))).

    Shapes   x as f₁ takes it  ->  y as fₙ returns it
    VJP      x̄ = J₁ᵀ(J₂ᵀ(… Jₙᵀ ȳ)):  the same modules, backwards, last to first
    Raises   TypeError if something is no Module; IndexError for an index out of range. A forward
             or backward that fails halfway forgets every pending forward of the chain, for one
             half would otherwise answer the next backward from another forward than the rest
    Source   torch.nn.Sequential, whose state-dict keys it shares ('0.weight'); Rumelhart, Hinton,
             Williams (1986), "Learning representations by back-propagating errors", Nature 323

    Without modules it is the identity, and its backward returns a copy of ȳ.

    >>> import torch, scratchnn
    >>> model = Sequential(scratchnn.ReLU(), scratchnn.Tanh())
    >>> model
    Sequential(
      (0): ReLU()
      (1): Tanh()
    )
    >>> model(torch.tensor([-1.0, 0.5]))
    tensor([0.0000, 0.4621])
    >>> model.backward(torch.ones(2))
    tensor([0.0000, 0.7864])
    >>> len(model), model[-1], model[:1]
    (2, Tanh(), Sequential(
      (0): ReLU()
    ))
    """

    def __init__(self, *modules: Module) -> None:
        for index, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(
                    f"Sequential: argument {index} is {module!r}, expected a scratchnn.Module "
                    "(unpack a list with Sequential(*modules))"
                )
            # Under its number, for that is its name in a state dict.
            setattr(self, str(index), module)

    def forward(self, x: Tensor) -> Tensor:
        """Return fₙ(… f₁(x))."""
        y = x
        try:
            for module in self:
                y = module(y)
        except BaseException:
            self.forget()
            raise
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return J₁ᵀ(… Jₙᵀ ȳ); every module on the way adds its parameters' gradients."""
        self.saved(grad_output)
        grad = grad_output
        try:
            for module in reversed(list(self)):
                grad = module.backward(grad)
        except BaseException:
            self.forget()
            raise
        return grad.clone() if grad is grad_output else grad

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Module]:
        return iter([module for name, module in vars(self).items() if name.isdigit()])

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module | Sequential:
        modules = list(self)
        if isinstance(index, slice):
            return Sequential(*modules[index])
        try:
            return modules[index]
        except IndexError:
            raise IndexError(
                f"Sequential[{index}]: it has {len(modules)} modules, the first is 0"
            ) from None
