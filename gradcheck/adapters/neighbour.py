"""A stand-in for the layer before one that wants to be connected to it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.vocabulary import GRADIENT, means

CONNECTS = re.compile(r"connect.*|link.*|set_?(prev|input_?layer).*")
_SWITCH = re.compile(r".*(requir|train|need|want).*")
_MANY = re.compile(r".*(layers|nodes|children|outputs|bounds|consumers|next|parents|childs)")


class Neighbour:
    """Stands where the layer before it would, and has whatever that is asked for.

    >>> before = Neighbour(np.ones((4, 3)))
    >>> before.output_shape, before.requires_grad, before.outbound_layers, before.grads.shape
    ((None, 3), True, [], (4, 3))
    """

    def __init__(self, value: Any, batch: int | None = None) -> None:
        self.value = value
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "value" not in vars(self):
            raise AttributeError(name)
        found = self._answer(name)
        setattr(self, name, found)
        return found

    def _answer(self, name: str) -> Any:
        if "shape" in name:
            return (self._batch, *self.value.shape[1:])
        if _SWITCH.fullmatch(name):
            return True
        if _MANY.fullmatch(name):
            return []
        return np.zeros_like(self.value) if means(GRADIENT, name) else self.value

    def given(self, value: Any) -> None:
        """Begin anew with another value, connected as before."""
        kept = {name: one for name, one in vars(self).items() if not is_array(one)}
        vars(self).clear()
        vars(self).update(kept, value=value)

    def cleared(self) -> None:
        """Forget what an earlier backward has added."""
        for name in self._gradients():
            delattr(self, name)

    def gradient(self) -> Any:
        """What has been left in it for its gradient; None where nothing was."""
        held = [getattr(self, name) for name in self._gradients()]
        return next((one for one in held if np.size(one) == np.size(self.value)), None)

    def _gradients(self) -> list[str]:
        return [n for n, one in vars(self).items() if means(GRADIENT, n) and is_array(one)]
