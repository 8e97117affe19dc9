"""What the user says about the cases, and how it is read."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradcheck.cases.expression import parse_init
from gradcheck.cases.spec import Init, Shape
from gradcheck.foreign.isolation import pin_random_numbers, preserved_globals
from gradcheck.intention import AS_IT_IS, Intention


@dataclass(frozen=True)
class Wishes:
    """What the user says about the cases: nothing, as a rule.

    Attributes:
        init: The constructor's arguments, as one would write them in a call.
        shapes: One shape for each input, to draw them in.
        inputs: The inputs themselves.
        intention: What the author means to deviate in.
        loss: The name of the loss to put behind it, if any.
    """

    init: str | None = None
    shapes: tuple[Shape, ...] = ()
    inputs: tuple[Any, ...] = ()
    intention: Intention = AS_IT_IS
    loss: str = ""

    @property
    def says_how(self) -> bool:
        """Whether it says what to build or call."""
        return bool(self.init is not None or self.shapes or self.inputs)


NO_WISHES = Wishes()


def init_of(target: type, text: str | None) -> Init | None:
    """The user's words, in which may appear its package and the names of its own module."""
    if text is None:
        return None
    top = target.__module__.partition(".")[0]
    known = {"torch": torch, "np": np, "numpy": np, top: sys.modules.get(top)}
    with preserved_globals():
        pin_random_numbers()  # layers that are built here have weights
        return parse_init(text, {**known, **vars(sys.modules[target.__module__])})
