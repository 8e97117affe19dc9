"""Two plain functions:  ``forward(*inputs)``  and  ``backward(grad_output, *inputs)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from gradcheck.adapters.arguments import (
    Arguments,
    call,
    is_differentiable,
    like,
    outputs_of,
    part_of,
    source_of,
)
from gradcheck.errors import BackwardError
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.pair import Pair
from gradcheck.subject import Claims, Outputs, Subject, Unlisted, Values, copies


def recognises(target: object) -> bool:
    """Whether it is a Pair."""
    return isinstance(target, Pair)


def adapt(
    pair: Pair, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The pair as a subject: every floating-point or complex input is a leaf."""
    arguments = Arguments.of(pair.forward, inputs, dtype, parts=True)
    return Subject(
        name=pair.name,
        leaves=tuple(replace(leaf, optional=True) for leaf in arguments.leaves()),
        forward=lambda values: _Session(pair, arguments).forward(copies(values)),
        open=lambda: _Session(pair, arguments),
        arguments=lambda values: arguments.filled(copies(values)),
        keeps_state=False,
        instance=pair,
        options=options,
        source=source_of(pair.backward),
        forward_source=source_of(pair.forward),
    )


class _Session:
    """Plain functions keep nothing: the backward is given the inputs of the last forward."""

    def __init__(self, pair: Pair, arguments: Arguments) -> None:
        self._pair = pair
        self._arguments = arguments
        self._latest: tuple[Any, ...] = ()
        self._returned: Any = None

    def place(self, values: Values) -> None:
        """Nothing: every leaf is an argument."""

    def forward(self, values: Values) -> Outputs:
        """Call the forward, every generator of random numbers set to the same state."""
        pin_random_numbers()
        name = f"{self._pair.name}.forward"
        self._latest = self._arguments.filled(values)
        self._returned = call(self._pair.forward, name, *self._latest)
        return outputs_of(self._returned, name, parts=True)

    def backward(self, cotangents: Outputs) -> Claims:
        """Call the backward, which returns one gradient for each input."""
        grad_output = self._like_returned(cotangents)
        name = f"{self._pair.name}.backward"
        result = call(self._pair.backward, name, grad_output, *self._latest, error=BackwardError)
        gradients = tuple(result) if isinstance(result, tuple | list) else (result,)
        if len(gradients) != len(self._latest):
            raise BackwardError(
                f"{name} returned {len(gradients)} gradient(s) for {len(self._latest)} inputs: "
                "return one for each, None where nothing is claimed"
            )
        arguments = self._arguments
        return tuple(part_of(gradients[p], arguments.values[p]) for p in arguments.leaf_positions)

    def _like_returned(self, cotangents: Outputs) -> Any:
        """A tuple where the forward returns one, with None for what has no gradient."""
        if not isinstance(self._returned, tuple | list):
            return self._arguments.given(like(self._returned, cotangents[0]))
        given = iter(cotangents)
        return tuple(
            self._arguments.given(like(part, next(given))) if is_differentiable(part) else None
            for part in self._returned
        )

    def zero_grad(self) -> bool:
        """Nothing is stored."""
        return False

    def unlisted(self) -> Mapping[str, Unlisted]:
        """Nothing is held."""
        return {}
