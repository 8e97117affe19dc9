"""A layer:  ``forward(*inputs) -> y``  and  ``backward(grad_output) -> grad_input``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.shape import has_forward_and_backward, required_arguments
from gradcheck.adapters.stateful import Stateful
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, Outputs, Subject, Values


def recognises(target: object) -> bool:
    """Whether it has a forward, and a backward that must be given a cotangent."""
    return has_forward_and_backward(target) and required_arguments(target, "backward") >= 1


def adapt(instance: Any, inputs: Sequence[Any], options: Mapping[str, Any]) -> Subject:
    """The layer as a subject: its leaves are the inputs, then the parameters."""
    layer = Stateful(instance, Arguments.of(instance.forward, inputs))
    input_leaves = layer.arguments.leaves()

    def vjp(values: Values, cotangents: Outputs, before: Values | None = None) -> Claims:
        returned = layer.gradients(values, cotangents, before)
        if len(returned) < len(input_leaves):
            raise BackwardError(
                f"{layer.name}.backward returned {len(returned)} gradient(s) "
                f"for {len(input_leaves)} inputs"
            )
        return (*returned[: len(input_leaves)], *layer.parameter_gradients())

    return layer.subject(input_leaves, vjp, options)
