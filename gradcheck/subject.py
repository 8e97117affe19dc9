"""The normal form of a target: leaves, a forward, and the VJP that its author claims.

Notation   x a leaf;  y = forward(x₁, x₂, ...);  u a cotangent of y;
           the claim of a leaf is  x̄ = (∂y/∂x)ᵀ u,  that is ⟨x̄, v⟩ = ⟨u, (∂y/∂x) v⟩ for every v.

Everything after the adapters sees only this: witnesses never learn whose code they judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.records import Source

Values = tuple[Tensor, ...]
"""One tensor per leaf, in the order of the leaves."""

Outputs = tuple[Tensor, ...]
"""One tensor per differentiable output; cotangents have the same shapes."""

Claims = tuple[Tensor | None, ...]
"""One claimed gradient per leaf; None where none was claimed."""

UNWRITTEN = "its author pairs them, and the backward leaves it unwritten"
"""The origin of a parameter's gradient that was made, and then forgotten."""


USED_UP = "its gradient is used up in a step of the backward's own, and left nowhere"
"""Why a weight has no claim that an optimizer inside the backward moves."""


class Session(Protocol):
    """The author's object, alive: what one call leaves in it, the next one finds.

    Tensors are handed over as they are, not as copies, so that a caller sees what is written to
    them or kept of them.
    """

    def place(self, values: Values) -> None:
        """Set the parameters to theirs of these values, with no gradient stored yet."""

    def forward(self, values: Values) -> Outputs:
        """Call forward on the inputs among these values, whatever the parameters are."""

    def backward(self, cotangents: Outputs) -> Claims:
        """Call backward; one claim for each leaf: returned for inputs, stored for parameters."""

    def zero_grad(self) -> bool:
        """Clear the stored gradients as the author does; False if there is no way to."""

    def unlisted(self) -> Mapping[str, Unlisted]:
        """What the object holds itself and lists as no parameter, by name."""


@dataclass(frozen=True)
class Unlisted:
    """What may be a parameter, and has no claim that can be found.

    Attributes:
        value: The very tensor, or a tensor on the memory of the very array.
        is_parameter: Whether it is an object made to be one: with ``data`` and ``grad``.
    """

    value: Tensor
    is_parameter: bool


class Again(Protocol):
    """A subject made anew."""

    def __call__(self, inputs: Sequence[Any], dtype: torch.dtype) -> Subject:
        """Return it.

        Raises:
            ExerciseError: If it cannot be built.
        """


class Role(StrEnum):
    """Where a leaf enters: through the arguments of forward, or as a parameter."""

    INPUT = "input"
    PARAMETER = "parameter"


@dataclass(frozen=True)
class Leaf:
    """One differentiable tensor.

    Attributes:
        name: As its author calls it; a module's only input is called ``input``.
        value: Where the gradient is checked.
        role: Input or parameter.
        unclaimed: Why no gradient is expected for it; empty where one is.
        optional: Whether its author may leave the gradient out by returning None.
        required: Whether the user's tensor requires grad; None where none of them does.
        is_complex: Whether its last axis holds the real and imaginary parts of complex numbers.
    """

    name: str
    value: Tensor
    role: Role = Role.INPUT
    unclaimed: str = ""
    optional: bool = False
    required: bool | None = None
    is_complex: bool = False


