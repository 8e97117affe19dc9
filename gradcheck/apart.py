"""A campaign in a process of its own, which is ended where one target takes too long."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from gradcheck import campaign
from gradcheck.choice import Wishes
from gradcheck.errors import ExerciseError, TargetError
from gradcheck.loading import told_of_imports
from gradcheck.options import Options
from gradcheck.records import Finding, Verdict
from gradcheck.result import Result
from gradcheck.stubs import stubbed
from gradcheck.targets import Target, resolve
from gradcheck.worker import EndedError, Worker, doing

_AGAIN = 50
"""How many imports that hang are left out, one after the other."""

Note = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """How a worker finds targets.

    Attributes:
        word: As the user typed it.
        stub: Modules that are stood in for.
        left_out: What is not to be imported → why not.
    """

    word: str
    stub: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Distant:
    """A target that only a worker has seen."""

    name: str
    place: Place


class Apart:
    """Finds and checks targets, all of it in one worker.

    Args:
        timeout: Seconds that each import, and each target, may take.
        stub: Modules that are stood in for.
    """

    def __init__(self, timeout: float, stub: tuple[str, ...] = ()) -> None:
        self._timeout = timeout
        self._stub = stub
        self._worker = Worker(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.end()

    def resolve(self, word: str, note: Note) -> list[Distant]:
        """All targets that a word stands for.

        Raises:
            TargetError: If it leads nowhere, or takes too long.
        """
        place = Place(word, self._stub)
        for _ in range(_AGAIN):
            try:
                names, said = self._worker.call(_found, place)
            except EndedError as ended:
                why = f"importing {ended.doing} {self._why(ended)}"
                if not ended.doing or ended.doing in dict(place.left_out):
                    raise TargetError(why) from None
                place = Place(word, self._stub, (*place.left_out, (ended.doing, why)))
                continue
            for words in said:
                note(words)
            return [Distant(name, place) for name in names]
        raise TargetError(f"{word}: {_AGAIN} of its imports took longer than {self._timeout:g} s")

    def run(
        self,
        targets: Sequence[Distant],
        options: Options,
        wishes: Wishes,
        on_start: Callable[[Distant, int], None],
        on_error: campaign.Complaint,
    ) -> Iterator[Result]:
        """Check one after another; one that does not come back costs only its own answer."""
        for done, target in enumerate(targets):
            on_start(target, done)
            try:
                yield self._worker.call(_checked, target, options, wishes)
            except EndedError as ended:
                error = ExerciseError(f"{target.name} {self._why(ended)}")
                on_error(error)
                finding = Finding("exercise", None, Verdict.UNDECIDED, message=str(error))
                yield Result(target.name, (finding,), seed=options.seed)

    def _why(self, ended: EndedError) -> str:
        if ended.is_late:
            return f"took longer than {self._timeout:g} s and was ended: --timeout allows more"
        return "ended the whole process, without an error that could be caught"


def _found(place: Place) -> tuple[list[str], list[str]]:
    """Inside a worker: the names of the targets, and what was noted on the way."""
    said: list[str] = []
    return list(_targets(place, said.append)), said


def _checked(target: Distant, options: Options, wishes: Wishes) -> Result:
    """Inside a worker: the result of one target."""
    one = _targets(target.place)[target.name]
    doing(target.name)
    with stubbed(target.place.stub):
        (result,) = campaign.run([one], options, wishes)
    return result


def _targets(place: Place, note: Note = lambda words: None) -> dict[str, Target]:  # noqa: ARG005
    if place not in _KNOWN:
        with stubbed(place.stub), told_of_imports(functools.partial(_announce, place)):
            _KNOWN[place] = {target.name: target for target in resolve(place.word, note)}
    return _KNOWN[place]


_KNOWN: dict[Place, dict[str, Target]] = {}


def _announce(place: Place, name: str) -> None:
    """Say what is imported next; refuse what has hung before."""
    if (why := dict(place.left_out).get(name)) is not None:
        raise TargetError(why)
    doing(name)
