"""None for an input: owed by nobody, or withheld on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

import gradcheck

Array = np.ndarray[Any, np.dtype[np.float64]]
X = np.linspace(-2.0, 3.0, 12).reshape(4, 3)


class Engine:
    """Hands a layer's forward on, and knows how to go back where anything was kept."""

    kept: Array | None = None

    def backward(self, dout: Array) -> Array | None:
        """Give what was kept."""
        return None if self.kept is None else dout * self.kept


class Waves(Engine):
    """Keeps nothing: no gradient goes to what it is given."""

    def forward(self, t: Array) -> Array:
        """Compute the sine."""
        return np.sin(t)


class Doubled(Engine):
    """Keeps what its engine asks for."""

    def forward(self, t: Array) -> Array:
        """Double."""
        self.kept = np.full_like(t, 2.0)
        return 2 * t


class Table:
    """Looks rows up; its input is rounded to their numbers, and the gradient is the table's."""

    def forward(self, indices: Array) -> Array:
        """Take the rows."""
        self.rows = np.abs(indices).astype(int)
        return np.asarray(np.eye(9)[self.rows])

    def backward(self, dout: Array) -> Array:
        """Add up, by row."""
        table = np.zeros((9, 9))
        np.add.at(table, self.rows, dout)
        return table


class Rounded:
    """Of a value and how many digits of it are kept: the second is no variable."""

    def forward(self, x: Array, digits: Array) -> Array:
        """Scale."""
        self.digits = digits
        return x * digits

    def backward(self, dout: Array) -> tuple[Array, None]:
        """Give the first its gradient, and say that the second has none."""
        return dout * self.digits, None


def test_none_of_an_engine_that_kept_nothing_is_no_mistake_of_the_layer() -> None:
    """It wrote no backward; where the engine has something to give, that is judged."""
    result = gradcheck.check(Waves(), X)
    assert result.verdict == "undecided"
    assert "returns nothing for input, though the output moves" in result.findings[0].message
    assert gradcheck.check(Doubled(), X).verdict == "verified"


def test_what_moves_no_output_is_owed_no_gradient() -> None:
    """Nor is one of another shape, which may be that of a table, a wrong one of it."""
    result = gradcheck.check(Table(), X)
    assert result.verdict == "undecided"
    assert "none is owed" in result.unverified["input"]


def test_none_beside_a_gradient_is_chosen() -> None:
    """The other is judged all the same."""
    result = gradcheck.check(Rounded(), X, np.full_like(X, 3.0))
    assert result.verdict == "undecided"
    assert {f.leaf: f.verdict for f in result.findings if f.check == "gradient"} == {
        "digits": "undecided",
        "x": "verified",
    }
