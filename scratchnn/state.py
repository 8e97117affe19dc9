"""Filling parameters from a state dict: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from scratchnn.errors import StateDictError
from scratchnn.parameter import Parameter


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` left out.

    >>> IncompatibleKeys([], ["bias"])
    IncompatibleKeys(missing_keys=[], unexpected_keys=['bias'])
    """

    missing_keys: list[str]
    unexpected_keys: list[str]


def load(
    owner: str, parameters: Mapping[str, Parameter], state: Mapping[str, Tensor], *, strict: bool
) -> IncompatibleKeys:
    """Copy the values of `state` into the parameters of the same names.

    Raises   StateDictError naming every shape that differs and, if strict, every key that is
             missing or unexpected; nothing is copied then

    >>> import torch
    >>> weight = Parameter(torch.zeros(2))
    >>> load("Scale", {"weight": weight}, {"weight": torch.ones(2)}, strict=True)
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> weight.data
    tensor([1., 1.])
    """
    missing = [name for name in parameters if name not in state]
    unexpected = [name for name in state if name not in parameters]
    problems = [
        f"{name!r} is {tuple(state[name].shape)}, expected {tuple(parameter.data.shape)}"
        for name, parameter in parameters.items()
        if name in state and state[name].shape != parameter.data.shape
    ]
    if strict:
        problems += [f"missing {name!r}" for name in missing]
        problems += [f"unexpected {name!r}" for name in unexpected]
    if problems:
        lines = "\n  ".join(problems)
        raise StateDictError(f"the state does not fit {owner}:\n  {lines}")
    for name, parameter in parameters.items():
        if name in state:
            # Detached: a torch.nn.Parameter would drag its autograd graph along.
            parameter.data.copy_(state[name].detach())
    return IncompatibleKeys(missing, unexpected)
