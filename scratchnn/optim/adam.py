"""Adam and AdamW: each weight with a step of its own, as long as its gradients agree."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from scratchnn.errors import ArgumentError
from scratchnn.optim.optimizer import History, Optimizer, Tensors, decayed
from scratchnn.parameter import Parameter


class Adam(Optimizer):
    """The mean of the gradients over the root of the mean of their squares.

        g = W̄ + λ W
        m = β₁ m + (1 - β₁) g,   s = β₂ s + (1 - β₂) g²       both from 0
        W = W - lr m̂ / (√ŝ + ε),   m̂ = m / (1 - β₁ᵗ),   ŝ = s / (1 - β₂ᵗ)

    After t steps the factors of all gradients in m sum to 1 - β₁ᵗ, which is why it is divided out:
    the first steps would be too short. With amsgrad, s is the largest so far instead, so that steps
    never grow again.

    Raises   ArgumentError for a negative or NaN lr, eps or weight_decay, or betas outside [0, 1)
    Source   torch.optim.Adam; Kingma, Ba (2015), "Adam: a method for stochastic optimization",
             ICLR; amsgrad: Reddi, Kale, Kumar (2018), "On the convergence of Adam and beyond", ICLR

    >>> import torch
    >>> weight = Parameter(torch.tensor([1.0, 1.0]))
    >>> weight.accumulate(torch.tensor([100.0, -0.001]))
    >>> Adam([weight], lr=0.25).step()  # the first step is lr, whatever the size of the gradient
    >>> weight.data
    tensor([0.7500, 1.2500])
    """

    decoupled = False

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, eps=eps, weight_decay=weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ArgumentError(f"{type(self).__name__}(betas={betas}): expected two in [0, 1)")
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.amsgrad = amsgrad

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Change each weight by the rule above."""
        if not self.decoupled:
            grads = decayed(grads, weights, self.weight_decay)
        for weight, grad, history in zip(weights, grads, histories, strict=True):
            if self.decoupled:
                weight.mul_(1 - self.lr * self.weight_decay)
            mean = history.tensor("mean", weight)
            square = history.tensor("square", weight)
            mean.lerp_(grad, 1 - self.betas[0])
            square.mul_(self.betas[1]).addcmul_(grad, grad, value=1 - self.betas[1])
            if self.amsgrad:
                largest = history.tensor("largest", weight)
                square = torch.maximum(largest, square, out=largest)
            missing = [1 - beta**history.steps for beta in self.betas]
            root = (square.sqrt() / math.sqrt(missing[1])).add_(self.eps)
            weight.addcdiv_(mean, root, value=-self.lr / missing[0])

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(lr={self.lr}, betas={self.betas}, eps={self.eps}, "
            f"weight_decay={self.weight_decay}, amsgrad={self.amsgrad})"
        )


class AdamW(Adam):
    """Adam whose weight decay is no part of the gradient:  W = (1 - lr λ) W  before each step.

    Within the gradient it would be divided by √ŝ, and weights with large gradients decay less.

    Raises   what Adam raises
    Source   torch.optim.AdamW; Loshchilov, Hutter (2019), "Decoupled weight decay regularization",
             ICLR

    >>> import torch
    >>> weight = Parameter(torch.tensor([1.0]))
    >>> weight.accumulate(torch.tensor([0.0]))
    >>> AdamW([weight], lr=0.5, weight_decay=0.5).step()
    >>> weight.data
    tensor([0.7500])
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)
