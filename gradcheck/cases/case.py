"""A case: how to make an instance and its inputs, and the words that describe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.cases.feeds import drawn_for
from gradcheck.cases.graphs import DIRECTED
from gradcheck.cases.plan import Call
from gradcheck.cases.spec import Siblings, Spec
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.intention import AS_IT_IS, Intention
from gradcheck.subject import Subject

Made = tuple[Any, Sequence[Any]]
"""An instance, and the arguments of its forward."""


@dataclass(frozen=True)
class Case:
    """One instance with one set of inputs, made anew from a seed.

    Attributes:
        label: For the reader: options and shapes.
        make: Seed → the instance and its inputs.
        options: The constructor's keyword arguments, where they are known.
        is_users: Whether the instance is the user's own, to be checked at its very weights.
        intention: What the author means to deviate in.
        told: Function → what its author means it to deviate in, where it is used inside.
        then: What the subject is made part of, as of a chain with a loss behind it.
        spec: What the instance is constructed from, if it is.
        target: The class that is constructed, if one is.
        at: The same case constructed from another spec, at inputs of one's own.
        extra: Whether its author may not mean it: what fails there is told, and decides nothing.
        further: Whether nobody described it: what no witness can tell there decides nothing.
        shares_freely: Whether what is no subgradient, where numbers are equal, decides nothing.
        guessed: Whether its author may mean other inputs: what is right there is right, what is
            wrong there decides nothing.
    """

    label: str
    make: Callable[[int], Made]
    options: Mapping[str, Any] = field(default_factory=dict)
    is_users: bool = False
    intention: Intention = AS_IT_IS
    told: Callable[[Any], Intention] = lambda _: AS_IT_IS
    then: Callable[[Subject], Subject] | None = None
    spec: Spec | None = None
    target: Any = None
    at: Callable[[Spec | None, Sequence[Any]], Case] | None = None
    extra: bool = False
    further: bool = False
    shares_freely: bool = False
    guessed: bool = False


def constructed(target: Any, spec: Spec, siblings: Siblings, values: Sequence[Any] = ()) -> Case:
    """The case of a class: seeded weights, and drawn inputs unless some are given."""

    def make(seed: int) -> Made:
        pin_random_numbers(seed)
        try:
            instance = spec.construct(target, siblings)
        except ExerciseError:
            raise
        except (Exception, SystemExit) as error:
            call = f"{target.__name__}({spec.label.rpartition('input')[0].rstrip('; ')})"
            raise ExerciseError(f"{call} raised {one_line(error)}") from error
        return instance, values or drawn_for(spec, seed)

    return Case(
        spec.label,
        make,
        spec.options,
        spec=spec,
        target=target,
        at=lambda other, chosen: constructed(target, other or spec, siblings, chosen),
        extra=spec.extra,
        further=spec.further,
        shares_freely=spec.shares_freely,
        guessed=_is_far_fetched(spec),
    )


def _is_far_fetched(spec: Spec) -> bool:
    """Whether a single number goes into a layer whose weights had to be made up: it fits any.

    Or a graph whose nodes are joined one way: many a formula is for both ways alone.
    """
    if DIRECTED in spec.kinds:
        return True
    made_up = any(isinstance(one, np.ndarray | Tensor) for one in spec.options.values())
    return spec.inferred and made_up and spec.shapes[:1] == ((),)


def given(instance: object, values: Sequence[Any]) -> Case:
    """The case that a user made: their own instance and inputs."""
    shapes = ", ".join(str(tuple(getattr(value, "shape", ()))) for value in values)
    return Case(
        f"input {shapes}",
        lambda seed: (instance, values),  # noqa: ARG005 nothing to draw
        is_users=True,
        at=lambda _, chosen: given(instance, chosen),
    )


def drawn(instance: object, spec: Spec) -> Case:
    """A user's own instance, at inputs drawn as the spec says."""
    return Case(
        spec.label,
        lambda seed: (instance, drawn_for(spec, seed)),
        is_users=True,
        at=lambda _, chosen: given(instance, chosen),
    )


def called(target: object, call: Call) -> Case:
    """The case of what is called as it is, at drawn inputs."""
    return Case(
        call.label,
        lambda seed: (target, call.draw(seed)),
        at=lambda _, chosen: given(target, chosen),
        guessed=call.plan.is_guessed,
    )


def spoken(target: object, label: str, inputs: Callable[[int], Sequence[Any]]) -> Case:
    """The case of what is called as it is, at inputs that somebody's own code makes."""
    return Case(
        label,
        lambda seed: (target, inputs(seed)),
        at=lambda _, chosen: given(target, chosen),
    )
