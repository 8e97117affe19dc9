"""A Function's own ``jvp`` is the transpose of its backward:  ⟨u, J v⟩ = ⟨Jᵀ u, v⟩."""

from __future__ import annotations

import torch
from torch.autograd import Function

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.modes.forward_mode import adjoint_mismatch

CAUSE = "adjoint"


def is_written(instance: object) -> bool:
    """Whether somebody has written forward mode for it.

    >>> is_written(Function)
    False
    """
    own = getattr(instance, "jvp", None)
    return own is not None and own is not Function.jvp


def examine(trial: Trial) -> Answer:
    """Where the backward is right, the identity decides; it takes no step."""
    graph = trial.subject.graph
    if graph is None:
        return Waived("torch does not differentiate it: it has no forward mode")
    claimed = [p for p, leaf in enumerate(trial.subject.leaves) if not leaf.unclaimed]
    if not trial.verified.issuperset(claimed):
        return Waived("the backward, which it would be held against, is not verified")
    values = tuple(
        value.clone().requires_grad_(p in claimed) for p, value in enumerate(trial.values)
    )
    with torch.enable_grad():
        found = adjoint_mismatch(lambda *given: graph(given), values, trial.probe.seed)
    if found.agrees:
        return Kept()
    return Broken(
        CAUSE,
        "its jvp is not the transpose of its backward, which is right: along a random tangent v "
        f"and cotangent u, ⟨u, J v⟩ is {found.forward:.10g} and ⟨Jᵀ u, v⟩ is {found.reverse:.10g}",
    )
