"""A whole run: targets → records in their order, with a reason for each that is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from gradcheck.choice.wishes import NO_WISHES, Wishes
from gradcheck.engine.answer import unreached
from gradcheck.engine.candidate import Candidate
from gradcheck.engine.plan import planned
from gradcheck.engine.resume import holds
from gradcheck.engine.runner import Runner
from gradcheck.options import Options
from gradcheck.records import Record, Run

PACKAGES = {"gradcheck": "gradcheck-scratchnn", "torch": "torch"}


@dataclass(frozen=True)
class Request:
    """What a run is asked for.

    Attributes:
        options: How each target is checked.
        wishes: In which cases.
        budget: Seconds after which no answer is waited for any more.
        before: What an earlier run has found, by the name of its target.
        marks: The fingerprint of each check, by the name of its target.
    """

    options: Options
    wishes: Wishes = NO_WISHES
    budget: float | None = None
    before: Mapping[str, Record] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)


def _silent(*_: object) -> None:
    """Tell nobody."""


def run(
    runner: Runner,
    chosen: Sequence[Candidate],
    request: Request,
    on_done: Callable[[str, int], None] = _silent,
    *,
    on_trace: Callable[[str], None] = _silent,
    keep: Callable[[Record], None] = _silent,
) -> Run:
    """Check what is to be checked; after Ctrl-C, or the budget, what is done by then is kept.

    ``on_done`` hears of each name and how many are done, ``on_trace`` where an error came from,
    ``keep`` is given each record as it comes.
    """
    started = time.monotonic()
    records: dict[int, Record] = {}
    for number, one in enumerate(chosen):
        known, mark = request.before.get(one.name), request.marks.get(one.name, "")
        if known is not None and holds(known, mark):
            records[number] = known
            keep(known)
    left = [number for number in range(len(chosen)) if number not in records]
    until, why = None, "the run was interrupted"
    if request.budget is not None:
        until = started + request.budget
        why = f"the budget of {request.budget:g} s was spent"
        left = [left[place] for place in planned([chosen[n] for n in left], request.before)]
    try:
        for place, answer in runner.run(
            [chosen[n] for n in left], request.options, request.wishes, until
        ):
            name = chosen[left[place]].name
            records[left[place]] = replace(answer.result, fingerprint=request.marks.get(name, ""))
            keep(records[left[place]])
            on_done(name, len(records))
            on_trace(answer.trace)
    except KeyboardInterrupt:
        why = "the run was interrupted"
    seed = request.options.seed
    results = (records.get(n) or unreached(one.name, why, seed) for n, one in enumerate(chosen))
    return Run(
        records=tuple(results),
        versions={name: version(package) for name, package in PACKAGES.items()},
        seconds=time.monotonic() - started,
    )
