"""What torch's engine asks of a backward besides right numbers: other forms of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nested import Nested, real, tensors_of
from gradcheck.errors import ExerciseError
from gradcheck.modes.forward_mode import adjoint_mismatch

Function = Callable[..., Any]
_RTOL, _ATOL = 1e-9, 1e-12  # the same formulas in float64, at most in another order


def undefined(func: Function, inputs: tuple[Any, ...]) -> Iterator[str]:
    """Whether no cotangent for one of several outputs is as good as zeros."""
    leaves, outputs = run(func, inputs)
    for number in range(len(outputs)) if len(outputs) > 1 else ():
        rest = [n for n in range(len(outputs)) if n != number]
        alone = _gradients([outputs[n] for n in rest], leaves, [_ones(outputs[n]) for n in rest])
        zeros = [torch.zeros_like(y) if n == number else _ones(y) for n, y in enumerate(outputs)]
        if not _same(alone, _gradients(outputs, leaves, zeros)):
            yield (
                f"without a cotangent for output {number} the gradients are others than with "
                "zeros for it: a backward must take None for zeros"
            )


def batched(func: Function, inputs: tuple[Any, ...]) -> Iterator[str]:
    """Whether a batch of cotangents gives the gradients of each."""
    leaves, outputs = run(func, inputs)
    draws = torch.Generator().manual_seed(0)
    batches = [
        torch.stack([torch.randn(y.shape, generator=draws, dtype=y.dtype) for _ in range(2)])
        for y in outputs
    ]
    try:
        together: Sequence[Tensor | None] = torch.autograd.grad(
            outputs, leaves, batches, is_grads_batched=True, allow_unused=True, retain_graph=True
        )
    except RuntimeError as error:
        yield f"a batch of cotangents (vmap) cannot be sent back: {error}"
        return
    for row in range(2):
        alone = _gradients(outputs, leaves, [batch[row] for batch in batches])
        rows = [None if gradient is None else gradient[row] for gradient in together]
        if not _same(rows, alone):
            yield "a batch of cotangents (vmap) gives other gradients than one after the other"
            return


def forward_mode(func: Function, inputs: tuple[Any, ...]) -> Iterator[str]:
    """Whether it is the transpose of reverse mode."""
    try:
        mismatch = adjoint_mismatch(func, inputs, seed=0)
    except ExerciseError as error:
        if isinstance(error.__cause__, NotImplementedError):
            raise error.__cause__ from None
        yield str(error)
        return
    if not mismatch.agrees:
        yield (
            "forward mode is wrong, or the backward: along a random tangent v and cotangent u, "
            f"<u, Jv> is {mismatch.forward:.10g} and <J'u, v> is {mismatch.reverse:.10g}"
        )


def run(func: Function, inputs: tuple[Any, ...]) -> tuple[list[Tensor], list[Tensor]]:
    """Its leaves, and its outputs that have a gradient, with torch's graph."""
    nested = Nested(inputs, ("",) * len(inputs))
    leaves = [place.value.detach().clone().requires_grad_() for place in nested.leaves]
    outputs = tensors_of(func(*nested.filled(tuple(real(leaf) for leaf in leaves))))
    return leaves, [output for output in outputs if output.requires_grad]


def _gradients(
    outputs: Sequence[Tensor], leaves: Sequence[Tensor], cotangents: Sequence[Tensor]
) -> Sequence[Tensor | None]:
    return torch.autograd.grad(outputs, leaves, cotangents, retain_graph=True, allow_unused=True)


def _same(ours: Sequence[Tensor | None], theirs: Sequence[Tensor | None]) -> bool:
    for one, other in zip(ours, theirs, strict=True):
        if one is None or other is None:
            present = one if other is None else other
            if present is not None and bool(present.count_nonzero()):
                return False
        elif not torch.allclose(one, other, rtol=_RTOL, atol=_ATOL, equal_nan=True):
            return False
    return True


def _ones(output: Tensor) -> Tensor:
    return torch.ones_like(output)
