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

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Prediction, Sample, Suspect

_MOST_PAIRED = 20
_SPARE = 3
_TWO = 2
_NEGLIGIBLE = 1e-9


def named_terms(suspect: Suspect) -> Iterator[Explanation]:
    """One or two terms, each with one coefficient for all elements and cotangents."""
    if not suspect.wrong:
        return
    terms = [_terms(suspect, sample) for sample in suspect.wrong]
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
    if len(suspect.wrong) < _TWO:
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


# What the residual is along the axes {0}; how it is known again; what spans it.
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


def _terms(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """Candidate terms in the shape of the leaf, the commonest first."""
    value = sample.values[suspect.position].double()
    found: dict[str, Tensor] = {"the leaf itself": value}
    if len(sample.cotangents) == 1:
        u, y = sample.cotangents[0].double(), suspect.probe.outputs[0].double()
        if suspect.is_elementwise_shape:
            found |= {
                "grad_output": u,
                "grad_output × output": u * y,
                "grad_output × output²": u * y**2,
                "grad_output × input": u * value,
                "grad_output × input²": u * value**2,
                "grad_output × input × output": u * value * y,
                "grad_output × output⁴": u * y**4,
            }
            found |= _shared_out(u, y)
        found |= _summed(u, y, value)
    found["the sign of the leaf"] = value.sign()
    found |= _other_leaves(suspect, sample)
    found |= _means_of_truth(sample.truth)
    return found


def _summed(u: Tensor, y: Tensor, value: Tensor) -> dict[str, Tensor]:
    """Sums of the cotangent, and of its product with the output, that fit the leaf."""
    found = {}
    sources = {"grad_output": u, "grad_output × output": u * y if u.shape == y.shape else u}
    for words, source in sources.items():
        for count in range(1, source.dim() + 1):
            for axes in itertools.combinations(range(source.dim()), count):
                for kept in (True, False):
                    total = source.sum(axes, keepdim=kept)
                    if kept and source.shape == value.shape:
                        name = f"the sum of {words} over {axes}"
                        found[name] = total.expand_as(value)
                    elif not kept and total.shape == value.shape:
                        found[f"the sum of {words} over {axes}"] = total
    return found


def _shared_out(u: Tensor, y: Tensor) -> dict[str, Tensor]:
    """A sum along some axes, shared out by the output or its exponential: softmax and its log."""
    found = {}
    for count in range(1, u.dim() + 1):
        for axes in itertools.combinations(range(u.dim()), count):
            weighted, plain = ((t.sum(axes, keepdim=True)) for t in (u * y, u))
            found[f"output × the sum of grad_output × output over {axes}"] = y * weighted
            if bool((y <= 0).all()):
                found[f"e^output × the sum of grad_output over {axes}"] = y.exp() * plain
    return found


def _other_leaves(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """The other leaves where they fit, with the cotangent where that fits too."""
    found = {}
    for position, leaf in enumerate(suspect.subject.leaves):
        other = sample.values[position].double()
        if position != suspect.position and other.shape == suspect.value.shape:
            found[leaf.name] = other
            u = sample.cotangents[0].double()
            if suspect.is_elementwise_shape or u.numel() == 1:  # a loss has one grad_output
                found[f"grad_output × {leaf.name}"] = (
                    u.reshape(() if u.numel() == 1 else u.shape) * other
                )
    return found


def _means_of_truth(truth: Tensor) -> dict[str, Tensor]:
    return {
        f"the mean of the true gradient over axis {axis}": truth.mean(axis, keepdim=True).expand_as(
            truth
        )
        for axis in range(truth.dim())
        if truth.shape[axis] > 1
    }
