"""Figures are read off trainings as the reports read them."""

from __future__ import annotations

from scratchnn.recipes.figures import FIGURES, least
from scratchnn.recipes.progress import Progress

TRAININGS = [
    [Progress(1, loss=600.0, train_error=0.5, test_error=0.4), Progress(2, 80.0, 0.02, 0.03)],
    [Progress(1, loss=700.0, train_error=0.5, test_error=0.4), Progress(2, 90.0, 0.04, 0.01)],
]


def test_errors_are_of_the_last_epoch_and_losses_of_both_ends() -> None:
    """In the order of report 003: errors, least errors, first and last loss."""
    measured = [figure.measured(TRAININGS) for figure in FIGURES["onehot"]]
    assert measured == ["3.0 ± 1.4", "2.0 ± 1.4", "2.0", "1.0", "650.0 ± 70.7", "85.0 ± 7.1"]


def test_one_run_has_no_spread() -> None:
    """A standard deviation of one value is none."""
    assert FIGURES["mytorch"][0].measured(TRAININGS[:1]) == "3.0"
    assert least([3.25]) == "3.2"
