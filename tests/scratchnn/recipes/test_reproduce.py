"""The table puts report, scratchnn and torch.nn side by side, over the same runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from scratchnn.recipes import BESIDE, reproduce, xor
from scratchnn.recipes.runs import Run, max_or_nan, run


def results() -> dict[str, list[Run]]:
    """Two short runs of a small recipe."""
    return {"xor": [run(replace(xor, epochs=2), seed) for seed in (0, 1)]}


def test_a_row_states_what_both_frameworks_came_to() -> None:
    """And how far apart their losses are, which for these is not at all, or nearly."""
    (row,) = reproduce.rows(results())
    assert (row.recipe, row.reported) == ("xor", "100")
    assert row.ours == row.theirs
    assert row.drift < 1e-6


def test_the_table_names_every_recipe_and_what_was_chosen() -> None:
    """A figure without what it rests on would flatter."""
    text = reproduce.markdown(results())
    assert "--runs 2" in text
    assert "| xor | right, % | 100 |" in text
    assert "- `xor`: report 002; chosen: " in text


def test_every_seed_of_every_recipe_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order; the caller sorts."""
    monkeypatch.setattr(reproduce, "ALL", {n: replace(r, epochs=1) for n, r in BESIDE.items()})
    with ThreadPoolExecutor(2) as executor:
        done = [(name, r.seed) for name, r in reproduce.run_all(list(BESIDE), 2, executor)]
    assert sorted(done) == [("perceptron", 0), ("perceptron", 1), ("xor", 0), ("xor", 1)]


def test_a_loss_that_is_no_number_is_not_passed_over() -> None:
    """max() alone would return the other one."""
    assert str(max_or_nan([float("nan"), 1.0])) == str(max_or_nan([1.0, float("nan")])) == "nan"
