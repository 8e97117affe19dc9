"""A Function's own ``jvp`` is the transpose of its backward:  ⟨u, J v⟩ = ⟨Jᵀ u, v⟩."""

from __future__ import annotations

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.modes.forward_mode import adjoint_mismatch
from gradcheck.modes.second_order import asking

CAUSE = "adjoint"


def examine(trial: Trial) -> Answer:
    """Where the backward is right, the identity decides; it takes no step."""
    graph = trial.subject.graph
    if graph is None:
        return Waived("torch does not differentiate it: it has no forward mode")
    claimed = [p for p, leaf in enumerate(trial.subject.leaves) if not leaf.unclaimed]
    if not trial.verified.issuperset(claimed):
        return Waived("the backward, which it would be held against, is not verified")
    values = asking(trial.probe)
    found = adjoint_mismatch(lambda *given: graph(given), values, trial.probe.seed)
    if found.agrees:
        return Kept()
    return Broken(
        CAUSE,
        "its jvp is not the transpose of its backward, which is right: along a random tangent v "
        f"and cotangent u, ⟨u, J v⟩ is {found.forward:.10g} and ⟨Jᵀ u, v⟩ is {found.reverse:.10g}",
    )
