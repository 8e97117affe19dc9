"""fit: the training loop, as a generator of its epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError, check_shape
from scratchnn.losses import Loss
from scratchnn.module import Module
from scratchnn.optim import Optimizer

THRESHOLD = 0.5


@dataclass(frozen=True)
class Epoch:
    """One pass over the data: its number from 1, its loss, the share of rows classified right.

    Both figures are of the outputs that the pass itself produced, put together: every output was
    computed before the step of its own batch, with the weights that it had then. `loss` is what
    the loss returns for all of them at once, in its own reduction: for 'mean' the mean over the
    whole data set (a short last batch weighs by its size), for 'sum' the sum over it.

    >>> Epoch(number=1, loss=0.25, accuracy=0.5)
    Epoch(number=1, loss=0.25, accuracy=0.5)
    """

    number: int
    loss: float
    accuracy: float


def fit(
    model: Module,
    loss: Loss,
    optimizer: Optimizer | None,
    inputs: Tensor,
    targets: Tensor,
    *,
    epochs: int,
    batch_size: int,
    shuffle: torch.Generator | None = None,
) -> Iterator[Epoch]:
    """Train, and yield every epoch when it is over: the loop around it may log, plot or break.

    For each batch: forward, loss, zero_grad, backward of the loss, backward of the model, step.
    Without an optimizer the last of these and zero_grad are left to the model's own backward.
    Without `shuffle` the rows keep their order; with it, each epoch draws a new one, by
    torch.randperm. The last batch is short where batch_size does not divide the number of rows.

    Shapes   inputs (n, ...),  targets (n, 1), or (n, classes) one-hot, as the model's output
    Raises   ArgumentError for epochs or batch_size below 1, no rows, or a loss with
             reduction='none'; ShapeError for unequal numbers of rows. These at the call, before
             anything is trained; ShapeError during training if output and target differ

    The model is put into training mode at the start of every epoch, so that the loop may
    evaluate in between.

    >>> import torch, scratchnn
    >>> _ = torch.manual_seed(0)
    >>> model = scratchnn.Sequential(
    ...     scratchnn.Linear(2, 8), scratchnn.Tanh(), scratchnn.Linear(8, 1)
    ... )
    >>> optimizer = scratchnn.SGD(model.parameters(), lr=0.2, momentum=0.9)
    >>> points, labels = scratchnn.data.xor()
    >>> *_, last = fit(
    ...     model, scratchnn.MSELoss(), optimizer, points, labels, epochs=200, batch_size=4
    ... )
    >>> last.number, last.loss < 1e-3, last.accuracy
    (200, True, 1.0)
    """
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if value < 1:
            raise ArgumentError(f"fit({name}={value}): expected a whole number of at least 1")
    rows = inputs.shape[0] if inputs.dim() else 0
    check_shape("the first axis of targets", targets.shape[:1], (rows,), "one target for each row")
    if rows == 0:
        raise ArgumentError("fit: the data has no rows, expected at least one")
    if loss.reduction == "none":
        raise ArgumentError("fit: a loss with reduction='none' is no number; use 'mean' or 'sum'")

    batches = partial(_batches, inputs, targets, batch_size, shuffle)
    # A generator's body waits for the first next(): apart, so that the refusals above do not.
    return _epochs(model, loss, optimizer, batches, epochs)


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Return the share of rows classified right.

    One column says class 1 where it is above 0.5; of several, the largest says the class (the
    first of equals).

    Shapes   outputs, targets (n, 1) or (n, classes)
    Raises   ShapeError if the shapes differ, or have no columns; ArgumentError for no rows

    >>> import torch
    >>> accuracy(torch.tensor([[0.9], [0.2], [0.5]]), torch.tensor([[1.0], [1.0], [0.0]]))
    0.6666666666666666
    >>> accuracy(torch.tensor([[0.1, 0.3]]), torch.tensor([[0.0, 1.0]]))
    1.0
    """
    check_shape("targets", targets.shape, outputs.shape, "the model has a column for each class")
    if outputs.dim() != 2 or outputs.shape[1] == 0:
        raise ShapeError(f"the outputs are {tuple(outputs.shape)}, expected (n, 1) or (n, classes)")
    if outputs.shape[0] == 0:
        raise ArgumentError("accuracy: there are no rows, expected at least one")
    if outputs.shape[1] == 1:
        right = (outputs > THRESHOLD) == (targets > THRESHOLD)
    else:
        right = outputs.argmax(dim=1) == targets.argmax(dim=1)
    return int(right.sum()) / len(outputs)


def _epochs(
    model: Module,
    loss: Loss,
    optimizer: Optimizer | None,
    batches: Callable[[], Iterator[tuple[Tensor, Tensor]]],
    epochs: int,
) -> Iterator[Epoch]:
    for number in range(1, epochs + 1):
        model.train()
        loss.train()
        seen = []
        for inputs, targets in batches():
            outputs = model(inputs)
            loss(outputs, targets)
            if optimizer is not None:
                optimizer.zero_grad()
            model.backward(loss.backward())
            if optimizer is not None:
                optimizer.step()
            seen.append((outputs, targets))
        outputs, targets = (torch.cat(column) for column in zip(*seen, strict=True))
        # In evaluation mode, as this forward has no backward.
        value = loss.eval()(outputs, targets)
        loss.train()
        yield Epoch(number, float(value), accuracy(outputs, targets))


def _batches(
    inputs: Tensor, targets: Tensor, batch_size: int, shuffle: torch.Generator | None
) -> Iterator[tuple[Tensor, Tensor]]:
    rows = len(inputs)
    if shuffle is not None:
        order = torch.randperm(rows, generator=shuffle, device=shuffle.device)
        inputs, targets = inputs[order.to(inputs.device)], targets[order.to(targets.device)]
    for start in range(0, rows, batch_size):
        batch = slice(start, start + batch_size)
        yield inputs[batch], targets[batch]
