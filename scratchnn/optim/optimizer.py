"""Optimizer: parameters, and a rule that steps each of them along its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch import _foreach_add as add  # as in sgd.py

from scratchnn.errors import ArgumentError
from scratchnn.parameter import Parameter

Tensors = list[Tensor]
"""One for each parameter that has a gradient."""


@dataclass
class History:
    """What an optimizer remembers of one parameter: its steps, and tensors as large as it.

    >>> history = History()
    >>> history.tensor("mean", torch.ones(2)).add_(1)
    tensor([1., 1.])
    >>> history.tensor("mean", torch.ones(2))
    tensor([1., 1.])
    """

    steps: int = 0
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def tensor(self, name: str, like: Tensor, start: float = 0.0) -> Tensor:
        """Return the tensor of that name, at first filled with `start`."""
        if name not in self.tensors:
            self.tensors[name] = torch.full_like(like, start)
        return self.tensors[name]


class Optimizer(ABC):
    """Parameters, a learning rate, and a rule that steps each of them along its gradient.

    A subclass writes `update`. Parameters without a gradient are skipped, and keep their history.

    Raises   TypeError for anything but Parameters; ArgumentError for none at all, or one twice, and
             for a setting that is no number of at least 0
    Source   torch.optim.Optimizer

    >>> import torch
    >>> class Descent(Optimizer):
    ...     def update(self, weights, grads, histories):
    ...         for weight, grad in zip(weights, grads):
    ...             weight -= self.lr * grad
    >>> weight = Parameter(torch.tensor([3.0]))
    >>> weight.accumulate(torch.tensor([1.0]))
    >>> Descent([weight], lr=0.5).step()
    >>> weight.data
    tensor([2.5000])
    """

    def __init__(self, params: Iterable[Parameter], lr: float, **settings: float) -> None:
        name = type(self).__name__
        for setting, value in {"lr": lr, **settings}.items():
            if not value >= 0:  # NaN is not
                raise ArgumentError(f"{name}({setting}={value}): expected a number of at least 0")
        self.lr = lr
        self.params = list(params)
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
        self._histories = [History() for _ in self.params]

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        weights, grads, histories = [], [], []
        for parameter, history in zip(self.params, self._histories, strict=True):
            if parameter.grad is not None:
                history.steps += 1
                weights.append(parameter.data)
                grads.append(parameter.grad)
                histories.append(history)
        if weights:
            self.update(weights, grads, histories)

    @abstractmethod
    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Change weights in place, all that have a gradient; that is for reading only."""

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.params:
            parameter.zero_grad()


def decayed(grads: Tensors, weights: Tensors, decay: float) -> Tensors:
    """Return  g + λ W  of each:  the gradient of the loss with  λ/2 ‖W‖²  added.

    >>> decayed([torch.tensor([1.0])], [torch.tensor([3.0])], 0.5)
    [tensor([2.5000])]
    """
    return [*add(grads, weights, alpha=decay)] if decay != 0 else grads
