"""What a user writes on the command line: constructor arguments and shapes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import CommandError
from gradcheck.cases.expression import parse_init, parse_shape

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LITERALS = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
WORDS = st.sampled_from(["in_features", "out_features", "bias"])


@given(st.lists(LITERALS, max_size=3), st.dictionaries(WORDS, LITERALS, max_size=3))
def test_what_python_writes_is_read_back(arguments: list[Any], options: dict[str, Any]) -> None:
    """Positional and keyword arguments of any literal."""
    written = ", ".join([*map(repr, arguments), *(f"{k}={v!r}" for k, v in options.items())])
    assert parse_init(written, {}) == (tuple(arguments), options)


def test_nothing_is_a_call_without_arguments() -> None:
    """For a class whose arguments all have defaults."""
    assert parse_init("", {}) == ((), {})


def test_names_stand_for_what_they_are_given_as() -> None:
    """Torch, and whatever the target's own module holds."""
    (relu, size), _ = parse_init("torch.nn.ReLU(), WIDTH * 2", {"torch": torch, "WIDTH": 3})
    assert isinstance(relu, torch.nn.ReLU)
    assert size == 6


def test_reading_leaves_the_names_alone() -> None:
    """Evaluation adds builtins to its own copy only."""
    names: dict[str, Any] = {"WIDTH": 3}
    parse_init("WIDTH", names)
    assert names == {"WIDTH": 3}


@pytest.mark.parametrize("text", ["3,,2", "3 2", "in_features: 3", "(", "=3", "3; 2", "for x in y"])
def test_what_is_no_list_of_arguments_is_refused(text: str) -> None:
    """It is repeated, with an example of how to write it."""
    with pytest.raises(CommandError) as refused:
        parse_init(text, {})
    assert f'--init "{text}" is no list of arguments' in str(refused.value)
    assert "in_features=3" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3, WIDTH", "WIDTH raised NameError: name 'WIDTH' is not defined"),
        ("n=1 / 0", "1 / 0 raised ZeroDivisionError: division by zero"),
    ],
)
def test_an_argument_that_cannot_be_evaluated_says_why(text: str, reason: str) -> None:
    """The one argument is named, not only the whole."""
    with pytest.raises(CommandError) as refused:
        parse_init(text, {})
    assert str(refused.value) == f'--init "{text}": {reason}'


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_a_shape_is_read_in_every_spelling(sizes: list[int]) -> None:
    """With commas or crosses, with blanks, and as Python or torch print it."""
    comma, cross = ",".join(map(str, sizes)), "x".join(map(str, sizes))
    for text in (comma, cross, comma.replace(",", " , "), str(tuple(sizes)), str(sizes)):
        assert parse_shape(text) == tuple(sizes)


def test_a_scalar_has_a_shape_too() -> None:
    """It must be asked for: an empty word is a slip."""
    assert parse_shape("()") == ()


@pytest.mark.parametrize("text", ["", " ", "a", "5,a", "-3", "2.5", "5;3", "²", "5 3", "batch,3"])
def test_what_is_no_shape_is_refused(text: str) -> None:
    """It is repeated, with an example of how to write it."""
    with pytest.raises(CommandError) as refused:
        parse_shape(text)
    assert str(refused.value).startswith(f'--input "{text}" is no shape')
    assert "4,5" in str(refused.value)
