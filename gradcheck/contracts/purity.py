"""Neither forward nor backward writes to what it was handed: inputs, cotangent, weights."""

from __future__ import annotations

import torch

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.calls import changed_positions
from gradcheck.contracts.trial import Trial
from gradcheck.subject import Role

CAUSE = "mutation"


def examine(trial: Trial) -> Answer:
    """Compare everything handed over with what it was, to the bit."""
    call = trial.call
    after = changed_positions(trial.values, call.values)
    by_backward = tuple(p for p in after if p not in call.changed_by_forward)
    for method, changed in (("forward", call.changed_by_forward), ("backward", by_backward)):
        if changed and (answer := _written(trial, changed, method)):
            return answer
    if changed_positions(trial.cotangents, call.cotangents):
        return Broken(CAUSE, "the backward writes to grad_output, which belongs to its caller")
    if after:
        return Waived("it declares itself as working in place")
    return Kept()


def _written(trial: Trial, changed: tuple[int, ...], method: str) -> Broken | Waived | None:
    inputs = tuple(p for p in changed if trial.subject.leaves[p].role == Role.INPUT)
    if inputs and not getattr(trial.subject.instance, "inplace", False):
        return _broken(trial, inputs, method)
    weights = tuple(p for p in changed if p not in inputs)
    if weights and method == "backward" and not trial.promised and _is_step(trial, weights):
        return Waived("the backward updates the weights itself: a convention of its own")
    return _broken(trial, weights, method) if weights else None


def _is_step(trial: Trial, positions: tuple[int, ...]) -> bool:
    """Whether each weight was moved along its gradient, as by an optimizer inside the backward."""
    for position in positions:
        moved = trial.call.values[position] - trial.values[position]
        claim = trial.call.gradients[position]
        if claim is None or claim.numel() != moved.numel():
            return False
        along = torch.cosine_similarity(moved.flatten(), claim.to(moved).flatten(), dim=0, eps=0)
        if not float(along) < -1 + 1e-9:
            return False
    return True


def _broken(trial: Trial, positions: tuple[int, ...], method: str) -> Broken:
    leaf = trial.name(positions[0]) if len(positions) == 1 else None
    words = f"the {method} writes to {trial.names(positions)}"
    return Broken(CAUSE, words, leaf, in_forward=method == "forward")
