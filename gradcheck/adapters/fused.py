"""A layer and a loss in one:  ``forward(x) -> a``  and  ``backward(a, y) -> ∂L(a, y)/∂x``.

    class Softmax:
        def forward(self, x): ...
        def backward(self, a, y):
            return (a - y) / len(y)

What is returned is no product of a cotangent with the layer's Jacobian.  It is the gradient of a
loss: the one that its author has written, in a method of the layer or in its file; where there is
none, one that is commonly put behind such an output.  The numbers alone tell which: it must be
proportional to the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice, product
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.criteria import Criterion, criteria_for, targets_for
from gradcheck.adapters.curl import claimed, is_curled, is_linear
from gradcheck.adapters.fitting import anywhere, fits, fits_some, share, shared_by_all, unhidden
from gradcheck.adapters.fused_calls import FusedCalls, UntoldCalls, asked
from gradcheck.adapters.handed import is_extra
from gradcheck.adapters.kinds import Shape, shape_of
from gradcheck.adapters.named import is_given_a_gradient, is_target
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.said_losses import Said, functions_said, methods_said
from gradcheck.adapters.told import MOST, compares, places_of
from gradcheck.errors import ExerciseError
from gradcheck.subject import Role, Subject, flat, vjp

_NOTE = (
    "{name} is given a target, and no gradient: it is taken for the gradient of {criterion} behind "
    "the layer"
)
_ENDS = "the backward of a model with its loss leaves its input out: no layer stands before it"
_FEW = 6
_CLOSE = 1e-2

Read = Callable[[LayerCalls, Sequence[Any]], Subject]
"""The same layer, called in another way and at other inputs."""


class Fused:
    """Stands in the place of the object: torch has no counterpart of a layer with its loss."""


def instead_of(layer: Subject, inputs: Sequence[Any], read: Read) -> LayerCalls | None:
    """How a layer is called that is one with its loss; None where it is the layer alone.

    One that is proportional to the gradient of a loss, and not equal, is called so as well, to be
    refuted.
    """
    shape = shape_of(layer.instance)
    if shape is None or len(inputs) != 1 or layer.again is None:
        return None
    names = [name for name in asked(layer.instance, shape.backward) if not is_extra(name)]
    if not 0 < len(names) <= MOST or is_given_a_gradient(names) or fits(layer):
        return None
    if not any(places_of(names, shape.arguments)):
        return None
    # Asked where nothing saturates, so that all cases of a class are read alike.
    elsewhere = [anywhere(value) for value in inputs]
    try:
        there = unhidden(layer.again(elsewhere, torch.float64))
        (output,) = there.forward(tuple(leaf.value for leaf in there.leaves))
    except (ExerciseError, RuntimeError, ValueError):
        return None

    def at(calls: LayerCalls) -> Subject:
        return unhidden(read(calls, elsewhere))

    return _Ways(layer.instance, shape, names, output, at).best()


class _Ways:
    """The readings of one layer at one point.

    Args:
        target: The layer.
        shape: Its two methods.
        names: What its backward wants.
        output: What its forward returns there.
        read: The same layer there, called in another way.
    """

    def __init__(
        self,
        target: Any,
        shape: Shape,
        names: Sequence[str],
        output: Tensor,
        read: Callable[[LayerCalls], Subject],
    ) -> None:
        self._target, self._shape, self._names = target, shape, names
        self._output, self._read = output, read
        self._plain = FusedCalls(shape.forward, shape.backward, gives_cotangent=False)

    def best(self) -> LayerCalls | None:
        """What its author says goes before a guess, a method before a function of the file."""
        guessed = self._guessed()
        methods = [*self._said(methods_said(self._target, self._shape), guessed)]
        sure = [calls for calls, _ in methods if calls.said and calls.said.is_sure]
        near = (calls for calls in sure if fits_some(self._read(calls)))
        return (
            self._decided(methods)
            or next(near, None)
            or next(iter(sure), None)
            or self._beside(guessed)
            or (guessed if guessed and shared_by_all(self._read(guessed)) else None)
            or self._untold()
            or guessed
        )

    def _beside(self, guessed: FusedCalls | None) -> FusedCalls | None:
        """With a loss of its file: open, where it is that but for a factor.

        The function may only be told to a reader, and a mean there is often a sum here.
        """
        ways = [*self._said(functions_said(self._target), guessed)]
        found = self._decided(ways, alike=True)
        if found is None or any(calls is found and _is_one(said) for calls, said in ways):
            return found
        return self._unknown(found)

    def _guessed(self) -> FusedCalls | None:
        """With the first usual loss that fits, summed or averaged; else a proportional one."""
        proportional = None
        for calls in self._usual():
            found = share(self._read(calls))
            if found is None or calls.criterion is None:
                continue
            scaled = [*calls.criterion.scaled()]
            # One of the opposite sign is that very loss, uphill.
            for sign, one in product((1, -1), scaled):
                if abs(sign * found - one.scale(self._output)) <= _CLOSE * abs(found):
                    exact = replace(calls, criterion=one)
                    if sign > 0:
                        return exact
                    proportional = proportional or exact
                    break
            proportional = proportional or calls
        return proportional

    def _usual(
        self, losses: Callable[[Tensor], Iterator[Criterion]] = criteria_for
    ) -> Iterator[FusedCalls]:
        for one, places in product(losses(self._output), self._ways()):
            yield replace(self._plain, criterion=one, places=places)

    def _ways(self) -> Iterator[tuple[str, ...]]:
        return places_of(self._names, self._shape.arguments)

    def _said(
        self, losses: Iterator[Said], guessed: FusedCalls | None
    ) -> Iterator[tuple[FusedCalls, float | None]]:
        """With each loss that its author has written, and what the claim is of its gradient.

        Its target is that of the guess, or any for which the loss is a number.
        """
        for said in losses:
            usual = [guessed] if guessed else self._usual(targets_for)
            told = (replace(calls, said=said) for calls in usual)
            numbers = (calls for calls in told if _is_loss(self._read(calls)) and self._runs(calls))
            yield from ((calls, share(self._read(calls))) for calls in islice(numbers, _FEW))

    def _decided(
        self, ways: Sequence[tuple[FusedCalls, float | None]], *, alike: bool = False
    ) -> FusedCalls | None:
        """The first that fits, else the first proportional one; only if all those are ``alike``."""
        told = [(calls, found) for calls, found in ways if found is not None]
        if fitting := [calls for calls, found in told if _is_one(found)]:
            return fitting[0]
        told = [(calls, found) for calls, found in told if self._is_steady(calls, found)]
        shares = [found for _, found in told]
        if alike and shares and max(shares) - min(shares) > _CLOSE * abs(shares[0]):
            return None
        return told[0][0] if told else None

    def _is_steady(self, calls: FusedCalls, found: float) -> bool:
        """Whether it is that share elsewhere too: a root of a mean is parallel to it, at each."""
        subject = self._read(calls)
        leaves = tuple(replace(leaf, value=leaf.value / 2) for leaf in subject.leaves)
        other = share(replace(subject, leaves=leaves))
        return other is not None and abs(other - found) <= _CLOSE * abs(found)

    def _untold(self) -> UntoldCalls | None:
        """Where it may be the gradient of a loss that nobody has written down here."""
        alone = len(self._names) == 1 and is_target(self._names[0])
        taken = self._shape.arguments if len(self._names) == MOST else ()
        if not (alone or compares(taken, self._names)):
            return None
        with suppress(ExerciseError, RuntimeError):
            calls = next((one for one in self._usual() if self._answers(one)), None)
            if calls and not (self._is_linear(calls) or is_curled(self._read(calls))):
                return self._unknown(calls)
        return None

    def _unknown(self, calls: FusedCalls) -> UntoldCalls:
        return UntoldCalls(
            self._shape.forward,
            self._shape.backward,
            gives_cotangent=False,
            criterion=calls.criterion,
            places=calls.places,
            said=calls.said,
        )

    def _answers(self, calls: FusedCalls) -> bool:
        """Whether it claims all that it must, given this target."""
        with suppress(ExerciseError, RuntimeError):
            subject = self._read(calls)
            pairs = zip(subject.leaves, claimed(subject), strict=True)
            return all(leaf.unclaimed or claim is not None for leaf, claim in pairs)
        return False

    def _runs(self, calls: FusedCalls) -> bool:
        """Whether its backward takes what it is given."""
        with suppress(ExerciseError, RuntimeError):
            claimed(self._read(calls))
            return True
        return False

    def _is_linear(self, calls: FusedCalls) -> bool:
        """Whether what stands in the target's place is a cotangent; of labels nobody asks."""
        criterion = calls.criterion
        if criterion is None or criterion.labels:
            return False

        def given(numbers: Tensor) -> Tensor:
            drawn = replace(calls, criterion=replace(criterion, target=lambda _: numbers))
            return flat(tuple(one for one in claimed(self._read(drawn)) if one is not None))

        return is_linear(given, self._output)


