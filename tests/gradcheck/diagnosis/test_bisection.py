"""A wrong place is found by projections alone, in few forwards, where no autograd can look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.diagnosis.bisection import MOST_FORWARDS, place_of
from gradcheck.records import Cause

Array = np.ndarray[Any, np.dtype[Any]]
Spoil = Callable[[Array], None]


@dataclass
class Sine:
    """An elementwise function in NumPy, whose gradient is spoilt."""

    spoil: Spoil

    def pair(self) -> gradcheck.Pair:
        """Return its two functions."""

        def backward(grad: Array, x: Array) -> Array:
            found: Array = grad * np.cos(x)
            self.spoil(found)
            return found

        return gradcheck.Pair(np.sin, backward)


def probe_of(shape: tuple[int, ...], spoil: Spoil) -> Probe:
    """Return it at random values."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return take(adapt(Sine(spoil).pair(), (x.numpy(),), {}), (1, 2))


def located(shape: tuple[int, ...], spoil: Spoil) -> tuple[Cause | None, int]:
    """Return what is found, and the forwards it took."""
    return place_of(probe_of(shape, spoil), 0)


def test_one_wrong_element_of_a_million_is_found_in_at_most_sixty_forwards() -> None:
    """Wrong by a hundredth of its own size."""

    def spoil(gradient: Array) -> None:
        gradient[617, 283] *= 1.01

    cause, forwards = located((1000, 1000), spoil)
    assert cause == Cause("slice", "the claimed gradient is wrong only in element (617, 283)")
    assert forwards <= 60


def zeroed(index: Any) -> Spoil:
    """Return what sets these places to zero."""

    def spoil(gradient: Array) -> None:
        gradient[index] = 0

    return spoil


def off_border(gradient: Array) -> None:
    """Spoil the border."""
    inside = gradient[1:-1, 1:-1].copy()
    gradient *= 2
    gradient[1:-1, 1:-1] = inside


@pytest.mark.parametrize(
    ("shape", "spoil", "words"),
    [
        ((60, 50), zeroed(7), "row 7"),
        ((60, 50), zeroed(np.s_[:, 9]), "column 9"),
        ((60, 50), zeroed((-1, -1)), "the last element"),
        ((50, 50), zeroed(tuple(np.diag_indices(50))), "the diagonal"),
        ((60, 50), off_border, "the border"),
        (
            (4, 20, 6, 6),
            zeroed((slice(None), slice(None, None, 2))),
            "every second channel, from 0",
        ),
        ((4, 20, 6, 6), zeroed(np.s_[:, 3]), "channel 3"),
        ((2500,), zeroed(np.s_[1::2]), "every second element, from 1"),
    ],
)
def test_a_pattern_is_found(shape: tuple[int, ...], spoil: Spoil, words: str) -> None:
    """And named as if the whole gradient were known."""
    cause, forwards = located(shape, spoil)
    assert cause == Cause("slice", f"the claimed gradient is wrong only in {words}")
    assert forwards <= MOST_FORWARDS


def everywhere(gradient: Array) -> None:
    """Spoil all of it, unevenly."""
    gradient *= np.linspace(1, 2, gradient.size).reshape(gradient.shape)


def scattered(gradient: Array) -> None:
    """Spoil what forms no pattern."""
    places = np.random.default_rng(0).integers(0, gradient.size, 40)
    gradient.reshape(-1)[places] *= 2


@pytest.mark.parametrize("spoil", [everywhere, scattered])
def test_what_is_no_pattern_has_no_place(spoil: Spoil) -> None:
    """Nothing is guessed."""
    cause, forwards = located((60, 50), spoil)
    assert cause is None
    assert forwards <= MOST_FORWARDS + 2


def test_a_check_names_the_place_in_a_leaf_that_is_too_large_to_be_measured() -> None:
    """From beginning to end."""

    def spoil(gradient: Array) -> None:
        gradient[0, 3] = 0

    x = torch.randn(60, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = gradcheck.check(Sine(spoil).pair(), x.numpy(), contracts=())
    assert result.cause == "slice"
    assert "element (0, 3)" in result.refutations[0].message


def test_a_single_element_needs_no_search() -> None:
    """There is no place in it."""

    def spoil(gradient: Tensor) -> None:
        gradient *= 2

    assert located((1,), spoil) == (None, 0)  # type: ignore[arg-type] # of any array
