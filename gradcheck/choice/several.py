"""A second tensor, where a function takes any number of them: with one alone none is mixed up."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.adapters import signature_of
from gradcheck.cases.case import Case, called
from gradcheck.cases.plan import Call
from gradcheck.cases.spec import Shape
from gradcheck.choice.trial import trial_of, trying
from gradcheck.foreign.signatures import parameters
from gradcheck.subject import vjp

_MORE = 2


def with_a_second(target: object, call: Call) -> Iterator[Case]:
    """The case with one more tensor, of another size where the function allows that."""
    plan, (first, second) = call.plan, _names(target)
    if not first or plan.is_guessed or plan.names[-1:] != (first,) or first in plan.constants:
        return
    for shape in _others(plan.shapes[-1]):
        wider = replace(
            plan,
            names=(*plan.names, second),
            shapes=(*plan.shapes, shape),
            kinds=(*plan.kinds, *plan.kinds[-1:]),
        )
        case = called(target, replace(call, plan=wider))
        if _answers_each(case):
            yield replace(case, further=True, guessed=False)
            return


def _names(target: object) -> tuple[str, str]:
    """How the first two of any number are called; empty where there are none."""
    asked = parameters(signature_of(target))
    more = next((p.name for p in asked if p.kind is inspect.Parameter.VAR_POSITIONAL), "")
    return (f"{more}0", f"{more}1") if more else ("", "")


def _others(shape: Shape) -> Iterator[Shape]:
    """Longer along one axis, the last first; then alike."""
    for axis in reversed(range(len(shape))):
        yield (*shape[:axis], shape[axis] + _MORE, *shape[axis + 1 :])
    yield shape


def _answers_each(case: Case) -> bool:
    """Whether its forward moves with each tensor, and its backward has a gradient for each."""
    try:
        with trying():
            trial = trial_of(case)
            cotangents = tuple(torch.ones_like(y) for y in trial.forward())
            claims = vjp(trial.subject, trial.values, cotangents)
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return False
    pairs = zip(trial.subject.leaves, claims, strict=True)
    return all(
        not leaf.unclaimed and isinstance(claim, Tensor) and claim.shape == leaf.value.shape
        for leaf, claim in pairs
    )
