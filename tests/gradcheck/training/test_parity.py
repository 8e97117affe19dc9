"""A training is verified where every epoch's loss is torch's, and where that proves something."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import scratchnn
from gradcheck.campaign import check_target
from gradcheck.errors import ExerciseError
from gradcheck.exhibits import Boundary
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.targets.resolve import Target
from gradcheck.training import parity
from scratchnn.recipes import mytorch

RANDOM = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@dataclass(frozen=True)
class Trained:
    """A recipe whose losses are written down."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    weight: torch.Tensor = RANDOM
    verdicts: Any = None

    def start(self, seed: int, dtype: torch.dtype) -> Any:
        """Weights."""
        model = SimpleNamespace(state_dict=lambda: {"weight": self.weight.to(dtype)})
        return SimpleNamespace(model=model, verdicts=lambda: self.verdicts)

    def train(self, start: Any) -> Iterator[Any]:
        """The author's losses."""
        return (SimpleNamespace(loss=loss) for loss in self.ours)

    def train_in_torch(self, start: Any) -> Iterator[Any]:
        """Torch's."""
        return (SimpleNamespace(loss=loss) for loss in self.theirs)


def verdicts(recipe: Any) -> list[tuple[Verdict, str]]:
    """What is found in float64 and in float32."""
    result = check_target(Target("recipe", recipe), Options())
    return [(finding.verdict, finding.message) for finding in result.findings]


def test_equal_losses_are_verified_in_both_precisions() -> None:
    """And the text says that they are equal to the bit."""
    double, single = verdicts(Trained((3.0, 2.0), (3.0, 2.0)))
    assert double == (
        Verdict.VERIFIED,
        "float64: the same loss as in torch in all 2 epochs, to the bit",
    )
    assert single[0] == Verdict.VERIFIED


def test_a_difference_counts_by_the_precision_it_is_in() -> None:
    """1e-9 is rounding in float32 and a mistake in float64."""
    double, single = verdicts(Trained((3.0, 2.0 + 1e-9), (3.0, 2.0)))
    assert double[0] == Verdict.REFUTED
    assert "epoch 2 of 2 differs most" in double[1]
    assert "units in the last place" in double[1]
    assert single[0] == Verdict.VERIFIED


def test_what_the_trained_model_takes_for_class_1_is_kept_for_the_report() -> None:
    """Of a start that can tell; one whose answer cannot be drawn loses its drawing alone."""
    drawn = []
    for answer in (torch.tensor([[True, False], [True, True]]), "no square", None):
        recipe = Trained((3.0, 2.0), (3.0, 2.0), verdicts=answer)
        record = parity.check("recipe", recipe, 0, exhibits=True)
        assert record.verdict == Verdict.VERIFIED
        drawn.append(record.exhibits[0].boundary)
    assert drawn == [Boundary(("#.", "##")), None, None]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("epoch", [0, 1])
def test_a_loss_that_is_no_number_is_refuted(broken: float, epoch: int) -> None:
    """Not passed over by a maximum."""
    losses = [3.0, 2.0]
    losses[epoch] = broken
    assert [verdict for verdict, _ in verdicts(Trained(tuple(losses), (3.0, 2.0)))] == [
        Verdict.REFUTED,
        Verdict.REFUTED,
    ]


def test_a_summed_loss_is_compared_beside_its_size() -> None:
    """Of 600, 1e-10 is the last digit but one."""
    assert verdicts(Trained((600.0, 80 + 1e-11), (600.0, 80.0)))[0][0] == Verdict.VERIFIED


def test_units_that_start_alike_prove_nothing() -> None:
    """Report 004 sets all weights to 1e-6: five wrong backwards then agree with torch exactly."""

    def equal(layer: scratchnn.Linear, generator: torch.Generator) -> None:
        for parameter in layer.parameters():
            scratchnn.init.constant(parameter.data, 1e-6)

    (verdict, message), _ = verdicts(replace(mytorch, weights=equal, epochs=2))
    assert verdict == Verdict.UNDECIDED
    assert "units of 0.weight start with the same weights" in message


def test_a_loss_that_hardly_moves_proves_nothing() -> None:
    """Nothing was learned, so nothing could have gone wrong."""
    (verdict, message), _ = verdicts(Trained((3.0, 2.99), (3.0, 2.99)))
    assert verdict == Verdict.UNDECIDED
    assert "the loss stays between 2.99 and 3" in message


def test_trainings_of_other_lengths_are_not_compared() -> None:
    """Nor is a recipe that trains for no epoch at all."""
    with pytest.raises(ExerciseError, match="yields 1 epochs here and 2 in torch"):
        verdicts(Trained((3.0,), (3.0, 2.0)))
    with pytest.raises(ExerciseError, match="yields 0 epochs"):
        verdicts(Trained((), ()))


def test_a_training_that_raises_says_why() -> None:
    """In one line."""
    with pytest.raises(ExerciseError, match="recipe raised AttributeError: 'int' object has no"):
        verdicts(SimpleNamespace(start=lambda seed, dtype: 1, train=list, train_in_torch=list))


def test_a_class_is_no_recipe() -> None:
    """It has the methods, but nothing to train."""
    assert parity.recognises(mytorch)
    assert not parity.recognises(type(mytorch))
    assert not parity.recognises(scratchnn.Linear(1, 1))


@pytest.mark.parametrize("leaf", ["weight", "bias"])
def test_a_wrong_gradient_is_seen_within_two_epochs(
    leaf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a thousandth too large is enough, in both precisions."""
    right = scratchnn.Linear.backward

    def wrong(self: scratchnn.Linear, grad_output: torch.Tensor) -> torch.Tensor:
        grad_input = right(self, grad_output)
        getattr(self, leaf).grad.mul_(1.001)
        return grad_input

    short = replace(mytorch, epochs=2)
    assert {verdict for verdict, _ in verdicts(short)} == {Verdict.VERIFIED}
    monkeypatch.setattr(scratchnn.Linear, "backward", functools.wraps(right)(wrong))
    assert {verdict for verdict, _ in verdicts(short)} == {Verdict.REFUTED}
