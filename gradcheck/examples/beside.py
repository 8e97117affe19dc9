"""Drawn cases beside the built-in ones, and an example of what is refuted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec

from gradcheck.choice.doubled import in_double
from gradcheck.choice.variants import Variant
from gradcheck.errors import CommandError
from gradcheck.examples.repetition import repeated
from gradcheck.examples.smallest import Asked, size_of, smallest
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.options import Options
from gradcheck.records import Record, Verdict

MISSING = 'examples need Hypothesis: pip install "gradcheck-scratchnn[hypothesis]"'
_SECONDS = 600.0
_CALLS_EACH = 10  # for each example: some cannot be called
_SHRINKS = 80


def require(options: Options) -> None:
    """Do nothing, unless examples are asked for and cannot be drawn.

    Raises:
        CommandError: If Hypothesis is not there.
    """
    if options.examples and find_spec("hypothesis") is None:
        raise CommandError(MISSING)


def told(asked: Asked, record: Record) -> Record:
    """The record with drawn examples, where they are asked for, and a snippet if it is refuted."""
    failing: Sequence[Variant] = ()
    if asked.options.examples and record.verdict != Verdict.REFUTED:
        record, failing = _with_examples(asked, record)
    if record.verdict != Verdict.REFUTED:
        return record
    if not failing and asked.options.shrink:
        failing = smallest(asked, record.refutations[0])
    return replace(record, example=repeated(asked, failing))


def _with_examples(asked: Asked, record: Record) -> tuple[Record, Sequence[Variant]]:
    """Draw examples, of gradients alone; what is wrong with one of them is found of the target."""
    from gradcheck.strategies.search import Budget, search  # noqa: PLC0415 it is seldom asked for

    options = replace(asked.options, contracts=(), exhibits=False)

    def is_refuted(variant: Variant) -> bool:
        record = asked.checked(variant.case, options, explain=False)
        return record.verdict == Verdict.REFUTED

    count = options.examples
    budget = Budget(count, _CALLS_EACH * count, _SHRINKS, _SECONDS)
    key = f"gradcheck {asked.target.name}"
    with silenced(), preserved_globals(), in_double(asked.target.object, asked.cases):
        bases = asked.bases
        if not bases:
            note = "no examples are drawn: its cases cannot be varied"
            return replace(record, notes=(*record.notes, note)), ()
        found = search(bases, is_refuted, budget, key=key)
        if not found.failing:
            more = f", {found.uncallable} more could not be called" if found.uncallable else ""
            note = f"{found.judged} drawn examples: none is refuted{more}"
            return replace(record, notes=(*record.notes, note)), ()
        failing = sorted(found.failing, key=size_of)
        wrong = asked.checked(failing[0].case, replace(asked.options, contracts=()), explain=True)
    label = f"{failing[0].case.label}, drawn"
    return replace(
        record,
        findings=(*record.findings, *(replace(one, case=label) for one in wrong.refutations)),
        notes=(*record.notes, *wrong.notes),
        exhibits=(*record.exhibits, *wrong.exhibits),
        excerpts=(*record.excerpts, *wrong.excerpts),
    ), failing
