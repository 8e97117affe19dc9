"""What a layer's backward is handed: each of its arguments by what its name says.

backward(dout, cache)   backward(dz, z, lr)   backward(delta, h_t, x, h_prev)
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gradcheck.adapters.instructions import unpacked
from gradcheck.adapters.optimizer import RATE, Descent
from gradcheck.adapters.returns import returned_name
from gradcheck.adapters.shape import is_open, own_positional
from gradcheck.adapters.states import keys_of, takers
from gradcheck.adapters.vocabulary import (
    CACHE,
    FLAG,
    GRADIENT,
    INPUT,
    OPTIMIZER,
    OUTPUT,
    SURELY_TARGET,
    means,
)
from gradcheck.adapters.vocabulary import RATE as RATE_WORDS
from gradcheck.errors import BackwardError
from gradcheck.foreign.signatures import is_required

_EXTRA = (RATE_WORDS, CACHE, OPTIMIZER, FLAG)


def is_extra(name: str) -> bool:
    """Whether it names what any backward may want beside gradients, inputs and outputs."""
    return any(means(words, name) for words in _EXTRA)


@dataclass(frozen=True)
class Offer:
    """What a backward may be handed beside cotangents.

    Attributes:
        arguments: Those of the forward.
        output: What it has returned, without what is kept.
        cache: What it has returned for the backward, all of it; None if nothing, and then its
            only argument is taken for that.
        kept: The same, each part under its name.
        step: The learning rate of a backward that updates the weights itself.
    """

    arguments: tuple[Any, ...] = ()
    output: Any = None
    cache: Any = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    step: float = RATE

    def beside(self, name: str) -> Any:
        """What is neither a cotangent nor an input."""
        if means(RATE_WORDS, name):
            return self.step
        if means(CACHE, name):
            alone = self.arguments[0] if len(self.arguments) == 1 else None
            return alone if self.cache is None else self.cache
        if means(OPTIMIZER, name):
            return Descent()
        return True if means(FLAG, name) else self.output


def handed(
    target: Any, names: tuple[str, str], cotangents: list[Any], offer: Offer
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a method, by position and by keyword.

    Args:
        target: Whose forward and whose method have these two names.
        names: The same.
        cotangents: One for each output.
        offer: What else there is.
    """
    forward, method = names
    words = own_positional(target, method)
    required = [p for p in words if is_required(p)]
    if not words and (keys := keys_of(getattr(target, forward), getattr(target, method))):
        return [], dict(zip(keys, cotangents, strict=False))
    named = rates_left_out(words, offer)
    if len(required) <= 1 or is_open(target, method):
        _refuse_target(target, names, required)
        return cotangents, named
    roles = _Roles(target, names, required, len(cotangents), offer).told()
    if "cotangent" not in roles:
        return cotangents, named
    if roles.count("cotangent") < len(cotangents):
        cotangents = [tuple(cotangents)]
    return _filled(required, roles, cotangents, offer, own_positional(target, forward)), named


def rates_left_out(words: Sequence[inspect.Parameter], offer: Offer) -> dict[str, Any]:
    """Our own for a learning rate that has a default: it is told from the step that is taken."""
    return {
        p.name: offer.step for p in words[1:] if not is_required(p) and means(RATE_WORDS, p.name)
    }


def _refuse_target(
    target: Any, names: tuple[str, str], required: Sequence[inspect.Parameter]
) -> None:
    """Do nothing, unless a backward is to be given labels: it computes a loss of its own.

    Raises:
        BackwardError: Then.
    """
    if required and means(SURELY_TARGET, required[0].name):
        where, name = f"{type(target).__name__}.{names[1]}", required[0].name
        raise BackwardError(
            f"{where} wants {name}, which is no gradient of an output: it belongs to a loss that "
            "its forward does not return"
        )


def _filled(
    required: Sequence[inspect.Parameter],
    roles: Sequence[str],
    cotangents: list[Any],
    offer: Offer,
    asked: Sequence[inspect.Parameter],
) -> list[Any]:
    """A value for each role; an input by its own name, else the next that nobody names."""
    inputs = {p.name: value for p, value in zip(asked, offer.arguments, strict=False)}
    wanted = {p.name for p, role in zip(required, roles, strict=True) if role == "input"}
    others = [value for name, value in inputs.items() if name not in wanted]
    others += offer.arguments[len(inputs) :]
    given = []
    for parameter, role in zip(required, roles, strict=True):
        if role == "cotangent":
            given.append(cotangents.pop(0) if cotangents else None)
        elif role == "kept":
            given.append(offer.kept.get(parameter.name, offer.cache))
        elif role == "input" and parameter.name in inputs:
            given.append(inputs[parameter.name])
        elif role == "input":
            given.append(others.pop(0) if others else None)
        else:
            given.append(offer.beside(parameter.name))
    return given


@dataclass(frozen=True)
class _Roles:
    target: Any
    names: tuple[str, str]
    required: Sequence[inspect.Parameter]
    cotangents: int
    offer: Offer

    def told(self) -> list[str]:
        """What each argument is; what nothing is known of is a cotangent, as far as there are."""
        roles = [self._role(p.name) for p in self.required]
        if "cotangent" not in roles:
            plain = [i for i, role in enumerate(roles) if role in {"input", "output"}]
            if plain:
                # Of the output and the input, the former is more likely a name for its gradient.
                outputs = [i for i in plain if roles[i] == "output"]
                roles[(outputs or plain)[0]] = "cotangent"
        if self.offer.cache is not None and "extra" not in roles:
            for number in self._takers(roles):
                roles[number] = "kept"
        return roles if self.offer.cache is not None else self._without_surplus(roles)

    @cached_property
    def _inputs(self) -> set[str]:
        """The names of what the forward takes."""
        return {p.name for p in own_positional(self.target, self.names[0])}

    def _role(self, name: str) -> str:
        if is_extra(name):
            return "extra"
        if name in self.offer.kept and not means(GRADIENT, name):
            return "kept"
        if name in self._inputs or means(INPUT, name):
            return "input"
        return "output" if means(OUTPUT, name) else "cotangent"

    def _takers(self, roles: list[str]) -> list[int]:
        """Who wants the cache under a name that is not known to be one."""
        if "kept" in roles:
            return []
        if free := takers(self.required, roles, self.cotangents):
            return free[:1]
        method, whole = getattr(self.target, self.names[1]), isinstance(self.offer.cache, tuple)
        plain = [i for i, role in enumerate(roles) if role in {"input", "output"}]
        return [i for i in plain if whole and unpacked(method, self.required[i].name)][:1]

    def _without_surplus(self, roles: list[str]) -> list[str]:
        """With the output and the inputs for what is asked for beyond the cotangents.

        ``backward(delta, h_t, x, h_prev)``: the output bears the name that the forward returns it
        by; else, where there are not so many inputs, it comes first.
        """
        output = returned_name(getattr(self.target, self.names[0]))
        for number in takers(self.required, roles, self.cotangents):
            name = self.required[number].name
            roles[number] = "output" if output and name == output else "input"
        inputs = [i for i, role in enumerate(roles) if role == "input"]
        unnamed = [i for i in inputs if self.required[i].name not in self._inputs]
        if len(inputs) > len(self.offer.arguments) and unnamed and "output" not in roles:
            roles[unnamed[0]] = "output"
        return roles
