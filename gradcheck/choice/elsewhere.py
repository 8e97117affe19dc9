"""Further cases of a class that nobody described: what a first one leaves at its default.

A convolution that forgets its stride is right at a stride of one, an ELU that forgets its alpha at
an alpha of one, a ReLU6 that forgets its upper end below six.  So the options that change what the
forward returns take other values as well, the inputs of an elementwise layer go to zero and far
from it, and those of what chooses a largest are equal.
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
from gradcheck.cases.feeds import (
    ACROSS_TIES,
    ACROSS_ZERO,
    AT_TIES,
    AT_ZERO,
    BESIDE_TIES,
    BESIDE_ZERO,
    FAR,
    MANY_TIMES,
    SETTINGS,
    TIMES,
    UNPADDED,
)
from gradcheck.cases.spec import REAL, Spec
from gradcheck.choice.attempt import GOOD, NOTHING, PULLS, RUNS, attempt_at, hears_as_much
from gradcheck.choice.changes import changes, is_axis
from gradcheck.choice.sizes import doubled, squared, stretched
from gradcheck.choice.trial import are_equal, differ_in_weights, returned, trial_of, trying
from gradcheck.choice.turned import turned
from gradcheck.subject import Outputs, Role, Subject

# A backward that has another size there is wrong, and not asked for what its author did not mean.
_GEOMETRY = re.compile(r".*(stride|pad|dilation).*")
_MOST = 4
_IMAGE = 3
_ZEROS = (AT_ZERO, BESIDE_ZERO, ACROSS_ZERO)
_TIES = (AT_TIES, BESIDE_TIES, ACROSS_TIES)
# Beside them, by 1e-9: what moves an output so far is a jump; what is another so is a slope.
_JUMP, _BEND, _ALIKE = 1e-6, 1e-3, 1e-9
# A kernel of three with a stride of two fits the first, one of two the second.
_WIDE = ((5, 11), (6, 12))


def elsewhere(
    options: Sequence[inspect.Parameter],
    spec: Spec,
    build: Callable[[Spec], Case],
    prediction: int | None = None,
    words: Sequence[tuple[str, str]] = (),
    *,
    at_kinks: bool = False,
) -> tuple[Spec, ...]:
    """The specs to add to the one that was found; none, where none shows anything new.

    Args:
        options: The parameters that it says nothing of.
        spec: What was found.
        build: From a spec like it to the case.
        prediction: Where a loss is given its prediction; None for all that is no loss.
        words: Further values of options, each with the name.
        at_kinks: Whether it is asked at zeros and ties already.
    """
    origin = _Origin(spec, build, prediction, knows_kinks=at_kinks)
    if origin.outputs is None:
        return ()
    # Rows of probabilities are none along another axis, and a target is no row there.
    is_real = all(kind == REAL for kind in spec.kinds)
    asked = [one for one in options if is_real or not is_axis(one.name)]
    others = changes(asked)
    further = (
        origin.with_changes(others),
        origin.with_words([(n, word) for n, word in words if others.get(n) != word], others),
        origin.wide(),
        origin.unpadded(),
        turned(options, spec, build),
        origin.at_kinks(),
        origin.far_from_zero(),
    )
    return tuple(chain.from_iterable(further))


@dataclass(frozen=True)
class _Origin:
    """The case that is there, which others differ from."""

    spec: Spec
    build: Callable[[Spec], Case]
    prediction: int | None = None
    knows_kinks: bool = False

    @cached_property
    def outputs(self) -> Outputs | None:
        """What its forward returns; None where it cannot be told."""
        return self._outputs_of(self.spec)

    def with_changes(self, changes: Mapping[str, Any]) -> Iterator[Spec]:
        """All numbers and words at once, where that works, else each; then each switch.

        Not those that change nothing by themselves: they say how to learn, or to clip a gradient.
        """
        others = {name: value for name, value in changes.items() if not isinstance(value, bool)}
        numbers = self.heard(others)
        idle = {name: value for name, value in others.items() if name not in numbers}
        every = self._changed(numbers) if numbers else None
        settled = numbers if every and not every.extra else {}
        if every and settled:
            yield every
        switches = [name for name in changes if name not in others]
        found = chain(
            (self._changed({name: changes[name]}) for name in numbers if name not in settled),
            (self._switched({name: changes[name]}, idle) for name in switches),
        )
        yield from islice((spec for spec in found if spec), _MOST)

    def with_words(
        self, words: Sequence[tuple[str, str]], others: Mapping[str, Any]
    ) -> Iterator[Spec]:
        """Each word, with the numbers that it alone lets matter."""
        numbers = {name: value for name, value in others.items() if type(value) in {int, float}}
        idle = {n: v for n, v in numbers.items() if n not in self.heard(numbers)}
        found = (self._switched({name: word}, idle) for name, word in words)
        yield from islice((spec for spec in found if spec), _MOST)

    def heard(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Those that change what the forward returns, or let it fail, each by itself."""
        specs = {
            name: replace(self.spec, options={**self.spec.options, name: value})
            for name, value in changes.items()
        }
        heard = [
            n
            for n, one in specs.items()
            if self._outputs_of(one) is None or self._matters(one, self.spec)
        ]
        return {name: changes[name] for name in heard}

    def _switched(self, switch: Mapping[str, Any], idle: Mapping[str, Any]) -> Spec | None:
        """With this switch, and what it alone lets matter: a slope that is read only if leaky."""
        spec = replace(self.spec, options={**self.spec.options, **switch})
        under = replace(self, spec=spec)
        woken = under.heard(idle) if under.outputs is not None else {}
        both = self._changed({**switch, **woken}) if woken else None
        return both if both and not both.extra else self._changed(switch)

    def wide(self) -> Iterator[Spec]:
        """Images that are wider than high, and far wider than those that are there."""
        if not any(len(shape) >= _IMAGE for shape in self.spec.shapes):
            return
        ran: Spec | None = None
        for size in _WIDE:
            spec = stretched(self.spec, *size)
            reach = self._reach_of(spec) if spec.shapes != self.spec.shapes else NOTHING
            if reach == GOOD:
                yield spec
                return
            ran = ran or (spec if reach >= RUNS else None)
        # Its forward runs, and its backward fits no size but that of the first case.
        if ran:
            yield ran

    def unpadded(self) -> Iterator[Spec]:
        """Without the padding that a dictionary of settings told: ``x[p:-p]`` is then nothing.

        What has another shape there, nobody takes for a gradient: it is told.
        """
        kinds = tuple(UNPADDED if kind == SETTINGS else kind for kind in self.spec.all_kinds)
        spec = replace(self.spec, kinds=kinds, on_kinks=False)
        if SETTINGS in self.spec.all_kinds and self._matters(spec, self.spec):
            yield replace(spec, only_told=self._reach_of(spec) < GOOD)

    def far_from_zero(self) -> Iterator[Spec]:
        """Large numbers, where an output is more than as much larger.

        Of a layer that keeps the shape of its input, and of a loss's prediction, where any number
        may be one.
        """
        if not self._takes_any_number:
            return
        kinds, place = self.spec.all_kinds, self.prediction or 0
        far, large = (
            replace(self.spec, kinds=(*kinds[:place], kind, *kinds[place + 1 :]), on_kinks=False)
            for kind in (FAR, MANY_TIMES)
        )
        near, beyond = self.outputs or (), self._outputs_of(large)
        new = beyond is not None and not torch.allclose(beyond[0], TIMES * near[0])
        if new and self._reach_of(far) == GOOD:
            yield far

    def at_kinks(self) -> Iterator[Spec]:
        """Zeros for an elementwise layer, ties for one that chooses, if it bends there and is flat.

        What is taken for its slope where it has two is seen nowhere else.  Where weights
        add several kinks up, slopes that are right one by one may add up to none: nobody is asked.
        """
        if self.knows_kinks or self.prediction is not None or self.spec.all_kinds != (REAL,):
            return
        chooses = not self._takes_any_number
        if chooses and self._has_weights:
            return
        kinds = _TIES if chooses else _ZEROS
        specs = [replace(self.spec, kinds=(kind,), on_kinks=False) for kind in kinds]
        at, beside, across = (self._outputs_of(spec) for spec in specs)
        if not at or not beside or not across or self._reach_of(specs[0]) != GOOD:
            return
        rise, fall = beside[0] - at[0], at[0] - across[0]
        is_steady = torch.allclose(rise, fall, atol=_JUMP)
        if is_steady and not torch.allclose(rise, fall, rtol=_BEND, atol=_BEND * _ALIKE):
            yield replace(specs[0], shares_freely=chooses and not self._subject.torch_conventions)

    @property
    def _takes_any_number(self) -> bool:
        """Whether it is elementwise, or a loss of any prediction."""
        if self.prediction is not None:
            return self.spec.all_kinds[self.prediction] == REAL
        shapes = [tuple(output.shape) for output in self.outputs or ()]
        return self.spec.all_kinds == (REAL,) and shapes == list(self.spec.shapes)

    @property
    def _has_weights(self) -> bool:
        return any(leaf.role == Role.PARAMETER for leaf in self._subject.leaves)

    @cached_property
    def _subject(self) -> Subject:
        with trying():
            return trial_of(self._case).subject

    def _changed(self, changes: Mapping[str, Any]) -> Spec | None:
        """With these options, where they matter and somebody could mean them.

        Where its backward fails at all shapes, it is told that nobody knows of it.
        """
        refused: Spec | None = None
        for origin in self._sized:
            spec = replace(origin, options={**origin.options, **changes})
            reach = self._reach_of(spec)
            geometric = all(_GEOMETRY.fullmatch(name.lower()) for name in changes)
            if reach < RUNS or not self._matters(spec, origin):
                continue
            if reach == GOOD or (geometric and reach >= PULLS):
                return spec
            refused = refused or replace(spec, extra=True)
        return refused

    @property
    def _sized(self) -> Iterator[Spec]:
        """As it is, with images that more strides divide, and with twice as many channels."""
        yield self.spec
        for size in (7, 8):
            larger = squared(self.spec, size)
            if larger.shapes != self.spec.shapes:
                yield larger
        if any(type(value) is int for value in self.spec.options.values()):
            yield doubled(self.spec)

    def _matters(self, spec: Spec, origin: Spec) -> bool:
        """Whether its forward returns something else than that of the case that it was made of.

        With other weights perhaps: a bias that begins at zero hides that it may be left out.
        """
        before = (self.outputs if origin == self.spec else self._outputs_of(origin)) or ()
        after = self._outputs_of(spec)
        if after is None:
            return False
        return not are_equal(before, after) or differ_in_weights(
            self.build(spec), self.build(origin)
        )

    def _reach_of(self, spec: Spec) -> int:
        """How far it comes; a loss that no longer looks at all that it did has left its domain."""
        case = self.build(spec)
        if self.prediction is not None and not hears_as_much(self._case, case, self.prediction):
            return NOTHING
        return attempt_at(case).reach

    @cached_property
    def _case(self) -> Case:
        return self.build(self.spec)

    def _outputs_of(self, spec: Spec) -> Outputs | None:
        return returned(self.build(spec))
