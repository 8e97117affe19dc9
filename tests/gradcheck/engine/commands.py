"""Runs the command line, and leaves the time out of what it says."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any

from gradcheck.cli import main


def run(*words: str) -> tuple[int, str]:
    """The exit code, and what was printed."""
    out = io.StringIO()
    with redirect_stdout(out):
        try:
            main(words)
        except SystemExit as left:
            return int(left.code or 0), out.getvalue()
    raise AssertionError("a command ends with a code")


def document(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the JSON document without its timings."""
    code, text = run(*words, "--format", "json")
    return code, timeless(json.loads(text))


def timeless(value: Any) -> Any:
    """Plain data without what is measured by a clock."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key != "seconds"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    """The verdict of each target."""
    return {result["target"]: result["verdict"] for result in report["results"]}


def reasons(report: dict[str, Any]) -> dict[str, str]:
    """What is said first of each target."""
    return {result["target"]: result["findings"][0]["message"] for result in report["results"]}
