"""derivative_argument: the derivative is taken at the output instead of the input, or reversed.

Or at grad_output: then the claim is no linear function of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.subject import Values


def at_the_output(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth where the leaf is what the output is: f'(f(x))."""
    if suspect.is_elementwise_shape and suspect.explains(
        suspect.vjp_at(lambda values: _output_for_leaf(suspect, values))
    ):
        yield Explanation(
            "derivative_argument",
            "at the output",
            "the derivative is taken at the output f(x) instead of the input x: the claimed "
            "gradient is f'(f(x))",
        )


def at_the_input(suspect: Suspect) -> Iterator[Explanation]:
    """A formula that wants the output is given the input: g(x) where f'(x) = g(f(x)).

    Then what is claimed at the point f(x) is the truth at the point x.
    """
    if not suspect.is_elementwise_shape or not suspect.wrong:
        return

    def holds(sample: Sample) -> bool:
        moved = _output_for_leaf(suspect, sample.values)
        claim = suspect.claim_at(moved, sample.cotangents)
        return claim is not None and suspect.same(claim, sample.truth)

    if all(holds(sample) for sample in suspect.wrong) and _changes(suspect):
        yield Explanation(
            "derivative_argument",
            "at the input",
            "the formula wants the output y = f(x), as y (1 - y) does, and is given the input x: "
            "with y in the place of x it claims the true gradient",
        )


def at_the_cotangent(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth where the leaf is what flows in: f'(ȳ) ȳ, as where(ȳ > 0, ...)."""
    if not suspect.is_elementwise_shape or not suspect.wrong:
        return

    def predict(sample: Sample) -> Tensor:
        moved = sample.cotangents[0].to(suspect.value.dtype)
        values = (*sample.values[: suspect.position], moved, *sample.values[suspect.position + 1 :])
        return suspect.truth(values, sample.cotangents, suspect.position)

    if suspect.explains(predict):
        yield Explanation(
            "nonlinear_cotangent",
            "at the cotangent",
            "the derivative, or the condition in it, looks at grad_output, where it should look at "
            "the input",
        )


def _output_for_leaf(suspect: Suspect, values: Values) -> Values:
    (output,) = suspect.subject.forward(values)
    moved: Tensor = output.detach().to(suspect.value.dtype)
    return (*values[: suspect.position], moved, *values[suspect.position + 1 :])


def _changes(suspect: Suspect) -> bool:
    """Whether the truth depends on the leaf at all: else any point is as good as another."""
    sample = suspect.wrong[0]
    moved = _output_for_leaf(suspect, sample.values)
    there = suspect.truth(moved, sample.cotangents, suspect.position)
    return not suspect.same(there, sample.truth)
