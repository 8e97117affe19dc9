"""Cases like the built-in ones of a target: sizes, switches, values, layouts, dtypes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.cases.spec import Shape
from gradcheck.choice.variants import Base, Variant
from gradcheck.strategies.layouts import LAYOUTS, layouts
from gradcheck.strategies.numbers import numbers
from gradcheck.strategies.tensors import dtypes

_AT_LEAST = 4  # sizes up to this are tried, however small the built-in one is
_AT_MOST = 9
_IN_ARRAYS = (torch.float64, torch.float32)


@st.composite
def variations(draw: st.DrawFn, bases: Sequence[Base], *, hard: bool = True) -> Variant:
    """Cases like these; not each of them can be called.

    Args:
        draw: Given by Hypothesis.
        bases: What may be changed of the built-in ones.
        hard: Whether kinks, ties, extreme numbers, layouts and dtypes come in as well.
    """
    base = draw(st.sampled_from(bases))
    sizes = {n: draw(st.integers(1, min(max(n, _AT_LEAST), _AT_MOST))) for n in base.free}
    switch = draw(st.sampled_from([None, *base.switches]))
    plain = draw(st.booleans().map(lambda chosen: not chosen)) if hard else True
    kinds = st.sampled_from(_IN_ARRAYS) if base.holds_arrays else dtypes()
    dtype = torch.float64 if plain else draw(kinds)

    def fill(shape: Shape, domain: str, number: int) -> Tensor:
        del number
        found = draw(numbers(shape, domain, dtype, plain=plain))
        return found if plain else LAYOUTS[draw(layouts())](found)

    return base.variant(sizes, fill, lambda _: draw(st.integers(0, 2**8)), switch)
