"""Every gradient has the dtype of its leaf, in float64 and in float32."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import ExerciseError
from gradcheck.foreign.defaults import lowered_to
from gradcheck.foreign.widening import is_widened
from gradcheck.subject import Claims, Outputs, Subject, copies

CAUSE = "dtype"


def examine(trial: Trial) -> Answer:
    """Look at the claims in float64, then at those of the same target made in float32."""
    answer = _judged(trial.subject, trial.call.outputs, trial.call.gradients)
    if not isinstance(answer, Kept) or trial.subject.again is None:
        return answer
    if is_widened():
        return Waived("its float32 is read as float64")
    try:
        with lowered_to(torch.float32):
            single = trial.subject.again(trial.subject.inputs, torch.float32)
            return _judged(single, *_called(single))
    except ExerciseError as error:
        return Waived(f"in float32 it fails: {error}")


def _called(subject: Subject) -> tuple[Outputs, Claims]:
    values = tuple(leaf.value for leaf in subject.leaves)
    session = subject.open()
    given = copies(values)
    session.place(given)
    outputs = session.forward(given)
    return outputs, session.backward(tuple(torch.ones_like(y) for y in outputs))


def _judged(subject: Subject, outputs: Outputs, claims: Claims) -> Answer:
    for leaf, claim in zip(subject.leaves, claims, strict=True):
        if leaf.unclaimed or not isinstance(claim, Tensor) or claim.dtype == leaf.value.dtype:
            continue
        ours, theirs = _name(leaf.value), _name(claim)
        message = f"the gradient of {leaf.name} is {theirs}, {leaf.name} is {ours}"
        if not subject.torch_conventions:
            if other := [y for y in outputs if y.dtype != leaf.value.dtype]:
                words = f"the output {_name(other[0])}: it computes in a dtype of its own"
                return Waived(f"{message}, {words}")
            if _is_numpy(subject) and claim.dtype == torch.float64:
                return Waived(f"{message}: NumPy promotes")
        return Broken(CAUSE, message, leaf.name)
    return Kept()


def _name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _is_numpy(subject: Subject) -> bool:
    return any(isinstance(value, np.ndarray) for value in subject.inputs)
