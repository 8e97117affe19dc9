"""Schedules: the learning rate of an optimizer as a function of the epoch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from scratchnn.errors import ArgumentError
from scratchnn.optim.optimizer import Optimizer


class Schedule(ABC):
    """A learning rate for each epoch: `step()` when an epoch is over.

    Each rate is computed from the first one and the number of the epoch, so that no rounding
    gathers from epoch to epoch.

    Source   torch.optim.lr_scheduler.LRScheduler

    >>> import torch, scratchnn
    >>> class Halving(Schedule):
    ...     def rate(self, epoch):
    ...         return self.first / 2**epoch
    >>> optimizer = scratchnn.SGD(scratchnn.Linear(2, 1).parameters(), lr=1.0)
    >>> schedule = Halving(optimizer)
    >>> schedule.step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.first = optimizer.lr
        self.epoch = 0

    @abstractmethod
    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, of which the first is 0."""

    def step(self) -> None:
        """Go on to the next epoch."""
        self.epoch += 1
        self.optimizer.lr = self.rate(self.epoch)


class StepLR(Schedule):
    """The rate times gamma after every step_size epochs:  lr γ^⌊t / n⌋.

    Raises   ArgumentError for a step_size below 1
    Source   torch.optim.lr_scheduler.StepLR

    >>> import scratchnn
    >>> optimizer = scratchnn.SGD(scratchnn.Linear(2, 1).parameters(), lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> [schedule.rate(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        if step_size < 1:
            raise ArgumentError(f"StepLR(step_size={step_size}): expected at least 1")
        super().__init__(optimizer)
        self.step_size = step_size
        self.gamma = gamma

    def rate(self, epoch: int) -> float:
        """Return lr γ^⌊t / n⌋."""
        return float(self.first * self.gamma ** (epoch // self.step_size))


class CosineAnnealingLR(Schedule):
    """Half a cosine from the first rate to eta_min, in T_max epochs, and up again behind.

        lrₜ = η + (lr - η) (1 + cos(π t / T)) / 2

    Raises   ArgumentError for a T_max below 1
    Source   torch.optim.lr_scheduler.CosineAnnealingLR; Loshchilov, Hutter (2017), "SGDR:
             stochastic gradient descent with warm restarts", ICLR, here without restarts

    >>> import scratchnn
    >>> optimizer = scratchnn.SGD(scratchnn.Linear(2, 1).parameters(), lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=4)
    >>> [round(schedule.rate(epoch), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        if T_max < 1:
            raise ArgumentError(f"CosineAnnealingLR(T_max={T_max}): expected at least 1")
        super().__init__(optimizer)
        self.T_max = T_max
        self.eta_min = eta_min

    def rate(self, epoch: int) -> float:
        """Return η + (lr - η) (1 + cos(π t / T)) / 2."""
        share = (1 + math.cos(math.pi * epoch / self.T_max)) / 2
        return self.eta_min + (self.first - self.eta_min) * share
