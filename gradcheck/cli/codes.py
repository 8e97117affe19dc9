"""What a command ends with."""

from __future__ import annotations

from gradcheck.records import Run, Verdict

EXIT_VERIFIED, EXIT_REFUTED, EXIT_COMMAND, EXIT_UNDECIDED = 0, 1, 2, 3
EXIT_INTERRUPTED = 130


def exit_code(run: Run) -> int:
    """The exit code of a run: a refutation outweighs all else.

    >>> exit_code(Run(()))
    3
    """
    if run.count(Verdict.REFUTED):
        return EXIT_REFUTED
    if not all(record.exercised for record in run.records):
        return EXIT_COMMAND
    return EXIT_VERIFIED if run.verdict == Verdict.VERIFIED else EXIT_UNDECIDED
