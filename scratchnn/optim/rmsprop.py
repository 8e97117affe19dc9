"""RMSprop: the gradient over the root of the mean of its squares."""

from __future__ import annotations

from collections.abc import Iterable

from scratchnn.optim.optimizer import History, Optimizer, Tensors, decayed
from scratchnn.parameter import Parameter


class RMSprop(Optimizer):
    """Steps divided by how large gradients have been lately.

        g = W̄ + λ W
        s = α s + (1 - α) g²,   with centered:  m = α m + (1 - α) g,  and  s - m²  in place of s
        v = μ v + g / (√s + ε)
        W = W - lr v

    Raises   ArgumentError for a negative or NaN setting
    Source   torch.optim.RMSprop; Tieleman, Hinton (2012), lecture 6.5 of "Neural networks for
             machine learning"; centered: Graves (2013), "Generating sequences with recurrent neural
             networks", arXiv 1308.0850

    ε stands outside of the root, as in torch; elsewhere it is inside.

    >>> import torch
    >>> weight = Parameter(torch.tensor([1.0]))
    >>> weight.accumulate(torch.tensor([2.0]))
    >>> RMSprop([weight], lr=0.25, alpha=0.75).step()  # √s = √(4/4)
    >>> weight.data
    tensor([0.5000])
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            params, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum
        )
        self.alpha = alpha
        self.eps = eps
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.centered = centered

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Change each weight by the rule above."""
        grads = decayed(grads, weights, self.weight_decay)
        for weight, grad, history in zip(weights, grads, histories, strict=True):
            square = history.tensor("square", weight)
            square.mul_(self.alpha).addcmul_(grad, grad, value=1 - self.alpha)
            if self.centered:
                mean = history.tensor("mean", weight)
                mean.lerp_(grad, 1 - self.alpha)
                square = square.addcmul(mean, mean, value=-1)
            root = square.sqrt().add_(self.eps)
            if self.momentum == 0:
                weight.addcdiv_(grad, root, value=-self.lr)
            else:
                velocity = history.tensor("velocity", weight)
                velocity.mul_(self.momentum).addcdiv_(grad, root)
                weight.add_(velocity, alpha=-self.lr)

    def __repr__(self) -> str:
        return (
            f"RMSprop(lr={self.lr}, alpha={self.alpha}, eps={self.eps}, "
            f"weight_decay={self.weight_decay}, momentum={self.momentum}, centered={self.centered})"
        )
