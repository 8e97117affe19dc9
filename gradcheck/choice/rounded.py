"""Formulas whose constants are written to a few digits, as ``0.797885`` for the root of 2/π.

Such a gradient is off by what the digits that were left out would have added.  It is neither right
nor a mistake in the formula: how far each constant moves it by half a unit of its last digit is
measured, and an error within that is told for what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from gradcheck.cases.case import Case
from gradcheck.choice.doubled import may_be_rewritten
from gradcheck.choice.trial import trial_of, trying
from gradcheck.foreign.rewriting import functions_of, rewritten
from gradcheck.records import Finding, Record, Verdict
from gradcheck.subject import flat, vjp

_DIGITS = range(6, 10)
_MOST = 12
# Some constants are rounded in a forward as well, and what each does may add up or not.
_SAFETY = 4.0
_LARGEST = 1e-5
TOLD = (
    "{message} (off by {error:.0e}, which the digits left out of {constants} would explain: write "
    "them in full)"
)


def with_its_digits(target: object, cases: Sequence[Case], record: Record) -> Record:
    """The record, with what rounded constants explain left open."""
    wrong = [one for one in record.findings if one.verdict == Verdict.REFUTED]
    errors = [one.error or 0.0 for one in wrong if one.check == "gradient"]
    if not wrong or len(errors) < len(wrong) or not all(0 < e < _LARGEST for e in errors):
        return record
    constants = [*_rounded(target)] if may_be_rewritten(target) else []
    if not 0 < len(constants) <= _MOST:
        return record
    moved = {one: by for one in constants if (by := _moved(target, cases, one))}
    if max(errors) > _SAFETY * sum(moved.values()):
        return record
    shown = ", ".join(f"{one:g}" for one in moved)
    return replace(record, findings=tuple(_open(one, shown) for one in record.findings))


def _open(found: Finding, constants: str) -> Finding:
    if found.verdict != Verdict.REFUTED:
        return found
    told = TOLD.format(message=found.message, error=found.error, constants=constants)
    return replace(found, verdict=Verdict.UNDECIDED, message=told, cause=None)


def _rounded(target: object) -> Iterator[float]:
    """The constants of its code that are written to some digits, and to no more.

    >>> class Gelu:
    ...     def backward(self, x):
    ...         return 0.5 * x + 0.797885 * x**3 + 0.5641895835477563
    >>> list(_rounded(Gelu))
    [0.797885]
    """
    every = (value for one in functions_of(target) for value in one.__code__.co_consts)
    floats = dict.fromkeys(value for value in every if isinstance(value, float))
    yield from (value for value in floats if len(_digits_of(value)) in _DIGITS)


def _digits_of(value: float) -> str:
    """Those that stand in its decimal fraction, without zeros before them."""
    text = repr(abs(value))
    return "" if "e" in text or "." not in text else text.replace(".", "").strip("0")


def _half_a_unit(value: float) -> float:
    return 0.5 * 10.0 ** -len(repr(value).partition(".")[2])


def _moved(target: object, cases: Sequence[Case], constant: float) -> float:
    """How far half a unit of its last digit moves the claims of some case, relative to these."""
    return max((_moved_in(target, case, constant) for case in cases), default=0.0)


def _moved_in(target: object, case: Case, constant: float) -> float:
    other = constant + _half_a_unit(constant)

    def rule(value: Any) -> Any:
        return other if isinstance(value, float) and value == constant else value

    try:
        plain = _claims(case)
        with rewritten(target, rule):
            error = (_claims(case) - plain).norm()
    except Exception:  # noqa: BLE001 somebody's code, with a constant that it may not expect
        return 0.0
    return float(error / plain.norm()) if plain.any() else 0.0


def _claims(case: Case) -> torch.Tensor:
    with trying():
        trial = trial_of(case)
        ones = tuple(torch.ones_like(y) for y in trial.forward())
        claims = vjp(trial.subject, trial.values, ones)
        return flat(tuple(one.double() for one in claims if one is not None))
