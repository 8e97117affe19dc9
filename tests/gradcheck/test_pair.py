"""Pair: two plain functions, held together and never called by themselves."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import gradcheck
from gradcheck import Pair


def test_a_pair_holds_two_functions_and_a_name() -> None:
    """Exactly those that were given."""
    pair = Pair(abs, max, "demo")
    assert (pair.forward, pair.backward, pair.name) == (abs, max, "demo")


def test_a_pair_has_a_name_of_its_own() -> None:
    """Nobody must think of one."""
    assert Pair(abs, max).name == "pair"


def test_the_name_appears_in_the_answer() -> None:
    """In the headline, and in the messages about its functions."""
    x = torch.ones(3)
    square = Pair(lambda x: x * x, lambda g, x: 2 * g * x, "square")
    assert gradcheck.check(square, x).target == "square"
    with pytest.raises(gradcheck.ExerciseError, match=r"^power\.forward raised TypeError: "):
        gradcheck.check(Pair(pow, max, "power"), x)


def test_a_pair_cannot_be_changed() -> None:
    """What was checked is what it was."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Pair(abs, max), "forward", min)  # noqa: B010 an assignment would not type-check
