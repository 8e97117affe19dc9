"""The run as JUnit XML, the one format that every CI server shows as tests."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report import digest
from gradcheck.report.plain import shown

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def render(run: Run) -> str:
    """A suite for each target, and in it a test for each claim in each case.

    What is refuted is a failure; what is undecided is an error, for nobody knows that it is right.

    >>> render(Run(())).splitlines()[0]
    '<?xml version="1.0" encoding="utf-8"?>'
    """
    document = JUnitXml("gradcheck")
    for record in shown(run).records:
        document.add_testsuite(_suite(record))
    document.update_statistics()  # type: ignore[no-untyped-call] # it takes and returns nothing
    document.time = round(run.seconds, 3)
    text = document.tostring()  # type: ignore[no-untyped-call] # as a str or, before 4, bytes
    plain = text.decode() if isinstance(text, bytes) else str(text)
    return f"{DECLARATION}\n{plain.removeprefix(DECLARATION).strip()}\n"


def _suite(record: Record) -> TestSuite:
    suite = TestSuite(record.target)
    suite.add_property("verdict", str(record.verdict))
    suite.add_property("seed", str(record.seed))
    cases = [_case(record, finding) for finding in record.findings]
    if not cases:
        nothing = Finding("gradient", None, Verdict.UNDECIDED, message="nothing was checked")
        cases = [_case(record, nothing)]
    cases[0].time = round(record.seconds, 3)  # it is measured for the whole target
    suite.add_testcases(cases)
    return suite


def _case(record: Record, finding: Finding) -> TestCase:
    name = f"{finding.check} of {finding.leaf}" if finding.leaf else finding.check
    case = TestCase(f"{name} [{finding.case}]" if finding.case else name, record.target, 0.0)
    if finding.verdict != Verdict.VERIFIED:
        kind = Failure if finding.verdict == Verdict.REFUTED else Error
        outcome = kind(finding.message or str(finding.verdict), finding.cause or "undecided")
        outcome.text = _text(record, finding)
        case.result = [outcome]
    return case


def _text(record: Record, finding: Finding) -> str:
    """What a viewer shows below the message."""
    lines = [finding.message]
    lines += [f"{c.witness}: {digest.evidence(c)}" for c in finding.comparisons]
    lines += [f"look at {place} {place.function}" for place in finding.places]
    return "\n".join([*lines, f"again: {digest.command(record)}"])
