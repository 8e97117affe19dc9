"""Layers that go through a sequence: a list with one output, or one gradient, for each step.

hs = forward(xs, h)          backward(dh) of the last          backward(dhs) of all
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nesting import is_array

_FEWEST = 2


def is_list(result: Any) -> bool:
    """Whether it is a list of arrays of one shape, as of the states of a sequence."""
    if not isinstance(result, list) or len(result) < _FEWEST or not all(map(is_array, result)):
        return False
    return len({tuple(one.shape) for one in result}) == 1


def are_lists(result: Any) -> bool:
    """Whether it is several such lists, as of hidden states and of cells."""
    return isinstance(result, tuple) and len(result) >= _FEWEST and all(map(is_list, result))


def last_of(result: Any) -> Any:
    """The last of a list, or of each of several; what is no list as it is."""
    return tuple(map(last_of, result)) if are_lists(result) else result[-1]


def stacked(returned: tuple[Any, ...], shapes: Sequence[tuple[int, ...]]) -> tuple[Any, ...]:
    """One gradient for the only input, where one is returned for each step of it.

    >>> steps = (torch.zeros(2, 1), torch.ones(2, 1))
    >>> stacked(steps, [(2, 2, 1)])[0].shape, len(stacked(steps, [(2, 1)]))
    (torch.Size([2, 2, 1]), 2)
    """
    if len(shapes) != 1 or len(returned) < _FEWEST or len(shapes[0]) < _FEWEST:
        return returned
    first, *step = shapes[0]
    fits = [isinstance(one, Tensor) and list(one.shape) == step for one in returned]
    return (torch.stack(returned),) if len(returned) == first and all(fits) else returned
