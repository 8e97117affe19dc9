"""Networks to train for a step, here and in torch.nn, from the same weights on the same data."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import scratchnn
from tests.benchmarks.board import Step

Model = Callable[[Any], Any]
"""The namespace of a framework → a model; both have the same names."""


@dataclass(frozen=True)
class Workload:
    """One network with a batch of data.

    Attributes:
        model: Builds the network from the layers of either framework.
        inputs: Draws a batch.
        output: What of the model's answer is compared with a target: an LSTM gives its state, too.
    """

    model: Model
    inputs: Callable[[], Tensor]
    output: Callable[[Any], Tensor] = lambda answer: answer


def perceptron(*sizes: int) -> Model:
    """Linear layers with ReLU between them."""

    def build(nn: Any) -> Any:
        layers = [nn.Linear(sizes[0], sizes[1])]
        for i, o in itertools.pairwise(sizes[1:]):
            layers += [nn.ReLU(), nn.Linear(i, o)]
        return nn.Sequential(*layers)

    return build


def convolutional(nn: Any) -> Any:
    """Two convolutions, each with ReLU and a pool, and a linear layer for ten classes."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )


def points(batch: int) -> Workload:
    """The network of the reports, on a batch of points."""
    return Workload(perceptron(2, 25, 25, 25, 2), lambda: torch.randn(batch, 2))


WORKLOADS = {
    Step.ONE: points(1),
    Step.SMALL: points(32),
    Step.HUNDRED: points(100),
    Step.THOUSAND: points(1_000),
    Step.WIDE: Workload(perceptron(2, 512, 512, 512, 2), lambda: torch.randn(256, 2)),
    Step.CNN: Workload(convolutional, lambda: torch.randn(32, 1, 28, 28)),
    Step.LSTM: Workload(
        lambda nn: nn.LSTM(32, 64), lambda: torch.randn(20, 16, 32), lambda answer: answer[0]
    ),
    Step.TRANSFORMER: Workload(
        lambda nn: nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0),
        lambda: torch.randn(20, 16, 64),
    ),
}
LR, MOMENTUM = 1e-3, 0.9


def steps(row: Step) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    """Return one training step of scratchnn and one of torch, each returning its loss."""
    torch.manual_seed(0)
    workload = WORKLOADS[row]
    inputs, theirs, ours = workload.inputs(), workload.model(torch.nn), workload.model(scratchnn)
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        target = torch.randn_like(workload.output(theirs(inputs)))
    return (
        _ours(ours, workload, inputs, target),
        _theirs(theirs, workload, inputs, target),
    )


def _ours(model: Any, workload: Workload, inputs: Tensor, target: Tensor) -> Callable[[], Tensor]:
    loss = scratchnn.MSELoss()
    optimizer = scratchnn.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    def step() -> Tensor:
        value: Tensor = loss(workload.output(model(inputs)), target)
        optimizer.zero_grad()
        model.backward(loss.backward())
        optimizer.step()
        return value

    return step


def _theirs(model: Any, workload: Workload, inputs: Tensor, target: Tensor) -> Callable[[], Tensor]:
    loss = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)

    def step() -> Tensor:
        value: Tensor = loss(workload.output(model(inputs)), target)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.detach()

    return step
