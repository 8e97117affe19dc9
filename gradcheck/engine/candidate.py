"""A target before its check, with what may be known of it without one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gradcheck import campaign
from gradcheck.engine import fingerprint
from gradcheck.targets.resolve import Target

Note = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """How a worker finds targets.

    Attributes:
        word: As the user typed it.
        stub: Modules that are stood in for.
        left_out: What is not to be imported → why not.
        folder: In which the command was given.
        run: Tells the commands apart that one worker elsewhere may serve, one after another.
    """

    word: str
    stub: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    folder: str = field(default_factory=os.getcwd)
    run: str = ""


@dataclass(frozen=True)
class Candidate:
    """A target before its check.

    Attributes:
        name: Under which the user knows it.
        weight: How long it takes, roughly: 0 for a layer, 1 for an optimizer, 2 for a training.
        origin: The ``Target``, or the ``Place`` where a worker finds it.
        told: Its ``source``, as the worker that found it told it.
    """

    name: str
    weight: int
    origin: Any
    told: str = ""

    @property
    def source(self) -> str:
        """The fingerprint of what it is written in; empty where that cannot be told.

        Of a target that is here it is found when asked for, which only a report does: reading the
        files that a target imports takes as long as checking a layer.
        """
        if isinstance(self.origin, Target):
            return fingerprint.of_source(self.origin.object)
        return self.told


def here(target: Target) -> Candidate:
    """A target of this process."""
    return Candidate(target.name, campaign.weight(target), target)


def elsewhere(target: Target, place: Place) -> Candidate:
    """What a worker tells of a target that it keeps."""
    return replace(here(target), origin=place, told=fingerprint.of_source(target.object))
