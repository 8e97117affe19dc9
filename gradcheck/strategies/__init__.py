"""Hypothesis strategies for those who write backwards: tensors, modules, cotangents.

>>> from hypothesis import given, settings
>>> import gradcheck, scratchnn
>>> from gradcheck import strategies
>>> @settings(max_examples=3, deadline=None)
... @given(strategies.tensors((4, 3), kinks=True, layout=strategies.layouts()))
... def test_relu_is_right_everywhere(x):
...     gradcheck.assert_verified(scratchnn.ReLU(), x)
>>> test_relu_is_right_everywhere()

They need Hypothesis, which is installed by ``pip install gradcheck-scratchnn[hypothesis]``.
"""

from __future__ import annotations

try:
    import hypothesis  # noqa: F401 asked for here, so that the refusal can say what to do
except ImportError as error:
    raise ImportError(
        "gradcheck.strategies needs Hypothesis: pip install gradcheck-scratchnn[hypothesis]"
    ) from error

from gradcheck.strategies.cotangents import cotangents
from gradcheck.strategies.layouts import layouts
from gradcheck.strategies.modules import Built, modules
from gradcheck.strategies.shapes import shapes
from gradcheck.strategies.tensors import KINKS, dtypes, tensors

__all__ = ["KINKS", "Built", "cotangents", "dtypes", "layouts", "modules", "shapes", "tensors"]
