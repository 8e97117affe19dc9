"""A batch of one is a batch, cut from the very inputs that were given; so is an empty one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.cases.probe import Probe, take
from gradcheck.comparison import Opinion
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.calls import is_gradient
from gradcheck.contracts.shape import aligned
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.norms import is_finite
from gradcheck.subject import Claims, Outputs, Role, Subject
from gradcheck.witnesses import autograd
from gradcheck.witnesses.numeric import witness as numeric
from gradcheck.witnesses.staircase import overruled

CAUSE = "branch"


def examine(trial: Trial) -> Answer:
    """Check the gradients at the first sample alone, then look at what none at all gives."""
    size = batch_size(trial.subject.inputs)
    if size is None:
        return Waived("the inputs have no common leading axis of two or more")
    if why := _no_batch(trial, size):
        return Waived(why)
    try:
        probe = aligned(take(_cut(trial.subject, size, 1), (trial.probe.draws[0].seed,)))
    except BackwardError as error:
        message = f"for a batch of one the backward fails: {error}"
        return unless_promised(CAUSE, message, promised=trial.promised)
    except ExerciseError as error:
        return Waived(f"a batch of one: {error}")
    return _wrong(trial, probe) or _empty(trial, size) or Kept()


def _no_batch(trial: Trial, size: int) -> str:
    """Why nothing can be said of fewer samples; empty where something can."""
    if size in _told(trial.subject.options):
        return (
            "its constructor sets the length of the leading axis, so fewer samples cannot be asked"
        )
    if not trial.verified:
        return "no gradient of the whole batch is verified, of which one sample could be a part"
    return "two equal calls differ" if trial.forward_noise or trial.backward_noise else ""


def _told(options: Mapping[str, Any]) -> set[int]:
    """The sizes among the arguments of its constructor: such an axis is none of samples."""
    sizes: set[int] = set()
    for value in options.values():
        parts = value if isinstance(value, tuple | list) else (value,)
        sizes |= {one for one in parts if isinstance(one, int) and not isinstance(one, bool)}
    return sizes


def batch_size(inputs: tuple[Any, ...]) -> int | None:
    """The length of the samples' axis, if all floating-point inputs agree and it is two or more.

    >>> batch_size((torch.zeros(4, 2), torch.zeros(4)))
    4
    """
    axis = samples_axis(inputs)
    sizes = {x.shape[axis] if x.ndim else 0 for x in inputs if _is_floating(x)}
    return sizes.pop() if len(sizes) == 1 and min(sizes) > 1 else None


def samples_axis(inputs: tuple[Any, ...]) -> int:
    """The first; the last, where one of them holds a distribution in each column, and in no row.

    >>> samples_axis((torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]]),))
    -1
    """
    return -1 if any(_is_floating(x) and _holds_columns(torch.as_tensor(x)) for x in inputs) else 0


def _holds_columns(x: Tensor) -> bool:
    if x.ndim != 2 or bool((x < 0).any()):
        return False
    rows, columns = (x.double().sum(axis) for axis in (1, 0))
    one = torch.ones((), dtype=torch.float64, device=x.device)
    return bool(torch.isclose(columns, one).all()) and not bool(torch.isclose(rows, one).all())


def first_samples(inputs: tuple[Any, ...], size: int, count: int) -> tuple[Any, ...]:
    """The inputs, cut to the first samples; class indices and masks of that length too."""
    return tuple(x[:count] if _has_length(x, size) else x for x in inputs)


def _wrong(trial: Trial, probe: Probe) -> Broken | Waived | None:
    """A gradient that is right for the whole batch, and not for one sample."""
    claims = probe.draws[0].claims
    for position in sorted(trial.verified):
        name, claim = trial.name(position), claims[position]
        if _is_endless(claim, probe.values[position]):
            return Waived(f"for a batch of one the gradient of {name} is NaN or infinite")
        if not is_gradient(claim, probe.values[position]):
            found = f"has shape {tuple(claim.shape)}" if isinstance(claim, Tensor) else "is missing"
            return Broken(CAUSE, f"for a batch of one the gradient of {name} {found}", name)
    positions = tuple(sorted(trial.verified))
    said = autograd.examine(probe, positions)
    doubtful = tuple(p for p in positions if said[p].opinion != Opinion.AGREES)
    measured = numeric.examine(probe, doubtful)
    for position in doubtful:
        words = {autograd.NAME: said[position], numeric.NAME: measured[position]}
        name, opinion = trial.name(position), overruled(words)[numeric.NAME].opinion
        if opinion == Opinion.DIFFERS:
            message = f"the gradient of {name} is right for the batch, and wrong for one sample"
            return Broken(CAUSE, message, name)
        if opinion != Opinion.AGREES:
            return Waived(f"for a batch of one no witness can tell of {name}")
    return None


def _is_endless(claim: Tensor | None, leaf: Tensor) -> bool:
    """Whether it is of the right shape, and what it divides by, as a deviation of one, is zero."""
    return claim is not None and claim.shape == leaf.shape and not is_finite(claim)


def _empty(trial: Trial, size: int) -> Broken | Waived | None:
    """Where forward and backward run on nothing, nothing is what the parameters get."""
    try:
        none = _cut(trial.subject, size, 0)
        outputs, claims = _called(none)
    except ExerciseError:
        return None
    if any(y.numel() for y in outputs):
        return None  # a mean over nothing is NaN in torch too, a sum is a number
    for position in sorted(trial.verified):
        leaf = none.leaves[position]
        if not _is_nothing(claims[position], leaf.value, leaf.role):
            message = f"for an empty batch the gradient of {leaf.name} is not that of nothing"
            return unless_promised(CAUSE, message, promised=trial.promised)
    return None


def _cut(subject: Subject, size: int, count: int) -> Subject:
    """The same target at its first inputs alone."""
    axis = samples_axis(subject.inputs)
    if axis or all(_is_floating(x) or not _has_length(x, size) for x in subject.inputs):
        leaves = (
            replace(leaf, value=leaf.value.narrow(axis, 0, count))
            if leaf.role == Role.INPUT
            else leaf
            for leaf in subject.leaves
        )
        return replace(subject, leaves=tuple(leaves))
    if subject.again is None:
        raise ExerciseError(f"{subject.name} cannot be made again")
    return subject.again(first_samples(subject.inputs, size, count), torch.float64)


def _called(subject: Subject) -> tuple[Outputs, Claims]:
    values = tuple(leaf.value for leaf in subject.leaves)
    session = subject.open()
    session.place(values)
    outputs = session.forward(values)
    return outputs, session.backward(tuple(torch.ones_like(y) for y in outputs))


def _is_nothing(claim: Any, value: Tensor, role: Role) -> bool:
    return is_gradient(claim, value) and (role == Role.INPUT or not bool(claim.any()))


def _has_length(value: Any, size: int) -> bool:
    return isinstance(value, Tensor | np.ndarray) and value.ndim > 0 and len(value) == size


def _is_floating(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.is_floating_point()
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
