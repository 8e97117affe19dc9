"""Words that a class compares an option with, and the cases that they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.choice.compared import compared
from gradcheck.targets.resolve import Target

Array = NDArray[np.float64]


class Activation:
    """One of several, of which the backward knows two."""

    def __init__(self, kind: str = "square", init: str = "he", mode: str = "train") -> None:
        self.kind, self.init, self.mode = kind, init, mode

    def forward(self, x: Array) -> Array:
        """Choose by name."""
        if self.init not in {"he", "xavier"} or self.mode == "test":
            return x
        self.x = x
        if self.kind == "square":
            return x**2
        if self.kind == "cube":
            return x**3
        raise ValueError(self.kind)

    def backward(self, grad: Array) -> Array:
        """Forget the third power's factor."""
        return grad * (2 * self.x if self.kind == "square" else self.x**2)


class Tables:
    """Other ways to write it."""

    def __init__(self, norm: str = "one", act: str = "relu", pad: str = "zero") -> None:
        self.norm, self.act, self.pad = norm, act, pad

    def forward(self, x: Array) -> Array:
        """Look it up."""
        match self.norm:
            case "one" | "two":
                x = x * 2
            case "three":
                x = x * 3
        if self.pad in ("zero", "reflect"):
            x = x + 1
        y: Array = {"relu": np.abs, "tanh": np.tanh}[self.act](x)
        return y


def test_a_word_that_the_source_compares_with_is_tried() -> None:
    """And the mistake at it is found; how it begins, and its mode, are left alone."""
    labels = [case.label for case in cases_of(Target("Activation", Activation))]
    assert "kind='cube'; input (4, 5)" in labels
    assert not [label for label in labels if "xavier" in label or "test" in label]
    assert gradcheck.check(Activation).verdict == "refuted"


def test_words_are_read_from_every_comparison() -> None:
    """By ``in``, by ``match``, and as keys of a table."""
    options = {"norm": "one", "act": "relu", "pad": "zero", "level": 2}
    assert list(compared(Tables, options)) == [
        *(("norm", "two"), ("norm", "three"), ("act", "tanh"), ("pad", "reflect"))
    ]


def test_a_class_without_a_source_has_no_words() -> None:
    """As one that was made at run time."""
    assert not list(compared(type("Made", (), {}), {"kind": "relu"}))
