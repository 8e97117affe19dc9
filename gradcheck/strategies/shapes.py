"""Shapes, empty ones where they are asked for."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.extra import numpy as extra

Shape = tuple[int, ...]


def shapes(
    *, min_dims: int = 1, max_dims: int = 3, min_side: int = 1, max_side: int = 5
) -> st.SearchStrategy[Shape]:
    """Shapes of few axes of few elements: what is wrong with a backward shows there.

    Args:
        min_dims: The fewest axes; 0 for a scalar as well.
        max_dims: The most.
        min_side: The fewest elements along an axis; 0 for an empty batch as well.
        max_side: The most.

    >>> from hypothesis import find
    >>> find(shapes(min_dims=2), lambda shape: shape[0] != shape[1])
    (1, 2)
    """
    return extra.array_shapes(
        min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side
    )
