"""SGD: one step against the gradient, with either form of momentum."""

from __future__ import annotations

from collections.abc import Iterable

# One call for all parameters; torch has no public name for these, and torch.optim uses the same.
from torch import _foreach_add as add
from torch import _foreach_add_ as add_
from torch import _foreach_mul as mul
from torch import _foreach_mul_ as mul_

from scratchnn.errors import ArgumentError
from scratchnn.optim.optimizer import History, Optimizer, Tensors, decayed
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

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Change all weights by the rule above, in one call for each of its operations.

        For small ones a call costs more than its numbers: in all, a third of the loop over them.
        """
        directions = decayed(grads, weights, self.weight_decay)
        if self.sutskever:
            directions = [*mul(directions, self.lr)]
        if self.momentum != 0:
            directions = self._with_momentum(directions, histories)
        add_(weights, directions, alpha=-1.0 if self.sutskever else -self.lr)

    def _with_momentum(self, directions: Tensors, histories: list[History]) -> Tensors:
        moving = [pair for pair in zip(histories, directions, strict=True) if pair[0].tensors]
        for history, direction in zip(histories, directions, strict=True):
            if not history.tensors:
                history.tensors["velocity"] = direction.clone()
        if moving:
            moved = [history.tensors["velocity"] for history, _ in moving]
            mul_(moved, self.momentum)
            add_(moved, [g for _, g in moving], alpha=1 - self.dampening)
        velocities = [history.tensors["velocity"] for history in histories]
        if self.nesterov:
            return [*add(directions, velocities, alpha=self.momentum)]
        return velocities

    def __repr__(self) -> str:
        form = ", sutskever=True" if self.sutskever else ""
        return (
            f"SGD(lr={self.lr}, momentum={self.momentum}, dampening={self.dampening}, "
            f"weight_decay={self.weight_decay}, nesterov={self.nesterov}{form})"
        )
