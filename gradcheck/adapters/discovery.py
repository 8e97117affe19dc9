"""Which tensors an object trains, and where it leaves their gradients, found by trying.

A parameter is what the forward reads and does not write.  Whose gradient lies where is asked then.
What lies in a list that every forward makes longer is what one was called with, or its state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from gradcheck.adapters.bench import Bench, Drive, apart, copy_of, taken
from gradcheck.adapters.numbers import Numbers, trained_numbers
from gradcheck.adapters.pairing import Discovery, paired
from gradcheck.adapters.routes import Route, floating, routes, same_items
from gradcheck.adapters.snapshot import Snapshot
from gradcheck.adapters.warming import lengths_of_lists, warm_up
from gradcheck.errors import ExerciseError
from gradcheck.subject import Outputs

_PUSH = 2.0**-6
# What two equal forwards differ by is no answer to a push.
_CLEAR = 1000


def discover(root: Any, drive: Drive, known: Sequence[Any], kind: Numbers) -> Discovery:
    """Find the parameters beside those that are known; the object is left as it was.

    Plain numbers among them become arrays of this kind.
    """
    before = Snapshot(root)
    try:
        with torch.no_grad():
            plain = trained_numbers(Bench(root, drive, before), kind)
            plain.become_arrays(root)
            return replace(_Search(root, drive, known, plain).run(), numbers=plain)
    except ExerciseError:
        return Discovery()  # whoever calls it next is told why
    finally:
        before.restore()


class _Search:
    def __init__(self, root: Any, drive: Drive, known: Sequence[Any], plain: Numbers) -> None:
        self._root = root
        self._plain = plain
        self._drive = drive
        self._known = {id(item) for item in known}
        self._bench = Bench(root, drive, Snapshot(root))

    @property
    def _base(self) -> Snapshot:
        return self._bench.base

    def run(self) -> Discovery:
        start = routes(self._root)
        self._outputs = taken(self._drive.forward())
        first = routes(self._root)
        appeared = self._appeared(start, first)
        self._base.restore()
        weights = self._read(self._unwritten(start))
        warm = False
        if appeared:
            cold = self._base
            warm_up(self._root, self._drive.forward)
            self._bench.base = Snapshot(self._root)
            kept = [ways for ways in appeared if floating(ways[0].get(self._root)) is not None]
            warm = bool(self._read(kept))
            if warm:
                weights = self._read(self._unwritten(routes(self._root)))
            else:
                self._bench.base = cold
        later = self._read_later(weights)
        weights = later or weights
        if not weights:
            return Discovery(warm=warm)
        return replace(paired(self._bench, weights, self._plain), warm=warm, carries=bool(later))

    def _read_later(self, weights: list[list[Route]]) -> list[list[Route]]:
        """The weights that a second step reads, where the first does not read all of them.

        A state that begins with zeros hides the weight that it is multiplied by.  The step before
        is left undone otherwise.
        """
        if not self._carries_on():
            return []
        first = self._base
        self._drive.forward()
        self._bench.base = Snapshot(self._root)
        later = self._read(self._unwritten(routes(self._root)))
        if {ways[0] for ways in weights} < {ways[0] for ways in later}:
            return later
        first.restore()
        self._bench.base = first
        return []

    def _carries_on(self) -> bool:
        """Whether a second forward gives something else, and does so whenever it is asked."""
        if apart(self._seconds, self._outputs) == 0:  # nearly always so
            return False
        firsts, seconds = zip(*(self._two_forwards() for _ in range(2)), strict=True)
        return apart(*seconds) == 0 and apart(seconds[0], firsts[0]) > 0

    def _two_forwards(self) -> tuple[Outputs, Outputs]:
        """The outputs of one after the other; the object is put back."""
        self._base.restore()
        both = taken(self._drive.forward()), taken(self._drive.forward())
        self._base.restore()
        return both

    def _appeared(self, start: dict[Route, Any], first: dict[Route, Any]) -> list[list[Route]]:
        """What a first forward makes and a second one keeps; nothing, where it refuses a second."""
        lengths = lengths_of_lists(self._root)
        try:
            self._seconds = taken(self._drive.forward())
        except ExerciseError:
            self._seconds = self._outputs
            return []
        second, grown = routes(self._root), self._grown(lengths)
        old = {id(item) for item in start.values()}
        kept = {
            route: item
            for route, item in second.items()
            if id(item) not in old and first.get(route) is item and not self._lies_in(route, grown)
        }
        return list(same_items(kept).values())

    def _unwritten(self, held: dict[Route, Any]) -> list[list[Route]]:
        """The ways to each tensor that a forward leaves where and as it is."""
        if not held:
            return []
        values = {route: copy_of(item) for route, item in held.items()}
        lengths = lengths_of_lists(self._root)
        self._drive.forward()
        now, grown = routes(self._root), self._grown(lengths)
        kept = {
            route: item
            for route, item in held.items()
            if now.get(route) is item
            and torch.equal(copy_of(item), values[route])
            and not self._lies_in(route, grown)
        }
        self._base.restore()
        return [ways for key, ways in same_items(kept).items() if key not in self._known]

    def _grown(self, lengths: dict[int, int]) -> set[int]:
        """The lists that are longer than they were."""
        now = lengths_of_lists(self._root)
        return {key for key, length in now.items() if length > lengths.get(key, length)}

    def _lies_in(self, route: Route, lists: set[int]) -> bool:
        """Whether the way leads through one of these lists."""
        starts = (Route(route.steps[:length]) for length in range(len(route.steps)))
        return any(id(one.get(self._root)) in lists for one in starts) if lists else False

    def _read(self, groups: list[list[Route]]) -> list[list[Route]]:
        """Those that the outputs depend on; one forward tells where it is none."""
        if not groups:
            return []
        self._base.restore()
        self._outputs = taken(self._drive.forward())
        self._base.restore()
        self._noise = apart(self._outputs, taken(self._drive.forward()))
        if not self._moves(groups):
            return []
        return [ways for ways in groups if self._moves([ways])]

    def _moves(self, groups: list[list[Route]]) -> bool:
        self._base.restore()
        for ways in groups:
            item = ways[0].get(self._root)
            value = copy_of(item)
            push = _PUSH * max(float(value.abs().mean()), 1e-3) if value.numel() else 0.0
            self._bench.put(ways, value + push * self._bench.normal(value))
        try:
            outputs = taken(self._drive.forward())
        except ExerciseError:
            return True  # it minds, so it reads
        finally:
            self._base.restore()
        return apart(outputs, self._outputs) > _CLEAR * self._noise
