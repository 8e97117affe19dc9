"""A layer or a loss that is composed of an engine's operations: the engine goes back for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters import loss, module
from gradcheck.adapters.compositions import engine_under
from gradcheck.errors import ExerciseError
from gradcheck.subject import Role, Subject, vjp

UNLED = "the graph of the engine leads to it on no path"


def recognises(target: object) -> bool:
    """Whether it is such a class, given plain arrays."""
    return engine_under(target) is not None


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """As a layer, or as a loss; nothing is claimed for an input to which no graph leads."""
    if loss.recognises(instance):
        return loss.adapt(instance, inputs, options, dtype)
    subject = module.adapt(instance, inputs, options, dtype)
    return _without_unled(subject)


def _without_unled(subject: Subject) -> Subject:
    """The layer, whose mask, say, is looked at, and is no part of the graph."""
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        with torch.no_grad():
            u = tuple(torch.ones_like(y) for y in subject.forward(values))
            claims = vjp(subject, values, u)
    except (ExerciseError, RuntimeError):
        return subject  # whoever asks next is told
    leaves = tuple(
        replace(leaf, unclaimed=UNLED)
        if leaf.role == Role.INPUT and not isinstance(claim, Tensor)
        else leaf
        for leaf, claim in zip(subject.leaves, claims, strict=True)
    )
    again = subject.again

    def anew(inputs: Sequence[Any], dtype: torch.dtype) -> Subject:
        return _without_unled(again(inputs, dtype)) if again else subject

    return replace(subject, leaves=leaves, again=anew)
