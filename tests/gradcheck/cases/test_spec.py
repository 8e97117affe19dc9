"""A case before it is built: what is constructed, and how it is told."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.cases.spec import Part, Spec

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | st.text() | NUMBERS
OPTIONS = st.dictionaries(st.sampled_from(["in_features", "bias", "eps"]), VALUES)
SHAPES = st.lists(st.lists(st.integers(0, 9), max_size=3).map(tuple), min_size=1, max_size=3)


def no_sibling(name: str) -> Any:
    """Stand where no other class is looked for."""
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        (Spec({"bias": False}, ((4, 5),)), "bias=False; input (4, 5)"),
        (Spec({}, ((4, 5), (4, 5))), "input (4, 5), (4, 5)"),
        (Spec({"p": 0.5}, ((5,),), arguments=(3, "x")), "3, 'x', p=0.5; input (5,)"),
        (
            Spec(shapes=((7, 5),), parts=(Part("Linear", {"in_features": 5}), Part("ReLU", {}))),
            "Linear(in_features=5), ReLU(); input (7, 5)",
        ),
        (Spec(shapes=((),)), "input ()"),
    ],
)
def test_a_case_is_told_as_one_would_write_it(spec: Spec, label: str) -> None:
    """The constructor's arguments, then the shapes."""
    assert spec.label == label


@given(OPTIONS, st.lists(VALUES, max_size=2).map(tuple), SHAPES)
def test_the_label_can_be_pasted_into_a_call(
    options: dict[str, Any], arguments: tuple[Any, ...], shapes: list[tuple[int, ...]]
) -> None:
    """Read back as Python, it gives the same arguments and shapes."""
    spec = Spec(options, tuple(shapes), arguments=arguments)
    call, _, inputs = spec.label.rpartition("input ")
    read = eval(f"read({call.removesuffix('; ')})", {"read": lambda *a, **o: (a, o)})  # noqa: S307
    assert read == (arguments, options)
    assert eval(f"[{inputs}]") == shapes  # noqa: S307


@given(OPTIONS, st.lists(VALUES, max_size=2).map(tuple))
def test_the_constructor_gets_what_the_case_says(
    options: dict[str, Any], arguments: tuple[Any, ...]
) -> None:
    """Positional ones first."""
    spec = Spec(options, ((4, 5),), arguments=arguments)
    assert spec.construct(lambda *a, **o: (a, o), no_sibling) == (arguments, options)


def test_a_container_is_built_from_its_parts() -> None:
    """Each found by its torch name, with its own options, in order."""
    parts = (Part("Linear", {"in_features": 5, "out_features": 3}), Part("ReLU", {}))
    built = Spec(parts=parts).construct(torch.nn.Sequential, lambda name: getattr(torch.nn, name))
    assert repr(built) == repr(torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.ReLU()))


def test_a_case_cannot_be_changed() -> None:
    """The catalogue is shared by all checks."""
    for thing in (Spec(), Part("ReLU", {})):
        with pytest.raises(dataclasses.FrozenInstanceError):
            thing.options = {}  # type: ignore[misc] # the point
