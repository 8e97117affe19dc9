"""The tensors of a case that a wrong formula may hold, by name, in the shape of the leaf."""

from __future__ import annotations

from itertools import combinations

from torch import Tensor

from gradcheck.diagnosis.suspect import Sample, Suspect


def factors_of(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """What the truth may be multiplied with: inputs, outputs, weights along an axis, spreads."""
    shape = suspect.value.shape
    found: dict[str, Tensor] = {}
    constants = [
        (f"argument {number}", value)
        for number, value in enumerate(suspect.arguments(sample.values))
    ]
    leaves = [(leaf.name, v) for leaf, v in zip(suspect.subject.leaves, sample.values, strict=True)]
    for name, value in (*leaves, *constants):
        if isinstance(value, Tensor) and value.is_floating_point() and value.dim():
            found |= _fitted(name, value.double(), shape)
    found |= _differences({name: found[name] for name, _ in (*leaves, *constants) if name in found})
    if len(suspect.probe.outputs) == 1:
        y = suspect.probe.outputs[0].double()
        found |= _forms("output", y) if y.shape == shape else {}
    for axis in range(suspect.value.dim()):
        found |= _spreads(suspect.value.double(), axis)
    return found


def _forms(name: str, value: Tensor) -> dict[str, Tensor]:
    return {
        name: value,
        f"|{name}|": value.abs(),
        f"{name}²": value**2,
        f"(1 - {name})": 1 - value,
        f"{name} × (1 - {name})": value * (1 - value),
    }


def _fitted(name: str, value: Tensor, shape: tuple[int, ...]) -> dict[str, Tensor]:
    """The value where it has the shape, or one axis of it."""
    if tuple(value.shape) == tuple(shape):
        return _forms(name, value)
    if value.dim() != 1:
        return {}
    found = {}
    for axis, size in enumerate(shape):
        if size == len(value):
            laid = value.reshape([-1 if a == axis else 1 for a in range(len(shape))])
            found[f"{name} along axis {axis}"] = laid.expand(shape)
            found[f"{name}² along axis {axis}"] = (laid**2).expand(shape)
    return found


def _differences(plain: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of what has the same shape."""
    found = {}
    for (one, first), (other, second) in combinations(plain.items(), 2):
        if first.shape == second.shape:
            found[f"({one} - {other})"] = first - second
            found[f"|{one} - {other}|"] = (first - second).abs()
    return found


def _spreads(value: Tensor, axis: int) -> dict[str, Tensor]:
    """How wide the leaf is along an axis, and how long."""
    if value.shape[axis] < 2:
        return {}
    words = f"of {{}} along axis {axis}".format("the leaf")
    spreads = {
        f"the standard deviation {words}": value.std(axis, keepdim=True, correction=0),
        f"the unbiased standard deviation {words}": value.std(axis, keepdim=True),
        f"the variance {words}": value.var(axis, keepdim=True, correction=0),
        f"the norm {words}": value.norm(dim=axis, keepdim=True),
        f"the sum {words}": value.sum(axis, keepdim=True),
    }
    return {name: spread.expand_as(value) for name, spread in spreads.items()}
