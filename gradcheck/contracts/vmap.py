"""A Function's own rule for ``torch.vmap`` gives what one call after the other gives.

What it refuses, as shapes that its author may not have meant, is told: nobody is misled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.adapters.function import has_vmap
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import one_line
from gradcheck.subject import Outputs, Values

CAUSE = "vmap"
_CALLS = 3
_STEP = 2.0**-6

Axes = tuple[int | None, ...]
"""Along which axis of each leaf the calls lie; None where all have the same."""


def examine(trial: Trial) -> Answer:
    """Batch all leaves, along the first axis and along the last, and each leaf alone."""
    graph = trial.subject.graph
    if graph is None or not has_vmap(trial.subject.instance):
        return Waived("it has no rule for vmap")
    for axes in _axes(trial.values):
        words = f"vmap over {_named(trial, axes)}"
        calls = [_moved(trial.values, axes, number) for number in range(_CALLS)]
        expected = tuple(map(torch.stack, zip(*map(graph, calls), strict=True)))
        try:
            found = _at_once(graph, calls, axes)
        except Exception as error:  # noqa: BLE001 somebody's rule
            return Waived(f"{words} raises {one_line(error)}")
        if [y.shape for y in found] != [y.shape for y in expected] or trial.is_another_output(
            found, expected
        ):
            message = f"{words} gives other outputs than one call after the other"
            return Broken(CAUSE, message, in_forward=True)
    return Kept()


def _axes(values: Values) -> Iterator[Axes]:
    yield (0,) * len(values)
    yield (-1,) * len(values)
    if len(values) > 1:
        for number in range(len(values)):
            yield tuple(0 if n == number else None for n in range(len(values)))


def _moved(values: Values, axes: Axes, number: int) -> Values:
    """The leaves of one call: those that are batched a little larger each time."""
    pairs = zip(values, axes, strict=True)
    return tuple(x if axis is None else x * (1 + number * _STEP) for x, axis in pairs)


def _at_once(graph: Callable[[Values], Outputs], calls: list[Values], axes: Axes) -> Outputs:
    together = tuple(
        leaf[0] if axis is None else torch.stack(leaf, dim=axis)
        for leaf, axis in zip(zip(*calls, strict=True), axes, strict=True)
    )
    found: tuple[Tensor, ...] = torch.vmap(lambda *leaves: graph(leaves), in_dims=axes)(*together)
    return tuple(output.detach() for output in found)


def _named(trial: Trial, axes: Axes) -> str:
    batched = tuple(n for n, axis in enumerate(axes) if axis is not None)
    return trial.names(batched) + (" along the last axis" if -1 in axes else "")
