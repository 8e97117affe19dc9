"""The dtype that torch gives what is made without one: ``torch.zeros(3)`` inside somebody's layer.

Who writes so means the dtype of everything else.  Beside inputs in float64 that would be float32,
which some operations refuse and others round to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def made_in(dtype: torch.dtype) -> Iterator[None]:
    """Inside, what is made without a dtype has this one.

    >>> with made_in(torch.float64):
    ...     torch.zeros(3).dtype
    torch.float64
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def lowered_to(dtype: torch.dtype) -> Iterator[None]:
    """The same for a question in a lower dtype, of code that is asked in float64 otherwise."""
    with made_in(
        dtype if torch.get_default_dtype() == torch.float64 else torch.get_default_dtype()
    ):
        yield
