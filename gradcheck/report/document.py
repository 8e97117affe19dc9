"""The whole run as one JSON document."""

from __future__ import annotations

import json
from typing import Any

from gradcheck.records import Run, Verdict
from gradcheck.report.schema import VERSION


def document(run: Run) -> dict[str, Any]:
    """Plain data: versions, counts, and every record.

    >>> document(Run(()))["summary"]
    {'verified': 0, 'refuted': 0, 'undecided': 0}
    """
    return {
        "schema": VERSION,
        "versions": dict(run.versions),
        "verdict": str(run.verdict),
        "summary": {str(verdict): run.count(verdict) for verdict in Verdict},
        "seconds": run.seconds,
        "results": [record.to_dict() for record in run.records],
    }


def render(run: Run) -> str:
    """The document as text, with a newline at its end.

    A lone surrogate, which no file can hold, is spelt as JSON spells it.
    """
    text = json.dumps(document(run), indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"
