"""Other cases of a target than those that are built in: other sizes, switches and inputs.

A size that stands in several places, in the constructor's arguments and in the shapes, changes in
all of them at once: built-in cases give different things different sizes, so that one number stands
for one thing.  A size that cannot change alone stays as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.engines import is_float
from gradcheck.adapters.nesting import given_like, parts_of
from gradcheck.cases.case import Case
from gradcheck.cases.feeds import DRAWS, MOVES
from gradcheck.cases.point import generator, normal
from gradcheck.cases.spec import REAL, Part, Shape, Spec
from gradcheck.choice.trial import is_finite, outputs_of
from gradcheck.errors import GradcheckError
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import parameters

_FIXED = "fixed"
_NEVER_FLIPPED = {"inplace", "in_place"}

Fill = Callable[[Shape, str, int], Tensor]
"""Shape, domain and number of an input of real numbers → what it holds."""

Seed = Callable[[int], int]
"""Number of an input of another kind, such as labels → from what it is drawn."""


@dataclass(frozen=True)
class Variant:
    """One case like a built-in one.

    Attributes:
        case: To be checked.
        inputs: The arguments of its forward.
        spec: What its instance is constructed from; None where it is not constructed.
    """

    case: Case
    inputs: tuple[Any, ...]
    spec: Spec | None

    def __repr__(self) -> str:
        return self.case.label


@dataclass(frozen=True)
class Base:
    """A built-in case, and what may be changed of it.

    Attributes:
        case: The case.
        inputs: The arguments of its forward.
        free: Sizes that may be others.
        domain: ``positive``, ``unit`` for numbers between 0 and 1, or anything.
        switches: Arguments of the constructor that are true or false, with their defaults.
    """

    case: Case
    inputs: tuple[Any, ...]
    free: tuple[int, ...] = ()
    domain: str = ""
    switches: tuple[tuple[str, bool], ...] = ()

    @property
    def holds_arrays(self) -> bool:
        """Whether inputs are NumPy's."""
        return any(isinstance(value, np.ndarray) for _, value in parts_of("", self.inputs))

    @property
    def feeds(self) -> Iterator[tuple[Shape, str, Any]]:
        """A shape, a kind and an example of each input, tuples laid flat."""
        spec, flat = self.case.spec, [value for _, value in parts_of("", self.inputs)]
        if spec and len(spec.shapes) == len(flat):
            yield from zip(spec.shapes, spec.all_kinds, flat, strict=True)
            return
        for value in flat:
            kind = REAL if is_float(value) else _FIXED
            yield tuple(getattr(value, "shape", ())), kind, value

    def variant(
        self,
        sizes: Mapping[int, int],
        fill: Fill,
        seed: Seed = lambda number: number,
        switch: tuple[str, bool] | None = None,
    ) -> Variant:
        """The same case in other sizes, its inputs filled anew."""
        case = self.case
        flat = []
        for number, (shape, kind, like) in enumerate(self.feeds):
            new = tuple(sizes.get(n, n) for n in shape)
            if kind in {REAL, "wide", *MOVES} and is_float(like):
                value = fill(new, self.domain, number)
            elif kind in DRAWS:
                value = DRAWS[kind](new, generator(seed(number), number))
            else:
                value = _cut(like, new)
            flat.append(_like(like, value))
        inputs = given_like(self.inputs, flat)
        spec = case.spec and _with_sizes(case.spec, sizes)
        if spec and switch:
            name, default = switch
            spec = replace(spec, options={**spec.options, name: not default})
        if case.at is None:  # such a one is no base
            raise TypeError(case.label)
        made = replace(case.at(spec, inputs), intention=case.intention, then=case.then)
        return Variant(made, inputs, spec)


def bases_of(cases: Sequence[Case], seeds: Sequence[int]) -> list[Base]:
    """What may be changed of each case that can be called.

    Args:
        cases: The built-in ones of a target.
        seeds: One for each, from which its weights and inputs follow.
    """
    found = [_base(case, seed) for case, seed in zip(cases, seeds, strict=True) if case.at]
    return [base for base in found if base]


