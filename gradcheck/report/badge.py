"""The badge, as an SVG file and as the JSON that shields.io reads from an endpoint."""

from __future__ import annotations

import json
import re

import anybadge

from gradcheck.records import Run, Verdict

LABEL = "gradients"
_COLOURS = {Verdict.VERIFIED: "#2e7d32", Verdict.REFUTED: "#c62828", Verdict.UNDECIDED: "#dfb317"}
_WHITE, _BLACK = "#ffffff", "#111111"  # the latter where the former could not be read


def message(run: Run) -> str:
    """What the badge says: the count that matters most.

    >>> message(Run(()))
    'nothing checked'
    """
    count = run.count(run.verdict)
    return f"{count} {run.verdict}" if count else run.summary()


def svg(run: Run) -> str:
    """The badge as one SVG document."""
    ink = _BLACK if run.verdict == Verdict.UNDECIDED else _WHITE
    badge = anybadge.Badge(
        LABEL,
        message(run),
        default_color=_COLOURS[run.verdict],
        text_color=f"{_WHITE},{ink}",
    )
    # The library numbers its badges, so that several can stand in one page: the next run's name
    # for the same badge would be another.
    return re.sub(r"anybadge_\d+", LABEL, str(badge.badge_svg_text))


def endpoint(run: Run) -> str:
    """The badge as shields.io's endpoint schema (https://shields.io/badges/endpoint-badge)."""
    fields = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message(run),
        "color": _COLOURS[run.verdict],
    }
    return json.dumps(fields, indent=2) + "\n"
