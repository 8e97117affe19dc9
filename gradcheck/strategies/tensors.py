"""Tensors of ordinary numbers, mixed on request with those on which backwards go wrong.

An ordinary number is an odd multiple of 2⁻⁸ (of 2⁻⁵ in bfloat16).  It is exact in its dtype, and
neither zero nor any other multiple of 1/16, on which activations have their kinks; no two of one
tensor are equal, so that a maximum is one element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from torch import Tensor

from gradcheck.strategies.layouts import LAYOUTS
from gradcheck.strategies.shapes import Shape, shapes

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[T]], T]

KINKS = (0.0, 1.0, -1.0, 0.5, -0.5, 3.0, -3.0, 6.0)
"""Where ReLU, ReLU6, Hardtanh, Hardsigmoid, Hardswish, the shrinks and L1 have their kinks."""

# Significant bits, and the exponent of the grid.
_BITS = {torch.float64: 53, torch.float32: 24, torch.float16: 11, torch.bfloat16: 8}
_GRID = {torch.float64: -8, torch.float32: -8, torch.float16: -8, torch.bfloat16: -5}
_USUAL = 512  # numbers of either sign: up to 4 on the usual grid
# Beyond so many elements, one seed for all takes the place of a choice for each.
_CHOSEN_SINGLY = 64


def dtypes() -> st.SearchStrategy[torch.dtype]:
    """The floating-point dtypes, float64 the simplest.

    >>> from hypothesis import find
    >>> find(dtypes(), lambda dtype: dtype.itemsize == 2)
    torch.float16
    """
    return st.sampled_from(list(_BITS))


@st.composite
def tensors(
    draw: st.DrawFn,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    *,
    dtype: torch.dtype | st.SearchStrategy[torch.dtype] = torch.float64,
    layout: str | st.SearchStrategy[str] = "contiguous",
    kinks: bool | Sequence[float] = False,
    ties: bool = False,
    extremes: bool = False,
) -> Tensor:
    """Tensors of a shape, a dtype and a layout; each may be a strategy of its own.

    Args:
        draw: Given by Hypothesis.
        shape: By default that of :func:`shapes`.
        dtype: float64, float32, float16 or bfloat16, or :func:`dtypes`.
        layout: ``contiguous``, ``transposed``, ``strided``, ``offset`` or ``expanded``, or
            :func:`layouts`.
        kinks: Whether some elements lie on :data:`KINKS`, or on which numbers.
        ties: Whether some elements are equal to the one before them.
        extremes: Whether some elements are the largest or smallest numbers of the dtype, or the
            square roots of these.

    Raises:
        InvalidArgument: If the dtype or the layout is none of these, or the dtype has fewer
            numbers on its grid than the shape has elements.

    Of what is asked for, each stands somewhere in every tensor that has room for it.

    >>> from hypothesis import find
    >>> find(tensors((2, 2)), lambda x: True)  # the simplest
    tensor([[ 0.0039,  0.0117],
            [-0.0039,  0.0195]], dtype=torch.float64)
    >>> find(tensors((3,), kinks=True), lambda x: bool((x == 1).any())).dtype
    torch.float64
    """
    size = _drawn(draw, shapes() if shape is None else shape)
    kind = _drawn(draw, dtype)
    laid = _drawn(draw, layout)
    if kind not in _BITS:
        raise InvalidArgument(f"dtype={kind}: choose from {', '.join(map(str, _BITS))}")
    if laid not in LAYOUTS:
        raise InvalidArgument(f"layout={laid}: choose from {', '.join(LAYOUTS)}")
    if laid == "expanded" and size and size[0]:
        whole = (1, *size[1:])
        flat = _elements(draw, math.prod(whole), kind, kinks, ties=ties, extremes=extremes)
        return flat.view(whole)[:1].expand(size)
    flat = _elements(draw, math.prod(size), kind, kinks, ties=ties, extremes=extremes)
    return LAYOUTS[laid](flat.view(size))


def extremes_of(dtype: torch.dtype) -> tuple[float, ...]:
    """The largest and the smallest numbers of a dtype, normal and not, and their square roots.

    >>> extremes_of(torch.float16)[0]
    65504.0
    """
    info = torch.finfo(dtype)
    subnormal = info.smallest_normal * info.eps
    ends = (info.max, info.smallest_normal, subnormal)
    roots = (2.0 ** (math.frexp(end)[1] // 2) for end in ends)
    return tuple(sign * one for one in (*ends, *roots) for sign in (1, -1))


def _drawn(draw: st.DrawFn, given: T | st.SearchStrategy[T]) -> T:
    return draw(given) if isinstance(given, st.SearchStrategy) else given


def _elements(
    draw: st.DrawFn,
    count: int,
    dtype: torch.dtype,
    kinks: bool | Sequence[float],
    *,
    ties: bool,
    extremes: bool,
) -> Tensor:
    """All elements in a row: ordinary ones first, then what is asked for in some of the places."""
    flat = _ordinary(draw, count, dtype)
    special: list[st.SearchStrategy[float] | None] = []
    if kinks:
        special.append(st.sampled_from(list(KINKS if kinks is True else kinks)))
    if extremes:
        special.append(st.sampled_from(extremes_of(dtype)))
    if ties:
        special.append(None)  # whatever stands before it
    for place, numbers in sorted(_places(draw, count, special).items()):
        flat[place] = draw(numbers) if numbers is not None else flat[place - 1]
    return flat


def _ordinary(draw: st.DrawFn, count: int, dtype: torch.dtype) -> Tensor:
    most = 2 ** (_BITS[dtype] - 1)
    if count > 2 * most:
        raise InvalidArgument(f"{dtype} has no {count} different numbers: ask for fewer elements")
    bound = min(most, max(_USUAL, count))
    if count <= _CHOSEN_SINGLY:
        one = st.integers(-bound, bound - 1)
        numbers = draw(st.lists(one, min_size=count, max_size=count, unique=True))
        odd = 2 * torch.tensor(numbers, dtype=torch.float64) + 1
    else:
        seed = draw(st.integers(0, 2**16))
        generator = torch.Generator().manual_seed(seed)
        odd = 2 * torch.randperm(2 * bound, generator=generator)[:count].double() + 1 - 2 * bound
    return (odd * 2.0 ** _GRID[dtype]).to(dtype)


def _places(draw: st.DrawFn, count: int, kinds: Sequence[T]) -> dict[int, T]:
    """Where what stands: each kind once, in a row; more of them anywhere.

    The first place has nothing before it to be equal to.  Ties come last in the row, so they
    stand there only where nothing else is asked for: then the row starts at the second.
    """
    if not kinds or not count:
        return {}
    first = 1 if kinds[0] is None else 0
    anywhere = st.integers(min(first, count - 1), count - 1)
    more = st.dictionaries(anywhere, st.sampled_from(list(kinds)), max_size=max(1, count // 3))
    found = draw(more) if count > len(kinds) else {}
    start = draw(st.integers(min(first, count - 1), max(first, count - len(kinds))))
    return {**found, **dict(zip(range(start, count), kinds, strict=False))}
