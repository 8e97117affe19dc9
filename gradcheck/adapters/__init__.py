"""From somebody's object to a subject.  One file per dialect, recognised by structure alone."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import torch

from gradcheck.adapters import function, loss, module, pair, torch_module
from gradcheck.adapters.shape import required_arguments
from gradcheck.errors import ExerciseError
from gradcheck.subject import Subject

# Asked in this order; the first that recognises a target speaks for it.
ADAPTERS: tuple[ModuleType, ...] = (pair, function, module, loss, torch_module)


def recognised(target: object) -> bool:
    """Whether some adapter knows this class or instance as a hand-written backward."""
    return any(adapter.recognises(target) for adapter in ADAPTERS)


def is_listed(target: object) -> bool:
    """Whether it stands for itself in a file: a Module of torch only if a backward is inside."""
    spoken = next((adapter for adapter in ADAPTERS if adapter.recognises(target)), None)
    if spoken is not torch_module:
        return spoken is not None
    kind = target if inspect.isclass(target) else type(target)
    return torch_module.calls_a_function(kind)


def is_function(target: object) -> bool:
    """Whether it is called as it is, a class that nobody makes an instance of."""
    return function.recognises(target)


def is_loss(target: object) -> bool:
    """Whether it wants a prediction and a target to compare it with."""
    return loss.recognises(target)


def inputs_of(target: type) -> int:
    """How many inputs the forward of a class wants at least."""
    if is_loss(target):
        return 2
    return max(1, required_arguments(target, "forward")) if torch_module.recognises(target) else 1


def adapt(
    instance: object,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype = torch.float64,
) -> Subject:
    """The subject behind an instance.

    In float64 as a rule: the question is whether the formula is right, and the rounding of a
    lower precision would hide a wrong one.

    Raises:
        ExerciseError: If no adapter recognises it, or it has no leaf to check.
    """
    for adapter in ADAPTERS:
        if adapter.recognises(instance):
            subject: Subject = adapter.adapt(instance, inputs, options, dtype)
            if not subject.leaves:
                raise ExerciseError(
                    f"{subject.name} was given no floating-point input and has no parameter: "
                    "there is no gradient to check"
                )
            return replace(
                subject,
                inputs=tuple(inputs),
                again=lambda inputs, dtype: adapt(instance, inputs, options, dtype),
            )
    raise ExerciseError(
        f"{type(instance).__name__} is no hand-written backward that is known here: expected "
        "forward(*inputs) with backward(grad_output), forward(input, target) with backward(), "
        "or gradcheck.Pair(forward, backward)"
    )
