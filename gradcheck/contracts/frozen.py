"""A leaf that asks for no gradient takes none away from the others: ``ctx.needs_input_grad``."""

from __future__ import annotations

from gradcheck.adapters.graph import pulled_back_without
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError

CAUSE = "frozen"
# Of a module with many weights, each of which costs a forward and a backward.
_MOST = 8


def examine(trial: Trial) -> Answer:
    """Freeze one leaf after the other."""
    graph, leaves = trial.subject.graph, trial.subject.leaves
    if graph is None:
        return Waived("torch does not differentiate it: no leaf can be frozen")
    unclaimed = {p for p, leaf in enumerate(leaves) if leaf.unclaimed}
    claimed = [p for p in trial.gradients if p not in unclaimed]
    if len(claimed) < 2:
        return Waived("it has one leaf alone")
    for position in claimed[:_MOST]:
        try:
            claims = pulled_back_without(
                graph, trial.values, trial.cotangents, {*unclaimed, position}, trial.subject.name
            )
        except BackwardError as error:
            return Broken(CAUSE, f"with {trial.name(position)} frozen it fails: {error}")
        others = [p for p in claimed if p != position]
        if wrong := trial.differing(trial.present(claims), among=others):
            words = "is missing" if claims[wrong[0]] is None else "is another"
            message = (
                f"with {trial.name(position)} frozen, the gradient of {trial.names(wrong)} {words}"
            )
            return Broken(CAUSE, message, trial.name(wrong[0]) if len(wrong) == 1 else None)
    return Kept()
