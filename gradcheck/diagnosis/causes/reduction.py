"""batch_reduction: one sample or a wrong axis instead of the sum, or a sum where none is due."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation, listed_axes
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.diagnosis.truth import TooExpensive

_MOST_SAMPLES = 16


def one_sample(suspect: Suspect) -> Iterator[Explanation]:
    """The claim of a sum over the batch is the part of one sample, or of one row."""
    shape = suspect.probe.outputs[0].shape
    counts = {shape[0], math.prod(shape[:-1])} if len(shape) > 1 else set()
    for count in sorted(counts):
        if count > _MOST_SAMPLES:
            continue
        for index in range(count):
            if suspect.explains(suspect.vjp_of(lambda u, i=index, n=count: _only(u, i, n))):  # type: ignore[misc]
                words = {0: "the first sample", count - 1: "the last sample"}
                told = words.get(index, f"sample {index}")
                yield Explanation(
                    "batch_reduction",
                    f"only {told}",
                    f"the claimed gradient is that of {told} alone, not the sum over the batch",
                )


def some_samples(suspect: Suspect) -> Iterator[Explanation]:
    """The claim of a sum over the batch is the sum of the parts of some samples."""
    shape = suspect.probe.outputs[0].shape
    count = shape[0] if len(shape) > 1 else 0
    if not 2 < count <= _MOST_SAMPLES or not suspect.wrong:
        return
    if suspect.value.numel() < count + 1:
        return
    parts = {id(s): _parts(suspect, s, count) for s in suspect.wrong}
    first = suspect.wrong[0]
    matrix = torch.stack([part.reshape(-1) for part in parts[id(first)]], dim=1)
    if not bool(((matrix != 0).sum(dim=1) > 1).any()):  # no sum: each sample has its own places
        return
    size = float(matrix.abs().max()) or 1.0
    found = torch.linalg.lstsq(matrix / size, first.claim.reshape(-1, 1) / size)
    kept = found.solution[:, 0].round().clamp(0, 1)

    def predict(sample: Sample) -> Tensor:
        weighted = zip(kept.tolist(), parts[id(sample)], strict=True)
        return torch.stack([weight * part for weight, part in weighted]).sum(0)

    if 1 < int(kept.sum()) < count and suspect.explains(predict):
        listed = ", ".join(str(n) for n, one in enumerate(kept.tolist()) if one)
        yield Explanation(
            "batch_reduction",
            "some samples",
            f"the claimed gradient is that of samples {listed} alone, not the sum over the batch",
        )


def _parts(suspect: Suspect, sample: Sample, count: int) -> list[Tensor]:
    """What each sample of the batch contributes."""
    found = []
    for index in range(count):
        alone = [_only(u, index, count) for u in sample.cotangents]
        if any(u is None for u in alone):
            raise TooExpensive("the outputs have no batch in common")
        given = tuple(u for u in alone if u is not None)
        found.append(suspect.truth(sample.values, given, suspect.position).double())
    return found


def over_an_axis(suspect: Suspect) -> Iterator[Explanation]:
    """A sum or mean over axes of the true gradient, or of the cotangent, stands everywhere."""
    for name, reduce in _REDUCTIONS.items():
        for axes in _choices(suspect.value.dim()):
            if suspect.explains(lambda s, axes=axes: reduce(s.truth, axes)):  # type: ignore[misc] # noqa: B023
                yield _found(
                    name,
                    axes,
                    "the true gradient",
                    "the claimed gradient holds, everywhere,",
                    of=suspect.value.dim(),
                )
        for axes in _choices(suspect.probe.outputs[0].dim()):
            if suspect.explains(suspect.vjp_of(_over(axes, reduce))):
                words = "the claimed gradient is the true one for"
                count = suspect.probe.outputs[0].dim()
                yield _found(name, axes, "grad_output", words, " in place of it", of=count)


def _over(
    axes: tuple[int, ...], reduce: Callable[[Tensor, tuple[int, ...]], Tensor]
) -> Callable[[Tensor], Tensor | None]:
    """What reduces a cotangent over these axes; None of an output that has not so many."""
    return lambda u: reduce(u, axes) if max(axes) < u.dim() else None


def wrong_axis(suspect: Suspect) -> Iterator[Explanation]:
    """The leaf wants a sum over some axes of the cotangent, and gets one over others."""
    u = suspect.probe.outputs[0]
    for axes in _choices(u.dim()):
        for name in ("sum", "mean"):
            left = [size for axis, size in enumerate(u.shape) if axis not in axes]
            if left != list(suspect.value.shape) or not _is_sum_over_others(suspect, axes):
                continue
            if suspect.explains(
                lambda s, axes=axes, name=name: getattr(s.cotangents[0], name)(axes)  # type: ignore[misc]
            ):
                yield Explanation(
                    "batch_reduction",
                    f"{name} over other axes",
                    f"the claimed gradient is the {name} of grad_output over {listed_axes(axes)}, "
                    "which are not the axes to reduce",
                )


def _is_sum_over_others(suspect: Suspect, axes: tuple[int, ...]) -> bool:
    """Whether the truth is a sum of the cotangent, over other axes than these.

    Of a truth that is something else, nobody knows over which axes it is to be summed.
    """
    u, truth = suspect.samples[0].cotangents[0].double(), suspect.samples[0].truth
    sums = (u.sum(others) for others in _choices(u.dim()) if others != axes)
    return any(one.shape == truth.shape and suspect.same(truth, one) for one in sums)


def _found(
    name: str, axes: tuple[int, ...], what: str, before: str, after: str = "", *, of: int
) -> Explanation:
    # However many there are of them, the axes before the last are those of the samples.
    key = "the samples" if axes == tuple(range(of - 1)) else axes
    return Explanation(
        "batch_reduction",
        f"{name} of {what} over {key}",
        f"{before} the {name} of {what} over {listed_axes(axes)}{after}",
    )


def _only(u: Tensor, index: int, count: int) -> Tensor | None:
    """The cotangent of one of so many samples, zero for the others."""
    if not count or u.numel() % count:
        return None
    rows = u.reshape(count, -1)
    kept = torch.zeros_like(rows)
    kept[index] = rows[index]
    return kept.reshape(u.shape)


def _choices(count: int) -> Iterator[tuple[int, ...]]:
    for number in range(1, count + 1):
        yield from itertools.combinations(range(count), number)


_REDUCTIONS: dict[str, Callable[[Tensor, tuple[int, ...]], Tensor]] = {
    "sum": lambda t, axes: t.sum(axes, keepdim=True).expand_as(t),
    "mean": lambda t, axes: t.mean(axes, keepdim=True).expand_as(t),
}