@dataclass(frozen=True)
class Subject:
    """A target in normal form.

    Attributes:
        name: For messages.
        leaves: Every differentiable tensor that the forward reads.
        forward: Values of the leaves → outputs, a function: it neither finds nor leaves anything.
        open: A new session, in which the author's object is as it was given.  One at a time.
        arguments: Values of the input leaves → all arguments of the forward, constants too.
        torch_conventions: Whether its author promises what torch does where others are free:
            gradients add up, every forward has its backward, what is returned is new.
        keeps_state: False for plain functions, of which no call leaves anything.
        free_cotangent: False where the backward takes no cotangent: it is then all ones.
        inputs: The arguments of the forward, as they were given.
        again: The same target from the beginning, at other inputs and in another dtype.
        instance: The object behind it, for witnesses that look for torch's counterpart.
        options: The constructor arguments, where they are known.
        source: Where the backward is written.
        forward_source: Where the forward is.
        graph: Values that ask for a gradient → the outputs with torch's graph, as in life; None
            where it is not torch that differentiates the target.
        uncovered: What may be a leaf but has no claim that can be found, with the reason.
        opaque: Why torch's autograd has nothing of its own to say; empty where it can be asked.
        idle: What was written by hand and took no part in the call; empty where all of it did.
        functions: The hand-written Functions that torch's graph goes through.
        notes: What the adapter had to assume, in words.
        origins: Parameter → how its gradient was found.
    """

    name: str
    leaves: tuple[Leaf, ...]
    forward: Callable[[Values], Outputs]
    open: Callable[[], Session]
    arguments: Callable[[Values], tuple[Any, ...]]
    torch_conventions: bool = False
    keeps_state: bool = True
    free_cotangent: bool = True
    inputs: tuple[Any, ...] = ()
    again: Again | None = None
    instance: object = None
    options: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    forward_source: Source | None = None
    uncovered: Mapping[str, str] = field(default_factory=dict)
    opaque: str = ""
    idle: str = ""
    graph: Callable[[Values], Outputs] | None = None
    functions: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


def vjp(subject: Subject, values: Values, cotangents: Outputs) -> Claims:
    """What the author's backward claims at these values, in a session of its own."""
    return answered(subject, copies(values), copies(cotangents))


def answered(subject: Subject, given: Values, cotangents: Outputs) -> Claims:
    """The same, of tensors that are nobody else's."""
    session = subject.open()
    session.place(given)
    session.forward(given)
    claims = taken(session.backward(cotangents))
    subject.open()  # frees what the object still holds of it
    return claims


def after_a_step(
    subject: Subject, values: Values, cotangents: Outputs, before: Callable[[], Values]
) -> tuple[Outputs, Callable[[], Claims]]:
    """The outputs after a forward and a backward at other values, and the backward to call next.

    As in training: a backward that is right only the first time is wrong.  ``before`` makes the
    other values, which are nobody else's.
    """
    session = subject.open()
    given = before()
    session.place(given)
    session.forward(given)
    session.backward(copies(cotangents))
    with suppress(ExerciseError):
        session.zero_grad()
    given = copies(values)
    session.place(given)
    outputs = copies(session.forward(given))
    return outputs, lambda: taken(session.backward(copies(cotangents)))


def copies(tensors: Values) -> Values:
    """What somebody's code writes to must not be what others look at."""
    return tuple(tensor.clone() for tensor in tensors)


def taken(claims: Claims) -> Claims:
    """Copies that no later call writes to; what is no tensor as it is."""
    return tuple(claim.clone() if isinstance(claim, Tensor) else claim for claim in claims)


def identical(tensors: Outputs, others: Outputs) -> bool:
    """Whether two rows of tensors are the same, to the bit.

    >>> identical((torch.ones(2),), (torch.ones(2, 1),))
    False
    """
    return len(tensors) == len(others) and all(
        one.dtype == other.dtype and torch.equal(one, other)
        for one, other in zip(tensors, others, strict=True)
    )


def unchanged(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors hold the same numbers in the same shape, and NaN where the other does.

    >>> unchanged(torch.tensor([1.0, torch.nan]), torch.tensor([1.0, torch.nan]))
    True
    """
    return one.shape == other.shape and bool(
        torch.equal(one, other) or ((one == other) | (one.isnan() & other.isnan())).all()
    )


def flat(tensors: Outputs) -> Tensor:
    """All outputs as one vector."""
    if len(tensors) == 1:
        return tensors[0].reshape(-1)
    return torch.cat([tensor.reshape(-1) for tensor in tensors])
