"""A deviation that its author means: undone before the claims are judged, so that the rest is.

convention   batch_mean   parameters' gradients are averaged over the batch inside the layer
batch_sum    a loss is a mean over the batch, its gradient is that of the sum
expect       -1.0         what is returned is so many times the gradient, as in a reversal layer
straight-through   what is returned is the cotangent itself
surrogate    what is returned is the gradient of something else, as of a step that is made smooth
gradient of  the same, and it is said of what
constant     a weight or an argument has no gradient, as one that is frozen
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.batch import batch_axis, is_shared
from gradcheck.errors import CommandError, ExerciseError
from gradcheck.stand_in import StandIn
from gradcheck.subject import (
    Claims,
    Leaf,
    Outputs,
    Role,
    Session,
    Subject,
    Unlisted,
    Values,
    vjp,
)

CONVENTIONS = ("batch_mean", "batch_sum")
STRAIGHT_THROUGH = "straight-through"
SURROGATE = "surrogate"
CONSTANT = "constant"
DECLARED_CONSTANT = "declared constant: it is given no gradient, and is meant to have none"
GRADIENT_OF = "gradient of "
_NAMED = {"reversal": -1.0}
_MEANS = {
    STRAIGHT_THROUGH: "the cotangent as it is",
    SURROGATE: "a surrogate of its gradient",
    CONSTANT: CONSTANT,
}

Forward = Callable[[Values], Outputs]
Expected = float | str | StandIn


@dataclass(frozen=True)
class Intention:
    """What an author means to deviate in.

    Attributes:
        convention: One of ``CONVENTIONS``, or empty.
        expect: Leaf → the multiple of the gradient that it is given, or ``straight-through``; a
            key that is empty stands for every input, and only there may a function stand in for
            the forward.  A tensor that is no leaf → ``constant``.
        batch_axis: Along which axis of the first input the samples lie; None where its shape and
            the output's are to tell.
    """

    convention: str = ""
    expect: Mapping[str, Expected] = field(default_factory=dict)
    batch_axis: int | None = None

    @classmethod
    def of(
        cls, convention: object = "", expect: object = None, batch_axis: int | None = None
    ) -> Intention:
        """From what a user has written.

        Raises:
            CommandError: If it is none.

        >>> Intention.of(expect="reversal").expect
        {'': -1.0}
        """
        if convention and convention not in CONVENTIONS:
            known = ", ".join(CONVENTIONS)
            raise CommandError(f"convention={convention!r}: choose from {known}")
        told = expect if isinstance(expect, Mapping) else {} if expect is None else {"": expect}
        read = {str(leaf): _expected(one) for leaf, one in told.items()}
        if any(leaf and isinstance(one, StandIn) for leaf, one in read.items()):
            raise CommandError(
                "expect names a leaf that is given the gradient of a function: the function stands "
                "in for the whole forward, so write expect = that alone"
            )
        return cls(str(convention or ""), read, batch_axis)

    def __bool__(self) -> bool:
        return bool(self.convention or self.expect)

    def applied(self, subject: Subject) -> Subject:
        """The subject as it would be without the deviation."""
        if not self:
            return subject
        self._refuse_unknown(subject)
        stand_in = self.expect.get("")
        if isinstance(stand_in, StandIn):
            return self._replaced(subject, stand_in.forward_for(subject))
        through = [leaf for leaf in subject.leaves if self._told(leaf) == STRAIGHT_THROUGH]
        changed = self._undone(self._with_constants(subject))
        stands_in = [leaf for leaf in subject.leaves if self._told(leaf) == SURROGATE]
        if stands_in or len(subject.leaves) > 1:
            meant = [*through, *stands_in]
            leaves = (_excused(x, self._told(x)) if x in meant else x for x in changed.leaves)
            return replace(changed, leaves=tuple(leaves))
        if not through:
            return changed
        return self._replaced(subject, lambda values: _through(subject.forward(values), values))

    def _with_constants(self, subject: Subject) -> Subject:
        """Where no gradient is claimed for a leaf, and none is meant to be."""
        leaves = (
            replace(x, unclaimed=DECLARED_CONSTANT) if self.expect.get(x.name) == CONSTANT else x
            for x in subject.leaves
        )
        return replace(subject, leaves=tuple(leaves))

    def _undone(self, subject: Subject, forward: Forward | None = None) -> Subject:
        again = subject.again
        return replace(
            subject,
            open=lambda: _Undone(self, subject, forward),
            again=again and (lambda inputs, dtype: self.applied(again(inputs, dtype))),
            notes=(*subject.notes, *self._notes(subject)),
        )

    def _replaced(self, subject: Subject, forward: Forward) -> Subject:
        """With the forward of which the claims are meant to be the gradient."""
        return replace(self._undone(subject, forward), forward=forward)

    def factor(self, leaf: Leaf, batch: int) -> float:
        """The multiple of its gradient that a leaf is meant to be given."""
        told = self._told(leaf)
        factor = told if isinstance(told, float) else 1.0
        if self.convention == "batch_mean" and is_shared(leaf, batch):
            return factor / batch
        return factor * batch if self.convention == "batch_sum" else factor

    def _told(self, leaf: Leaf) -> Expected | None:
        if leaf.name in self.expect:
            return self.expect[leaf.name]
        return self.expect.get("") if leaf.role == Role.INPUT else None

    def _notes(self, subject: Subject) -> list[str]:
        said = [f"declared: {self.convention}"] if self.convention else []
        for leaf in subject.leaves:
            if (told := self._told(leaf)) not in {None, CONSTANT}:
                means = _meaning(told)
                undone = "; its claims are divided by that" if isinstance(told, float) else ""
                said.append(f"declared: {leaf.name} is given {means}{undone}")
        constant = [name for name, told in self.expect.items() if told == CONSTANT]
        return said + [f"declared: {name} is constant" for name in constant]

    def _refuse_unknown(self, subject: Subject) -> None:
        names = [leaf.name for leaf in subject.leaves]
        others: set[str] = set()
        if CONSTANT in self.expect.values():
            others = {*subject.open().unlisted(), *_without_claim(subject)}
        for name, told in self.expect.items():
            if told == CONSTANT and name not in others:
                words = "nothing is called so"
                if name in names:
                    words = "a gradient is claimed for it, if only the zeros of its constructor"
                raise ExerciseError(
                    f"expect says that {name or 'every input'} is constant: {words}"
                )
            if name and told != CONSTANT and name not in names:
                known = ", ".join(names)
                raise ExerciseError(f"expect names {name}, which is no leaf: there are {known}")


def _without_claim(subject: Subject) -> Iterator[str]:
    """The leaves for which no gradient is claimed, or none comes back."""
    yield from (leaf.name for leaf in subject.leaves if leaf.unclaimed)
    values = tuple(leaf.value for leaf in subject.leaves)
    with suppress(ExerciseError):
        u = tuple(torch.ones_like(y) for y in subject.forward(values))
        pairs = zip(subject.leaves, vjp(subject, values, u), strict=True)
        yield from (x.name for x, claim in pairs if claim is None and x.role == Role.INPUT)


AS_IT_IS = Intention()


class _Undone:
    """A session whose claims are what they would be without the deviation."""

    def __init__(self, intention: Intention, subject: Subject, forward: Forward | None) -> None:
        self._intention = intention
        self._leaves = subject.leaves
        self._session: Session = subject.open()
        self._meant = forward
        self._batch = 1

    def place(self, values: Values) -> None:
        self._session.place(values)

    def forward(self, values: Values) -> Outputs:
        outputs = self._session.forward(values)
        self._batch = self._length_of(values[0].shape, outputs)
        return self._meant(values) if self._meant else outputs

    def _length_of(self, shape: torch.Size, outputs: Outputs) -> int:
        told = self._intention.batch_axis
        axis = batch_axis(shape, outputs[0].shape) if told is None else told
        return max(1, shape[axis]) if shape else 1

    def backward(self, cotangents: Outputs) -> Claims:
        claims = self._session.backward(cotangents)
        pairs = zip(self._leaves, claims, strict=True)
        return tuple(self._undone(leaf, claim) for leaf, claim in pairs)

    def zero_grad(self) -> bool:
        return self._session.zero_grad()

    def unlisted(self) -> Mapping[str, Unlisted]:
        constant = {n for n, told in self._intention.expect.items() if told == CONSTANT}
        found = self._session.unlisted()
        return {name: one for name, one in found.items() if name not in constant}

    def _undone(self, leaf: Leaf, claim: Any) -> Any:
        factor = self._intention.factor(leaf, self._batch)
        return claim / factor if factor != 1 and isinstance(claim, Tensor) else claim


def _meaning(told: Expected) -> str:
    if isinstance(told, StandIn):
        return f"the gradient of {told.name}"
    return _MEANS[told] if isinstance(told, str) else f"{told:g} times its gradient"


def _excused(leaf: Leaf, told: Expected | None) -> Leaf:
    return replace(leaf, unclaimed=f"declared {told}: what it is given is meant to be no gradient")


def _through(outputs: Outputs, values: Values) -> Outputs:
    """The identity, in the place of a forward whose backward is meant to be that of one."""
    if [output.shape for output in outputs] != [values[0].shape]:
        raise ExerciseError("declared straight-through, and its output is not shaped as its input")
    return (values[0].clone(),)


def _expected(told: object) -> Expected:
    if isinstance(told, StandIn):
        return told
    if callable(told):
        return StandIn(getattr(told, "__name__", type(told).__name__), told)
    if isinstance(told, str):
        if told in {STRAIGHT_THROUGH, SURROGATE, CONSTANT} or told in _NAMED:
            return _NAMED.get(told, told)
    elif isinstance(told, int | float) and not isinstance(told, bool) and told:
        return float(told)
    raise CommandError(
        f"expect={told!r}: write {STRAIGHT_THROUGH}, {SURROGATE}, '{GRADIENT_OF}' and the name of "
        f"a function, reversal, a number that is not zero, or, of a weight without a gradient, "
        f"{CONSTANT}"
    )
