"""Inputs that are wider than what a forward reads of them: a box has four columns, not five.

Who takes ``x[..., 0]`` and ``x[..., 1]`` was told that there are two.  What such a backward gives
the others is nobody's gradient: where it is right without them, they are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import Case
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.trial import Trial, are_equal, trial_of, trying
from gradcheck.subject import Role, Values

# Some forwards hear one sign alone, as a rectifier does.
_PUSHES = (0.75, -0.75, 3.0, -3.0)
_WIDEST = 8


def as_wide_as_heard(spec: Spec, build: Callable[[Spec], Case]) -> Spec:
    """The same, with the columns that are heard alone, where its gradients fit only then."""
    try:
        with trying():
            trial = trial_of(build(spec))
            if any(kind != REAL for kind in spec.all_kinds) or fits(trial.subject):
                return spec
            shapes = _heard_shapes(trial, spec.shapes)
            narrow = replace(spec, shapes=shapes)
            return (
                narrow if shapes != spec.shapes and fits(trial_of(build(narrow)).subject) else spec
            )
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return spec


def _heard_shapes(trial: Trial, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    inputs = [n for n, leaf in enumerate(trial.subject.leaves) if leaf.role == Role.INPUT]
    if [tuple(trial.values[n].shape) for n in inputs] != list(shapes):
        return shapes
    return tuple(
        (*shape[:-1], _columns_heard(trial, n)) if shape else shape
        for n, shape in zip(inputs, shapes, strict=True)
    )


def _columns_heard(trial: Trial, position: int) -> int:
    """How many columns there are up to the last that moves an output."""
    width = trial.values[position].shape[-1]
    if width > _WIDEST:
        return width
    heard = [column for column in range(width) if _is_heard(trial, position, column)]
    return max(heard, default=width - 1) + 1


def _is_heard(trial: Trial, position: int, column: int) -> bool:
    outputs = trial.forward()

    def pushed(value: Tensor, push: float) -> Tensor:
        moved = value.clone()
        moved[..., column] += push
        return moved

    def moved(push: float) -> Values:
        value = pushed(trial.values[position], push)
        return (*trial.values[:position], value, *trial.values[position + 1 :])

    return not all(are_equal(outputs, trial.subject.forward(moved(push))) for push in _PUSHES)
