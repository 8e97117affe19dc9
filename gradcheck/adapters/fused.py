"""A layer and a loss in one:  ``forward(x) -> a``  and  ``backward(a, y) -> ∂L(a, y)/∂x``.

    class Softmax:
        def forward(self, x): ...
        def backward(self, a, y):
            return (a - y) / len(y)

The value of that loss is computed nowhere, and what is returned is no product of a cotangent with
the layer's Jacobian.  It is the gradient of a loss that is commonly put behind such an output, and
which of them is told by the numbers alone: it must be proportional to that of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import tensor_of
from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.criteria import Criterion, criteria_for
from gradcheck.adapters.fitting import anywhere, fits, share
from gradcheck.adapters.handed import Offer, is_extra
from gradcheck.adapters.kinds import shape_of
from gradcheck.adapters.named import is_given_a_gradient, prediction_of
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.shape import is_written, own_names, own_positional
from gradcheck.adapters.vocabulary import (
    PREDICTION,
    TARGET,
    means,
    plain,
)
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import is_required
from gradcheck.subject import Role, Subject, vjp

_NOTE = (
    "{name} is given a target, and no gradient: it is taken for the gradient of {criterion} behind "
    "the layer"
)
_ENDS = "the backward of a model with its loss returns nothing: no layer stands before it"
_LOSS = re.compile(r"loss|cost|objective|criterion|entropy|error")
_MOST = 2
_CLOSE = 1e-2

Read = Callable[[LayerCalls, Sequence[Any]], Subject]
"""The same layer, called in another way and at other inputs."""


class Fused:
    """Stands in the place of the object: torch has no counterpart of a layer with its loss."""


@dataclass
class FusedCalls(LayerCalls):
    """The forward with a loss behind it, and the backward with that loss's target.

    Attributes:
        criterion: The loss.
        places: What each of the backward's arguments is, those aside that every layer may want.
        own: The layer's own method that computes the loss; empty where it has none.
        own_places: What each of the arguments of that is.
    """

    criterion: Criterion | None = None
    places: tuple[str, ...] = ()
    own: str = ""
    own_places: tuple[str, ...] = ()

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """The value of the loss at the layer's output."""
        output = super().forward(target, arguments)
        if self.criterion is None or not isinstance(output, Tensor | np.ndarray):
            raise ExerciseError(f"{type(target).__name__} returns no single tensor or array")
        if self.own:
            known = self._known(output, arguments[0])
            value = getattr(target, self.own)(*(known[place] for place in self.own_places))
            return torch.as_tensor(value)
        return self.criterion.of(_as_tensor(output))

    def _known(self, output: Any, given: Any) -> dict[str, Any]:
        """The target, the output and the input."""
        truth = self.criterion.given(_as_tensor(output)) if self.criterion else None
        is_array = isinstance(output, np.ndarray)
        told = truth.numpy() if is_array and truth is not None else truth
        return {"target": told, "output": output, "input": given}

    def _given(
        self, target: Any, method: str, cotangents: list[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The target, the output or the input, and what stands beside them."""
        if method != self.backward_name or self.criterion is None:
            return super()._given(target, method, cotangents)
        known = self._known(self._output, self._arguments[0])
        offer = Offer(self._arguments, self._output, self._cache, self._kept, self.step)
        places = iter(self.places)
        asked = _asked(target, method)
        return [offer.beside(n) if is_extra(n) else known[next(places)] for n in asked], {}


def instead_of(layer: Subject, inputs: Sequence[Any], read: Read) -> FusedCalls | None:
    """How a layer is called that is one with its loss; None where it is the layer alone.

    One that is proportional to such a gradient, and no common average of it, is called so as well,
    to be refuted.
    """
    shape = shape_of(layer.instance)
    if shape is None or len(inputs) != 1 or layer.again is None:
        return None
    names = [name for name in _asked(layer.instance, shape.backward) if not is_extra(name)]
    if not 0 < len(names) <= _MOST or is_given_a_gradient(names) or fits(layer):
        return None
    # Asked where nothing saturates, so that all cases of a class are read alike.
    elsewhere = [anywhere(value) for value in inputs]
    try:
        there = layer.again(elsewhere, torch.float64)
        (output,) = there.forward(tuple(leaf.value for leaf in there.leaves))
    except (ExerciseError, RuntimeError, ValueError):
        return None
    plain = FusedCalls(shape.forward, shape.backward, gives_cotangent=False)
    ways = product(criteria_for(output), _places(names))
    found = _first(
        (replace(plain, criterion=one, places=places) for one, places in ways),
        lambda calls: share(read(calls, elsewhere)),
        output,
    )
    own = (one for one in _of_its_own(layer.instance, found) if _is_number(read(one, elsewhere)))
    return next(own, found)


def _of_its_own(target: Any, calls: FusedCalls | None) -> Iterator[FusedCalls]:
    """With a method of the layer for the loss: what its author says it is goes before a guess."""
    if calls is None:
        return
    for name in own_names(target):
        if not (_LOSS.search(plain(name)) and is_written(target, name)):
            continue
        asked = _asked(target, name)
        if name in {calls.forward_name, calls.backward_name} or not 0 < len(asked) <= _MOST:
            continue
        output_first = len(asked) == _MOST and prediction_of(tuple(asked)) == 0
        both = ("output", "target") if output_first else ("target", "output")
        yield replace(calls, own=name, own_places=both[: len(asked)])


def _is_number(subject: Subject) -> bool:
    """Whether its forward gives one finite number."""
    try:
        (value,) = subject.forward(tuple(leaf.value for leaf in subject.leaves))
    except Exception:  # noqa: BLE001 somebody's loss, given what it may not expect
        return False
    return value.numel() == 1 and bool(torch.isfinite(value).all())


def compares(taken: Sequence[str], given: Sequence[str]) -> bool:
    """Whether a backward's arguments are named as an output and a target, and not as an input.

    >>> compares(["x"], ["a", "y"]), compares(["x"], ["dout", "x"])
    (True, False)
    """
    if len(given) != _MOST or is_given_a_gradient(given) or {*taken} & {*given}:
        return False
    return any(means(PREDICTION, a) and means(TARGET, b) for a, b in (given, given[::-1]))


def finished(subject: Subject, calls: FusedCalls) -> Subject:
    """With what was assumed said, and no counterpart of torch's: that computes no loss."""
    name = f"{subject.name}.{calls.backward_name}"
    own = f"its own {calls.own}" if calls.own else str(calls.criterion)
    note = _NOTE.format(name=name, criterion=own)
    if returns_nothing(getattr(subject.instance, calls.backward_name)) and _ends(subject):
        leaves = (
            replace(leaf, unclaimed=_ENDS) if leaf.role == Role.INPUT else leaf
            for leaf in subject.leaves
        )
        subject = replace(subject, leaves=tuple(leaves))
    return replace(subject, instance=Fused(), notes=(*subject.notes, note))


def _ends(subject: Subject) -> bool:
    """Whether it leaves gradients of its weights alone: one of them is not that of an input, too.

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
    asked = [claim for leaf, claim in pairs if leaf.role == Role.INPUT]
    return bool(held) and all(
        claim is None or any(_is_same(claim, other) for other in held) for claim in asked
    )


def _is_same(one: object, other: object) -> bool:
    """Whether both hold the same numbers, in whatever shape."""
    if not (isinstance(one, Tensor) and isinstance(other, Tensor)):
        return False
    return torch.equal(one.reshape(-1), other.reshape(-1))


def _first(
    ways: Iterator[FusedCalls], share_of: Callable[[FusedCalls], float | None], output: Tensor
) -> FusedCalls | None:
    """The first that fits, summed or averaged; else the first that is proportional."""
    proportional = None
    for calls in ways:
        found = share_of(calls)
        if found is None or calls.criterion is None:
            continue
        for scaled in calls.criterion.scaled():
            if abs(found - scaled.scale(output)) <= _CLOSE * abs(found):
                return replace(calls, criterion=scaled)
        proportional = proportional or calls
    return proportional


def _asked(target: Any, method: str) -> list[str]:
    return [p.name for p in own_positional(target, method) if is_required(p)]


def _places(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What they may be: one is the target, as its name says, the other what is compared with it."""
    if len(names) == 1:
        yield ("target",)
        return
    first = prediction_of(tuple(names)) == 0
    for other in ("output", "input"):
        yield (other, "target") if first else ("target", other)


def _as_tensor(output: Any) -> Tensor:
    return output if isinstance(output, Tensor) else tensor_of(output)
