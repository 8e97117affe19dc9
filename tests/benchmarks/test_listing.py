"""What it costs to find the hand-written backwards of a file."""

from __future__ import annotations

from pathlib import Path
from timeit import repeat

import pytest

from gradcheck.targets.resolve import resolve

_LAYER = """
import numpy as np
import numpy.typing as npt
from typing import Any

class Double:
    def forward(self, x):
        return 2 * x

    def backward(self, grad_output):
        return 2 * grad_output

"""


@pytest.mark.parametrize(
    "beside",
    [
        "Array = npt.NDArray[Any]",
        "class Array(np.ndarray):\n    pass",
        "class Kept(dict):\n    pass",
    ],
    ids=["annotation", "array", "dictionary"],
)
def test_what_has_many_methods_and_is_no_layer_costs_little(tmp_path: Path, beside: str) -> None:
    """Each pair of its methods was once looked at: eighteen seconds for one annotation."""
    alone, both = tmp_path / "alone.py", tmp_path / "both.py"
    alone.write_text(_LAYER)
    both.write_text(_LAYER + beside)
    assert _seconds(both) < 100 * _seconds(alone)


def _seconds(path: Path) -> float:
    return min(repeat(lambda: resolve(str(path)), number=3, repeat=5))
