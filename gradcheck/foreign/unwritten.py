"""Memory that nobody has written: ``empty`` gives what lay there before, zeros on a lucky day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Finite, as what lies there mostly is: times a mask it is nothing.  No slope and no mean is so.
REMAINS = -7531.25
_ATEN = torch.ops.aten
_EMPTY = {
    *(_ATEN.empty, _ATEN.empty_like, _ATEN.empty_strided),
    *(_ATEN.new_empty, _ATEN.new_empty_strided),
}


@contextmanager
def littered() -> Iterator[None]:
    """Let all memory that arrays and tensors are given unwritten hold one strange number.

    >>> with littered():
    ...     print(np.empty(2), torch.empty(1))
    [-7531.25 -7531.25] tensor([-7531.2500])
    """
    with ExitStack() as stack:
        for name in ("empty", "empty_like"):
            stack.enter_context(patch.object(np, name, _littering(getattr(np, name))))
        stack.enter_context(_Littering())  # type: ignore[no-untyped-call] # torch leaves it so
        yield


def _littering(empty: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        array = empty(*args, **kwargs)
        if array.dtype.kind in "fc":
            array.fill(REMAINS)
        return array

    return made


class _Littering(TorchDispatchMode):
    """Below every way to ask for a tensor, under whatever name it was imported."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func.overloadpacket in _EMPTY and (out.is_floating_point() or out.is_complex()):
            out.fill_(REMAINS)
        return out
