"""Another device: a target and its inputs are moved there, and what is made on the way is too.

What a check draws is drawn on the CPU first, the same numbers for every device.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gradcheck.adapters.snapshot import reachable
from gradcheck.errors import CommandError, ExerciseError, one_line


def refuse_unusable(name: str) -> None:
    """See whether torch computes in float64 on a device.

    Raises:
        CommandError: If it does not, in torch's own words.
    """
    try:
        usable = float(torch.ones((), dtype=torch.float64, device=name) + 1) == 2.0  # noqa: PLR2004
    except Exception as error:
        why = one_line(error).partition(": ")[2].partition(". ")[0]
        raise CommandError(f"device {name} cannot be used: {why}") from error
    if not usable:
        raise CommandError(f"device {name} cannot be used: it cannot add one and one")


@contextmanager
def on(name: str | None) -> Iterator[None]:
    """What somebody's code makes in here without naming a device is made on this one."""
    if name is None:
        yield
        return
    with torch.device(name):
        yield


def placed(instance: Any, inputs: Sequence[Any], name: str | None) -> tuple[Any, Sequence[Any]]:
    """An instance and its inputs on a device: themselves where they are there, else copies.

    Raises:
        ExerciseError: If they are arrays, or cannot be copied.
    """
    if name is None:
        return instance, inputs
    device = torch.empty(0, device=name).device  # cuda is cuda:0, or whichever is current
    whole = [instance, tuple(inputs)]
    held = [item for item in reachable(whole) if isinstance(item, Tensor | np.ndarray)]
    if device.type != "cpu" and any(isinstance(item, np.ndarray) for item in held):
        raise ExerciseError(f"NumPy computes on the CPU alone: leave out device {name}")
    elsewhere = [item for item in held if isinstance(item, Tensor) and item.device != device]
    if not elsewhere:
        return instance, inputs
    memo = {id(item): _moved(item, device) for item in elsewhere}
    try:
        instance, inputs = copy.deepcopy(whole, memo)
    except Exception as error:
        kind = type(instance).__name__
        raise ExerciseError(
            f"{kind} cannot be copied to device {name} ({one_line(error)})"
        ) from error
    return instance, inputs


def _moved(item: Tensor, device: torch.device) -> Tensor:
    there = item.detach().to(device)
    if isinstance(item, nn.Parameter):
        return nn.Parameter(there, requires_grad=item.requires_grad)
    return there.requires_grad_(item.requires_grad)
