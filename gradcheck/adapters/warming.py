"""A first forward, of which only what it makes for good is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcheck.adapters.snapshot import Snapshot, reachable


def warm_up(root: Any, forward: Callable[[], Any]) -> None:
    """Call the forward once, and take back what it has put down in lists as each forward does.

    Weights that appear in a first forward stay.  A list that grows with every forward, such as
    one of inputs that wait for their backward, is as long as if there had been none.

    >>> class Waiting:
    ...     def __init__(self):
    ...         self.inputs, self.weights = [], []
    ...     def forward(self):
    ...         self.weights = self.weights or [1.0]
    ...         self.inputs.append(2.0)
    >>> waiting = Waiting()
    >>> warm_up(waiting, waiting.forward)
    >>> waiting.inputs, waiting.weights
    ([], [1.0])
    """
    forward()
    after = Snapshot(root)
    first = _lengths(root)
    forward()
    grown = {key: length - first.get(key, length) for key, length in _lengths(root).items()}
    after.restore()
    for item in reachable(root):
        if isinstance(item, list) and grown.get(id(item), 0) > 0:
            del item[max(0, len(item) - grown[id(item)]) :]


def _lengths(root: Any) -> dict[int, int]:
    return {id(item): len(item) for item in reachable(root) if isinstance(item, list)}
