"""The normal form of a target: leaves, a forward, and the VJP that its author claims.

Notation   x a leaf;  y = forward(x₁, x₂, ...);  u a cotangent of y;
           the claim of a leaf is  x̄ = (∂y/∂x)ᵀ u,  that is ⟨x̄, v⟩ = ⟨u, (∂y/∂x) v⟩ for every v.

Everything after the adapters sees only this: witnesses never learn whose code they judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from torch import Tensor

from gradcheck.records import Source

Values = tuple[Tensor, ...]
"""One tensor per leaf, in the order of the leaves."""

Outputs = tuple[Tensor, ...]
"""One tensor per differentiable output; cotangents have the same shapes."""

Claims = tuple[Tensor | None, ...]
"""One claimed gradient per leaf; None where none was claimed."""


class VJP(Protocol):
    """The author's own backward as a function.

    With ``before``, the same object first runs a forward and a backward at those values, as in
    an earlier step of training: a backward that is right only the first time is wrong.
    """

    def __call__(self, values: Values, cotangents: Outputs, before: Values | None = None) -> Claims:
        """Return one claim for each leaf."""


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
    """

    name: str
    value: Tensor
    role: Role = Role.INPUT
    unclaimed: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Subject:
    """A target in normal form.

    Attributes:
        name: For messages.
        leaves: Every differentiable tensor that the forward reads.
        forward: Values of the leaves → outputs; leaves the user's objects untouched.
        vjp: Values and cotangents → claims, computed by the author's own backward.
        arguments: Values of the input leaves → all arguments of the forward, constants too.
        free_cotangent: False where the backward takes no cotangent: it is then all ones.
        instance: The object behind it, for witnesses that look for torch's counterpart.
        options: The constructor arguments, where they are known.
        source: Where the backward is written.
        uncovered: What may be a leaf but has no claim that can be found, with the reason.
        notes: What the adapter had to assume, in words.
    """

    name: str
    leaves: tuple[Leaf, ...]
    forward: Callable[[Values], Outputs]
    vjp: VJP
    arguments: Callable[[Values], tuple[Any, ...]]
    free_cotangent: bool = True
    instance: object = None
    options: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    uncovered: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
