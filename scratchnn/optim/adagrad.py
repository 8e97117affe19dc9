"""Adagrad: the gradient over the root of the sum of its squares."""

from __future__ import annotations

from collections.abc import Iterable

from scratchnn.optim.optimizer import History, Optimizer, Tensors, decayed
from scratchnn.parameter import Parameter


class Adagrad(Optimizer):
    """Long steps for weights whose gradients are rare, short ones for the others.

        g = W̄ + λ W,   s = s + g²
        W = W - lrₜ g / (√s + ε),   lrₜ = lr / (1 + (t - 1) decay)

    s never shrinks, so steps become ever shorter.

    Raises   ArgumentError for a negative or NaN setting
    Source   torch.optim.Adagrad; Duchi, Hazan, Singer (2011), "Adaptive subgradient methods for
             online learning and stochastic optimization", Journal of Machine Learning Research 12

    >>> import torch
    >>> weight = Parameter(torch.tensor([1.0]))
    >>> weight.accumulate(torch.tensor([2.0]))
    >>> Adagrad([weight], lr=0.25).step()  # the first step is lr
    >>> weight.data
    tensor([0.7500])
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(
            params,
            lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        self.lr_decay = lr_decay
        self.weight_decay = weight_decay
        self.initial_accumulator_value = initial_accumulator_value
        self.eps = eps

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Change each weight by the rule above."""
        grads = decayed(grads, weights, self.weight_decay)
        for weight, grad, history in zip(weights, grads, histories, strict=True):
            total = history.tensor("total", weight, self.initial_accumulator_value)
            total.addcmul_(grad, grad)
            rate = self.lr / (1 + (history.steps - 1) * self.lr_decay)
            weight.addcdiv_(grad, total.sqrt().add_(self.eps), value=-rate)

    def __repr__(self) -> str:
        return (
            f"Adagrad(lr={self.lr}, lr_decay={self.lr_decay}, weight_decay={self.weight_decay}, "
            f"initial_accumulator_value={self.initial_accumulator_value}, eps={self.eps})"
        )
