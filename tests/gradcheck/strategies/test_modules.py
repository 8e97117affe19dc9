"""Modules from strategies: built, fed, and fit to be checked."""

from __future__ import annotations

import pytest
import torch
from hypothesis import find, given, settings

import gradcheck
import scratchnn
from gradcheck.errors import ExerciseError
from gradcheck.strategies import Built, modules


@settings(max_examples=10)
@given(modules(scratchnn.Linear))
def test_a_module_takes_its_inputs(built: Built) -> None:
    """In every case that gradcheck finds, with weights of its own."""
    output = built.module(*built.inputs)
    assert output.shape[-1] in (3, 4)


def same(one: Built, other: Built) -> bool:
    """Tell whether two linear layers have the same weights."""
    return torch.equal(one.module.weight.data, other.module.weight.data)


def test_different_cases_and_weights_are_drawn() -> None:
    """The simplest is the first case; every other is found."""
    first = find(modules(scratchnn.Linear), lambda _: True)
    without = find(modules(scratchnn.Linear), lambda built: "bias=False" in built.case)
    other = find(modules(scratchnn.Linear), lambda built: not same(built, first))
    assert "bias" not in first.case
    assert without.module.bias is None
    assert other.case == first.case


@settings(max_examples=3)
@given(modules("scratchnn.MSELoss"))
def test_a_loss_gets_a_target_as_well(built: Built) -> None:
    """And what is drawn passes the check."""
    assert len(built.inputs) == 2
    gradcheck.assert_verified(built.module, *built.inputs)


def test_drawing_leaves_the_generator_alone() -> None:
    """Torch's own numbers are those that would have come anyway."""
    before = torch.get_rng_state()
    find(modules(scratchnn.Linear), lambda _: True)
    assert torch.equal(torch.get_rng_state(), before)


def test_several_targets_are_refused() -> None:
    """A package is no module."""
    with pytest.raises(ExerciseError, match=r"^scratchnn names [0-9]+ targets"):
        modules("scratchnn")
