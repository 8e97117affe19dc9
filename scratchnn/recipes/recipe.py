"""Recipe: one training run of a report, as data; Start: all that is random in it, drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, zip_longest

import torch
from torch import Tensor

from scratchnn.containers import Sequential
from scratchnn.linear import Linear
from scratchnn.losses import Loss
from scratchnn.module import Module
from scratchnn.optim import SGD
from scratchnn.recipes import peer
from scratchnn.recipes.progress import Progress, followed, inside, predictions
from scratchnn.recipes.self_stepping import Layerwise
from scratchnn.recipes.tasks import Task
from scratchnn.recipes.weights import Draw
from scratchnn.train import fit

GRID = 101  # points along each axis of the unit square


@dataclass(frozen=True)
class Start:
    """Where a training starts: everything that is random, so that another framework can follow.

    Attributes:
        model: The network with its random weights.
        task: The points to learn and the ones to test on, in the dtype of the weights.
        seed: Also of the order of rows: each epoch draws one by torch.randperm.
    """

    model: Sequential
    task: Task
    seed: int

    @property
    def shuffle(self) -> torch.Generator:
        """A generator at its beginning, for the order of rows."""
        return torch.Generator().manual_seed(self.seed)

    def verdicts(self) -> Tensor:
        """Ask the model, trained or not, which points of the unit square it takes for class 1.

        Shapes   -> (GRID, GRID) of bool; the first axis is the vertical one, from 0 up
        """
        axis = torch.linspace(0, 1, GRID, dtype=self.task.inputs.dtype)
        points = torch.cartesian_prod(axis, axis).flip(1)  # the second axis varies fastest: x
        return inside(predictions(self.model, self.task.as_inputs(points))).reshape(GRID, GRID)


@dataclass(frozen=True)
class Recipe:
    """What a report says of its network and of its training; what it leaves open was chosen.

    Attributes:
        name: What the command line calls it.
        source: The report, and what in here is not from it.
        sizes: The units of each layer, the inputs first.
        activations: What stands between the linear layers, in order.
        weights: Draws a layer's weight and bias.
        task: Draws the points.
        loss: Makes the loss.
        lr, momentum: Of gradient descent; the momentum is torch's.
        batch_size, epochs: How many rows a step sees, and how often it sees all of them.
        self_stepping: Whether each layer steps within its own backward, as in report 002.
    """

    name: str
    source: str
    sizes: tuple[int, ...]
    activations: tuple[type[Module], ...]
    weights: Draw
    task: Callable[[torch.Generator], Task]
    loss: Callable[[], Loss]
    lr: float
    batch_size: int
    epochs: int
    momentum: float = 0.0
    self_stepping: bool = False

    def start(self, seed: int, dtype: torch.dtype = torch.float32) -> Start:
        """Draw points and weights, in float64 and then rounded: both precisions start alike.

        >>> from scratchnn.recipes import mytorch
        >>> start = mytorch.start(seed=0)
        >>> len(start.model), start.task.inputs.shape
        (7, torch.Size([1000, 2]))
        """
        generator = torch.Generator().manual_seed(seed)
        task = self.task(generator)
        model = self._network(generator)
        return Start(model.to(dtype=dtype), task.to(dtype), seed)

    def train(self, start: Start) -> Iterator[Progress]:
        """Train the model of `start`, and yield every epoch when it is over.

        >>> from scratchnn.recipes import xor
        >>> *_, last = xor.train(xor.start(seed=0))
        >>> last.test_error
        0.0
        """
        params = start.model.parameters()
        optimizer = None if self.self_stepping else SGD(params, lr=self.lr, momentum=self.momentum)
        epochs = fit(
            start.model,
            self.loss(),
            optimizer,
            start.task.inputs,
            start.task.targets,
            epochs=self.epochs,
            batch_size=self.batch_size,
            shuffle=start.shuffle,
        )
        return followed(epochs, partial(predictions, start.model), start.task)

    def train_in_torch(self, start: Start) -> Iterator[Progress]:
        """Train a copy of the model of `start` in torch.nn, on the same batches.

        >>> from scratchnn.recipes import perceptron
        >>> *_, last = perceptron.train_in_torch(perceptron.start(seed=0))
        >>> last.test_error >= 0.25  # no line parts XOR
        True
        """
        model = peer.network(start.model)
        epochs = peer.fit(
            model,
            peer.counterpart(self.loss()),
            peer.descent(model, lr=self.lr, momentum=self.momentum),
            start.task.inputs,
            start.task.targets,
            epochs=self.epochs,
            batch_size=self.batch_size,
            shuffle=start.shuffle,
        )
        return followed(epochs, partial(peer.predictions, model), start.task)

    def _network(self, generator: torch.Generator) -> Sequential:
        modules: list[Module] = []
        for (inputs, outputs), activation in zip_longest(pairwise(self.sizes), self.activations):
            layer = Linear(inputs, outputs, dtype=torch.float64)
            self.weights(layer, generator)
            modules += [layer] if activation is None else [layer, activation()]
        return Layerwise(*modules, lr=self.lr) if self.self_stepping else Sequential(*modules)
