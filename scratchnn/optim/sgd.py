"""SGD: one step against the gradient, with either form of momentum."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.optim.optimizer import History, Optimizer, decayed
from scratchnn.parameter import Parameter


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum μ, dampening τ and weight decay λ.

        g = W̄ + λ W
        v = μ v + (1 - τ) g,   v = g in the first step
        W = W - lr v,          W = W - lr (g + μ v) with nesterov

    Sutskever's form has lr inside v: the same for a constant lr, another path where lr changes,
    for what is in v then keeps the lr that it was added with:

        v = μ v + lr (1 - τ) g,   v = lr g in the first step
        W = W - v,                W = W - (lr g + μ v) with nesterov

    Raises   ArgumentError for a negative or NaN lr, momentum or weight_decay, and for nesterov
             without momentum or with dampening
    Source   torch.optim.SGD, whose steps it repeats to the bit, and which has the first form alone;
             Sutskever, Martens, Dahl, Hinton (2013), "On the importance of initialization and
             momentum in deep learning", ICML

    Parameters without a gradient are skipped, and keep their v.

    >>> import torch, scratchnn
    >>> weight = Parameter(torch.tensor([1.0]))
    >>> optimizer = SGD([weight], lr=0.5, momentum=0.9)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     weight.accumulate(torch.tensor([1.0]))
    ...     optimizer.step()  # v is 1, then 1.9
    >>> weight.data
    tensor([-0.4500])
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        sutskever: bool = False,
    ) -> None:
        super().__init__(params, lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ArgumentError(
                f"SGD(nesterov=True, momentum={momentum}, dampening={dampening}): "
                "expected a momentum above 0 and no dampening"
            )
        self.momentum = momentum
        self.dampening = dampening
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.sutskever = sutskever

    def update(self, weight: Tensor, grad: Tensor, history: History) -> None:
        """Change a weight by the rule above."""
        direction = decayed(grad, weight, self.weight_decay)
        if self.sutskever:
            direction = direction * self.lr
        if self.momentum != 0:
            direction = self._with_momentum(direction, history)
        weight.add_(direction, alpha=-1.0 if self.sutskever else -self.lr)

    def _with_momentum(self, direction: Tensor, history: History) -> Tensor:
        velocity = history.tensors.get("velocity")
        if velocity is None:
            velocity = history.tensors["velocity"] = direction.clone()
        else:
            velocity.mul_(self.momentum).add_(direction, alpha=1 - self.dampening)
        return direction.add(velocity, alpha=self.momentum) if self.nesterov else velocity

    def __repr__(self) -> str:
        form = ", sutskever=True" if self.sutskever else ""
        return (
            f"SGD(lr={self.lr}, momentum={self.momentum}, dampening={self.dampening}, "
            f"weight_decay={self.weight_decay}, nesterov={self.nesterov}{form})"
        )
