"""The spec that its author means, near one that was found: where the gradients fit only there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import Case
from gradcheck.cases.spec import Shape, Spec
from gradcheck.choice.claimed import as_claimed
from gradcheck.choice.heard import as_wide_as_heard
from gradcheck.choice.stacked import as_many_as_return
from gradcheck.choice.trial import returned, trial_of, trying

# Each is given a spec and its trial; what it has nothing to say of, it returns as it is.
_PROPOSALS = (as_wide_as_heard, as_claimed, as_many_as_return)


def as_meant(spec: Spec, build: Callable[[Spec], Case]) -> Spec:
    """At the columns that are read, weights shaped as their gradients, and as many rows."""
    for propose in _PROPOSALS:
        try:
            with trying():
                other = propose(spec, trial_of(build(spec)))
                if other is not spec:
                    other = _with_other_rows(other, build)
                    spec = other if fits(trial_of(build(other)).subject) else spec
        except Exception:  # noqa: BLE001, S112 somebody's code, given what it may not expect
            continue
    return spec


def _with_other_rows(spec: Spec, build: Callable[[Spec], Case]) -> Spec:
    """One row more, where there are as many as columns: a square hides which of both is meant.

    Who takes no other number of rows is asked at the square.
    """
    rows = spec.shapes[0][0] if spec.shapes and spec.shapes[0] else 0
    if not any(len(shape) > 1 and shape[0] == shape[-1] == rows for shape in spec.shapes):
        return spec
    more = replace(spec, shapes=_lengthened(spec.shapes, rows))
    return spec if returned(build(more)) is None else more


def _lengthened(shapes: Sequence[Shape], rows: int) -> tuple[Shape, ...]:
    return tuple((rows + 1, *one[1:]) if one[:1] == (rows,) else one for one in shapes)
