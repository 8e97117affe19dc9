"""The examiners one by one: what each is given, puts down, and gives back."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gradcheck import Pair
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.examiners import Question, form, numbers, promises, rounding, twice
from gradcheck.illustrate import exhibits
from gradcheck.options import Options
from gradcheck.outcome import Outcome
from gradcheck.pipeline import EXAMINERS

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


def question(backward: Any, **options: Any) -> Question:
    """Of a product of two inputs."""
    subject = adapt(Pair(lambda a, b: a * b, backward), (X, X.flip(0)), {})
    with torch.no_grad():
        return Question(take(subject, (0, 1)), "a case", Options(**options))


def test_they_are_asked_from_the_form_to_the_derivative() -> None:
    """A number can be right only where there is one; what is drawn was decided before."""
    assert list(EXAMINERS) == [form, numbers, rounding, promises, twice, exhibits]


@pytest.mark.parametrize("examine", EXAMINERS, ids=lambda examine: examine.__name__)
def test_none_gives_back_a_leaf_that_it_was_not_given(examine: Any) -> None:
    """What one has refuted, no later one takes for right."""
    asked = question(lambda g, a, b: (g * b, g * a), dtype="float32")
    assert examine(asked, (1,), Outcome(asked.options)) == (1,)
    assert examine(asked, (), Outcome(asked.options)) == ()


def test_what_is_no_gradient_by_its_form_goes_no_further() -> None:
    """One claim is missing by consent, one has another size."""
    asked = question(lambda g, a, b: (None, g[0]))
    outcome = Outcome(asked.options)
    assert form(asked, (0, 1), outcome) == ()
    assert outcome.unverified == {"a": "the backward returns None for it"}
    assert [finding.cause for finding in outcome.findings] == ["shape"]


def test_what_is_wrong_by_its_numbers_goes_no_further() -> None:
    """The other is right."""
    asked = question(lambda g, a, b: (2 * g * b, g * a))
    outcome = Outcome(asked.options)
    assert numbers(asked, (0, 1), outcome) == (1,)
    assert [finding.verdict for finding in outcome.findings] == ["refuted", "verified"]
