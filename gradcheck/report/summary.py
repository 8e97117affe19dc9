"""The run in Markdown, for a pull request or a CI job's summary page."""

from __future__ import annotations

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.plain import shown

_SIGNS = {Verdict.VERIFIED: "✅", Verdict.REFUTED: "❌", Verdict.UNDECIDED: "❔"}


def render(run: Run) -> str:
    """A headline, a table with one row for each target, and what is wrong.

    >>> print(render(Run(())).splitlines()[0])
    # gradients: nothing checked
    """
    run = shown(run)
    lines = [f"# gradients: {run.summary()}", ""]
    lines += ["| target | verdict | resolution | what |", "|---|---|---|---|"]
    lines += [_row(record) for record in run.records]
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return "\n".join([*lines, "", f"{versions}", ""])


def _row(record: Record) -> str:
    resolution = f"{record.resolution:.0e}" if record.resolution is not None else ""
    told = dict.fromkeys(
        f"{_subject(finding) or record.target}: {finding.message}"
        for finding in record.findings
        if finding.verdict != Verdict.VERIFIED
    )
    if record.overlooked:
        told[f"not verified: {', '.join(record.overlooked)}"] = None
    cells = (
        record.target,
        f"{_SIGNS[record.verdict]} {record.verdict}",
        resolution,
        "; ".join(told),
    )
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _subject(finding: Finding) -> str | None:
    return finding.check if finding.is_contract else finding.leaf


def _escaped(cell: str) -> str:
    """A cell that cannot end its row or start markup."""
    for character in "\\`*_[]<>|":
        cell = cell.replace(character, f"\\{character}")
    return " ".join(cell.split())
