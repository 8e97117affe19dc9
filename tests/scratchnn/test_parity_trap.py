"""Why parity is tried from random weights: from equal ones, wrong backwards pass as well.

Report 004 sets every weight to 1e-6 in both frameworks and finds the loss of every epoch equal
to torch's within 1e-6. All hidden units are then the same and their outputs vanish, so that
nothing but the last bias learns. Five wrong backwards pass that comparison, each by exactly 0.0
in all 50 epochs. From random weights they differ by 0.06 to 0.26, one by NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from scratchnn import SGD, Linear, Module, MSELoss, ReLU, Sequential, data, fit, init

EPOCHS, POINTS, BATCH = 50, 200, 50
LR, MOMENTUM = 0.05, 0.9


class NoMask(ReLU):
    """Passes ȳ on where x ≤ 0, too."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Forget the mask."""
        super().backward(grad_output)
        return grad_output.clone()


class TripledWeight(Linear):
    """Adds 3 W̄."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Triple W̄."""
        grad = super().backward(grad_output)
        assert self.weight.grad is not None
        self.weight.grad *= 3
        return grad


class NegatedHiddenWeight(Linear):
    """Adds -W̄ in the hidden layers."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Negate W̄."""
        grad = super().backward(grad_output)
        assert self.weight.grad is not None
        if self.out_features == 25:
            self.weight.grad *= -1
        return grad


class NoHiddenBias(Linear):
    """Adds no b̄ in the hidden layers."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Zero b̄."""
        grad = super().backward(grad_output)
        assert self.bias is not None
        assert self.bias.grad is not None
        if self.out_features == 25:
            self.bias.grad *= 0
        return grad


class DoubledInput(Linear):
    """Returns 2 x̄."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Double x̄."""
        return 2 * super().backward(grad_output)


WRONG: dict[str, tuple[type[Linear], type[ReLU]]] = {
    "no ReLU mask": (Linear, NoMask),
    "weight gradient tripled": (TripledWeight, ReLU),
    "hidden weight gradient negated": (NegatedHiddenWeight, ReLU),
    "hidden bias gradient zero": (NoHiddenBias, ReLU),
    "input gradient doubled": (DoubledInput, ReLU),
}


def equal_weights(model: Sequential) -> None:
    """Set every parameter to 1e-6, as report 004 does."""
    for parameter in model.parameters():
        init.constant(parameter.data, 1e-6)


def random_weights(model: Sequential) -> None:
    """Draw every weight by Glorot's rule, from a seed."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        if parameter.data.dim() == 2:
            init.glorot_normal(parameter.data, generator=generator)
        else:
            init.normal(parameter.data, 0, 0.1, generator=generator)


def task() -> tuple[torch.Tensor, torch.Tensor]:
    """Return the points and their one-hot targets."""
    points, labels = data.disk(POINTS, generator=torch.Generator().manual_seed(1))
    return points, data.one_hot(labels)


def network(linear: type[Linear], relu: type[ReLU]) -> Sequential:
    """Make a 2-25-25-25-2 network of these classes."""
    layers: list[Module] = []
    for inputs in (2, 25, 25):
        layers += [linear(inputs, 25), relu()]
    return Sequential(*layers, linear(25, 2))


def losses(
    linear: type[Linear], relu: type[ReLU], start: Callable[[Sequential], None]
) -> list[float]:
    """Train a network of these classes, and return the loss of every epoch."""
    model = network(linear, relu)
    start(model)
    optimizer = SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    epochs = fit(model, MSELoss(), optimizer, *task(), epochs=EPOCHS, batch_size=BATCH)
    return [epoch.loss for epoch in epochs]


def losses_in_torch(start: Callable[[Sequential], None]) -> list[float]:
    """Do the same in torch.nn: the reference of both comparisons."""
    twin = network(Linear, ReLU)
    start(twin)
    layers: list[torch.nn.Module] = []
    for inputs in (2, 25, 25):
        layers += [torch.nn.Linear(inputs, 25), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(25, 2))
    model.load_state_dict(twin.state_dict())
    points, targets = task()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    loss = torch.nn.MSELoss()
    values = []
    for _ in range(EPOCHS):
        outputs = []
        for x, t in zip(points.split(BATCH), targets.split(BATCH), strict=True):
            outputs.append(model(x))
            optimizer.zero_grad()
            loss(outputs[-1], t).backward()
            optimizer.step()
        values.append(float(loss(torch.cat(outputs).detach(), targets)))
    return values


@pytest.fixture(scope="module")
def from_equal_weights() -> list[float]:
    """Torch's losses from weights of 1e-6."""
    return losses_in_torch(equal_weights)


@pytest.fixture(scope="module")
def from_random_weights() -> list[float]:
    """Torch's losses from random weights."""
    return losses_in_torch(random_weights)


def worst(ours: list[float], theirs: list[float]) -> float:
    """Return the largest difference of an epoch's loss; NaN counts as infinite."""
    gaps = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
    return max(math.inf if math.isnan(gap) else gap for gap in gaps)


def test_the_right_backward_passes_both_comparisons(
    from_equal_weights: list[float], from_random_weights: list[float]
) -> None:
    """Within 1e-6 in every epoch, from either start."""
    assert worst(losses(Linear, ReLU, equal_weights), from_equal_weights) <= 1e-6
    assert worst(losses(Linear, ReLU, random_weights), from_random_weights) <= 1e-6


@pytest.mark.parametrize("wrong", WRONG)
def test_equal_weights_let_a_wrong_backward_pass(
    wrong: str, from_equal_weights: list[float]
) -> None:
    """The very comparison that proves parity in the report."""
    assert worst(losses(*WRONG[wrong], equal_weights), from_equal_weights) <= 1e-6


@pytest.mark.parametrize("wrong", WRONG)
def test_random_weights_expose_a_wrong_backward(
    wrong: str, from_random_weights: list[float]
) -> None:
    """By more than 1e-2, ten thousand times the bar."""
    assert worst(losses(*WRONG[wrong], random_weights), from_random_weights) > 1e-2


def test_from_equal_weights_hardly_anything_is_learned(
    from_equal_weights: list[float], from_random_weights: list[float]
) -> None:
    """The losses agree because they stand still, at the variance of the labels."""
    assert min(from_equal_weights) > 0.24
    assert from_random_weights[-1] < 0.15
