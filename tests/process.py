"""What code under a check may change for the whole process, read so that it can be compared."""

from __future__ import annotations

import random
import sys
import warnings
from pathlib import Path

import numpy as np
import torch


def state() -> list[object]:
    """Read all of it."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002 the global one is meant
    return [
        torch.get_rng_state().tolist(),
        [kind, list(keys), *rest],
        random.getstate(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        torch.get_default_device(),
        list(warnings.filters),
        np.geterr(),
        list(sys.path),
        Path.cwd(),
    ]
