"""Global state is put back, whatever runs inside."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch

from gradcheck.isolation import preserved_globals

CHANGES: dict[str, Callable[[], object]] = {
    "torch seed": lambda: torch.manual_seed(1),
    "torch draw": lambda: torch.rand(3),
    "NumPy seed": lambda: np.random.seed(1),  # noqa: NPY002 the global one is meant
    "NumPy draw": lambda: np.random.rand(3),  # noqa: NPY002 the same
    "Python seed": lambda: random.seed(1),
    "Python draw": random.random,
    "default dtype": lambda: torch.set_default_dtype(torch.float16),
    "grad mode": lambda: torch.set_grad_enabled(not torch.is_grad_enabled()),
}


def state() -> list[object]:
    """Read everything that code under a check may change for the whole process."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 the same
    return [
        torch.get_rng_state().tolist(),
        [kind, list(keys), *rest],
        random.getstate(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
    ]


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_inside_is_put_back(change: Callable[[], object], grad: bool) -> None:
    """Random states, the default dtype and the grad mode, from whichever value they had."""
    with torch.set_grad_enabled(grad):
        before = state()
        with preserved_globals():
            change()
            assert state() != before
        assert state() == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_exception_changes_nothing_about_that(change: Callable[[], object]) -> None:
    """It goes on to the caller, and the state is put back."""
    before = state()
    with pytest.raises(KeyboardInterrupt), preserved_globals():
        raise KeyboardInterrupt(change())
    assert state() == before


def test_isolation_can_be_nested() -> None:
    """Each level puts back what it found."""
    with preserved_globals():
        torch.manual_seed(1)
        middle = state()
        with preserved_globals():
            torch.manual_seed(2)
        assert state() == middle


def test_inside_the_state_is_that_of_outside() -> None:
    """Nothing is seeded: only what comes after is shielded."""
    before = state()
    with preserved_globals():
        assert state() == before
