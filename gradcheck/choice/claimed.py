"""Inputs in the shapes in which their gradients come: a scale of ``(1, D)`` is no row of D.

A forward that only multiplies takes either, and one scale for each sample as well; the backward
says, by ``keepdims`` and by what it sums over, which was meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.trial import Trial
from gradcheck.subject import Role, vjp


def as_claimed(spec: Spec, trial: Trial) -> Spec:
    """The same, with what is broadcast, and the weights that were made up, in these shapes."""
    outputs = trial.forward()
    claims = vjp(trial.subject, trial.values, tuple(torch.ones_like(y) for y in outputs))
    leaves = trial.subject.leaves
    inputs = [n for n, leaf in enumerate(leaves) if leaf.role == Role.INPUT]
    real = [place for place, kind in enumerate(spec.all_kinds) if kind == REAL]
    if len(inputs) == len(spec.shapes):
        real = [*range(len(inputs))]  # all of them, whatever domain they were moved into
    if len(inputs) != len(real):
        return spec
    meant = dict(zip(real, (claims[n] for n in inputs), strict=True))
    weights = [(one.value, claim) for one, claim in zip(leaves, claims, strict=True)]
    weights = [weights[n] for n in range(len(leaves)) if n not in inputs]
    options = {name: _as_weight(value, weights) for name, value in spec.options.items()}
    # The first input is the sample: what is broadcast over it is a weight.
    shapes = tuple(
        _shape_of_input(meant.get(place), shape) if place else shape
        for place, shape in enumerate(spec.shapes)
    )
    same = all(options[name] is value for name, value in spec.options.items())
    if same and shapes == spec.shapes:
        return spec
    return replace(spec, shapes=shapes, options=options)


def _as_weight(value: Any, weights: Sequence[tuple[Tensor, Tensor | None]]) -> Any:
    """A weight that was made up, in the shape of its gradient if that may be the one it wants.

    One of as many elements; or one that all samples share, whose first axis is of one: who sums
    over other axes than those of the samples leaves their number there.
    """
    if not isinstance(value, np.ndarray | Tensor):
        return value
    for weight, claim in weights:
        mine = torch.as_tensor(value).shape == weight.shape
        if mine and torch.equal(torch.as_tensor(value).to(weight), weight):
            shape = _shape_of(claim, tuple(weight.shape))
            if shape == tuple(weight.shape):
                return value
            if prod(shape) == weight.numel():
                return value.reshape(shape)
            return _of_shape(value, shape) if shape[0] == 1 else value
    return value


def _of_shape(value: Any, shape: Shape) -> Any:
    """Other numbers of that kind, in this shape, no two alike."""
    numbers = torch.linspace(0.5, 1.5, prod(shape), dtype=torch.float64, device="cpu")
    drawn = numbers.reshape(shape)
    return drawn.numpy() if isinstance(value, np.ndarray) else drawn.to(value)


def _shape_of(claim: Tensor | None, shape: Shape) -> Shape:
    """That of the claim, if it is another and has axes of one to be broadcast along."""
    if not isinstance(claim, Tensor) or 1 not in claim.shape:
        return shape
    return tuple(claim.shape)


def _shape_of_input(claim: Tensor | None, shape: Shape) -> Shape:
    """The same; or its last axes alone, where the claim was summed over the others."""
    if isinstance(claim, Tensor) and claim.ndim < len(shape):
        last = shape[len(shape) - claim.ndim :]
        return last if tuple(claim.shape) == last else shape
    return _shape_of(claim, shape)
