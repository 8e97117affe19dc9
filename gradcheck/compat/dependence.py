"""Inputs that are computed from each other: each is checked as if it stood alone, and that is said.

Torch sends the cotangent on from the later input to the earlier one, and compares that with a
difference along the earlier alone: two different derivatives.
"""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor

from gradcheck.adapters.nested import tensors_of


class DependenceWarning(UserWarning):
    """An input is computed from another one."""


def warn_of_dependence(inputs: tuple[Any, ...]) -> None:
    """Name each input that hangs in the graph of another.

    >>> import torch, warnings
    >>> x = torch.ones(2, requires_grad=True)
    >>> with warnings.catch_warnings(record=True) as seen:
    ...     warnings.simplefilter("always")
    ...     warn_of_dependence((x, 3 * x))
    >>> print(seen[0].message)
    input 1 is computed from input 0: each is checked by itself, with the other held
    """
    tensors = [tensor for tensor in tensors_of(list(inputs)) if tensor.requires_grad]
    for later, tensor in enumerate(tensors):
        above = _ancestors(tensor)
        for earlier, other in enumerate(tensors):
            if other is not tensor and _node(other) in above:
                warnings.warn(
                    f"input {later} is computed from input {earlier}: each is checked by itself, "
                    "with the other held",
                    DependenceWarning,
                    stacklevel=3,
                )


def _ancestors(tensor: Tensor) -> set[Any]:
    """Every node of its graph above its own."""
    found: set[Any] = set()
    waiting = [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        for above, _ in node.next_functions if node is not None else ():
            if above is not None and above not in found:
                found.add(above)
                waiting.append(above)
    return found | {node.variable for node in found if hasattr(node, "variable")}


def _node(tensor: Tensor) -> Any:
    return tensor if tensor.grad_fn is None else tensor.grad_fn
