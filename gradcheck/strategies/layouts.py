"""How a tensor lies in memory: what a backward that views, flattens or writes stumbles over."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from torch import Tensor

from gradcheck.contracts.layout import expanded, strided, transposed


def _offset(tensor: Tensor) -> Tensor:
    """Behind another element of the same storage."""
    buffer = tensor.new_zeros(tensor.numel() + 1)
    view = buffer[1:].view(tensor.shape)
    view.copy_(tensor)
    return view


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "contiguous": lambda tensor: tensor,
    "transposed": transposed,
    "strided": strided,
    "offset": _offset,
    "expanded": expanded,
}


def layouts() -> st.SearchStrategy[str]:
    """Names of layouts, ``contiguous`` the simplest: what :func:`tensors` takes.

    ``expanded`` repeats one sample along the first axis with stride 0, so its values repeat too.

    >>> from hypothesis import find
    >>> find(layouts(), lambda name: name != "contiguous")
    'transposed'
    """
    return st.sampled_from(list(LAYOUTS))
