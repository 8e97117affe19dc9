"""A loss that is bound to a model: what it hands to the model's backward is its gradient.

    self.model.backward(2 * (prediction - target) / n)

The model is listened to for the time of a call: the loss alone is under test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.adapters.instructions import attributes_read
from gradcheck.adapters.vocabulary import BACKWARD, plain


class Listener:
    """A model of which only the backward is replaced: it keeps what it is given, and returns it.

    >>> class Model:
    ...     name = "mlp"
    ...     def backward(self, g): ...
    >>> model = Listener(Model())
    >>> model.backward(2.0), model.heard, model.name
    (2.0, [2.0], 'mlp')
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.heard: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        """Whatever else it is asked for is the model's own."""
        if name.startswith("__") or name == "_model":
            raise AttributeError(name)
        real = getattr(self._model, name)
        return _Ear(real, self.heard) if BACKWARD.fullmatch(plain(name)) else real

    def __call__(self, *arguments: Any) -> Any:
        """The model's own output."""
        return self._model(*arguments)


class _Ear:
    """A backward that keeps what it is given; one that is given nothing is the model's own."""

    def __init__(self, real: Callable[[], Any], heard: list[Any]) -> None:
        self._real = real
        self._heard = heard

    def __call__(self, *given: Any) -> Any:
        if not given:
            return self._real()
        self._heard.append(given[0])
        return given[0]


@contextmanager
def listening(target: Any, forward: str, backward: str) -> Iterator[list[Listener]]:
    """Inside, the models that a backward sends a gradient to are listened to.

    What its forward goes through as well is a part of the loss, as a softmax inside.
    """
    held = vars(target) if hasattr(target, "__dict__") else {}
    own = attributes_read(getattr(target, forward))
    asked = [name for name in attributes_read(getattr(target, backward)) if name not in own]
    models = {n: one for n, one in held.items() if n in asked and _is_model(one)}
    listeners = {name: Listener(model) for name, model in models.items()}
    held.update(listeners)
    try:
        yield list(listeners.values())
    finally:
        held.update(models)


def _is_model(value: Any) -> bool:
    """Whether it has a backward: a tensor of torch's has one, too, and is none."""
    if isinstance(value, Tensor | np.ndarray):
        return False
    return any(BACKWARD.fullmatch(plain(name)) for name in dir(value))
