"""An input whose first axis counts things that are handed over together, as query, key and value.

How many there are shows in the gradient: it has as many rows, whatever number came in.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.cases.spec import Spec
from gradcheck.choice.trial import Trial
from gradcheck.subject import Role, vjp


def as_many_as_return(spec: Spec, trial: Trial) -> Spec:
    """The same, with as many rows in its one input as in that one's gradient, if more than one.

    Fewer rows by mistake, as where a loop ends too early, would be fewer again.
    """
    outputs = trial.forward()
    claims = vjp(trial.subject, trial.values, tuple(torch.ones_like(y) for y in outputs))
    leaves = zip(trial.subject.leaves, claims, strict=True)
    inputs = [claim for leaf, claim in leaves if leaf.role == Role.INPUT]
    if len(spec.shapes) != 1 or len(inputs) != 1 or not isinstance(inputs[0], Tensor):
        return spec
    ours, theirs = spec.shapes[0], tuple(inputs[0].shape)
    is_other = len(ours) == len(theirs) > 1 and ours[0] != theirs[0] > 1
    return replace(spec, shapes=(theirs,)) if is_other and ours[1:] == theirs[1:] else spec
