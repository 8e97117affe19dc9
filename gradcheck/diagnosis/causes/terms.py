"""missing_term: what is claimed too little, or too much, is itself a formula that has a name.

The residual, claim minus truth, is regressed on candidate terms.  Over both cotangents and all
elements there are many more equations than coefficients, so an exact fit is no accident.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.candidates import candidates
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Prediction, Sample, Suspect

_MOST_PAIRED = 20
_SPARE = 3
_NEGLIGIBLE = 1e-9


def named_terms(suspect: Suspect) -> Iterator[Explanation]:
    """One or two terms, each with one coefficient for all elements and cotangents."""
    if not suspect.wrong:
        return
    terms = [candidates(suspect, sample) for sample in suspect.wrong]
    names = [name for name in terms[0] if all(name in others for others in terms)]
    elements = suspect.value.numel() * len(suspect.wrong)
    for count in (1, 2):
        chosen = names if count == 1 else names[:_MOST_PAIRED]
        for some in itertools.combinations(chosen, count):
            if elements >= count + _SPARE and (found := _fit(suspect, terms, some)) is not None:
                yield _told(some, found)
                return


def foreign_to_the_cotangent(suspect: Suspect) -> Iterator[Explanation]:
    """The same is added whatever flows in, and it is a leaf times a number: a decay of the weight.

    Then the claim is no linear function of grad_output; that says less.
    """
    if len(suspect.wrong) < 2:
        return
    first, *others = (sample.residual for sample in suspect.wrong)
    if all(suspect.same(first, residual) for residual in others):
        # A sum of grad_output is a number, too, and any constant is a multiple of it.
        yield from (told for told in named_terms(suspect) if "grad_output" not in told.evidence)


def along_axes(suspect: Suspect) -> Iterator[Explanation]:
    """A term with a coefficient for each row: what a mean, a variance or a sum leads to."""
    if not suspect.wrong:
        return
    axes = range(suspect.value.dim())
    for count in (1, *range(len(axes), 1, -1)):
        for chosen in itertools.combinations(axes, count):
            for words, key, rank in _spanned(suspect, chosen):
                if suspect.explains(_predicted(suspect, chosen, rank)):
                    where = f"axis {chosen[0]}" if count == 1 else f"axes {chosen}"
                    yield Explanation("missing_term", key, words.format(where))
                    return


_DIFFERENCE = "the claimed gradient minus the true one is"
_SAME = f"{_DIFFERENCE} the same all along {{0}}: the term through the mean over {{0}} is wrong"
_ALONG_IT = (
    f"{_DIFFERENCE}, along {{{{0}}}}, a multiple of the {{}}: the term {{}} over {{{{0}}}} is wrong"
)
_CONSTANTS = "the terms through the mean and the variance over {0} are wrong: taken for constants?"
# What the residual is along the axes {0}; how it is known again; what spans it.
_ALONG = (
    (
        _SAME,
        "constant",
        ("one",),
    ),
    (
        _ALONG_IT.format("centred input", "that comes through the variance"),
        "centred input",
        ("centred",),
    ),
    (
        _ALONG_IT.format("output", "with the sum of grad_output times the output"),
        "output",
        ("output",),
    ),
    (
        _ALONG_IT.format("input", "that comes through the norm or the sum"),
        "input",
        ("input",),
    ),
    (
        _CONSTANTS,
        "mean and variance",
        ("one", "centred"),
    ),
)


def _spanned(suspect: Suspect, axes: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    length = math.prod(suspect.value.shape[a] for a in axes)
    for words, key, basis in _ALONG:
        if "output" in basis and not suspect.is_elementwise_shape:
            continue
        if length >= len(basis) + 2:
            yield words, f"{key} along {axes}", basis


def _predicted(suspect: Suspect, axes: tuple[int, ...], basis: tuple[str, ...]) -> Prediction:
    return lambda sample: sample.truth + _projected(suspect, sample, axes, basis)


def _projected(
    suspect: Suspect, sample: Sample, axes: tuple[int, ...], basis: tuple[str, ...]
) -> Tensor:
    """The residual projected, row by row, on what the named vectors span; they are orthogonal."""
    value = sample.values[suspect.position].double()
    vectors = {
        "one": lambda: torch.ones_like(value),
        "centred": lambda: value - value.mean(axes, keepdim=True),
        "output": lambda: suspect.probe.outputs[0].double(),  # noqa: PLW0108 others are lambdas
        "input": lambda: value,
    }
    total = torch.zeros_like(value)
    for name in basis:
        vector = vectors[name]()
        weight = vector.square().sum(axes, keepdim=True)
        share = (sample.residual * vector).sum(axes, keepdim=True) / weight.clamp(min=1e-300)
        total = total + share * vector
    return total


def _fit(
    suspect: Suspect, terms: list[dict[str, Tensor]], names: tuple[str, ...]
) -> list[float] | None:
    columns = [torch.cat([of[name].reshape(-1) for of in terms]) for name in names]
    residual = torch.cat([sample.residual.reshape(-1) for sample in suspect.wrong])
    sizes = [float(column.abs().max()) for column in columns]
    if not all(0 < size < math.inf for size in sizes):
        return None
    matrix = torch.stack([c / size for c, size in zip(columns, sizes, strict=True)], dim=1)
    scaled = torch.linalg.lstsq(matrix, residual.unsqueeze(1)).solution.flatten()
    found = [float(x) / size for x, size in zip(scaled, sizes, strict=True)]
    largest = float(residual.abs().max())
    if any(abs(x) * s <= _NEGLIGIBLE * largest for x, s in zip(found, sizes, strict=True)):
        return None

    def predict(sample: Sample) -> Tensor:
        of = terms[next(n for n, s in enumerate(suspect.wrong) if s is sample)]
        return sample.truth + sum(x * of[name] for x, name in zip(found, names, strict=True))

    return found if suspect.explains(predict) else None


def _told(names: tuple[str, ...], numbers: list[float]) -> Explanation:
    parts = [f"{_signed(x)} {name}" for name, x in zip(names, numbers, strict=True)]
    joined = " ".join(parts).removeprefix("+ ")
    return Explanation(
        "missing_term",
        " and ".join(names),
        f"the claimed gradient minus the true one is just  {joined}",
    )


def _signed(number: float) -> str:
    sign = "-" if number < 0 else "+"
    size = f"{abs(number):.6g}"
    return sign if size == "1" else f"{sign} {size} ×"
