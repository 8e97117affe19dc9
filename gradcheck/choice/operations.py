"""The cases of an engine's operation: values, numbers, the value itself, other sizes, axes.

What works is asked.  What only a wrong size or a loud refusal shows, as of sizes that NumPy spreads
and an engine may not, decides nothing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from gradcheck.adapters.operations import ITSELF, USES, Operation, operation_of, operations_of
from gradcheck.adapters.passage import walks_from_sums
from gradcheck.cases.case import constructed
from gradcheck.cases.inputs import layer_feeds
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.cases.spec import REAL, Shape, Siblings, Spec, distinct
from gradcheck.choice.attempt import GOOD, PULLS, RUNS, Attempt, attempt, fitting
from gradcheck.choice.elsewhere import elsewhere
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import is_required, is_variadic

_AXIS = re.compile(r"(axis|dim)s?")
_UNIT = "in (0, 1)"
_FEEDS = 60
# Of two inputs: what NumPy spreads over the rows, the columns or all, and products of stacks.
_SPREAD: tuple[tuple[Shape, Shape], ...] = (
    ((4, 5), (5,)),
    ((5,), (4, 5)),
    ((4, 5), (4, 1)),
    ((2, 4, 5), (5, 3)),
    ((2, 4, 5), (2, 5, 3)),
)
_NUMBERS: tuple[Any, ...] = (3, -2, 0.5)
_INDICES: tuple[Any, ...] = (1, slice(1, 3), (1, 2), [0, 2, 2])
_SHAPES: tuple[Any, ...] = ((2, 10), (20,), (1, 4, 5))
_AXES: tuple[Any, ...] = (1, (1, 0), 0)
_ARGUMENTS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (r".*(idx|ind|key|item|slice|pos).*", _INDICES),
    (r".*(shape|size).*", _SHAPES),
    (r".*(axis|axes|dim|perm|order).*", _AXES),
    (r".*", (*_NUMBERS, *_SHAPES, *_AXES, *_INDICES)),
)


def operation_specs(
    target: type, operation: Operation, siblings: Siblings, shapes: tuple[Shape, ...]
) -> tuple[Spec, ...]:
    """All that lets something be checked, the plainest first.

    Raises:
        ExerciseError: If nothing lets the forward run.
    """
    found = _Search(target, operation, siblings)
    if shapes:
        return (Spec(shapes=shapes, arrays=found.arrays),)
    if operation.walk is not None and not found.adds_up:
        raise ExerciseError("its sums have wrong gradients, by whichever walk")
    first = found.plain()
    if first is None:
        raise ExerciseError(found.request) from found.raised
    if operation.walk is not None:
        return (first,)
    return distinct((first, *found.further(first)))


class _Search:
    """What has been tried on one operation, and what came of it."""

    def __init__(self, target: type, operation: Operation, siblings: Siblings) -> None:
        self._target = target
        self._operation = operation
        self._siblings = siblings
        self._best = Attempt(Spec(), -1)
        self._refused: Spec | None = None
        self.arrays = operation.engine.scalars or kinds_of_numbers(target)[0]

    @property
    def request(self) -> str:
        """What to say where nothing works."""
        why = self._best.error or "nothing that was tried works"
        return f"{why}: say what it should be given with --init and --input"

    @property
    def raised(self) -> Exception | None:
        """Why the best of what was tried came no further."""
        return self._best.raised

    def plain(self) -> Spec | None:
        """The first that is best: with values alone, or with something else beside the first."""
        for spec in (*self._of_values(), *self._of_arguments()):
            tried = self._tried(spec)
            if tried.reach == RUNS and tried.raised is not None:
                self._refused = self._refused or replace(spec, extra=True)
            if tried.is_better_than(self._best):
                self._best = tried
            if self._best.reach == GOOD:
                break
        return self._best.spec if self._best.reach >= RUNS else None

    def further(self, first: Spec) -> Iterator[Spec]:
        """What else may show a mistake, where it works."""
        if self._refused and self._best.reach > RUNS:
            yield self._refused
        yield from self._spread(first)
        yield from self._numbers(first)
        if len(first.shapes) > 1:
            yield from self._good(self._itself(first))
        elif self.adds_up:
            yield from self._good(replace(first, options={**first.options, USES: 2}))
        yield from self._along_axes(first)
        if not self._operation.engine.scalars:
            options = [p for p in self._operation.told if not is_required(p)]
            options = [p for p in options if not _AXIS.fullmatch(p.name.lower())]
            yield from elsewhere(options, first, self._built)

    def _built(self, spec: Spec) -> Any:
        return constructed(self._target, spec, self._siblings)

    def _tried(self, spec: Spec) -> Attempt:
        return attempt(self._target, spec, self._siblings)

    def _good(self, *specs: Spec) -> Iterator[Spec]:
        """Those at which its backward answers in the right sizes."""
        yield from (spec for spec in specs if self._tried(spec).reach == GOOD)

    def _spec(self, shapes: tuple[Shape, ...], kinds: tuple[str, ...], **options: Any) -> Spec:
        return Spec(options, shapes, kinds=kinds, arrays=self.arrays, inferred=True)

    def _of_values(self) -> Iterator[Spec]:
        count = 1 + len(self._operation.wanted)
        feeds: list[tuple[Shape, ...]] = [((4, 5),) * count]
        if not self._operation.engine.scalars:
            feeds += [shapes for shapes, _ in layer_feeds(count, [5], image=False)][:_FEEDS]
        for shapes in dict.fromkeys(feeds):
            yield self._spec(shapes, (REAL,) * count)
            yield self._spec(shapes, (_UNIT,) * count)
            if count > 1:
                yield self._spec(shapes, (REAL, *("labels",) * (count - 1)))

    def _of_arguments(self) -> Iterator[Spec]:
        """With numbers, sizes or places where more is wanted than the value."""
        told = [p for p in self._operation.told if is_required(p) or is_variadic(p)]
        if not told:
            return
        for number in range(max(len(_choices(p)) for p in told)):
            options = {p.name: _choices(p)[number % len(_choices(p))] for p in told}
            for kind in (REAL, _UNIT):
                yield self._spec(((4, 5),), (kind,), **options)

    def _numbers(self, first: Spec) -> Iterator[Spec]:
        """A Python number beside the value, of each kind, where it takes another value as well."""
        wanted = [p.name for p in self._operation.wanted]
        if len(wanted) != 1 or wanted[0] in {*first.options} - {USES}:
            others = [p for p in self._operation.told if p.name in first.options]
            yield from self._other_choices(first, others)
            return
        for number in _NUMBERS:
            tried = (
                self._spec(((4, 5),), (kind,), **{wanted[0]: number}) for kind in (REAL, _UNIT)
            )
            yield from islice(self._good(*tried), 1)

    def _other_choices(self, first: Spec, told: list[inspect.Parameter]) -> Iterator[Spec]:
        for one in told:
            for choice in _choices(one):
                if choice != first.options[one.name] and type(choice) is not bool:
                    spec = replace(first, options={**first.options, one.name: choice})
                    units = replace(spec, kinds=(_UNIT,) * len(spec.shapes))
                    yield from islice(self._good(spec, units), 1)

    def _itself(self, first: Spec) -> Spec:
        (other, *_) = self._operation.wanted
        options = {**first.options, other.name: ITSELF}
        shape = first.shapes[0] if first.shapes[0] == first.shapes[1] else (4, 4)
        return replace(first, options=options, shapes=(shape,), kinds=first.kinds[:1])

    def _spread(self, first: Spec) -> Iterator[Spec]:
        """Sizes that NumPy spreads; a gradient of another size than its value is a wrong one."""
        if len(first.shapes) != 2 or self._operation.engine.scalars:
            return
        for shapes in _SPREAD:
            spec = replace(first, shapes=shapes)
            reach = self._tried(spec).reach
            if shapes != first.shapes and reach >= RUNS:
                yield spec if reach >= PULLS else replace(spec, extra=True)

    def _along_axes(self, first: Spec) -> Iterator[Spec]:
        """Along each axis, kept and not; where it refuses four rows of five, four of four."""
        axes = [p.name for p in self._operation.told if _AXIS.fullmatch(p.name.lower())]
        if len(axes) != 1 or self._operation.engine.scalars:
            return
        keeps = [p.name for p in self._operation.told if "keep" in p.name.lower()][:1]
        for axis in (0, 1, -1):
            for kept in ({}, *({name: True} for name in keeps)):
                spec = replace(first, options={**first.options, axes[0]: axis, **kept})
                square = replace(spec, shapes=((4, 4), *spec.shapes[1:]))
                good = [*self._good(spec, square)]
                refused = self._tried(spec).reach == RUNS
                yield from good[:1] or ([replace(spec, extra=True)] if refused else [])

    @property
    def adds_up(self) -> bool:
        """Whether its values can be added, and are found to be added rightly."""
        add = self._sibling("__add__")
        if add is None:
            return walks_from_sums(self._operation.engine)
        spec = self._spec(((4, 5), (4, 5)), (REAL, REAL))
        itself = self._spec(((4, 5),), (REAL,), **{_first_wanted(add): ITSELF})
        return all(fitting(add, one, self._siblings) for one in (spec, itself))

    def _sibling(self, name: str) -> type | None:
        kinds = self._operation.engine.kind.__mro__
        found = (operations_of(kind).get(f"{kind.__name__}.{name}") for kind in kinds)
        return next((one for one in found if one is not None), None)


def _first_wanted(target: type) -> str:
    operation = operation_of(target)
    return operation.wanted[0].name if operation else ""


def _choices(parameter: inspect.Parameter) -> tuple[Any, ...]:
    word = parameter.name.lower()
    found = next(choices for pattern, choices in _ARGUMENTS if re.fullmatch(pattern, word))
    several = tuple(one for one in found if isinstance(one, tuple))
    return (several or (_AXES[1],)) if is_variadic(parameter) else found
