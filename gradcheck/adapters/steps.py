"""A step of an engine's graph: made for one call, given the engine's own tensors, asked once.

    out = Multiply().forward(a, b)      then      Multiply.backward(grad)  → two gradients
    out = Power(2)(a)                   then      a.backward(grad, out) is called, and keeps it

What its constructor takes is a constant of the call.  A backward may want its output beside the
cotangent, and may leave the gradients in the tensors that it was given.
"""

from __future__ import annotations

import functools
import inspect
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
    is_operation,
    plain,
    tensor_class,
    wrapped,
)
from gradcheck.adapters.instructions import asks_arguments, keeps
from gradcheck.adapters.keeping import reads_kept
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.shape import called
from gradcheck.foreign.signatures import GRAD_OUTPUT, is_required, is_variadic, parameters, signed
from gradcheck.subject import Subject

Dress = Callable[[Any], Any]


def recognises(target: object) -> bool:
    """Whether it is a class of such steps."""
    return inspect.isclass(target) and is_operation(target)


def signature_of(kind: Any) -> Callable[..., Any]:
    """Its call as its caller sees it: the tensors, and what it is made of."""
    layer: Any = _layer_of(kind)
    return functools.partial(layer.forward, None)


def adapt(
    kind: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The step as a layer that makes a new one at each forward."""
    return module.adapt(_layer_of(kind)(), inputs, options, dtype)


@functools.lru_cache(maxsize=256)
def _layer_of(kind: Any) -> type:
    """A class with the two methods of a layer, each of which calls the step's own."""
    forward, backward = (inspect.getattr_static(kind, name) for name in ("forward", "backward"))
    asked = parameters(forward)[1:]
    made_of = _made_of(kind, {one.name for one in asked})
    ways = _ways(kind, backward)
    wants_output = len([one for one in parameters(backward)[1:] if is_required(one)]) > 1

    def kept(self: Any, *values: Any) -> Any:
        count = len(values) - len(made_of)
        options = dict(zip([one.name for one in made_of], values[count:], strict=True))
        self.floats = [is_float(value) for value in values[:count]]
        for number, (dress, _) in enumerate(ways):
            self.given = [dress(x) if isinstance(x, np.ndarray) else x for x in values[:count]]
            self.step = kind(**options)
            try:
                self.out = getattr(self.step, _way_in(kind))(*self.given)
                return plain(self.out)
            except (AttributeError, TypeError):
                if number + 1 == len(ways):
                    raise
        raise TypeError(kind)

    def handed(self: Any, *grads: Any) -> Any:
        output = (self.out,) if wants_output else ()
        first: Exception | None = None
        for dress in dict.fromkeys(by for _, by in ways):
            try:
                dressed = [dress(u) if isinstance(u, np.ndarray) else u for u in grads]
                taken = functools.partial(self.step.backward, *dressed, *output)
                returned = gathered(self.given, self.floats, taken)
                found = returned if isinstance(returned, tuple) else (returned,)
                if all(map(_is_numeric, found)):
                    return found
            except (AttributeError, TypeError, ValueError) as error:
                first = first or error
        raise first or TypeError(f"{kind.__name__}.backward returned no numbers")

    told = [GRAD_OUTPUT] if wants_output else parameters(backward)[1:]
    body = {
        "forward": signed(functools.wraps(forward)(kept), [*asked, *made_of]),
        "backward": signed(functools.wraps(backward)(handed), told),
        "__module__": kind.__module__,
    }
    return type(kind.__name__, (), body)


def _made_of(kind: Any, taken: set[str]) -> list[inspect.Parameter]:
    """What its constructor takes by name, and its forward does not."""
    return [p for p in parameters(kind) if not is_variadic(p) and p.name not in taken]


def _way_in(kind: Any) -> str:
    """``__call__``, where that keeps what the backward reads."""
    call = called(kind)
    if call is None or not keeps(kind.__call__) or not reads_kept(kind.backward, kind.__call__):
        return "forward"
    return call


def _ways(kind: Any, backward: Callable[..., Any]) -> list[tuple[Dress, Dress]]:
    """How inputs and cotangents are dressed: as the engine's own, or as arrays that have ``data``.

    Cotangents as plain arrays first, unless the backward asks them for their ``data``.
    """
    own = functools.partial(wrapped, tensor_class(kind))
    if asks_arguments(backward, "data"):
        return [(own, own), (as_data, as_data)]
    return [(own, as_it_is), (own, own), (as_data, as_it_is)]


def _is_numeric(value: Any) -> bool:
    """Whether it is no array of somebody's objects, as a product with one of them may be."""
    return value is None or (is_array(value) and getattr(value, "dtype", None) != np.dtype(object))
