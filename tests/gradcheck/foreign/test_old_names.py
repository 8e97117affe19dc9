"""What libraries once offered is there for code that asks, and only while it is checked."""

import collections
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

from gradcheck.foreign.old_names import answered


def ask(module: ModuleType, name: str) -> Any:
    """Look for a name that linters know to be gone."""
    return getattr(module, name)


def test_old_names_are_answered_and_told() -> None:
    """With what has replaced them, each told once."""
    with answered() as asked:
        assert ask(np, "float_") is np.float64
        assert ask(np, "NINF") == -np.inf
        assert issubclass(list, ask(collections, "Iterable"))
        assert ask(np, "float_") is np.float64
    assert asked == ["numpy.float_", "numpy.NINF", "collections.Iterable"]


def test_a_shape_of_none_is_that_of_a_number() -> None:
    """As it was, and only inside."""
    make, nothing = np.ones, cast("tuple[int, ...]", None)
    with answered() as asked:
        assert np.ones(nothing).shape == ()
        assert np.ones((2, 3)).shape == (2, 3)
    assert asked == ["numpy.ones(None)"]
    assert np.ones is make


def test_afterwards_they_are_gone_again() -> None:
    """Even where the code inside raises."""
    with pytest.raises(ValueError, match="broken"), answered():
        raise ValueError("broken")
    assert not hasattr(collections, "Iterable")
    with pytest.raises(AttributeError, match="float_"):
        ask(np, "float_")


@pytest.mark.parametrize(("module", "name"), [(np, "floaty"), (collections, "Iterables")])
def test_what_never_was_is_refused(module: ModuleType, name: str) -> None:
    """A slip of the author's stays an error."""
    with answered(), pytest.raises(AttributeError, match=name):
        ask(module, name)
