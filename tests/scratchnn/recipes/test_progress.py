"""Who is taken for what, with one column and with two."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchnn import ReLU, accuracy, data
from scratchnn.recipes.progress import confusion, predictions


@given(rows=st.integers(1, 30), columns=st.sampled_from([1, 2]))
def test_the_counts_add_up_to_the_accuracy(rows: int, columns: int) -> None:
    """Every row is in one of four boxes, and the right ones are the accuracy."""
    outputs = torch.rand(rows, columns)
    labels = torch.randint(2, (rows, 1)).float()
    targets = labels if columns == 1 else data.one_hot(labels)
    counts = confusion(outputs, targets)
    right = counts.true_positives + counts.true_negatives
    assert right + counts.false_positives + counts.false_negatives == rows
    assert right / rows == accuracy(outputs, targets)
    assert counts.true_positives + counts.false_negatives == int(labels.sum())


def test_predicting_keeps_nothing_and_leaves_the_mode_as_it_was() -> None:
    """A forward in training mode would wait for a backward for ever."""
    layer = ReLU()
    for training in (True, False):
        layer.train(training)
        predictions(layer, torch.ones(2, 1))
        assert layer.training is training
    assert not layer.train()._stack.records
