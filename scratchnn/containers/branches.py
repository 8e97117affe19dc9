"""Residual and Parallel: what goes by several ways at once."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.containers.sequential import Sequential
from scratchnn.errors import ArgumentError, check_shape
from scratchnn.module import Module


class Residual(Sequential):
    """A way round a chain of modules:  y = x + f(x),  f = fₙ(… f₁(x)).

    Shapes   x as f₁ takes it  ->  y as x
    VJP      x̄ = ȳ + Jᵀ ȳ,  J that of f: the gradient also comes back unchanged
    Raises   ShapeError if f(x) has another shape than x; what Sequential raises
    Source   He, Zhang, Ren, Sun (2016), "Deep residual learning for image recognition", CVPR

    >>> import torch, scratchnn
    >>> model = Residual(scratchnn.ReLU())
    >>> model(torch.tensor([-1.0, 2.0]))
    tensor([-1.,  4.])
    >>> model.backward(torch.ones(2))
    tensor([1., 2.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x + f(x)."""
        way = super().forward(x)
        try:
            check_shape(
                "f(x) in Residual", way.shape, x.shape, "it is added to x, element by element"
            )
        except BaseException:
            self.forget()
            raise
        return x + way

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ + Jᵀ ȳ."""
        return super().backward(grad_output) + grad_output


class Parallel(Module):
    """Several modules on the same input, their outputs side by side:  y = [f₁(x), … fₙ(x)].

    Shapes   x as all fᵢ take it  ->  y as their outputs, but along `dim` as long as all together
    VJP      x̄ = Σ Jᵢᵀ ȳᵢ,  ȳᵢ the part of ȳ that belongs to fᵢ
    Raises   TypeError if something is no Module; ArgumentError for no module at all; ShapeError if
             the outputs differ along another axis. A forward or backward that fails halfway forgets
             every pending forward, as in Sequential
    Source   Szegedy and others (2015), "Going deeper with convolutions", CVPR

    >>> import torch, scratchnn
    >>> model = Parallel(scratchnn.ReLU(), scratchnn.Identity())
    >>> model(torch.tensor([[-1.0, 2.0]]))
    tensor([[ 0.,  2., -1.,  2.]])
    >>> model.backward(torch.tensor([[1.0, 10.0, 100.0, 1000.0]]))
    tensor([[ 100., 1010.]])
    """

    def __init__(self, *modules: Module, dim: int = 1) -> None:
        if not modules:
            raise ArgumentError("Parallel(): expected at least one module")
        for index, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(
                    f"Parallel: argument {index} is {module!r}, expected a scratchnn.Module"
                )
            setattr(self, str(index), module)
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of all modules side by side."""
        try:
            parts = [module(x) for module in self.children()]
            for part in parts[1:]:
                other = list(part.shape)
                other[self.dim] = parts[0].shape[self.dim]
                fix = f"outputs may differ along axis {self.dim} alone"
                check_shape("an output in Parallel", tuple(other), parts[0].shape, fix)
            y = torch.cat(parts, dim=self.dim)
        except BaseException:
            self.forget()
            raise
        self.save([part.shape[self.dim] for part in parts], output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return Σ Jᵢᵀ ȳᵢ; every module adds its parameters' gradients."""
        (sizes,) = self.taken(grad_output)
        parts = grad_output.split(sizes, dim=self.dim)
        try:
            pairs = zip(self.children(), parts, strict=True)
            grads: list[Tensor] = [module.backward(part) for module, part in pairs]
        except BaseException:
            self.forget()
            raise
        return torch.stack(grads).sum(dim=0)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"
