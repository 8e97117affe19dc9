"""A layer or a loss that is composed of an engine's operations: the engine goes back for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters import loss, module
from gradcheck.adapters.compositions import ending, engine_under
from gradcheck.adapters.fitting import fits
from gradcheck.adapters.held_values import held_weights
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
        return _of_loss(instance, inputs, options, dtype)
    engine = engine_under(instance)
    held = held_weights(instance, engine) if engine else None
    return _without_unled(module.adapt(instance, inputs, options, dtype, found=held))


def _of_loss(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """A loss, whose way back may look at no gradient of its own: then it is asked at one."""
    subject = loss.adapt(instance, inputs, options, dtype)
    alone = ending(instance)
    if alone is None or fits(subject):
        return subject
    meant = loss.adapt(alone, inputs, options, dtype)
    return replace(meant, notes=(*meant.notes, _ENDS)) if fits(meant) else subject


_ENDS = "its way back looks at no gradient of the loss: it is taken for that of one"


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
