"""The losses that a layer may have behind it without a word, each of an output and a target.

A softmax is followed by a cross-entropy, a sigmoid by that of each element, anything by a square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Generator, Tensor

_NEAR = 1e-6


@dataclass(frozen=True)
class Criterion:
    """A loss of a layer's output, and targets that it takes.

    Attributes:
        name: In words.
        value: An output and a target, which has its shape → the sum over all samples.
        target: Numbers of the shape of an output → a target.
        classes: The axis along which those of one sample lie; None where there is one sample.
        labels: Whether the author is given the number of each sample's class instead.
        weights: By which numbers it is commonly multiplied.
        weight: By which of them it is.
        said: Whether it is a sum or a mean.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    target: Callable[[Tensor], Tensor]
    classes: int | None = -1
    labels: bool = False
    weights: tuple[float, ...] = (1.0,)
    weight: float = 1.0
    said: str = "sum"

    def __str__(self) -> str:
        """In words."""
        factor = "" if self.weight == 1 else f"{self.weight:g} times "
        return f"{factor}the {self.name} ({self.said})"

    def of(self, output: Tensor) -> Tensor:
        """The value at an output."""
        return self.scale(output) * self.value(output, self._drawn(output))

    def given(self, output: Tensor) -> Tensor:
        """The target as its author is given it."""
        target = self._drawn(output)
        return target.argmax(self.classes) if self.labels else target

    def scaled(self) -> Iterator[Criterion]:
        """Itself, summed and averaged in each common way."""
        for weight, said in product(self.weights, _COUNTS):
            yield replace(self, weight=weight, said=said)

    def scale(self, output: Tensor) -> float:
        """By what the sum is multiplied."""
        return self.weight / max(1, _COUNTS[self.said](output, self.classes))

    def _drawn(self, output: Tensor) -> Tensor:
        """Always the same numbers, made a target."""
        draws = Generator().manual_seed(2)
        numbers = torch.randn(output.shape, generator=draws, dtype=torch.float64, device="cpu")
        return self.target(numbers).to(output)


def criteria_for(output: Tensor) -> Iterator[Criterion]:
    """Those that fit such an output, the narrowest first."""
    rows = (-1,) if output.ndim == 1 else (-1, 0, None)
    for classes in rows if output.ndim else ():
        if _is_distribution(output, classes):
            yield from _of_classes(classes)
    if bool(((output > 0) & (output < 1)).all()):
        for target in (torch.sigmoid, lambda numbers: (numbers > 0).double()):
            yield Criterion("binary cross-entropy", _binary_entropy, target)
    elif bool((output > 0).all()):
        yield Criterion("Poisson likelihood", _poisson, torch.exp)
    yield Criterion("half squared error", _half_square, lambda numbers: numbers, weights=(1.0, 2.0))
    yield Criterion("absolute error", _absolute, lambda numbers: numbers)
    yield Criterion("hinge loss", _hinge, torch.sign)


def targets_for(output: Tensor) -> Iterator[Criterion]:
    """Those, for what they draw: of scores that a loss itself makes shares of, classes as well."""
    yield from criteria_for(output)
    if output.ndim > 1 and not _is_distribution(output, -1):
        yield from _of_classes(-1)


def _of_classes(classes: int | None) -> Iterator[Criterion]:
    """Shares of the classes, one of them, and that one's number."""
    name = "cross-entropy"
    yield Criterion(name, _entropy, lambda numbers: _shares(numbers, classes), classes)
    hard = Criterion(name, _entropy, lambda numbers: _one_of(numbers, classes), classes)
    yield hard
    yield replace(hard, labels=True)


def _is_distribution(output: Tensor, classes: int | None) -> bool:
    whole = output.reshape(-1) if classes is None else output
    sums = whole.sum(-1 if classes is None else classes)
    return sums.numel() < output.numel() and bool(
        (output >= 0).all() and ((sums - 1).abs() < _NEAR).all()
    )


def _samples(output: Tensor, classes: int | None) -> int:
    return 1 if classes is None else output.numel() // max(1, output.shape[classes])


_COUNTS: dict[str, Callable[[Tensor, int | None], int]] = {
    "sum": lambda output, classes: 1,  # noqa: ARG005 as the others
    "mean over the samples": _samples,
    "mean over all elements": lambda output, classes: output.numel(),  # noqa: ARG005 as the others
}


def _shares(numbers: Tensor, classes: int | None) -> Tensor:
    if classes is None:
        return torch.softmax(numbers.reshape(-1), 0).reshape(numbers.shape)
    return torch.softmax(numbers, classes)


def _one_of(numbers: Tensor, classes: int | None) -> Tensor:
    """One class for each sample: that of its largest number."""
    if classes is None:
        return (numbers == numbers.max()).double()
    return (numbers == numbers.amax(classes, keepdim=True)).double()


def _entropy(output: Tensor, target: Tensor) -> Tensor:
    value: Tensor = -torch.special.xlogy(target, output).sum()
    return value


def _binary_entropy(output: Tensor, target: Tensor) -> Tensor:
    return _entropy(output, target) + _entropy(1 - output, 1 - target)


def _poisson(output: Tensor, target: Tensor) -> Tensor:
    value: Tensor = (output - torch.special.xlogy(target, output)).sum()
    return value


def _absolute(output: Tensor, target: Tensor) -> Tensor:
    return (output - target).abs().sum()


def _hinge(output: Tensor, target: Tensor) -> Tensor:
    return (1 - target * output).clamp(min=0).sum()


def _half_square(output: Tensor, target: Tensor) -> Tensor:
    return ((output - target) ** 2).sum() / 2
