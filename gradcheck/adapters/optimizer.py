"""An optimizer to inject where a layer wants one: plain descent, under any method's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

# So large that a weight is nothing beside its step, and rounds none of it; and a gradient that is
# computed from weights already updated is far from the right one.
RATE = 2.0**60
# For who takes the step back before that: so small that he finds the weights again.
SMALL_RATE = 0.5


class Descent:
    """weight ← weight − gradient, whatever the method is called that is given the two.

    Returns the new weight and leaves the old one alone; of two dictionaries or lists, the first is
    updated in place.

    >>> Descent().update(3.0, 1.0) == 3.0 - RATE
    True
    """

    learning_rate = lr = RATE

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Any method."""
        if name.startswith("__") or name in {"shape", "ndim", "dtype", "data", "grad"}:
            raise AttributeError(name)
        return self.__call__

    def __getitem__(self, key: Any) -> Descent:
        """Itself: some hand over one for the weights and one for the biases."""
        return self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Take the step."""
        given = [a for a in (*arguments, *named.values()) if isinstance(a, _KINDS)]
        if len(given) < 2:
            return given[0] if given else None
        weight: Any = given[0]
        gradient: Any = given[1]
        if isinstance(weight, dict):
            for key in weight:
                found = gradient[key] if key in gradient else gradient.get(f"d{key}")
                weight[key] = weight[key] - RATE * found
            return weight
        if isinstance(weight, list):
            for index, (one, other) in enumerate(zip(weight, gradient, strict=False)):
                weight[index] = one - RATE * other
            return weight
        return weight - RATE * gradient


_KINDS = (Tensor, np.ndarray, np.generic, float, dict, list)
