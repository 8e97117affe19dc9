"""From somebody's object to a subject.  One file per dialect, recognised by structure alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import torch

from gradcheck.adapters import (
    composed,
    context,
    differentiated,
    function,
    local,
    loss,
    module,
    pair,
    steps,
    taped,
    torch_module,
    uses,
    wired,
)
from gradcheck.adapters.instructions import names, says, unpacked
from gradcheck.adapters.items import items_read
from gradcheck.adapters.kinds import Kind, goes_back_through_parts, shape_of
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.returns import returns_several
from gradcheck.adapters.shape import own_positional, required_names
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import written
from gradcheck.subject import Again, Subject

# Asked in this order; the first that recognises a target speaks for it.
ADAPTERS: tuple[ModuleType, ...] = (
    pair,
    function,
    context,
    steps,
    composed,
    wired,
    taped,
    module,
    loss,
    local,
    torch_module,
    differentiated,
)


def recognised(target: object) -> bool:
    """Whether some adapter knows this class or instance as a hand-written backward."""
    return any(adapter.recognises(target) for adapter in ADAPTERS)


def is_listed(target: object) -> bool:
    """Whether it stands for itself in a file: a Module of torch only if a backward is inside."""
    spoken = next((adapter for adapter in ADAPTERS if adapter.recognises(target)), None)
    if spoken is None or spoken is differentiated:
        return False  # any function at all, which is no hand-written backward
    if spoken is not torch_module:
        return True
    kind = target if inspect.isclass(target) else type(target)
    return uses.calls_a_function(kind)


def is_function(target: object) -> bool:
    """Whether it is called as it is, a class that nobody makes an instance of."""
    return any(one.recognises(target) for one in (function, context, steps))


def is_torch_function(target: object) -> bool:
    """Whether it is one of torch's, which are given tensors."""
    return function.recognises(target)


def signature_of(target: Any) -> Callable[..., Any]:
    """The forward of what is called as it is, as its caller sees it."""
    kind: Any = next(one for one in (function, context, steps) if one.recognises(target))
    found: Callable[..., Any] = kind.signature_of(target)
    return found


def is_hand_written(target: object) -> bool:
    """Whether it is a class of no kind of torch's own."""
    return shape_of(target) is not None or context.recognises(target) or steps.recognises(target)


def is_loss(target: object) -> bool:
    """Whether it wants a prediction and a target to compare it with."""
    return loss.recognises(target)


def is_chain(target: object) -> bool:
    """Whether its backward is that of the layers that it holds, one after the other."""
    shape = shape_of(target)
    return bool(shape and shape.backward) and goes_back_through_parts(
        getattr(target, shape.backward if shape else "")
    )


def _completed(subject: Subject, inputs: Sequence[Any], make: Again) -> Subject:
    """The subject with its inputs, and the way to make it again: its adapter's own, if it has one.

    What an adapter has found out by trying holds for other inputs too.
    """
    if not subject.leaves:
        raise ExerciseError(
            f"{subject.name} was given no floating-point input and has no parameter: "
            "there is no gradient to check"
        )
    again = subject.again or make
    return replace(
        subject,
        inputs=tuple(inputs),
        again=lambda inputs, dtype: _completed(again(inputs, dtype), inputs, again),
    )


def arguments_of(target: object) -> tuple[str, ...]:
    """The names of what its forward must be given."""
    if (shape := shape_of(target)) is not None:
        return shape.arguments
    return required_names(target, "forward") if torch_module.recognises(target) else ()


def bundled_in(target: object) -> int:
    """How many inputs its forward takes as one argument, a tuple or a list; 0 as a rule."""
    asked = _asked_alone(target)
    if asked is None:
        return 0
    method = _forward(target)
    tested = names(method, "isinstance") and (names(method, "list") or names(method, "tuple"))
    several = _taken_apart(target, asked.name)
    return several or (2 if _is_several(target, asked) or tested else 0)


def must_be_bundled(target: object) -> bool:
    """Whether its one argument is surely such a bundle, and not merely asked if it is one."""
    asked = _asked_alone(target)
    return asked is not None and bool(
        _taken_apart(target, asked.name) or _is_several(target, asked)
    )


def _taken_apart(target: object, name: str) -> int:
    """How many items the forward takes its argument for, where as much comes back."""
    method, shape = _forward(target), shape_of(target)
    items = items_read(method, name) if shape and shape.backward else 0
    if items > 1 and returns_several(getattr(target, shape.backward if shape else "")):
        return items
    return unpacked(method, name)


def _asked_alone(target: object) -> inspect.Parameter | None:
    """The one argument of a layer's forward, where it has but one."""
    shape = shape_of(target)
    if shape is None or len(shape.arguments) != 1 or shape.kind != Kind.LAYER:
        return None
    asked = (p for p in own_positional(target, shape.forward) if p.name in shape.arguments)
    return next(asked, None)


def _forward(target: object) -> Callable[..., Any]:
    shape = shape_of(target)
    found: Callable[..., Any] = getattr(target, shape.forward if shape else "forward")
    return found


def _is_several(target: object, asked: inspect.Parameter) -> bool:
    """Whether its annotation says so, or the name of its class."""
    kind = target if inspect.isclass(target) else type(target)
    said = written(asked)
    merges = _MERGES.fullmatch(kind.__name__) and not _ONE.search(said)
    return bool(_SEVERAL.search(said) or merges)


def bundles_in_list(target: object) -> bool:
    """Whether it asks for a list, and for no tuple."""
    shape = shape_of(target)
    method = getattr(target, shape.forward) if shape else None
    return method is not None and names(method, "list") and not names(method, "tuple")


_MERGES = re.compile(
    r"(add|sum|mul(tiply)?|subtract|concat(enate)?|merge|average|maximum|dot)(_?(layer|node|op))?",
    re.IGNORECASE,
)

_ONE = re.compile(r"^([a-z]+\.)*(nd)?(array|tensor)\b", re.IGNORECASE)

_SEVERAL = re.compile(r"^(typing\.)?(list|tuple|sequence)\[.*(ndarray|tensor|array)", re.IGNORECASE)


def knows_word(target: object, word: str) -> bool:
    """Whether its forward or its backward speaks of it, as of ``relu``."""
    shape = shape_of(target)
    methods = (shape.forward, shape.backward) if shape else ()
    return any(says(getattr(target, name), word) for name in methods if name)


def inputs_of(target: object) -> int:
    """How many inputs its forward wants at least."""
    return max(1, len(arguments_of(target)))


def prediction_position(target: object) -> int:
    """Where a loss wants its prediction."""
    names = arguments_of(target)
    return prediction_of(names) if len(names) > 1 else 0


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

            def make(inputs: Sequence[Any], dtype: torch.dtype, by: Any = adapter) -> Subject:
                subject: Subject = by.adapt(instance, inputs, options, dtype)
                return subject

            return _completed(make(inputs, dtype), inputs, make)
    raise ExerciseError(
        f"{type(instance).__name__} is no hand-written backward that is known here: expected "
        "forward(*inputs) with backward(grad_output), forward(input, target) with backward(), "
        "or gradcheck.Pair(forward, backward)"
    )
