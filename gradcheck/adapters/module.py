"""A layer:  ``forward(*inputs) -> y``  and  ``backward(grad_output) -> grad_input``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.shape import has_forward_and_backward, required_arguments
from gradcheck.adapters.stateful import Stateful
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, Subject


def recognises(target: object) -> bool:
    """Whether it has a forward, and a backward that must be given a cotangent."""
    return has_forward_and_backward(target) and required_arguments(target, "backward") >= 1


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The layer as a subject: backward returns one gradient for each input."""
    arguments = Arguments.of(instance.forward, inputs, dtype)
    leaves = arguments.leaves()

    def claims(returned: tuple[Any, ...]) -> Claims:
        if len(returned) < len(leaves):
            raise BackwardError(
                f"{type(instance).__name__}.backward returned {len(returned)} gradient(s) "
                f"for {len(leaves)} inputs"
            )
        return returned[: len(leaves)]

    return Stateful(instance, arguments, dtype, claims).subject(leaves, options)
