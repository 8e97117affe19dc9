"""Every recipe is what its report describes, and learns what its report says it learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from scratchnn.recipes import BESIDE, RECIPES, Recipe, perceptron, xor
from scratchnn.recipes.figures import FIGURES

# What the reports print of their networks: the units of every layer, and of the disk the points.
UNITS = {
    "disk2021": (2, 25, 25, 25, 1),
    "alternating": (2, 25, 25, 25, 1),
    "onehot": (2, 25, 25, 25, 2),
    "mytorch": (2, 25, 25, 25, 2),
}


@pytest.mark.parametrize("name", UNITS)
def test_a_network_has_the_units_of_its_report(name: str) -> None:
    """Two inputs, three hidden layers of 25 units, one or two outputs."""
    weights = [p.data.shape for p in RECIPES[name].start(0).model.parameters() if p.data.dim() > 1]
    assert [weights[0][1], *(rows for rows, _ in weights)] == list(UNITS[name])


def test_every_recipe_has_figures_to_reproduce() -> None:
    """One row of the table at least, for each."""
    assert FIGURES.keys() == RECIPES.keys() | BESIDE.keys()
    assert all(FIGURES.values())


def losses(epochs: Sequence[object]) -> list[float]:
    """Read the losses off."""
    return [epoch.loss for epoch in epochs]  # type: ignore[attr-defined] # of Progress


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_the_first_epochs_agree_with_torch(recipe: Recipe, dtype: torch.dtype) -> None:
    """Loss within 1e-6 and 1e-12, and the same errors; `gradcheck` compares the whole recipe."""
    short = replace(recipe, epochs=1 if recipe.batch_size == 1 else 3)
    start = short.start(seed=1, dtype=dtype)
    theirs = list(short.train_in_torch(start))
    ours = list(short.train(start))
    bar = 1e-6 if dtype == torch.float32 else 1e-12
    scale = max(1.0, *losses(theirs))  # a summed loss is in the hundreds
    assert losses(ours) == pytest.approx(losses(theirs), rel=0, abs=bar * scale)
    assert [(e.train_error, e.test_error) for e in ours] == [
        (e.train_error, e.test_error) for e in theirs
    ]
    assert all(parameter.data.dtype == dtype for parameter in start.model.parameters())


def test_three_layers_solve_xor_and_a_perceptron_cannot() -> None:
    """No line parts (0,0), (1,1) from (0,1), (1,0): at most three of four are right."""
    *_, deep = xor.train(xor.start(seed=0))
    assert deep.test_error == 0
    for seed in range(5):
        assert all(e.test_error >= 0.25 for e in perceptron.train(perceptron.start(seed)))


def test_a_seed_draws_the_same_start_in_both_precisions() -> None:
    """Points and weights of float32 are those of float64, rounded."""
    recipe = RECIPES["mytorch"]
    single, double = recipe.start(3), recipe.start(3, torch.float64)
    assert torch.equal(single.task.inputs, double.task.inputs.float())
    for ours, theirs in zip(single.model.parameters(), double.model.parameters(), strict=True):
        assert torch.equal(ours.data, theirs.data.float())
    assert not torch.equal(recipe.start(4).task.inputs, single.task.inputs)
