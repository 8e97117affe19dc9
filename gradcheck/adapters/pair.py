"""Two plain functions:  ``forward(*inputs)``  and  ``backward(grad_output, *inputs)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.adapters.arguments import Arguments, call, claim_of, outputs_of, source_of
from gradcheck.errors import BackwardError
from gradcheck.isolation import pin_random_numbers
from gradcheck.pair import Pair
from gradcheck.subject import Claims, Outputs, Subject, Values


def recognises(target: object) -> bool:
    """Whether it is a Pair."""
    return isinstance(target, Pair)


def adapt(pair: Pair, inputs: Sequence[Any], options: Mapping[str, Any]) -> Subject:
    """The pair as a subject: every floating-point input is a leaf."""
    arguments = Arguments.of(pair.forward, inputs)

    def forward(values: Values) -> Outputs:
        pin_random_numbers()
        name = f"{pair.name}.forward"
        return outputs_of(call(pair.forward, name, *arguments.filled(values)), name)

    def vjp(values: Values, cotangents: Outputs, before: Values | None = None) -> Claims:
        del before  # plain functions keep nothing
        given = tuple(arguments.given(cotangent.clone()) for cotangent in cotangents)
        grad_output = given if len(given) > 1 else given[0]
        name = f"{pair.name}.backward"
        result = call(
            pair.backward, name, grad_output, *arguments.filled(values), error=BackwardError
        )
        gradients = tuple(result) if isinstance(result, tuple | list) else (result,)
        if len(gradients) != len(inputs):
            raise BackwardError(
                f"{name} returned {len(gradients)} gradient(s) for {len(inputs)} inputs: "
                "return one for each, None where nothing is claimed"
            )
        return tuple(claim_of(gradients[position]) for position in arguments.leaf_positions)

    return Subject(
        name=pair.name,
        leaves=tuple(replace(leaf, optional=True) for leaf in arguments.leaves()),
        forward=forward,
        vjp=vjp,
        arguments=arguments.filled,
        instance=pair,
        options=options,
        source=source_of(pair.backward),
    )
