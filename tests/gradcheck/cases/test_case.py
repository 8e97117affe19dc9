"""A case makes an instance and its inputs anew from a seed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import scratchnn
from gradcheck import ExerciseError
from gradcheck.cases.case import constructed, drawn, given
from gradcheck.cases.spec import Part, Spec

LINEAR = Spec({"in_features": 5, "out_features": 3}, ((4, 5),))


def sibling(name: str) -> Any:
    """Find a class of scratchnn."""
    return getattr(scratchnn, name)


def test_a_seed_makes_the_same_weights_and_inputs() -> None:
    """And another seed others."""
    case = constructed(scratchnn.Linear, LINEAR, sibling)
    weights, inputs = [], []
    for seed in (1, 1, 2):
        layer, (x,) = case.make(seed)
        weights.append(layer.weight.data)
        inputs.append(x)
        torch.rand(3)
    for drawn_values in (weights, inputs):
        assert torch.equal(drawn_values[0], drawn_values[1])
        assert not torch.equal(drawn_values[0], drawn_values[2])


def test_a_constructed_case_says_what_it_is() -> None:
    """The label for the reader, the options for torch's counterpart."""
    case = constructed(scratchnn.Linear, LINEAR, sibling)
    assert case.label == "in_features=5, out_features=3; input (4, 5)"
    assert case.options == LINEAR.options
    assert [tuple(x.shape) for x in case.make(0)[1]] == [(4, 5)]


def test_inputs_that_are_given_are_used() -> None:
    """Nothing is drawn in their place."""
    x = torch.ones(2, 5)
    _, inputs = constructed(scratchnn.Linear, LINEAR, sibling, (x,)).make(0)
    assert inputs[0] is x


def test_a_constructor_that_raises_is_told_as_a_call() -> None:
    """With the arguments it was given, so that the user can try it."""

    class Picky:
        def __init__(self, size: int, mode: str = "") -> None:
            raise ValueError(f"no {size}")

    spec = Spec({"mode": "input"}, ((4, 5),), arguments=(3,))
    with pytest.raises(ExerciseError) as refused:
        constructed(Picky, spec, sibling).make(0)
    assert str(refused.value) == "Picky(3, mode='input') raised ValueError: no 3"
    assert isinstance(refused.value.__cause__, ValueError)


def test_a_layer_that_is_missing_is_told_as_it_is() -> None:
    """The search for it has said what to do; nothing is wrapped around that."""

    def missing(name: str) -> Any:
        raise ExerciseError(f"there is no {name}")

    with pytest.raises(ExerciseError, match=r"^there is no ReLU$"):
        constructed(scratchnn.Sequential, Spec(parts=(Part("ReLU", {}),)), missing).make(0)


def test_a_users_instance_and_inputs_are_passed_on() -> None:
    """Whatever the seed."""
    layer, x = scratchnn.Tanh(), torch.ones(2, 5)
    case = given(layer, (x, 3))
    made, inputs = case.make(7)
    assert made is layer
    assert inputs == (x, 3)
    assert case.label.startswith("input (2, 5)")


def test_a_users_instance_is_fed_drawn_inputs() -> None:
    """Of the shapes asked for, the same for the same seed."""
    layer = scratchnn.MSELoss()
    case = drawn(layer, Spec(shapes=((2, 5), (2, 5))))
    made, (first, second) = case.make(7)
    assert made is layer
    assert first.shape == second.shape == (2, 5)
    assert torch.equal(case.make(7)[1][1], second)
    assert case.label == "input (2, 5), (2, 5)"
