"""A first forward, of which only what it makes for good is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradcheck.adapters.snapshot import Snapshot, reachable


def warm_up(root: Any, forward: Callable[[], Any]) -> None:
    """Call the forward once, and take back what it has put down as each forward does.

    Weights that appear in a first forward stay.  A list that grows with every forward, such as
    one of inputs that wait for their backward, is as long as if there had been none, and a count
    of them is as low.

    >>> class Waiting:
    ...     def __init__(self):
    ...         self.inputs, self.weights, self.steps = [], [], 0
    ...     def forward(self):
    ...         self.weights = self.weights or [1.0]
    ...         self.inputs.append(2.0)
    ...         self.steps += 1
    >>> waiting = Waiting()
    >>> warm_up(waiting, waiting.forward)
    >>> waiting.inputs, waiting.steps, waiting.weights
    ([], 0, [1.0])
    """
    forward()
    after = Snapshot(root)
    lengths, counts = lengths_of_lists(root), _counts(root)
    forward()
    grown = {
        key: length - lengths.get(key, length) for key, length in lengths_of_lists(root).items()
    }
    counted = {key: count - counts.get(key, count) for key, count in _counts(root).items()}
    after.restore()
    for item in reachable(root):
        if isinstance(item, list) and grown.get(id(item), 0) > 0:
            del item[max(0, len(item) - grown[id(item)]) :]
    for held, name in list(_counting(root)):
        held[name] -= counted.get((id(held), name), 0)


def lengths_of_lists(root: Any) -> dict[int, int]:
    """How long each list below an object is, by its identity."""
    return {id(item): len(item) for item in reachable(root) if isinstance(item, list)}


def _counts(root: Any) -> dict[tuple[int, Any], int]:
    return {(id(held), name): held[name] for held, name in _counting(root)}


def _counting(root: Any) -> Iterator[tuple[dict[Any, Any], Any]]:
    """Every attribute and entry that is a whole number: who holds it, and its name."""
    for held in reachable(root):
        if isinstance(held, dict):
            yield from ((held, name) for name, value in held.items() if type(value) is int)
