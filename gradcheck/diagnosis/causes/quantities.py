"""The numbers that a wrong factor may equal in a case: sizes, and the constructor's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from gradcheck.batch import batch_axis
from gradcheck.diagnosis.suspect import Suspect

_CLOSE = 1e-7
_MATRIX, _IMAGES = 2, 4
_HALVES = {"2": 2.0, "1/2": 0.5}
_THIRDS = {"3": 3.0, "1/3": 1 / 3}


def names_of(factor: float, suspect: Suspect) -> Iterator[str]:
    """What a factor equals here, the simplest first; several where sizes coincide."""
    found = [*_constants(factor, _HALVES)]
    for form in _FORMS:
        found += [
            named
            for name, value in sizes_of(suspect).items()
            if (named := _matches(factor, form, name, value))
        ]
    yield from dict.fromkeys((*found, *_constants(factor, _THIRDS)))


def sizes_of(suspect: Suspect) -> dict[str, float]:
    """Every number of the case, by name."""
    found: dict[str, float] = dict(_sizes_of_shapes(suspect))
    subject = suspect.subject
    state = getattr(subject.instance, "__dict__", {})
    public = {name: value for name, value in state.items() if not name.startswith("_")}
    for name, value in {**public, **subject.options}.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            found.setdefault(name, float(value))
    return {name: value for name, value in found.items() if value != 0}


def _sizes_of_shapes(suspect: Suspect) -> Iterator[tuple[str, float]]:
    shape = tuple(suspect.probe.values[0].shape)
    outputs = suspect.probe.outputs
    if len(shape) >= _MATRIX:
        samples = batch_axis(shape, tuple(outputs[0].shape) if outputs else ())
        yield "batch size", shape[samples]
        yield "number of features", shape[-1] if samples == 0 else shape[0]
    if len(shape) >= _IMAGES:
        yield "number of pixels", math.prod(shape[2:])
        yield "number of channels", shape[1]
    if shape:
        yield "number of elements", math.prod(shape)
        yield "number of rows", math.prod(shape[:-1])
        yield "length of axis 0", shape[0]
    if len(shape) > _MATRIX:
        yield "number of elements of one sample", math.prod(shape[1:])
        yield "length of axis 1", shape[1]
    if len(outputs) == 1 and outputs[0].dim() >= 1:
        yield "number of outputs", outputs[0].shape[-1]
        yield "number of elements of the output", outputs[0].numel()
        if len(shape) >= _IMAGES == outputs[0].dim():
            yield "number of output pixels", math.prod(outputs[0].shape[2:])


def _constants(factor: float, numbers: Mapping[str, float]) -> Iterator[str]:
    for name, value in numbers.items():
        if _equal(factor, value):
            yield name
        if _equal(factor, -value):
            yield f"-{name}"


# How a size enters: itself or its inverse first, what is rarer later.
_FORMS: dict[str, Callable[[float], float]] = {
    "{}": lambda v: v,
    "1/{}": lambda v: 1 / v,
    "2/{}": lambda v: 2 / v,
    "{}/2": lambda v: v / 2,
    "2 × {}": lambda v: 2 * v,
    "1/(2 × {})": lambda v: 1 / (2 * v),
    "{}²": lambda v: v**2,
    "1/{}²": lambda v: v**-2,
    "√{}": lambda v: abs(v) ** 0.5,
    "1/√{}": lambda v: abs(v) ** -0.5,
    "1 - {}": lambda v: 1 - v,
    "1/(1 - {})": lambda v: 1 / (1 - v) if v != 1 else math.inf,
    "({0} - 1)/{0}": lambda v: (v - 1) / v,
    "{0}/({0} - 1)": lambda v: v / (v - 1) if v != 1 else math.inf,
    "-{}": lambda v: -v,
    "-1/{}": lambda v: -1 / v,
}


def _matches(factor: float, form: str, name: str, value: float) -> str:
    try:
        wanted = _FORMS[form](value)
    except OverflowError:
        return ""
    return form.format(name) if _equal(factor, wanted) else ""


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE)
