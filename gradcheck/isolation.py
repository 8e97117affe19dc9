"""Global state that a check, or the code it runs, may change: captured, and put back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def preserved_globals() -> Iterator[None]:
    """Put back random states, the default dtype and the grad mode, whatever happens inside.

    >>> before = torch.initial_seed()
    >>> with preserved_globals():
    ...     _ = torch.manual_seed(before + 1)
    >>> torch.initial_seed() == before
    True
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 the global one is meant
    torch_state = torch.get_rng_state()
    dtype, grad_mode = torch.get_default_dtype(), torch.is_grad_enabled()
    try:
        yield
    finally:
        torch.set_rng_state(torch_state)
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002 the same
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad_mode)


def pin_random_numbers() -> None:
    """Start every generator anew: a forward that draws must draw the same each time."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 the global one is meant
    # torch.manual_seed would do the same, and format three stack traces for absent accelerators:
    # a millisecond, ten times a small forward.
    torch.default_generator.manual_seed(0)
