"""Code that computes in float32 by habit is asked in float64, where it can answer."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from gradcheck.adapters import is_hand_written
from gradcheck.cases.case import Case
from gradcheck.choice.trial import outputs_of
from gradcheck.errors import ExerciseError
from gradcheck.foreign.defaults import made_in
from gradcheck.foreign.widening import says_float32, widened


def may_be_rewritten(target: object) -> bool:
    """Whether its constants may be others for a while.

    Torch's own kinds, and who promises torch's conventions, are asked as they are.
    """
    if not inspect.isclass(target) or getattr(target, "torch_conventions", False):
        return False
    return is_hand_written(target)


def by_habit(target: object) -> contextlib.AbstractContextManager[None]:
    """Inside, what its code makes without a dtype is in float64, as the numbers that it is given.

    Who promises torch's conventions works in whatever dtype comes: there it stays as it is.
    """
    kind = target if inspect.isclass(target) else type(target)
    return made_in(torch.float64) if may_be_rewritten(kind) else contextlib.nullcontext()


@contextlib.contextmanager
def in_double(target: object, cases: Sequence[Case]) -> Iterator[bool]:
    """Inside, code that computes in float32 by habit computes in float64, if it can."""
    if not may_be_rewritten(target) or not says_float32(target):
        yield False
        return
    with widened(target):
        if _digits(cases) == torch.float64:
            yield True
            return
    yield False


T = TypeVar("T")


def where_it_runs(target: object, choose: Callable[[], T]) -> T:
    """What is chosen; of code that casts its inputs to float32, in float64 if it fails as it is.

    Its weights are in float64 then, as those of every layer, and the two would not go together.

    Raises:
        ExerciseError: If nothing works, as it is.
    """
    try:
        return choose()
    except ExerciseError as refused:
        if not may_be_rewritten(target) or not says_float32(target):
            raise
        with widened(target):
            try:
                return choose()
            except ExerciseError:
                raise refused from None


def _digits(cases: Sequence[Case]) -> torch.dtype | None:
    """What the first case's outputs are computed in; None where it cannot be called."""
    for case in cases[:1]:
        with contextlib.suppress(Exception):
            outputs = outputs_of(case)
            single = all(torch.equal(y, y.to(torch.float32).to(y)) for y in outputs)
            return torch.float32 if single else torch.float64
    return None


NUMBERS = (
    "off by {error:.0e} in float64, where a number that its code makes into a tensor is rounded to "
    "float32: checked with float64 as torch's default dtype"
)
MADE = (
    "what its code makes without a dtype does not go with float64: checked with float64 as torch's "
    "default dtype"
)
_ROUNDED = 1e-5


def may_be_rounded(target: object, errors: Sequence[float]) -> bool:
    """Whether errors are as small as those of a saved ``torch.tensor(0.1)``, and of torch's kinds.

    >>> may_be_rounded(torch.nn.Tanh, [4e-8]), may_be_rounded(torch.nn.Tanh, [1e-3])
    (True, False)
    """
    return not may_be_rewritten(target) and all(0 < error < _ROUNDED for error in errors)


def numbers_in_double() -> contextlib.AbstractContextManager[None]:
    """Inside, what is made of Python's numbers is in float64: of Functions, asked a second time."""
    return made_in(torch.float64)
