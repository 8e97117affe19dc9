"""Layerwise: a chain in which every layer steps within its own backward."""

from __future__ import annotations

import math

from torch import Tensor

from scratchnn.container import Sequential
from scratchnn.errors import ArgumentError
from scratchnn.module import Module


class Layerwise(Sequential):
    """A Sequential that needs no optimizer: each module's W becomes W - lr W̄ when x̄ is known.

    Shapes   as Sequential
    VJP      x̄ as Sequential's; W̄ is used up at once, and stays to be read until the next backward
    Raises   ArgumentError for a negative or NaN lr, and what Sequential raises
    Source   report 002, where "the backward functions update the weights when present"

    It is gradient descent all the same: a module's x̄ is computed from the weights that its forward
    used, and no module reads another one's.  Two forwards before their backwards are refused, for
    the first backward would change what the second one needs.

    >>> import torch, scratchnn
    >>> layer = scratchnn.Linear(1, 1, bias=False)
    >>> _ = scratchnn.init.constant(layer.weight.data, 3.0)
    >>> model = Layerwise(layer, lr=0.5)
    >>> model(torch.tensor([[2.0]]))
    tensor([[6.]])
    >>> model.backward(torch.tensor([[1.0]])), layer.weight.data
    (tensor([[3.]]), tensor([[2.]]))
    """

    # It overwrites gradients and moves weights: whoever checks it may not hold it to torch's way.
    torch_conventions = False

    def __init__(self, *modules: Module, lr: float) -> None:
        if lr < 0 or math.isnan(lr):
            raise ArgumentError(f"Layerwise(lr={lr}): expected a number of at least 0")
        super().__init__(*modules)
        self.lr = lr

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return x̄; every module on the way has stepped when this returns."""
        self.saved(grad_output)
        grad = grad_output
        try:
            for module in reversed(list(self)):
                module.zero_grad()
                grad = module.backward(grad)
                self._step(module)
        except BaseException:
            self.forget()
            raise
        return grad.clone() if grad is grad_output else grad

    def _step(self, module: Module) -> None:
        for parameter in module.parameters():
            if parameter.grad is not None:
                parameter.data.add_(parameter.grad, alpha=-self.lr)
