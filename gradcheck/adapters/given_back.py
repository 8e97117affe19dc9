"""Which of what a layer's backward returns is the gradient of which of its inputs.

backward(g) -> dx          backward(g) -> dx, dh          backward(g) -> dW, db, dx
backward(g) -> dh, dx      backward(x, y) -> dW, db       backward(g) -> [dx of each step]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from torch import Tensor

from gradcheck.adapters.sequences import stacked
from gradcheck.subject import Claims, Leaf, Role, Subject


class GivenBack:
    """What a backward returns, for each of the inputs.

    The inputs that were given tell how it is laid out; a batch of one has other sizes, and means
    the same.

    Args:
        leaves: The inputs.
        alone: Whether the only gradient is that of the first.

    Attributes:
        of_weights: The places of those that are weights', and whether each fits by numbers.
        weights: How many numbers the weights of a model hold that may return their gradients alone.
    """

    # Not the layer's own: what holds the layer, and is held by it, would keep its weights alive.

    def __init__(self, leaves: Sequence[Leaf], *, alone: bool) -> None:
        self.of_weights: dict[int, bool] = {}
        self.weights: list[int] = []
        self._alone = alone
        self._sizes = [leaf.value.numel() for leaf in leaves]
        self._spared = [leaf.optional for leaf in leaves]
        self._shapes = [tuple(leaf.value.shape) for leaf in leaves if not leaf.optional]
        self._first = _Place(self._sizes)
        self._models: dict[int, bool] = {}
        self._turned: dict[int, bool] = {}

    def claims(self, returned: tuple[Any, ...]) -> Claims | None:
        """One for each input; None where there are too few."""
        count = len(self._sizes)
        if self._is_of_weights_alone(returned):
            return (None,) * count
        returned = stacked(_beside(self.of_weights, returned, count), self._shapes)
        returned = self._in_order(returned)
        returned = returned if self._alone else _for_each(returned, self._shapes)
        returned = self._first.onwards(returned)
        if len(returned) < count and not (self._alone or all(self._spared[len(returned) :])):
            return None
        return (*returned, *(None,) * (count - len(returned)))[:count]

    def _is_of_weights_alone(self, returned: tuple[Any, ...]) -> bool:
        """Whether a model returns the gradients of its weights: they have the sizes of these."""
        if not self.weights:
            return False
        sizes = [part.numel() if isinstance(part, Tensor) else -1 for part in returned]
        may_be_inputs = len(sizes) <= len(self._sizes) and not {*sizes}.isdisjoint(self._sizes)
        found = bool(sizes) and not may_be_inputs and Counter(sizes) <= Counter(self.weights)
        return self._models.setdefault(len(returned), found)

    def _in_order(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        """The other way round, where their shapes fit so alone: a state's gradient may be first."""
        shapes = [tuple(one.shape) if isinstance(one, Tensor) else None for one in returned]
        found = shapes != self._shapes and shapes[::-1] == self._shapes
        return returned[::-1] if self._turned.setdefault(len(returned), found) else returned


def sizes_of_weights(subject: Subject) -> list[int]:
    """How many numbers each of its weights holds."""
    return [leaf.value.numel() for leaf in subject.leaves if leaf.role == Role.PARAMETER]


def _beside(mine: Mapping[int, bool], returned: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """What is returned beside the gradients of weights, where that is enough, or these are sure."""
    others = tuple(part for place, part in enumerate(returned) if place not in mine)
    return others if len(others) >= count or all(mine.values()) else returned


def _for_each(returned: tuple[Any, ...], shapes: list[tuple[int, ...]]) -> tuple[Any, ...]:
    """One gradient for inputs that are all added up is that of each of them.

    Of single numbers, all gradients are of one size: that says nothing.  Those of inputs that came
    in one argument may come back in one array, as if these had been stacked.
    """
    one = returned[0] if len(returned) == 1 else None
    if len(set(shapes)) != 1 or not isinstance(one, Tensor) or one.numel() == 1:
        return returned
    if len(shapes) > 1 and tuple(one.shape) == (len(shapes), *shapes[0]):
        return one.unbind()
    return returned * len(shapes) if one.numel() == prod(shapes[0]) else returned


class _Place:
    """Where the gradients of the inputs begin, where those of parameters may stand before them.

    Their sizes tell it at the inputs that were given; a batch of one has others, and means the same
    place: there a weight's gradient may have as many numbers as the larger input.
    """

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes
        self._known: dict[int, int] = {}

    def onwards(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        """What is returned from there on; all of it, where nothing has such sizes."""
        count = len(self._sizes)
        if len(returned) <= count:
            return returned
        start = self._known.get(len(returned))
        if start is None:
            start = self._found(returned)
        if start is None:
            return returned
        self._known[len(returned)] = start
        return returned[start : start + count]

    def _found(self, returned: tuple[Any, ...]) -> int | None:
        found = [part.numel() if isinstance(part, Tensor) else -1 for part in returned]
        starts = range(len(returned) - len(self._sizes) + 1)
        return next((i for i in starts if found[i : i + len(self._sizes)] == self._sizes), None)
