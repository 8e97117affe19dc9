"""Which cases are guesses, at which nobody is refuted."""

from __future__ import annotations

import numpy as np
import pytest

from gradcheck.cases.case import constructed
from gradcheck.cases.spec import Spec


class Scale:
    """Takes a weight of any shape, and a number goes with it."""

    def __init__(self, weight: object) -> None:
        self.weight = weight


def no_siblings(name: str) -> type:
    """Return nothing: nothing is asked for."""
    raise KeyError(name)


@pytest.mark.parametrize(
    ("weight", "shape", "guessed"),
    [(np.ones((5, 3)), (), True), (np.ones((5, 3)), (4, 5), False), (2.0, (), False)],
    ids=["a number", "rows", "nothing made up"],
)
def test_a_number_beside_weights_that_were_made_up_is_a_guess(
    weight: object, shape: tuple[int, ...], *, guessed: bool
) -> None:
    """It is broadcast to whatever shape these have."""
    spec = Spec({"weight": weight}, (shape,), inferred=True)
    assert constructed(Scale, spec, no_siblings).guessed == guessed
    assert not constructed(Scale, Spec({"weight": weight}, (shape,)), no_siblings).guessed
