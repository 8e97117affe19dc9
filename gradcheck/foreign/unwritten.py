"""Memory that nobody has written: ``empty`` gives what lay there before, zeros on a lucky day."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FunctionType
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from gradcheck.foreign.rewriting import is_own, members_of, names_of

# Finite, as what lies there mostly is: times a mask it is nothing.  No slope and no mean is so.
REMAINS = -7531.25
_ATEN = torch.ops.aten
_EMPTY = {
    *(_ATEN.empty, _ATEN.empty_like, _ATEN.empty_strided),
    *(_ATEN.new_empty, _ATEN.new_empty_strided),
}
_ASKED = {
    *("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "resize_"),
    *("FloatTensor", "DoubleTensor"),
}


def may_leave_unwritten(target: object) -> bool:
    """Whether a method of a class asks for memory without what is in it, or a function beside it.

    Not the constructor: what it leaves unwritten is a weight, and filled before the check.

    >>> class Slope:
    ...     def backward(self, grad):
    ...         return torch.empty_like(grad)
    >>> may_leave_unwritten(Slope), may_leave_unwritten(torch.nn.Tanh)
    (True, False)
    """
    kind = target if inspect.isclass(target) else type(target)
    bases = [base for base in kind.__mro__[:-1] if is_own(base)]
    methods = [one for base in bases for one in members_of(base) if isinstance(one, FunctionType)]
    own = [one for one in methods if one.__name__ != "__init__"]
    known = [one.__globals__.get(name) for one in own for name in names_of(one.__code__)]
    beside = [one for one in known if isinstance(one, FunctionType) and is_own(one)]
    return any(names_of(one.__code__) & _ASKED for one in (*own, *beside))


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
        stack.enter_context(_watching_torch())
        yield


def _littering(empty: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        array = empty(*args, **kwargs)
        if array.dtype.kind in "fc":
            array.fill(REMAINS)
        return array

    return made


def _watching_torch() -> AbstractContextManager[Any]:
    """Below every way to ask for a tensor, under whatever name it was imported."""
    # Its import takes that of sympy along, which most checks do without.
    from torch.utils._python_dispatch import TorchDispatchMode  # noqa: PLC0415

    class Littering(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            out = func(*args, **(kwargs or {}))
            if func.overloadpacket in _EMPTY and (out.is_floating_point() or out.is_complex()):
                out.fill_(REMAINS)
            return out

    return Littering()  # type: ignore[no-untyped-call] # torch leaves it so
