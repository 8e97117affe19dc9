"""The whole run as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gradcheck.faults import Injection
from gradcheck.records import Run, Verdict

SCHEMA = 1
"""Raised whenever a field changes its meaning or goes; new fields do not raise it."""


def document(run: Run) -> dict[str, Any]:
    """Plain data: versions, counts, and every record.

    >>> document(Run(()))["summary"]
    {'verified': 0, 'refuted': 0, 'undecided': 0}
    """
    return {
        "schema": SCHEMA,
        "versions": dict(run.versions),
        "verdict": str(run.verdict),
        "summary": {str(verdict): run.count(verdict) for verdict in Verdict},
        "seconds": run.seconds,
        "results": [record.to_dict() for record in run.records],
    }


def render(run: Run) -> str:
    """The document as text, with a newline at its end."""
    return json.dumps(document(run), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def render_injections(injections: Sequence[Injection]) -> str:
    """What fault injection has found, as text, with a newline at its end."""
    plain = {"schema": SCHEMA, "injections": [one.to_dict() for one in injections]}
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
