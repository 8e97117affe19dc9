"""Options that are None as long as nobody weighs: class weights, a scale, a temperature.

A backward that forgets them is right at None.  Which numbers are meant is found by trying: one for
all, then one for each class, one for each sample.  Who takes a single one may mean no more: labels
that are smoothed by a row of numbers add up to one no longer.  They count where the forward answers
to them without a jump, with an output of the same shape, and where the backward runs with them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import torch

from gradcheck.adapters.affixes import is_called_a_weight
from gradcheck.cases.case import Case
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.changes import is_computed
from gradcheck.choice.trial import returned, trial_of, trying
from gradcheck.subject import Outputs, Role, Subject

_MOST = 2
_SINGLE = 0.375
_PUSH = 2.0**-10
_STEEPEST = 2.0**5
# What is left out by chance is no weight.
_BY_CHANCE = re.compile(r"p|.*(drop|prob|keep|rate).*", re.IGNORECASE)

Build = Callable[[Spec], Case]


def weighing(options: Sequence[inspect.Parameter], spec: Spec, build: Build) -> tuple[Spec, ...]:
    """The spec with numbers for each option that is None, where they weigh.

    Args:
        options: The parameters that it says nothing of.
        spec: What was found.
        build: From a spec like it to the case.
    """
    asked = [one.name for one in options if one.default is None and _may_weigh(one.name)]
    outputs = returned(build(spec)) if asked else None
    if outputs is None:
        return ()
    found = (_with_numbers(name, spec, build, outputs) for name in asked)
    return tuple(islice((one for one in found if one), _MOST))


def _may_weigh(name: str) -> bool:
    return is_computed(name) and not _BY_CHANCE.fullmatch(name)


def _with_numbers(name: str, spec: Spec, build: Build, outputs: Outputs) -> Spec | None:
    for value in _values(spec):
        one, near = (
            replace(spec, options={**spec.options, name: times * value}, on_kinks=False)
            for times in (1.0, 1.0 + _PUSH)
        )
        if _is_steady(outputs, returned(build(one)), build(near)) and _is_alike(one, spec, build):
            return one
    return None


def _values(spec: Spec) -> Iterator[Any]:
    """One number; one for each of the last axis, of the first, of the channels."""
    yield _SINGLE
    shape = spec.shapes[0] if spec.shapes else ()
    for size in dict.fromkeys((*shape[-1:], *shape[:1], *shape[1:2])):
        numbers = torch.linspace(0.5, 1.5, size, dtype=torch.float64, device="cpu")
        yield numbers.numpy() if spec.arrays else numbers


def _is_steady(before: Outputs, here: Outputs | None, near: Case) -> bool:
    """Whether something else comes out, of the same shapes, and moves with the numbers a little."""
    if here is None or [y.shape for y in here] != [y.shape for y in before]:
        return False
    if all(map(torch.equal, here, before)):
        return False
    beside = returned(near)
    if beside is None or [y.shape for y in beside] != [y.shape for y in here]:
        return False
    pairs = [
        (float((a - b).abs().max()), float(a.abs().max()))
        for a, b in zip(here, beside, strict=True)
    ]
    return any(moved for moved, _ in pairs) and all(
        moved <= _STEEPEST * _PUSH * size for moved, size in pairs
    )


def _is_alike(one: Spec, origin: Spec, build: Build) -> bool:
    """Whether it comes all the way with the same weights: what is given is none of them."""
    if attempt_at(build(one)).reach != GOOD:
        return False
    with trying():
        here, there = (trial_of(build(each)).subject for each in (one, origin))
    if [(x.name, x.value.shape) for x in here.leaves] != [
        (x.name, x.value.shape) for x in there.leaves
    ]:
        return False
    return not (
        _trains(here) and any(map(is_called_a_weight, {*here.uncovered} - {*there.uncovered}))
    )


def _trains(subject: Subject) -> bool:
    return any(leaf.role == Role.PARAMETER for leaf in subject.leaves)
