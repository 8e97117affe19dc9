"""The answer for a reader at a terminal: one screen, and plain text in a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradcheck.comparison import Opinion
from gradcheck.records import CONTRACTS, PROOFS, ROUNDING, Finding, Record, Run, Verdict
from gradcheck.report import digest
from gradcheck.report.digest import Complaint, LeafRow, Word
from gradcheck.report.plain import shown

WIDTH = 100
# More than these do not fit on one screen; the first mistake explains most of the others anyhow.
MOST_COMPLAINTS = 4
_STYLES = {Verdict.VERIFIED: "bold green", Verdict.REFUTED: "bold red", Verdict.UNDECIDED: "yellow"}


def render(answer: Record | Run) -> str:
    """The answer as plain text: no colour, no trailing blanks, no newline at the end.

    >>> render(Record("mylib.Dense", ())).splitlines()[0]
    'mylib.Dense  undecided'
    """
    stream = io.StringIO()
    Console(
        file=stream,
        width=WIDTH,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        highlight=False,
    ).print(layout(answer), crop=False)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def layout(answer: Record | Run) -> RenderableType:
    """The answer for a rich console; no name in it can speak to the terminal."""
    answer = shown(answer)
    return _run(answer) if isinstance(answer, Run) else _record(answer)


def _record(record: Record) -> RenderableType:
    """One target's answer: the verdict, what is wrong, what agrees, what was not checked."""
    parts: list[RenderableType] = [_headline(record)]
    parts += [_indented(part) for part in _complaints(record)]
    leaves = digest.leaf_rows(record)
    if leaves:
        parts.append(_indented(_leaf_table(leaves)))
    rounding = _rounding(record.findings)
    if rounding:
        parts.append(_indented(Text(rounding)))
    cases = digest.cases(record)
    if cases:
        parts.append(_indented(_case_list(cases)))
    parts += [_indented(Text(line)) for line in _contracts(record.findings)]
    parts += [_indented(Text(line, style="dim")) for line in _small_print(record)]
    return Group(*parts, *_example(record))


def _example(record: Record) -> Iterator[RenderableType]:
    """What to paste, at the margin: indented lines are no Python."""
    if record.example:
        yield _indented(Text("an example that fails, to be pasted into Python:", style="dim"))
        yield Text()
        yield Text(record.example, no_wrap=True, overflow="ignore")


def _run(run: Run) -> RenderableType:
    """All targets' answers: in full what is not verified, one line for each that is."""
    if len(run.records) == 1:
        return _record(run.records[0])
    parts: list[RenderableType] = []
    verified = [record for record in run.records if record.passed]
    if verified:
        parts += [_overview(verified), Text()]
    for record in run.records:
        if not record.passed and record.reached:
            parts += [_record(record), Text()]
    parts += [part for line in _unreached(run) for part in (line, Text())]
    parts.append(Text(f"{run.summary()} in {run.seconds:.1f} s", style=_STYLES[run.verdict]))
    return Group(*parts)


def _unreached(run: Run) -> Iterator[Text]:
    """The names of those whose turn never came, in one paragraph."""
    reasons: dict[str, list[str]] = {}
    for record in run.records:
        if not record.reached:
            reasons.setdefault(record.findings[0].message, []).append(record.target)
    for reason, names in reasons.items():
        yield Text(f"{reason}: {', '.join(names)}", style=_STYLES[Verdict.UNDECIDED])


def _headline(record: Record) -> Text:
    line = Text.assemble(
        (record.target, "bold"), "  ", (str(record.verdict), _STYLES[record.verdict])
    )
    if not record.exercised:
        line.append(", it could not be run")
    if record.passed and record.resolution is not None:
        line.append(f"  an error of {record.resolution:.0e} of a gradient would have shown")
        if record.miss_probability:
            line.append(f", {1 - record.miss_probability:.12g} sure")
    return line


def _complaints(record: Record) -> Iterator[RenderableType]:
    """Every finding that is not verified, those of one leaf and cause told once."""
    told = digest.complaints(record)
    yield from map(_complaint, told[:MOST_COMPLAINTS])
    if len(told) > MOST_COMPLAINTS:
        yield Text(f"... and {len(told) - MOST_COMPLAINTS} more, in the table below and in JSON")


def _complaint(complaint: Complaint) -> RenderableType:
    first = complaint.finding
    style = _STYLES[first.verdict]
    head = Text()
    subject = first.check if first.is_contract else first.leaf
    if subject:
        head.append(f"{subject}: ", style=style)
    head.append(first.message)
    if first.cause and first.cause != "unknown":
        head.append(f"  [{first.cause}]", style=style)
    rows = Table.grid(padding=(0, 2))
    for witness, evidence in complaint.evidence:
        rows.add_row(witness, Text(evidence))
    if first.case:
        more = f" (and {complaint.more} more)" if complaint.more else ""
        rows.add_row("case", Text(f"{first.case}{more}"))
    if complaint.right_in:
        rows.add_row("right in", Text(complaint.right_in))
    if first.source:
        rows.add_row("look at", Text(_place(first)))
    return Group(head, _indented(rows)) if rows.row_count else head


