"""How far a call of a Function comes: how deep into its forward, and then into its backward."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from types import CodeType

import torch
from torch import Tensor

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import Case
from gradcheck.cases.felt import DONE, FITS, FLAT, RAN, STOPPED, Step
from gradcheck.choice.trial import Trial, are_equal, is_finite, trial_of
from gradcheck.errors import BackwardError, ExerciseError, causes
from gradcheck.subject import Outputs, Values, vjp


def codes_of(target: type) -> Iterator[CodeType]:
    """Those of its forward and its backward, whatever they are wrapped in."""
    for name in ("forward", "backward", "vjp", "setup_context"):
        method = inspect.unwrap(getattr(target, name, None) or len)
        if hasattr(method, "__code__"):
            yield method.__code__


def reach_of(case: Case, methods: Sequence[CodeType], *, slopes: bool = False) -> Step:
    """How far it comes; where it stops, how far it was, in each function that was called.

    To be asked inside of ``trying``, which takes longer than a forward: once for all candidates.

    Args:
        case: What is called.
        methods: The forward and the backward: what lies above them in a traceback is ours.
        slopes: Whether it is asked if the claims are slopes of the forward.
    """
    try:
        trial = trial_of(case)
        if not is_finite(outputs := trial.forward()) or _says_nothing(trial, outputs):
            return (FLAT,)
        if not _are_shaped(trial, outputs):
            return (RAN, sys.maxsize)
        return (FITS if slopes and fits(trial.subject, steep=True) else DONE,)
    except BackwardError as error:
        return (RAN, *places_in(error, methods))
    except ExerciseError as error:
        if error.__cause__ is None:
            return (FLAT,) if _has_leaf(case) else (STOPPED, -1)
        # What is raised in neither is raised behind the forward, by torch that takes over.
        return (STOPPED, *(places_in(error, methods) or (sys.maxsize,)))


def _says_nothing(trial: Trial, outputs: Outputs) -> bool:
    """Whether no leaf moves any output, and no gradient is claimed: zero is then right for nothing.

    As where something that is not installed was to compute.
    """
    moved = (tuple(-x for x in trial.values), tuple(0.5 * x + 0.125 for x in trial.values))
    if not all(are_equal(outputs, _returned(trial, values)) for values in moved):
        return False
    claims = vjp(trial.subject, trial.values, tuple(torch.ones_like(y) for y in outputs))
    return not any(bool(claim.any()) for claim in claims if claim is not None)


def _are_shaped(trial: Trial, outputs: Outputs) -> bool:
    """Whether each claim has as many axes as its leaf: a row is reshaped to a matrix of one."""
    leaves, u = trial.subject.leaves, tuple(torch.ones_like(y) for y in outputs)
    pairs = zip(leaves, vjp(trial.subject, trial.values, u), strict=True)
    return all(leaf.unclaimed or one is None or one.ndim == leaf.value.ndim for leaf, one in pairs)


def _returned(trial: Trial, values: Values) -> Outputs:
    """The outputs there; none, where it refuses: then it looks at them."""
    try:
        return trial.subject.forward(values)
    except ExerciseError:
        return ()


def _has_leaf(case: Case) -> bool:
    """Whether it is given any tensor that may have a gradient."""
    _, given = case.make(0)
    return any(isinstance(x, Tensor) and (x.is_floating_point() or x.is_complex()) for x in given)


def places_in(error: BaseException, methods: Sequence[CodeType]) -> tuple[int, ...]:
    """The instruction at which each function on the way stood: within a line, too, a later one."""
    *_, raised = causes(error)
    traceback, inside = raised.__traceback__, False
    places: list[int] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        inside = inside or code in methods
        if inside and not _is_librarys(code):
            places.append(traceback.tb_lasti)
        traceback = traceback.tb_next
    return (*places, *_argument_of(raised)) if places else ()


def _argument_of(raised: BaseException) -> tuple[int, ...]:
    """Which argument one of torch's functions refuses: it looks at them in their order.

    >>> _argument_of(TypeError("pad(): argument 'pad' (position 2) must be tuple of ints"))
    (2,)
    """
    found = _ARGUMENT.search(str(raised)) if isinstance(raised, TypeError) else None
    return (int(found[1] or _BEHIND),) if found else ()


_ARGUMENT = re.compile(r"\(\): argument '\w+'(?: \(position (\d+)\))? must be")
_BEHIND = 99
"""What is given by its name comes behind what is given by its place."""


def _is_librarys(code: CodeType) -> bool:
    return any(code.co_filename.startswith(place) for place in _LIBRARIES)


_LIBRARIES = tuple(
    place.rpartition("/")[0]
    for name in ("torch", "numpy", "inspect")
    if (place := getattr(sys.modules.get(name), "__file__", None))
)
