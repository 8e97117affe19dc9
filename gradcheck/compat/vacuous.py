"""Functions that leave nothing to check: an empty output, or none that has a gradient.

Torch calls both right, where the outputs without a gradient do not move with the inputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nested import has_gradient, in_memory, real, rebuilt, tensors_of

Function = Callable[..., Any]


class VacuousWarning(UserWarning):
    """A check passes because there was nothing to check."""


def warn_of_nothing(why: object) -> None:
    """Say that no gradient was compared.

    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     warn_of_nothing("sin returned an empty output")
    >>> print(seen[0].message)
    True, though nothing was compared: sin returned an empty output
    """
    warnings.warn(f"True, though nothing was compared: {why}", VacuousWarning, stacklevel=4)


def has_outputs(function: Function, inputs: tuple[Any, ...]) -> bool:
    """Whether any element of what it returns could have a gradient.

    >>> has_outputs(torch.argmax, (torch.ones(3),)), has_outputs(torch.sin, (torch.ones(0),))
    (False, False)
    """
    given = rebuilt(inputs, Tensor.clone)  # it may work in place
    with torch.no_grad():
        return any(output.numel() for output in tensors_of(function(*given)))


def claiming_zero(function: Function) -> Function:
    """The same function; by every tensor that is given, its outputs claim a gradient of zero.

    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.autograd.grad(claiming_zero(torch.Tensor.detach)(x).sum(), x)
    (tensor([0., 0.]),)
    """

    def call(*arguments: Any) -> Any:
        nothing = 0 * torch.stack([real(tensor).sum() for tensor in tensors_of(arguments)]).sum()
        return rebuilt(
            function(*arguments), lambda y: in_memory(y) + nothing if has_gradient(y) else y
        )

    call.__name__ = call.__qualname__ = getattr(function, "__name__", type(function).__name__)
    return call