def _place(finding: Finding) -> str:
    """The statement that wrote the gradient, if it is one alone; else the backward around it."""
    source, statements = finding.source, finding.statements
    if source is None:
        return ""
    place = statements[0] if len(statements) == 1 else source
    lines = ", ".join(str(statement.line) for statement in statements)
    more = f", lines {lines}" if len(statements) > 1 else ""
    return f"{place}  {source.function}{more}"


def _leaf_table(rows: Sequence[LeafRow]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    for column in ("leaf", *digest.WITNESSES, "resolution"):
        table.add_column(column, overflow="fold")
    for row in rows:
        resolution = "" if row.resolution is None else f"{row.resolution:.0e}"
        table.add_row(Text(row.leaf), *map(_cell, row.words), resolution)
    return table


_SHORT = {Opinion.DIFFERS: "red", Opinion.COARSE: "yellow"}  # how far, the complaint says


def _cell(said: Word) -> Text:
    if said.opinion == Opinion.ABSENT:
        return Text("-", style="dim")
    style = _SHORT.get(Opinion(said.opinion))
    return Text(said.opinion, style=style) if style else Text(said.text, style="green")


def _rounding(findings: Iterable[Finding]) -> str:
    """The worst rounding error of all leaves and cases in one line; empty if none was measured."""
    measured = [
        (comparison.error / comparison.yardstick, comparison.witness, finding.leaf)
        for finding in findings
        for comparison in finding.comparisons
        if finding.check == ROUNDING and comparison.error is not None and comparison.yardstick
    ]
    if not measured:
        return ""
    ratio, witness, leaf = max(measured)
    return f"rounding: at most {ratio:.2g} times the error of {witness} ({leaf})"


def _contracts(findings: Iterable[Finding]) -> Iterator[str]:
    """The contracts that are kept in one line, and what was measured where it was not nothing."""
    amiss = {finding.check for finding in findings if finding.verdict != Verdict.VERIFIED}
    kept = [f for f in findings if f.is_contract and f.check not in amiss]
    names = list(dict.fromkeys(finding.check for finding in kept))
    if names:
        yield f"contracts  {len(names)} kept: {', '.join(names)}"
    yield from dict.fromkeys(f"{f.check}: {f.message}" for f in kept if f.message)


def _case_list(cases: Sequence[str]) -> Table:
    rows = Table.grid(padding=(0, 2))
    heading = f"{len(cases)} case{'s' if len(cases) > 1 else ''}"
    for case in cases:
        rows.add_row(heading, Text(case))
        heading = ""
    return rows


def _small_print(record: Record) -> Iterator[str]:
    yield from record.notes
    yield from _remarks(record)
    reasons: dict[str, list[str]] = {}
    for name, reason in record.unverified.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        told = "the contracts" if names == list(CONTRACTS) else ", ".join(names)
        yield f"not verified: {told} ({reason})"
    yield f"seed {record.seed}, {record.seconds:.2f} s"


def _remarks(record: Record) -> Iterator[str]:
    """What is to be known of a gradient that is right: one line for each leaf."""
    told: dict[str | None, list[Finding]] = {}
    for finding in record.findings:
        if finding.check in PROOFS and finding.verdict == Verdict.VERIFIED and finding.message:
            told.setdefault(finding.leaf, []).append(finding)
    for findings in told.values():
        more = f" (and in {len(findings) - 1} more cases)" if len(findings) > 1 else ""
        yield f"{findings[0].message}{more}"


# A name up to this long is not folded: what the other columns leave of a hundred.
_WHOLE_NAME, _BESIDE_OVERLOOKED = 54, 40


def _overview(records: Sequence[Record]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
    longest = max((len(record.target) for record in records), default=0)
    gaps = any(record.overlooked for record in records)
    whole = _BESIDE_OVERLOOKED if gaps else _WHOLE_NAME
    table.add_column("target", overflow="fold", min_width=min(longest, whole))
    for column in ("verdict", "leaves", "cases", "resolution", *["not verified"] * gaps):
        table.add_column(column, overflow="fold")
    for record in records:
        leaves = {f.leaf for f in record.findings if f.check == "gradient"}
        cases = {f.case for f in record.findings}
        resolution = f"{record.resolution:.0e}" if record.resolution is not None else ""
        verdict = Text(str(record.verdict), style=_STYLES[record.verdict])
        overlooked = Text(", ".join(record.overlooked))
        counts = (str(len(leaves)), str(len(cases)))
        told = (overlooked,) if gaps else ()
        table.add_row(Text(record.target), verdict, *counts, resolution, *told)
    return table


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))
