"""Filling tensors from a state dict: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from scratchnn.errors import StateDictError


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` left out.

    >>> IncompatibleKeys([], ["bias"])
    IncompatibleKeys(missing_keys=[], unexpected_keys=['bias'])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


def load(
    owner: str, tensors: Mapping[str, Tensor], state: Mapping[str, Tensor], *, strict: bool
) -> IncompatibleKeys:
    """Copy the values of `state` into the tensors of the same names.

    Raises   StateDictError naming every shape that differs and, if strict, every key that is
             missing or unexpected; nothing is copied then

    >>> import torch
    >>> weight = torch.zeros(2)
    >>> load("Scale", {"weight": weight}, {"weight": torch.ones(2)}, strict=True)
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> weight
    tensor([1., 1.])
    """
    missing = [name for name in tensors if name not in state]
    unexpected = [name for name in state if name not in tensors]
    problems = [
        f"{name!r} is {tuple(state[name].shape)}, expected {tuple(tensor.shape)}"
        for name, tensor in tensors.items()
        if name in state and state[name].shape != tensor.shape
    ]
    if strict:
        problems += [f"missing {name!r}" for name in missing]
        problems += [f"unexpected {name!r}" for name in unexpected]
    if problems:
        lines = "\n  ".join(problems)
        raise StateDictError(f"the state does not fit {owner}:\n  {lines}")
    for name, tensor in tensors.items():
        if name in state:
            # Detached: a torch.nn.Parameter would drag its autograd graph along.
            tensor.copy_(state[name].detach())
    return IncompatibleKeys(missing, unexpected)
