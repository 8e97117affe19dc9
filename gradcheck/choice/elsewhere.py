"""Further cases of a class that nobody described: what a first one leaves at its default.

A convolution that forgets its stride is right at a stride of one, an ELU that forgets its alpha at
an alpha of one, a ReLU6 that forgets its upper end below six.  So the options that change what the
forward returns take other values as well, and the inputs of an elementwise layer go far from zero.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Any

import torch

from gradcheck.cases.case import Case
from gradcheck.cases.feeds import FAR, TIMES
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.attempt import GOOD, PULLS, RUNS, attempt_at
from gradcheck.choice.trial import is_finite, outputs_of
from gradcheck.foreign.signatures import is_required
from gradcheck.subject import Outputs

# What says how to learn, to begin or to report, and not what is computed; or is folded into the
# gradient by agreement, as a regulariser or the clipping of gradients is.
_NOT_COMPUTED = re.compile(
    r".*(lr|learn|eta|eps|reg|decay|lambd|clip|max_?norm|seed|init|std|rng|random|name|debug|verb"
    r"|log|plot|train|place|momentum|grad|check|trace|frozen|freeze|optim|dtype|device|cache).*"
    r"|l1|l2|(is_?)?(first|last|final|output|input)(_?layer)?"
)
# A backward that has another size there is wrong, and not asked for what its author did not mean.
_GEOMETRY = re.compile(r".*(stride|pad|dilation).*")
_STRIDE = re.compile(r"strides?")
_AXIS = re.compile(r"axis|dim")
_OTHER_TEXTS = {"valid": "same", "same": "valid", "mean": "sum", "sum": "mean"}
_OTHER_NUMBER = 0.375
_MOST = 4
_IMAGE = 3
# A kernel of three with a stride of two fits the first, one of two the second.
_WIDE = ((5, 11), (6, 12))
_ODD, _LARGEST = (3, 5, 7), 8


def elsewhere(
    options: Sequence[inspect.Parameter], spec: Spec, build: Callable[[Spec], Case]
) -> tuple[Spec, ...]:
    """The specs to add to the one that was found; none, where none shows anything new.

    Args:
        options: The parameters that it says nothing of.
        spec: What was found.
        build: From a spec like it to the case.
    """
    origin = _Origin(spec, build)
    if origin.outputs is None:
        return ()
    further = (origin.with_changes(_changes(options)), origin.wide(), origin.far_from_zero())
    return tuple(chain.from_iterable(further))


@dataclass(frozen=True)
class _Origin:
    """The case that is there, which others differ from."""

    spec: Spec
    build: Callable[[Spec], Case]

    @cached_property
    def outputs(self) -> Outputs | None:
        """What its forward returns; None where it cannot be told."""
        return self._outputs_of(self.spec)

    def with_changes(self, changes: Mapping[str, Any]) -> Iterator[Spec]:
        """All numbers and words at once, where that works, else each; then each switch."""
        numbers = {name: value for name, value in changes.items() if not isinstance(value, bool)}
        every = self._changed(numbers) if numbers else None
        settled = numbers if every and not every.extra else {}
        if every and settled:
            yield every
        alone = [name for name in changes if name not in settled]
        found = (self._changed({name: changes[name]}) for name in alone)
        yield from islice((spec for spec in found if spec), _MOST)

    def wide(self) -> Iterator[Spec]:
        """Images that are wider than high, and far wider than those that are there."""
        if not any(len(shape) >= _IMAGE for shape in self.spec.shapes):
            return
        for size in _WIDE:
            shapes = tuple(_stretched(shape, *size) for shape in self.spec.shapes)
            spec = replace(self.spec, shapes=shapes)
            if shapes != self.spec.shapes and self._reach_of(spec) == GOOD:
                yield spec
                return

    def far_from_zero(self) -> Iterator[Spec]:
        """An elementwise layer at large numbers, where its output is more than as much larger."""
        near, kinds = self.outputs or (), self.spec.kinds or (REAL,) * len(self.spec.shapes)
        if kinds != (REAL,) or [tuple(y.shape) for y in near] != list(self.spec.shapes):
            return
        spec = replace(self.spec, kinds=(FAR,), on_kinks=False)
        far = self._outputs_of(spec)
        new = far is not None and not torch.allclose(far[0], TIMES * near[0])
        if new and self._reach_of(spec) == GOOD:
            yield spec

    def _changed(self, changes: Mapping[str, Any]) -> Spec | None:
        """With these options, where they matter and somebody could mean them.

        Where its backward fails at all shapes, it is told that nobody knows of it.
        """
        refused: Spec | None = None
        for shapes in self._shapes:
            spec = replace(self.spec, options={**self.spec.options, **changes}, shapes=shapes)
            reach = self._reach_of(spec)
            geometric = all(_GEOMETRY.fullmatch(name.lower()) for name in changes)
            if reach < RUNS or not self._matters(spec):
                continue
            if reach == GOOD or (geometric and reach >= PULLS):
                return spec
            refused = refused or replace(spec, extra=True)
        return refused

    @property
    def _shapes(self) -> Iterator[tuple[Shape, ...]]:
        """Those that are there, and images that more strides divide."""
        yield self.spec.shapes
        for size in (7, 8):
            larger = tuple(_square(shape, size) for shape in self.spec.shapes)
            if larger != self.spec.shapes:
                yield larger

    def _matters(self, spec: Spec) -> bool:
        """Whether its forward returns something else than that of the first case."""
        same = spec.shapes == self.spec.shapes
        origin = replace(self.spec, shapes=spec.shapes)
        before = (self.outputs if same else self._outputs_of(origin)) or ()
        after = self._outputs_of(spec)
        return after is not None and not (
            len(before) == len(after) and all(map(torch.equal, before, after))
        )

    def _reach_of(self, spec: Spec) -> int:
        return attempt_at(self.build(spec)).reach

    def _outputs_of(self, spec: Spec) -> Outputs | None:
        try:
            outputs = outputs_of(self.build(spec))
        except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
            return None
        return outputs if is_finite(outputs) else None


def _stretched(shape: Shape, height: int, width: int) -> Shape:
    """Seven rows of six, wherever its channels stand, with another height and width."""
    sizes = {7: height, 6: width}
    return tuple(sizes.get(n, n) for n in shape) if {6, 7} <= {*shape} else shape


def _square(shape: Shape, size: int) -> Shape:
    """The height and the width of an image, wherever its channels stand."""
    return tuple(size if n in (6, 7) else n for n in shape)


def _changes(options: Sequence[inspect.Parameter]) -> dict[str, Any]:
    """Another value for each option that may be left out and says what is computed."""
    changes = {
        parameter.name: _other(parameter)
        for parameter in options
        if not is_required(parameter)
        and parameter.kind is not inspect.Parameter.POSITIONAL_ONLY
        and not _NOT_COMPUTED.fullmatch(parameter.name.lower())
    }
    return {name: value for name, value in changes.items() if value is not None}


def _other(parameter: inspect.Parameter) -> Any:
    """A value beside the default; None where there is none that one could mean."""
    name, default = parameter.name.lower(), parameter.default
    if default is None and _STRIDE.fullmatch(name):
        return 1  # None is the size of the window, as a rule: where windows overlap, they add up
    if type(default) is int and _AXIS.fullmatch(name):
        return 1 if default == 0 else 0
    make = _OTHERS.get(type(default))
    return make(default) if make else None


def _other_size(default: int) -> int | None:
    """A larger one is a mere size; of an odd kernel the next odd one, for it has a middle."""
    return default + (2 if default in _ODD else 1) if default <= _LARGEST else None


def _other_sizes(default: tuple[Any, ...]) -> tuple[int, ...] | None:
    sizes = default and all(type(one) is int and one <= _LARGEST for one in default)
    return tuple(one + 1 for one in default) if sizes else None


def _other_text(default: str) -> str | None:
    other = _OTHER_TEXTS.get(default.lower())
    return other.upper() if other and default.isupper() else other


_OTHERS: dict[type, Callable[[Any], Any]] = {
    bool: lambda default: not default,
    int: _other_size,
    float: lambda default: _OTHER_NUMBER if default != _OTHER_NUMBER else 2 * _OTHER_NUMBER,
    tuple: _other_sizes,
    str: _other_text,
}
