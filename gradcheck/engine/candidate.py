"""A target before its check, with what may be known of it without one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
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
        source: The fingerprint of what it is written in; empty where that cannot be told.
        weight: How long it takes, roughly: 0 for a layer, 1 for an optimizer, 2 for a training.
        origin: The ``Target``, or the ``Place`` where a worker finds it.
    """

    name: str
    source: str
    weight: int
    origin: Any


def candidate(target: Target, origin: Target | Place) -> Candidate:
    """What may be known of a target that is here."""
    source = fingerprint.of_source(target.object)
    return Candidate(target.name, source, campaign.weight(target), origin)
