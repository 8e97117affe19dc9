"""factor, missing_term: half of a formula known by heart, of one function of each element."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect


def product_rule(suspect: Suspect) -> Iterator[Explanation]:
    """Of y = x h(x) only h(x) is claimed, which is y / x, or only x h'(x)."""

    def half(sample: Sample) -> Tensor | None:
        value = sample.values[suspect.position].double()
        if bool((value == 0).any()):
            return None
        return sample.cotangents[0].double() * suspect.probe.outputs[0].double() / value

    def other(sample: Sample) -> Tensor | None:
        first = half(sample)
        return None if first is None else sample.truth - first

    if not suspect.is_elementwise_shape or not suspect.wrong:
        return
    if suspect.explains(other):
        yield Explanation(
            "missing_term",
            "product rule",
            "the claimed gradient lacks grad_output × output / input: of the product rule for "
            "y = x h(x) it has x h'(x), and the term h(x) is absent",
        )
    if suspect.explains(half):
        yield Explanation(
            "missing_term",
            "product rule",
            "the claimed gradient is grad_output × output / input: of the product rule for "
            "y = x h(x) it has h(x), and the term x h'(x) is absent",
        )


def power(suspect: Suspect) -> Iterator[Explanation]:
    """The derivative of one function of each element enters as its root, or as its square."""
    if not suspect.is_elementwise_shape or not suspect.wrong:
        return
    for words, exponent, why in (
        ("the square root of f'(x)", 0.5, "is a square missing?"),
        ("the square of f'(x)", 2.0, "is it squared, or multiplied in, twice?"),
    ):

        def predict(sample: Sample, exponent: float = exponent) -> Tensor | None:
            u = sample.cotangents[0].double()
            slope = sample.truth / u
            usable = bool(
                (u != 0).all() and (slope > 0).all() and (slope != slope.flatten()[0]).any()
            )
            return u * slope**exponent if usable else None

        if suspect.explains(predict):
            yield Explanation(
                "factor",
                words,
                f"the claimed gradient is grad_output times {words}, where f'(x) belongs: {why}",
            )


def complement(suspect: Suspect) -> Iterator[Explanation]:
    """What is claimed is 1 - f'(x) where f'(x) belongs."""

    def predict(sample: Sample) -> Tensor | None:
        complement = sample.cotangents[0].double() - sample.truth
        return complement if bool(complement.any()) else None  # zeros have a name of their own

    if suspect.is_elementwise_shape and suspect.wrong and suspect.explains(predict):
        yield Explanation(
            "missing_term",
            "complement",
            "the claimed gradient is grad_output minus the true one: 1 - f'(x) stands where f'(x) "
            "belongs",
        )