def _base(case: Case, seed: int) -> Base | None:
    try:
        with silenced(), preserved_globals():
            inputs = tuple(case.make(seed)[1])
    except GradcheckError:
        return None
    bare = Base(case, inputs, switches=_switches(case))
    bare = replace(bare, domain=_domain(bare, seed))
    sizes = dict.fromkeys(n for shape, _, _ in bare.feeds for n in shape if n > 1)
    sizes |= dict.fromkeys(_sizes_in(case.spec) if case.spec else ())
    fill = _drawn_from(seed)
    free = tuple(n for n in sizes if _runs(bare.variant({n: n + 1}, fill)))
    return replace(bare, free=free)


def _runs(variant: Variant) -> bool:
    try:
        return is_finite(outputs_of(variant.case))
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return False


def _drawn_from(seed: int) -> Fill:
    """Normal numbers, in the domain."""

    def fill(shape: Shape, domain: str, number: int) -> Tensor:
        drawn = normal(shape, generator(seed, number))
        unit: Tensor = torch.sigmoid(drawn)
        return {"unit": unit, "positive": unit + 0.5}.get(domain, drawn)

    return fill


def _domain(base: Base, seed: int) -> str:
    """Where the inputs may lie: anywhere, unless all that are there are positive for a reason."""
    real = [torch.as_tensor(x) for _, kind, x in base.feeds if kind == REAL and is_float(x)]
    if not real or not all(bool((x > 0).all()) for x in real):
        return ""
    if _runs(base.variant({}, lambda shape, _, number: -_drawn_from(seed)(shape, "unit", number))):
        return ""
    return "unit" if all(bool((x < 1).all()) for x in real) else "positive"


def _switches(case: Case) -> tuple[tuple[str, bool], ...]:
    """Those that the case says nothing of."""
    spec = case.spec
    if case.target is None or spec is None or spec.inferred or spec.parts or spec.arguments:
        return ()
    return tuple(
        (one.name, one.default)
        for one in parameters(case.target)
        if isinstance(one.default, bool)
        and one.kind is not inspect.Parameter.POSITIONAL_ONLY
        and one.name not in {*_NEVER_FLIPPED, *spec.options}
    )


def _with_sizes(spec: Spec, sizes: Mapping[int, int]) -> Spec:
    return replace(
        spec,
        options={name: _renamed(value, sizes) for name, value in spec.options.items()},
        arguments=tuple(_renamed(value, sizes) for value in spec.arguments),
        parts=tuple(
            Part(part.name, {name: _renamed(v, sizes) for name, v in part.options.items()})
            for part in spec.parts
        ),
        shapes=tuple(tuple(sizes.get(n, n) for n in shape) for shape in spec.shapes),
    )


def _sizes_in(spec: Spec) -> list[int]:
    """Whole numbers among the constructor's arguments."""
    values = [*spec.options.values(), *spec.arguments]
    values += [value for part in spec.parts for value in part.options.values()]
    return [n for n in values if isinstance(n, int) and not isinstance(n, bool) and n > 1]


def _renamed(value: Any, sizes: Mapping[int, int]) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return sizes.get(value, value)
    if isinstance(value, tuple | list):
        return type(value)(_renamed(one, sizes) for one in value)
    return value


def _cut(value: Any, shape: Shape) -> Any:
    """Labels and indices in another shape: repeated or cut off."""
    if not isinstance(value, Tensor | np.ndarray):
        return value
    found = torch.as_tensor(value)
    for axis, size in enumerate(shape):
        found = found.index_select(axis, torch.arange(size) % max(1, found.shape[axis]))
    return found


def _like(old: Any, new: Any) -> Any:
    return new.numpy() if isinstance(old, np.ndarray) and isinstance(new, Tensor) else new