def _is_one(share: float | None) -> bool:
    return share is not None and abs(share - 1) <= _CLOSE


def _is_loss(subject: Subject) -> bool:
    """Whether its forward gives one finite number, and another one nearby: it counts nothing."""
    values = tuple(leaf.value for leaf in subject.leaves)
    nearby = tuple(value + _CLOSE * anywhere(value) for value in values)
    try:
        (here,), (there,) = subject.forward(values), subject.forward(nearby)
    except Exception:  # noqa: BLE001 somebody's loss, given what it may not expect
        return False
    both = torch.stack((here.reshape(-1), there.reshape(-1)))
    return here.numel() == 1 and bool(torch.isfinite(both).all()) and bool(here != there)


def finished(subject: Subject, calls: FusedCalls) -> Subject:
    """With what was assumed said, and no counterpart of torch's: that computes no loss."""
    if isinstance(calls, UntoldCalls):
        return subject
    name = f"{subject.name}.{calls.backward_name}"
    note = _NOTE.format(name=name, criterion=calls.said or calls.criterion)
    if _ends(subject, getattr(subject.instance, calls.backward_name)):
        leaves = (
            replace(leaf, unclaimed=_ENDS) if leaf.role == Role.INPUT else leaf
            for leaf in subject.leaves
        )
        subject = replace(subject, leaves=tuple(leaves))
    return replace(subject, instance=Fused(), notes=(*subject.notes, note))


def _ends(subject: Subject, backward: Callable[..., Any]) -> bool:
    """Whether it leaves or returns gradients of its weights alone: none is that of an input, too.

    Where a weight has as many elements as an input, its gradient is taken for that of both.
    """
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        outputs = subject.forward(values)
        claims = vjp(subject, values, tuple(torch.ones_like(y) for y in outputs))
    except (ExerciseError, RuntimeError):
        return False
    pairs = [*zip(subject.leaves, claims, strict=True)]
    held = [claim for leaf, claim in pairs if leaf.role == Role.PARAMETER]
    wanted = [claim for leaf, claim in pairs if leaf.role == Role.INPUT]
    if not returns_nothing(backward):
        return bool(held) and all(claim is None for claim in wanted)
    return bool(held) and all(
        claim is None or any(_is_same(claim, other) for other in held) for claim in wanted
    )


def _is_same(one: object, other: object) -> bool:
    """Whether both hold the same numbers, in whatever shape."""
    if not (isinstance(one, Tensor) and isinstance(other, Tensor)):
        return False
    return torch.equal(one.reshape(-1), other.reshape(-1))
