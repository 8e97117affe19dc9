"""The points of a task are normalised with what is known before the test: the training points."""

from __future__ import annotations

import torch

from scratchnn.recipes import tasks


def draw() -> torch.Generator:
    """A generator."""
    return torch.Generator().manual_seed(2)


def test_inputs_are_normalised_by_the_training_points_alone() -> None:
    """Both halves are moved and scaled alike, so that the disk stays one disk."""
    plain, task = tasks.disk(columns=1)(draw()), tasks.disk(columns=1, normalised=True)(draw())
    torch.testing.assert_close(task.inputs.mean(dim=0), torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(task.inputs.std(dim=0), torch.ones(2, dtype=torch.float64))
    torch.testing.assert_close(task.points(task.test_inputs), plain.test_inputs)
    assert abs(float(task.test_inputs.mean())) > 1e-6


def test_one_hot_targets_name_the_class_of_the_single_column() -> None:
    """The second column is that of the points inside."""
    one, two = tasks.disk(columns=1)(draw()), tasks.disk(columns=2)(draw())
    assert torch.equal(two.targets[:, 1:], one.targets)
    assert torch.equal(two.targets.sum(dim=1), torch.ones(1000, dtype=torch.float64))


def test_training_and_test_points_are_drawn_apart() -> None:
    """A network that learned its points by heart would not know the others."""
    task = tasks.disk(columns=1)(draw())
    assert not torch.equal(task.inputs, task.test_inputs)
