"""Progress: what one epoch of a recipe came to; Confusion: which points it got wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from torch import Tensor

from scratchnn.module import Module
from scratchnn.recipes.tasks import Task
from scratchnn.train import THRESHOLD, Epoch, accuracy


@dataclass(frozen=True)
class Confusion:
    """How many points inside and outside the disk were taken for which.

    >>> Confusion(true_positives=3, false_positives=1, true_negatives=5, false_negatives=0)
    Confusion(true_positives=3, false_positives=1, true_negatives=5, false_negatives=0)
    """

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int


@dataclass(frozen=True)
class Progress:
    """One epoch: its loss, and the share of points that its weights then got wrong.

    Attributes:
        number: From 1.
        loss: Of the outputs that the epoch itself produced, in the loss's own reduction.
        train_error, test_error: Shares of the rows, with the weights after the epoch.
    """

    number: int
    loss: float
    train_error: float
    test_error: float


def inside(rows: Tensor) -> Tensor:
    """Tell which rows say class 1, one column by its size and two by their order.

    Shapes   rows (n, 1) or (n, 2)  ->  (n,)

    >>> import torch
    >>> inside(torch.tensor([[0.9], [0.2]])), inside(torch.tensor([[0.9, 0.2], [0.1, 0.3]]))
    (tensor([ True, False]), tensor([False,  True]))
    """
    return rows[:, 0] > THRESHOLD if rows.shape[1] == 1 else rows[:, 1] > rows[:, 0]


def confusion(outputs: Tensor, targets: Tensor) -> Confusion:
    """Count who is taken for what.

    Shapes   outputs, targets (n, 1) or (n, 2)

    >>> import torch
    >>> confusion(torch.tensor([[0.9], [0.2], [0.7]]), torch.tensor([[1.0], [1.0], [0.0]]))
    Confusion(true_positives=1, false_positives=1, true_negatives=0, false_negatives=1)
    """
    said, truth = inside(outputs), inside(targets)
    return Confusion(
        true_positives=int((said & truth).sum()),
        false_positives=int((said & ~truth).sum()),
        true_negatives=int((~said & ~truth).sum()),
        false_negatives=int((~said & truth).sum()),
    )


def followed(
    epochs: Iterable[Epoch], predict: Callable[[Tensor], Tensor], task: Task
) -> Iterator[Progress]:
    """Add to each epoch what the model gets wrong after it, on the points of both halves."""
    for epoch in epochs:
        train = 1 - accuracy(predict(task.inputs), task.targets)
        test = 1 - accuracy(predict(task.test_inputs), task.test_targets)
        yield Progress(epoch.number, epoch.loss, train, test)


def predictions(model: Module, inputs: Tensor) -> Tensor:
    """Return what the model says in evaluation mode, and put it back into the mode it was in.

    >>> import torch, scratchnn
    >>> predictions(scratchnn.ReLU(), torch.tensor([[-1.0], [2.0]]))
    tensor([[0.],
            [2.]])
    """
    training = model.training
    try:
        outputs: Tensor = model.eval()(inputs)
    finally:
        model.train(training)
    return outputs
