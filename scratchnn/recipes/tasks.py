"""Task: the points that a recipe learns, and those that it is tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from scratchnn import data

ROWS = 1000  # every report draws as many, for training and again for testing


@dataclass(frozen=True)
class Task:
    """Points with their targets, to train on and to test on.

    Attributes:
        inputs, targets: (n, 2), and (n, 1) or (n, 2) one-hot.
        test_inputs, test_targets: The same, drawn apart; of a truth table, the same rows.
        centre, width: (2,) each; the inputs are (point - centre) / width.
    """

    inputs: Tensor
    targets: Tensor
    test_inputs: Tensor
    test_targets: Tensor
    centre: Tensor
    width: Tensor

    def to(self, dtype: torch.dtype) -> Task:
        """Round every tensor to a dtype."""
        return Task(**{name: tensor.to(dtype) for name, tensor in vars(self).items()})

    def as_inputs(self, points: Tensor) -> Tensor:
        """Normalise other points of the plane as the inputs were.

        Shapes   points (n, 2)  ->  (n, 2)
        """
        return (points - self.centre) / self.width

    def points(self, inputs: Tensor) -> Tensor:
        """Return where inputs lie in the plane: `as_inputs` undone."""
        return inputs * self.width + self.centre


def disk(columns: int, *, normalised: bool = False) -> Callable[[torch.Generator], Task]:
    """Return what draws 1,000 points of the disk in the unit square, and 1,000 more to test.

    Args:
        columns: 1 for targets 0 or 1, 2 for one-hot rows.
        normalised: Whether the training inputs get mean 0 and standard deviation 1, axis by axis;
            the test inputs are moved and scaled as these were, for they are not known beforehand.

    >>> import torch
    >>> task = disk(columns=2, normalised=True)(torch.Generator().manual_seed(0))
    >>> task.targets[:2]
    tensor([[1., 0.],
            [1., 0.]], dtype=torch.float64)
    >>> bool(task.inputs.mean(dim=0).abs().max() < 1e-12)
    True
    """

    def draw(generator: torch.Generator) -> Task:
        inputs, targets = data.disk(ROWS, generator=generator, dtype=torch.float64)
        test_inputs, test_targets = data.disk(ROWS, generator=generator, dtype=torch.float64)
        if columns > 1:
            targets, test_targets = data.one_hot(targets), data.one_hot(test_targets)
        centre, width = inputs.new_zeros(2), inputs.new_ones(2)
        task = Task(inputs, targets, test_inputs, test_targets, centre, width)
        return _normalised(task) if normalised else task

    return draw


def xor(generator: torch.Generator) -> Task:
    """Return the truth table of exclusive or; nothing in it is random."""
    del generator
    inputs, targets = data.xor(dtype=torch.float64)
    return Task(inputs, targets, inputs, targets, inputs.new_zeros(2), inputs.new_ones(2))


def _normalised(task: Task) -> Task:
    moved = replace(task, centre=task.inputs.mean(dim=0), width=task.inputs.std(dim=0))
    return replace(
        moved, inputs=moved.as_inputs(task.inputs), test_inputs=moved.as_inputs(task.test_inputs)
    )
