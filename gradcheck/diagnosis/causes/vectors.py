"""The tensors of a case that a wrong formula may hold, by name, in the shape of the leaf."""

from __future__ import annotations

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
    found |= _without_repeats(found)
    if len(suspect.probe.outputs) == 1:
        y = suspect.probe.outputs[0].double()
        found |= {f"the output{more}": t for more, t in _forms(y) if y.shape == shape}
    for axis in range(suspect.value.dim()):
        found |= _spreads(suspect.value.double(), axis)
    return found


def _forms(value: Tensor) -> tuple[tuple[str, Tensor], ...]:
    return (
        ("", value),
        (" (absolute)", value.abs()),
        (", squared", value**2),
        (": 1 - it", 1 - value),
        (": it × (1 - it)", value * (1 - value)),
    )


def _fitted(name: str, value: Tensor, shape: tuple[int, ...]) -> dict[str, Tensor]:
    """The value where it has the shape, or one axis of it."""
    if tuple(value.shape) == tuple(shape):
        return {f"{name}{more}": t for more, t in _forms(value)}
    if value.dim() != 1:
        return {}
    found = {}
    for axis, size in enumerate(shape):
        if size == len(value):
            laid = value.reshape([-1 if a == axis else 1 for a in range(len(shape))])
            found[f"{name} along axis {axis}"] = laid.expand(shape)
            found[f"{name}² along axis {axis}"] = (laid**2).expand(shape)
    return found


def _without_repeats(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """The differences of what has the same shape."""
    plain = [(n, t) for n, t in found.items() if "," not in n and ":" not in n and "(" not in n]
    differences = {}
    for place, (one, first) in enumerate(plain):
        for other, second in plain[place + 1 :]:
            if first.shape == second.shape and " along " not in one + other:
                differences[f"({one} - {other})"] = first - second
                differences[f"|{one} - {other}|"] = (first - second).abs()
    return differences


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
