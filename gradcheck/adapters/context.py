"""A Function of somebody's own engine:  ``forward(ctx, *inputs)``  and  ``backward(ctx, *grads)``.

Both are called on the class, with a context that the first fills and the second reads.  A context
of the author's own is taken where there is one, and else a stand-in that keeps whatever it is told
to.  An engine hands its own tensors to some, which ask them for ``data``: here an array has that,
too; where they want more, they get the engine's tensors, and the backward may leave its gradients
in these.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from gradcheck.adapters import module
from gradcheck.adapters.engines import (
    as_data,
    as_it_is,
    gathered,
    is_float,
    plain,
    tensor_class,
    wrapped,
)
from gradcheck.adapters.instructions import asks_arguments, names, reads
from gradcheck.adapters.kinds import takes_context
from gradcheck.foreign.signatures import parameters
from gradcheck.subject import Subject


def recognises(target: object) -> bool:
    """Whether it is a class whose methods are handed a context."""
    return inspect.isclass(target) and takes_context(target)


def signature_of(function: Any) -> Callable[..., Any]:
    """The forward as its caller sees it: without the context."""
    return functools.partial(_static(function, "forward"), None)


def adapt(
    function: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The Function as a layer that keeps the context between its two calls."""
    return module.adapt(_layer_of(function)(), inputs, options, dtype)


class Context:
    """Keeps what it is told to, by any of the usual names.

    >>> context = Context()
    >>> context.save_for_backward(1, 2)
    >>> context.saved_tensors, context.saved_values
    ((1, 2), (1, 2))
    >>> context.save_for_backward(mask=3)
    >>> context.saved_data["mask"]
    3
    >>> context.shape = (3,)
    >>> context["axis"] = 0
    >>> context.shape, context["axis"]
    ((3,), 0)
    """

    def __init__(self) -> None:
        self.saved_tensors: tuple[Any, ...] | dict[str, Any] = ()
        self.needs_input_grad = (True,) * _MANY

    def save_for_backward(self, *values: Any, **named: Any) -> None:
        """Keep these for the backward, under their names where they have some."""
        self.saved_tensors = named or values

    save = store = save_for_backward

    @property
    def saved_values(self) -> tuple[Any, ...] | dict[str, Any]:
        """What was kept, under another name."""
        return self.saved_tensors

    saved = saved_data = saved_variables = saved_values

    def __getitem__(self, key: Any) -> Any:
        return vars(self)[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        vars(self)[key] = value


_MANY = 16


@functools.lru_cache(maxsize=256)
def _layer_of(kind: Any) -> type:
    """A class with the two methods of a layer, each of which calls the Function's own."""
    forward, backward = (_static(kind, name) for name in ("forward", "backward"))
    ways = _ways_to_dress(kind, forward, backward)
    asks_for_data = asks_arguments(backward, "data")

    def kept(self: Any, *inputs: Any) -> Any:
        self.floats = [is_float(value) for value in inputs]
        for number, dress in enumerate(ways):
            self.ctx = _context_for(forward)
            self.dress = dress if asks_for_data else as_it_is
            self.given = [dress(x) if isinstance(x, np.ndarray) else x for x in inputs]
            try:
                return plain(forward(self.ctx, *self.given))
            except (AttributeError, TypeError):
                if number + 1 == len(ways):
                    raise
        raise TypeError(kind)

    def handed(self: Any, *grads: Any) -> Any:
        dressed = [self.dress(u) if isinstance(u, np.ndarray) else u for u in grads]
        return gathered(self.given, self.floats, lambda: backward(self.ctx, *dressed))

    for ours, theirs in ((kept, forward), (handed, backward)):
        functools.update_wrapper(ours, theirs)
        first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature = inspect.Signature([first, *parameters(theirs)[1:]])
        ours.__signature__ = signature  # type: ignore[attr-defined]
    body = {"forward": kept, "backward": handed, "__module__": kind.__module__}
    return type(kind.__name__, (), body)


def _ways_to_dress(
    kind: Any, forward: Callable[..., Any], backward: Callable[..., Any]
) -> list[Callable[[Any], Any]]:
    """As they are or as arrays with ``data``; as the engine's own tensors.

    These first to who asks what class they are of: one of torch's may bear the name of theirs.
    """
    asks_for_data = reads(forward, "data") or reads(backward, "data")
    ways: list[Callable[[Any], Any]] = [as_data if asks_for_data else as_it_is]
    if (engine := tensor_class(kind)) is not None:
        ways.append(functools.partial(wrapped, engine))
    asks_for_class = reads(forward, "__name__") or (
        engine is not None and names(forward, "isinstance") and names(forward, engine.__name__)
    )
    return ways[::-1] if asks_for_class else ways


def _static(kind: Any, name: str) -> Callable[..., Any]:
    """The function itself, whether it is written as static, as of the class, or as neither."""
    member = inspect.getattr_static(kind, name)
    found: Callable[..., Any] = getattr(member, "__func__", member)
    return functools.partial(found, kind) if isinstance(member, classmethod) else found


def _context_for(forward: Callable[..., Any]) -> Any:
    """The author's own, where the annotation names it or the file has one; else a stand-in."""
    for kind in _contexts_near(forward):
        try:
            return kind()
        except TypeError:
            continue
    return Context()


@functools.lru_cache(maxsize=256)
def _contexts_near(forward: Callable[..., Any]) -> tuple[Callable[[], Any], ...]:
    said = parameters(forward)[0].annotation
    if said is dict or str(said).startswith(("dict", "Dict", "typing.Dict")):
        return (dict,)
    near = vars(sys.modules[forward.__module__]) if forward.__module__ in sys.modules else {}
    name = said if isinstance(said, str) else "Context"
    found = (said, near.get(name), near.get("Context"))
    return tuple(
        one for one in found if inspect.isclass(one) and one is not inspect.Parameter.empty
    )
