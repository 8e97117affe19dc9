"""SGD: one step against the gradient, with torch's momentum."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.parameter import Parameter


class Optimizer(ABC):
    """Parameters, and a rule that steps each of them along its gradient.

    Raises   TypeError for anything but Parameters; ArgumentError for none at all, or one twice
    Source   torch.optim.Optimizer

    >>> import torch
    >>> class Descent(Optimizer):
    ...     def step(self):
    ...         for parameter in self.params:
    ...             parameter.data -= parameter.grad
    >>> weight = Parameter(torch.tensor([3.0]))
    >>> weight.accumulate(torch.tensor([1.0]))
    >>> Descent([weight]).step()
    >>> weight.data
    tensor([2.])
    """

    def __init__(self, params: Iterable[Parameter]) -> None:
        self.params = list(params)
        name = type(self).__name__
        for parameter in self.params:
            if not isinstance(parameter, Parameter):
                raise TypeError(
                    f"{name} got a {type(parameter).__name__}, expected scratchnn.Parameter "
                    "objects: pass model.parameters()"
                )
        if not self.params:
            raise ArgumentError(
                f"{name} got no parameters: pass model.parameters() of a model that has some, "
                "and call it anew for each optimizer, as it can be read only once"
            )
        if len(set(map(id, self.params))) < len(self.params):
            raise ArgumentError(f"{name} got a parameter twice: it would be stepped twice")

    @abstractmethod
    def step(self) -> None:
        """Change every parameter that has a gradient."""

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.params:
            parameter.zero_grad()


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum μ, dampening τ and weight decay λ.

        g = W̄ + λ W
        v = μ v + (1 - τ) g,   v = g in the first step
        W = W - lr v,          W = W - lr (g + μ v) with nesterov

    Raises   ArgumentError for a negative or NaN lr, momentum or weight_decay, and for nesterov
             without momentum or with dampening
    Source   torch.optim.SGD, whose steps it repeats to the bit. Sutskever, Martens, Dahl, Hinton
             (2013), "On the importance of initialization and momentum in deep learning", ICML,
             have lr inside v: the same for a constant lr, another path where lr changes

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
    ) -> None:
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if value < 0 or math.isnan(value):
                raise ArgumentError(f"SGD({name}={value}): expected a number of at least 0")
        if nesterov and (momentum == 0 or dampening != 0):
            raise ArgumentError(
                f"SGD(nesterov=True, momentum={momentum}, dampening={dampening}): "
                "expected a momentum above 0 and no dampening"
            )
        super().__init__(params)
        self.lr = lr
        self.momentum = momentum
        self.dampening = dampening
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self._velocities: list[Tensor | None] = [None] * len(self.params)

    def step(self) -> None:
        """Change every parameter that has a gradient by the rule above."""
        for index, parameter in enumerate(self.params):
            if parameter.grad is None:
                continue
            direction = parameter.grad
            if self.weight_decay != 0:
                direction = direction.add(parameter.data, alpha=self.weight_decay)
            if self.momentum != 0:
                direction = self._with_momentum(index, direction)
            parameter.data.add_(direction, alpha=-self.lr)

    def _with_momentum(self, index: int, direction: Tensor) -> Tensor:
        velocity = self._velocities[index]
        if velocity is None:
            velocity = direction.clone()
            self._velocities[index] = velocity
        else:
            velocity.mul_(self.momentum).add_(direction, alpha=1 - self.dampening)
        return direction.add(velocity, alpha=self.momentum) if self.nesterov else velocity

    def __repr__(self) -> str:
        return (
            f"SGD(lr={self.lr}, momentum={self.momentum}, dampening={self.dampening}, "
            f"weight_decay={self.weight_decay}, nesterov={self.nesterov})"
        )
