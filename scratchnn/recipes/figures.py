"""Figure: what a report found, and how the same follows from our own trainings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from scratchnn.recipes.progress import Progress

Training = Sequence[Progress]


def over_runs(values: Sequence[float]) -> str:
    """Write mean ± standard deviation (of the sample), and the value alone where there is but one.

    >>> over_runs([1.0, 2.0, 3.0]), over_runs([2.0]), over_runs([0.0012, 0.0034])
    ('2.0 ± 1.0', '2.0', '0.0023 ± 0.0016')
    """
    digits = 1 if mean(values) >= 1 or not any(values) else 4
    middle = f"{mean(values):.{digits}f}"
    return f"{middle} ± {stdev(values):.{digits}f}" if len(values) > 1 else middle


def least(values: Sequence[float]) -> str:
    """Write the smallest value."""
    return f"{min(values):.1f}"


def greatest(values: Sequence[float]) -> str:
    """Write the largest value."""
    return f"{max(values):.1f}"


@dataclass(frozen=True)
class Figure:
    """A figure of a report.

    Attributes:
        what: In words, with its unit.
        reported: As the report has it, with its own digits; a dash where it has none.
        of: Reads it off one training.
        summary: Writes it for several.
    """

    what: str
    reported: str
    of: Callable[[Training], float]
    summary: Callable[[Sequence[float]], str] = over_runs

    def measured(self, trainings: Sequence[Training]) -> str:
        """Write what the trainings came to."""
        return self.summary([self.of(epochs) for epochs in trainings])


def error_in_training(epochs: Training) -> float:
    """Return the error on the training points after the last epoch, in percent."""
    return 100 * epochs[-1].train_error


def error_in_test(epochs: Training) -> float:
    """Return the error on the test points after the last epoch, in percent."""
    return 100 * epochs[-1].test_error


def accuracy_in_training(epochs: Training) -> float:
    """Return the share of training points that are right after the last epoch, in percent."""
    return 100 - error_in_training(epochs)


def accuracy_in_test(epochs: Training) -> float:
    """Return the share of test points that are right after the last epoch, in percent."""
    return 100 - error_in_test(epochs)


def first_loss(epochs: Training) -> float:
    """Return the first loss."""
    return epochs[0].loss


def last_loss(epochs: Training) -> float:
    """Return the last loss."""
    return epochs[-1].loss


# By the name of the recipe.  A report whose figures are plots alone has none that could be read.
FIGURES: dict[str, tuple[Figure, ...]] = {
    "disk2021": (Figure("test error, %", "-", error_in_test),),
    "alternating": (
        Figure("train accuracy, %", "94", accuracy_in_training),
        Figure("test accuracy, %", "-", accuracy_in_test),
    ),
    "layerwise": (
        Figure("best test accuracy, %", "up to 90", accuracy_in_test, greatest),
        Figure("last loss", "below 0.1", last_loss),
    ),
    "xor": (Figure("right, %", "100", accuracy_in_test),),
    "perceptron": (Figure("right at best, %", "below 100", accuracy_in_test, greatest),),
    "onehot": (
        Figure("train error, %", "2.5", error_in_training),
        Figure("test error, %", "3.0", error_in_test),
        Figure("least train error, %", "0.9", error_in_training, least),
        Figure("least test error, %", "1.9", error_in_test, least),
        Figure("first loss", "648", first_loss),
        Figure("last loss", "89", last_loss),
    ),
    "mytorch": (Figure("test error, %", "4.0 ± 6.5 (torch 5.3 ± 7.9)", error_in_test),),
}
