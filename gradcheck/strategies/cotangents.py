"""What may flow into a backward: ordinary gradients, and those that uncover an assumption."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.strategies.tensors import tensors

_HUGE, _TINY = 2.0**40, 2.0**-40


def cotangents(
    output: Tensor, *, layout: str | st.SearchStrategy[str] = "contiguous"
) -> st.SearchStrategy[Tensor]:
    """Gradients that fit an output: of its shape, dtype and device.

    A backward is linear in them, so beside ordinary numbers they are all zero, all one (what
    ``loss.backward()`` starts from), one single element (one row of the Jacobian), or all large
    or small (to which a gradient that is clipped or has an epsilon added is blind).

    Args:
        output: What the forward has returned.
        layout: As of :func:`tensors`.

    >>> import torch
    >>> from hypothesis import find
    >>> find(cotangents(torch.ones(2, 3)), lambda g: int((g != 0).sum()) == 1)
    tensor([[1., 0., 0.],
            [0., 0., 0.]])
    """
    shape, dtype = tuple(output.shape), output.dtype
    ordinary = tensors(shape, dtype=dtype, layout=layout)
    large, small = (_scaled(dtype, factor) for factor in (_HUGE, _TINY))
    kinds = [
        ordinary,
        st.builds(torch.zeros_like, st.just(output)),
        st.builds(torch.ones_like, st.just(output)),
        st.integers(0, max(0, output.numel() - 1)).map(lambda place: _single(output, place)),
        ordinary.map(lambda g: g * large),
        ordinary.map(lambda g: g * small),
    ]
    return st.one_of(kinds).map(lambda g: g.detach().to(output.device))


def _scaled(dtype: torch.dtype, factor: float) -> float:
    """A factor that takes no ordinary number out of the range of a dtype."""
    info = torch.finfo(dtype)
    return min(max(factor, info.smallest_normal * 2.0**8), info.max * 2.0**-8)


def _single(output: Tensor, place: int) -> Tensor:
    one = torch.zeros_like(output, memory_format=torch.contiguous_format)
    if one.numel():
        one.view(-1)[place] = 1
    return one
