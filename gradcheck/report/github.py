"""The run as workflow commands of GitHub: what is wrong stands at its line of the pull request.

Source   docs.github.com, "Workflow commands for GitHub Actions", setting an error message
"""

from __future__ import annotations

from pathlib import Path

from gradcheck.records import Record, Run, Verdict
from gradcheck.report import digest
from gradcheck.report.plain import shown, visible

_LEVELS = {Verdict.REFUTED: "error", Verdict.UNDECIDED: "warning"}
_TITLE = 120


def render(run: Run) -> str:
    """One line for each mistake or doubt, the refuted first, and the counts.

    >>> print(render(Run(())), end="")
    nothing checked in 0.0 s
    """
    readable = shown(run)
    complaints = [
        (record, complaint)
        for record in readable.records
        for complaint in digest.complaints(record)
    ]
    complaints.sort(key=lambda pair: pair[1].finding.verdict != Verdict.REFUTED)
    lines = [_command(record, complaint) for record, complaint in complaints]
    lines += [
        f"::warning title={_property(record.target)}::nothing was checked"
        for record in readable.records
        if not record.findings
    ]
    # Its own last line must not be taken for a command, nor hold a name.
    return "\n".join([*lines, f"{readable.summary()} in {run.seconds:.1f} s"]) + "\n"


def _command(record: Record, complaint: digest.Complaint) -> str:
    finding = complaint.finding
    cause = f" [{finding.cause}]" if finding.cause else ""
    title = visible(f"{record.target}: {complaint.subject}{cause}", _TITLE)
    properties = {"title": title}
    if finding.places:
        first = finding.places[0]
        place = {"file": _beside(first.file), "line": str(first.line)}
        properties = {**place, **properties}
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = [finding.message, *(f"{witness}: {words}" for witness, words in complaint.evidence)]
    message += [f"also {cause.code}: {cause.evidence}" for cause in complaint.also]
    if finding.case:
        message.append(f"case: {finding.case}")
    if complaint.right_in:
        message.append(f"right in: {complaint.right_in}")
    message.append(digest.command(record))
    return f"::{_LEVELS[finding.verdict]} {told}::{_data(chr(10).join(message))}"


def _beside(file: str) -> str:
    """A path as GitHub wants it: from the folder that the command runs in, if it is in there."""
    folder = f"{Path.cwd()}/"
    return file.removeprefix(folder)


def _data(text: str) -> str:
    """A message: a line end would end the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property: a colon would end them all, a comma this one."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
