"""In which order targets are checked where time is short: what tells most comes first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from gradcheck.engine.candidate import Candidate
from gradcheck.records import Record, Verdict


def planned(chosen: Sequence[Candidate], before: Mapping[str, Record]) -> list[int]:
    """The numbers of the targets, the most telling first.

    What was refuted or undecided the last time stands before what nobody has ever checked, and
    that before what was verified; layers stand before optimizers, and these before trainings; the
    first target of each file before the second of any, for what is wrong with a file shows in
    one; and what took less time before what took more.

    >>> from gradcheck.engine.candidate import Place
    >>> layer, training = (Candidate(f"mylib.{n}", n, Place("mylib")) for n in (0, 2))
    >>> planned([training, layer], {})
    [1, 0]
    """

    def told(number: int) -> tuple[int, int, float]:
        record = before.get(chosen[number].name)
        return _interest(record), chosen[number].weight, record.seconds if record else 0.0

    seen: Counter[str] = Counter()
    keys = []
    for number in sorted(range(len(chosen)), key=told):
        interest, weight, seconds = told(number)
        home = _home(chosen[number].name)
        keys.append((interest, weight, seen[home], seconds, number))
        seen[home] += 1
    return [key[-1] for key in sorted(keys)]


def _interest(record: Record | None) -> int:
    if record is None or not record.reached:
        return 1
    return 2 if record.verdict == Verdict.VERIFIED else 0


def _home(name: str) -> str:
    """The file or the module that a target is from."""
    return re.split(r"[.:](?=[^.:]*$)", name)[0]
