"""Inputs of which one is stretched over the other: an axis of one sample, or of one feature.

The gradient of what was stretched is a sum.  Who forgets it, or takes a mean, is right wherever
both have the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from gradcheck.cases.case import Case
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.attempt import PULLS, answers_each, attempt_at
from gradcheck.choice.trial import trial_of, trying

_AXES = 2
_BIAS = re.compile(r"bias(es)?|(.*_)?bias|beta|gamma")


def stretching(spec: Spec, build: Callable[[Spec], Case]) -> tuple[Spec, ...]:
    """The spec with smaller inputs, as far as its backward takes them for what they are.

    Where a gradient has not the shape of its input, nobody meant that it be stretched; but a bias
    is.
    """
    real = all(kind == REAL for kind in spec.kinds)
    alike = len(spec.shapes) > 1 and len({*spec.shapes}) == 1 and not spec.bundled
    if not real or not alike or len(spec.shapes[0]) != _AXES:
        return ()
    told = _is_told_a_bias(build(spec))
    count, width = len(spec.shapes), spec.shapes[0][-1:]
    return tuple(
        one
        for one in _smaller(spec)
        if answers_each(build(one), count)
        or (told and one.shapes[-1] == width and attempt_at(build(one)).reach >= PULLS)
    )


def _is_told_a_bias(case: Case) -> bool:
    """Whether the last input is called so, or its author adds one: it has no row for each sample.

    A gradient that has one then is wrong: at equal shapes nobody sees it.
    """
    with trying():
        subject = trial_of(case).subject
    last = subject.leaves[-1].name.lower()
    return _BIAS.fullmatch(last) is not None or (last == "b" and "bias" in subject.name.lower())


def _smaller(spec: Spec) -> Iterator[Spec]:
    """The last over the samples, with and without their axis; then each over the other."""
    first, *others = spec.shapes
    rows, columns = first
    for last in ((1, columns), (columns,)):
        yield _at(spec, (first, *others[:-1], last))
    yield _at(spec, ((rows, 1), *others[:-1], (1, columns)))


def _at(spec: Spec, shapes: tuple[Shape, ...]) -> Spec:
    return replace(spec, shapes=shapes, on_kinks=False)
