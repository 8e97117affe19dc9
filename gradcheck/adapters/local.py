"""A local derivative:  ``f(x) -> y``  and  ``derivative() or derivative(x) -> ∂y/∂x``.

The caller multiplies by the cotangent, element by element or, where the derivative is a matrix, as
x̄ = Jᵀ u.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call
from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.kinds import Kind, shape_of, wanted
from gradcheck.adapters.stateful import Stateful
from gradcheck.adapters.vocabulary import OUTPUT, means
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, Subject

NOTE = "{name} is a local derivative: it is multiplied by the cotangent"
NOTE_OF_OUTPUT = "{name} is a local derivative, given the forward's output, as its argument says"


def recognises(target: object) -> bool:
    """Whether its gradient is given no cotangent."""
    shape = shape_of(target)
    return shape is not None and shape.kind == Kind.LOCAL


@dataclass
class _LocalCalls(LayerCalls):
    """The derivative, given nothing, the input or the output, times the cotangent."""

    def backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """The gradient."""
        name = f"{type(target).__name__}.{self.backward_name}"
        arguments = wanted(target, self.backward_name)
        given = [self._output] if _of_output(arguments) else list(self._arguments[:1])
        derivative = call(
            getattr(target, self.backward_name),
            name,
            *(given if arguments else ()),
            error=BackwardError,
        )
        if derivative is None:
            raise BackwardError(f"{name} returned nothing")
        return (_times(derivative, cotangents[0], self._arguments[0]),)


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The function as a subject: the claim is the derivative times the cotangent."""
    shape = shape_of(instance)
    if shape is None:
        raise TypeError("asked about what it does not recognise")
    calls = _LocalCalls(shape.forward, shape.backward)
    arguments = Arguments.of(getattr(instance, shape.forward), inputs, dtype)
    leaves = arguments.leaves()

    def claims(returned: tuple[Any, ...]) -> Claims:
        return (*returned, *(None,) * (len(leaves) - 1))

    subject = Stateful(instance, arguments, dtype, claims, calls=calls).subject(leaves, options)
    words = NOTE_OF_OUTPUT if _of_output(wanted(instance, shape.backward)) else NOTE
    note = words.format(name=f"{subject.name}.{shape.backward}")
    return replace(subject, notes=(*subject.notes, note))


def _of_output(arguments: tuple[str, ...]) -> bool:
    return bool(arguments) and means(OUTPUT, arguments[0])


def _times(derivative: Any, u: Any, x: Any) -> Any:
    """Element by element; where the derivative has one axis more than x, as a Jacobian."""
    array = isinstance(u, np.ndarray)
    d, cotangent = torch.as_tensor(derivative), torch.as_tensor(u)
    shape = tuple(torch.as_tensor(x).shape) if isinstance(x, Tensor | np.ndarray) else ()
    if d.shape == (*cotangent.shape, *shape[-1:]) and shape:
        product = torch.einsum("...i,...ij->...j", cotangent.to(d.dtype), d)
    else:
        product = d * cotangent
    return product.numpy() if array else product
