"""What is wrong with a refuted gradient: small hypotheses, each with a numerical test.

Each says "the claim equals T(truth)" for some mistake T.  A cause is named only when its test
holds; where none does, the cause is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradcheck.diagnosis.causes import (
    argument,
    conjugates,
    constants,
    contributions,
    cotangent,
    elementwise,
    formulas,
    leaves,
    outputs,
    places,
    reduction,
    rounding,
    slices,
    state,
    terms,
    uses,
)
from gradcheck.diagnosis.causes.explanation import Explanation, Hypothesis
from gradcheck.diagnosis.suspect import Suspect
from gradcheck.diagnosis.truth import TooExpensive
from gradcheck.errors import ExerciseError

# The most specific first: what holds by the fewest free numbers says most.
HYPOTHESES: tuple[Hypothesis, ...] = (
    constants.zero,
    constants.sign,
    conjugates.conjugated,
    state.stale,
    state.copied,
    state.updated_first,
    constants.factor,
    cotangent.passed_through,
    cotangent.stands_in,
    cotangent.left_out,
    places.transposed,
    leaves.swapped,
    places.moved,
    places.reordered,
    places.jacobian_itself,
    reduction.one_sample,
    reduction.some_samples,
    reduction.wrong_axis,
    reduction.over_an_axis,
    cotangent.changed,
    leaves.centred,
    argument.at_the_output,
    argument.at_the_input,
    argument.at_the_cotangent,
    outputs.some_outputs,
    slices.inverted,
    slices.by_value,
    contributions.overwritten,
    contributions.windows,
    contributions.diagonal_only,
    leaves.through_another,
    slices.by_place,
    state.written_to,
    state.right_only_once,
    formulas.power,
    formulas.product_rule,
    formulas.complement,
    terms.foreign_to_the_cotangent,
    cotangent.nonlinear,
    elementwise.named_factor,
    terms.named_terms,
    terms.along_axes,
    uses.some_uses,
    elementwise.per_slice,
    uses.one_way,
    places.scrambled,
)


# Codes that hold at once; what comes later in the row says less than each of these.
ENOUGH = 3


def explanations(suspect: Suspect) -> Iterator[Explanation]:
    """Every hypothesis that holds of the claim, the most telling first."""
    if suspect.refuted:
        yield from rounding.rounded(suspect)
    if not is_visible(suspect):
        return
    codes: set[str] = set()
    for hypothesis in HYPOTHESES:
        if len(codes) >= ENOUGH:
            return
        try:
            for found in hypothesis(suspect):
                codes |= set() if found.weak else {found.code}
                yield found
        except (TooExpensive, ExerciseError):  # it cannot be tested here
            continue


def is_visible(suspect: Suspect) -> bool:
    """Whether the error is large enough for the whole truth to show it."""
    try:
        return bool(suspect.samples) and bool(suspect.wrong) == suspect.refuted
    except (TooExpensive, ExerciseError):
        return False
