"""What is read from a method's instructions holds on every Python."""

from typing import Any

import pytest

from gradcheck.adapters.instructions import needs_no_object, unpacked
from gradcheck.adapters.returns import returns_nothing


def two(self: Any, inputs: Any) -> Any:
    """Take two apart."""
    x, y = inputs
    return x + y


def first(self: Any, grads: Any) -> Any:
    """Take the first."""
    d, *_ = grads
    return d


def shape(self: Any, x: Any) -> Any:
    """Take a shape apart, not the argument."""
    n, c = x.shape
    return n * c


def pairs(self: Any, x: Any) -> Any:
    """Take what is iterated apart, not the argument."""
    return [a for a, b in x]


@pytest.mark.parametrize(
    ("method", "name", "count"),
    [(two, "inputs", 2), (first, "grads", 1), (shape, "x", 0), (pairs, "x", 0), (two, "self", 0)],
)
def test_only_an_argument_that_is_itself_taken_apart_counts(
    method: Any, name: str, count: int
) -> None:
    """And into how many."""
    assert unpacked(method, name) == count


def silent(self: Any, g: Any) -> None:
    """Keep it."""
    self.g = g


def early(self: Any, g: Any) -> Any:
    """Return something in one branch."""
    if g:
        return g
    return None


@pytest.mark.parametrize(("method", "nothing"), [(silent, True), (early, False), (two, False)])
def test_a_method_that_returns_something_anywhere_returns_something(
    method: Any, *, nothing: bool
) -> None:
    """None is all that the others return."""
    assert returns_nothing(method) == nothing


def square(x: Any) -> Any:
    """Compute with an array."""
    return x * x.sum()


def masked(self: Any) -> Any:
    """Read an attribute of one's own."""
    return self.mask


def unused(self: Any) -> Any:
    """Read nothing."""
    return 3


@pytest.mark.parametrize(("function", "free"), [(square, True), (masked, False), (unused, False)])
def test_a_first_argument_is_an_array_where_it_is_used_as_one(function: Any, *, free: bool) -> None:
    """An attribute that no array has says otherwise; and so does silence."""
    assert needs_no_object(function) == free
