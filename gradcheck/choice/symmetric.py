"""Matrices that are meant to be symmetric, for the forward reads one of their triangles alone.

So do ``eigh`` and ``cholesky``, and no shape tells.  A backward that is right for symmetric changes
of such a matrix may share its gradient between the triangles as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import called
from gradcheck.cases.plan import Call
from gradcheck.cases.spec import REAL, Shape
from gradcheck.choice.trial import Trial, are_equal, trial_of, trying
from gradcheck.subject import Claims, Outputs, Session, Subject, Values

_DEFINITE = "positive definite"
_FAR = 0.25


def means_symmetric(target: Any, call: Call) -> bool:
    """Whether it reads one triangle, and its claims fit as those of symmetric matrices alone."""
    shapes = call.plan.shapes
    if not any(map(_is_square, shapes)) or call.plan.labels:
        return False
    kinds = tuple(_DEFINITE if _is_square(shape) else REAL for shape in shapes)
    definite = replace(call, plan=replace(call.plan, kinds=kinds, domain=""))
    try:
        with trying():
            here = trial_of(called(target, call))
            if not _reads_one_triangle(here) or fits(here.subject, steep=True):
                return False
            return fits(_symmetric(trial_of(called(target, definite)).subject), steep=True)
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return False


def _reads_one_triangle(trial: Trial) -> bool:
    """Whether nothing moves with one of the triangles of every square leaf."""
    outputs = trial.forward()
    return any(
        are_equal(outputs, trial.subject.forward(tuple(_moved(x, part) for x in trial.values)))
        for part in (torch.triu, torch.tril)
    )


def _moved(value: Tensor, part: Callable[..., Tensor]) -> Tensor:
    if not _is_square(tuple(value.shape)):
        return value
    sign = 1 if part is torch.triu else -1
    return value + part(torch.full_like(value, _FAR), sign)


def _is_square(shape: Shape) -> bool:
    return len(shape) > 1 and shape[-1] == shape[-2]


def _symmetric(subject: Subject) -> Subject:
    """The same as a function of the symmetric part of each square leaf."""
    return replace(
        subject,
        forward=lambda values: subject.forward(_halves(values)),
        open=lambda: _Symmetric(subject.open()),
    )


class _Symmetric:
    """A session that is asked about symmetric parts, and answers with those of its claims."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.zero_grad, self.unlisted = session.zero_grad, session.unlisted

    def place(self, values: Values) -> None:
        self._session.place(_halves(values))

    def forward(self, values: Values) -> Outputs:
        return self._session.forward(_halves(values))

    def backward(self, cotangents: Outputs) -> Claims:
        claims = self._session.backward(cotangents)
        return tuple(claim if claim is None else _half(claim) for claim in claims)


def _halves(values: Sequence[Tensor]) -> Values:
    return tuple(map(_half, values))


def _half(value: Tensor) -> Tensor:
    return (value + value.mT) / 2 if _is_square(tuple(value.shape)) else value
