"""A loss:  ``forward(input, target) -> value``, then  ``backward() -> grad_input``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.shape import (
    has_forward_and_backward,
    required_arguments,
    takes_argument,
)
from gradcheck.adapters.stateful import Stateful
from gradcheck.subject import Claims, Subject

UNCLAIMED = "a loss's backward returns the gradient with regard to its input only"


def recognises(target: object) -> bool:
    """Whether it has a forward of two arguments, and a backward that needs none."""
    return (
        has_forward_and_backward(target)
        and required_arguments(target, "backward") == 0
        and required_arguments(target, "forward") >= 2  # noqa: PLR2004 prediction and target
    )


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The loss as a subject: what backward returns belongs to the first argument.

    Where backward can be given a cotangent it is given one, else the cotangent is all ones.
    """
    arguments = Arguments.of(instance.forward, inputs, dtype)
    claimed = arguments.names[0]
    leaves = arguments.leaves(unclaimed=lambda name: "" if name == claimed else UNCLAIMED)

    def claims(returned: tuple[Any, ...]) -> Claims:
        return (*returned[: len(leaves)], *(None,) * (len(leaves) - len(returned)))

    gives_cotangent = takes_argument(instance, "backward")
    loss = Stateful(instance, arguments, dtype, claims, gives_cotangent=gives_cotangent)
    return loss.subject(leaves, options)
