"""Two plain functions, a forward and its backward, as a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pair:
    """A forward and the backward that claims to be its VJP.

    Attributes:
        forward: ``forward(*inputs) -> y``, a tensor or a tuple of tensors.
        backward: ``backward(grad_output, *inputs) -> gradient``, or a tuple of them, one for each
            input; None where nothing is claimed.  Where forward returns a tuple, grad_output is
            a tuple too.
        name: For messages.

    >>> import gradcheck, torch
    >>> square = Pair(lambda x: x * x, lambda grad_output, x: 2 * x * grad_output)
    >>> gradcheck.check(square, torch.tensor([1.0, -2.0, 3.0])).verdict
    <Verdict.VERIFIED: 'verified'>
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    name: str = "pair"
