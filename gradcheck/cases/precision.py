"""In which precision a forward computes, whatever dtype it is given and returns.

``x.float()``, ``.half()`` or ``np.float32`` inside somebody's code make a staircase of their
forward: in float64 it cannot be asked.  It is recognised by moving every leaf: a forward in float64
answers to a relative move of 2⁻³⁶, one in float32 does not, but does to 2⁻¹⁹.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from gradcheck.cases.point import generator
from gradcheck.cases.probe import Probe
from gradcheck.chunks import chunks
from gradcheck.errors import ExerciseError
from gradcheck.subject import Outputs

LOWER = (torch.bfloat16, torch.float16, torch.float32)

# An output that does not answer clearly to a large move cannot be expected to answer to small ones:
# each is asked of those that move by a sixteenth of themselves or more.
_LARGE = 0.25
_CLEARLY = 1 / 16
# A sixteenth of 2⁻³⁶ is 4,096 ulps of float64; 2⁻¹⁹ and 2⁻³ are 16 ulps of float32 and bfloat16.
_MOVES = ((2.0**-36, torch.float64), (2.0**-19, torch.float32), (2.0**-3, torch.bfloat16))


def stored_dtype(probe: Probe) -> torch.dtype:
    """The coarsest dtype among the outputs: no forward resolves more."""
    return max((y.dtype for y in probe.outputs), key=lambda dtype: torch.finfo(dtype).eps)


def working_dtype(probe: Probe) -> torch.dtype:
    """The dtype that a forward computes in; costs up to four forwards.

    A forward that answers to no small move at all, such as ``torch.round``, is a staircase of
    another kind: for it, the dtype of its outputs is the answer.
    """
    stored = stored_dtype(probe)
    if torch.finfo(stored).eps > torch.finfo(torch.float32).eps:
        return stored
    try:
        with torch.no_grad():
            return _answers(probe, stored)
    except ExerciseError:
        return stored


def working_epsilon(probe: Probe) -> float:
    """The relative spacing of numbers in the dtype that a forward computes in."""
    return torch.finfo(working_dtype(probe)).eps


def is_representable(values: Tensor, dtype: torch.dtype) -> bool:
    """Whether all values are numbers of this dtype.

    >>> is_representable(torch.tensor([0.5, 1.1], dtype=torch.float64), torch.float32)
    False
    """
    return bool((values.to(dtype).to(values.dtype) == values).all())


def _answers(probe: Probe, stored: torch.dtype) -> torch.dtype:
    outputs, large = probe.outputs, _moved(probe, _LARGE)
    seen = [*outputs, *large]
    clear = [
        (y != 0) & (_LARGE * _CLEARLY * y.double().abs() <= (moved - y).double().abs())
        for y, moved in zip(outputs, large, strict=True)
    ]
    if not any(bool(mask.any()) for mask in clear):
        return by_digits(seen) or stored
    for size, dtype in _MOVES:
        if torch.finfo(dtype).eps < torch.finfo(stored).eps:
            continue
        moved = _moved(probe, size)
        seen.extend(moved)
        changed = [(y != z)[mask] for y, z, mask in zip(outputs, moved, clear, strict=True)]
        if float(torch.cat(changed).double().mean()) <= 1 / 2:
            continue
        if dtype != torch.bfloat16:
            return dtype
        return by_digits(seen, LOWER[:2]) or stored
    return stored


def by_digits(
    tensors: Sequence[Tensor], dtypes: tuple[torch.dtype, ...] = LOWER
) -> torch.dtype | None:
    """The first dtype that holds all these numbers, None if they are those of float64.

    By chance a result of float64 ends in 29 zeros, and is one of float32, once in 10⁹.  Whole
    numbers prove nothing, as they may be counts, unless the dtype has no others of that size; nor
    does a single constant.

    >>> by_digits([torch.tensor([0.1, 0.2], dtype=torch.float64).float()])
    torch.float32
    """
    for dtype in dtypes:
        if all(is_representable(part.double(), dtype) for y in tensors for (part,) in chunks(y)):
            numbers = torch.cat([y.double().flatten() for y in tensors])
            telling = (numbers != numbers.round()) | (numbers.abs() > 1 / torch.finfo(dtype).eps)
            if len(numbers[telling].abs().unique()) > 1:
                return dtype
    return None


def _moved(probe: Probe, size: float) -> Outputs:
    """The outputs where every leaf grows by a random part of this, half of it at least."""
    parts = generator(probe.draws[0].seed, 11)  # the same parts, whatever the size
    return probe.subject.forward(
        tuple(value * (1 + size * (0.5 + 0.5 * _parts(value, parts))) for value in probe.values)
    )


def _parts(value: Tensor, draws: Generator) -> Tensor:
    return torch.rand(value.shape, generator=draws, device="cpu").to(value)
