"""Inputs that are wider than what a forward reads of them: a box has four columns, not five.

Who takes ``x[..., 0]`` and ``x[..., 1]`` was told that there are two.  What such a backward gives
the others is nobody's gradient: where it is right without them, they are left out.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from gradcheck.adapters.fitting import fits
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.trial import Trial, are_equal
from gradcheck.subject import Outputs, Role

# Some forwards hear one sign alone, as a rectifier does.
_PUSHES = (0.75, -0.75, 3.0, -3.0)
_WIDEST = 8


def as_wide_as_heard(spec: Spec, trial: Trial) -> Spec:
    """The same, with the columns that are heard alone, where its gradients do not fit all."""
    if any(kind != REAL for kind in spec.all_kinds) or fits(trial.subject):
        return spec
    shapes = _heard_shapes(trial, spec.shapes)
    return spec if shapes == spec.shapes else replace(spec, shapes=shapes)


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
    outputs = trial.forward()
    heard = [
        column
        for column in range(width)
        if not all(are_equal(outputs, _pushed(trial, position, column, by)) for by in _PUSHES)
    ]
    return max(heard, default=width - 1) + 1


def _pushed(trial: Trial, position: int, column: int, by: float) -> Outputs:
    """The outputs with a column moved, each row by more than the last: a softmax hears no shift."""
    values = [*trial.values]
    moved = values[position] = values[position].clone()
    rows = moved[..., column]
    rows += by * torch.linspace(
        1.0, 2.0, rows.numel(), dtype=rows.dtype, device=rows.device
    ).reshape(rows.shape)
    return trial.subject.forward(tuple(values))
