"""Inside a worker: from a word to its targets, and from a target to its result.

A target is checked in a fork of the process that has imported it: whatever it does there, to torch
or to itself, is gone with the fork, and the next one finds all as it was imported.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import torch

from gradcheck.choice.wishes import Wishes
from gradcheck.engine.answer import Answer, answered, lost
from gradcheck.engine.candidate import Candidate, Note, Place, elsewhere
from gradcheck.errors import TargetError
from gradcheck.options import Options
from gradcheck.processes.limits import NO_LIMITS, Limits
from gradcheck.processes.service import doing, may_fork, supervises
from gradcheck.processes.worker import EndedError, Worker
from gradcheck.targets.loading import told_of_imports
from gradcheck.targets.resolve import Target, resolve
from gradcheck.targets.stubs import stubbed


@dataclass(frozen=True)
class Task:
    """One target to check.

    Attributes:
        name: Of the target.
        place: Where it is found.
        options: How it is checked.
        wishes: In which cases.
        limits: What it may take.
    """

    name: str
    place: Place
    options: Options
    wishes: Wishes
    limits: Limits = NO_LIMITS


def found(place: Place) -> tuple[list[Candidate], list[str]]:
    """The targets, and what was noted on the way."""
    said: list[str] = []
    targets = _targets(place, said.append).values()
    return [elsewhere(target, place) for target in targets], said


def checked(task: Task) -> Answer:
    """The answer of one target, in a fork of this process where that is sound."""
    _targets(task.place)
    doing(task.name)
    if not may_fork():
        return _here(task)
    with Worker(task.limits) as apart:
        supervises(apart.start())
        try:
            answer: Answer = apart.call(_here, task)
        except EndedError as ended:
            return lost(task.name, ended, task.options.seed)
        return answer


def _here(task: Task) -> Answer:
    with stubbed(task.place.stub):
        return answered(_targets(task.place)[task.name], task.options, task.wishes)


def _targets(place: Place, note: Note = lambda words: None) -> dict[str, Target]:  # noqa: ARG005
    if place not in _KNOWN:
        torch.set_num_threads(1)  # a sum over several depends on their number, to the last bit
        os.chdir(place.folder)
        with stubbed(place.stub), told_of_imports(functools.partial(_announce, place)):
            _KNOWN[place] = {target.name: target for target in resolve(place.word, note)}
    return _KNOWN[place]


_KNOWN: dict[Place, dict[str, Target]] = {}


def _announce(place: Place, name: str) -> None:
    """Say what is imported next; refuse what has hung before."""
    if (why := dict(place.left_out).get(name)) is not None:
        raise TargetError(why)
    doing(name)
