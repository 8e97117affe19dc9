"""Every gradient has the shape of its leaf."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from gradcheck.cases.probe import Draw, Probe
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.subject import Leaf

CAUSE = "shape"


def examine(trial: Trial) -> Answer:
    """Look at the claims as they were made, in all draws."""
    for draw in trial.probe.draws:
        for leaf, claim in zip(trial.subject.leaves, draw.claims, strict=True):
            if isinstance(claim, Tensor) and _has_another_shape(claim, leaf):
                ours, theirs = tuple(leaf.value.shape), tuple(claim.shape)
                message = f"the gradient of {leaf.name} has shape {theirs}, {leaf.name} has {ours}"
                if not trial.promised and _broadcasts(theirs, ours):
                    return Waived(f"{message}: a step broadcasts it")
                return Broken(CAUSE, message, leaf.name)
    if len(trial.gradients) < sum(not leaf.unclaimed for leaf in trial.subject.leaves):
        return Waived("some gradient is missing, or none at all by its size or its values")
    return Kept()


def _broadcasts(claim: tuple[int, ...], leaf: tuple[int, ...]) -> bool:
    """Whether they differ by leading axes of one alone, as (3,) does from a bias of (1, 3).

    >>> _broadcasts((3,), (1, 3)), _broadcasts((3,), (3, 1)), _broadcasts((1, 3), (3,))
    (True, False, False)
    """
    return len(claim) < len(leaf) and leaf == (1,) * (len(leaf) - len(claim)) + claim


def aligned(probe: Probe) -> Probe:
    """The probe, each claim in the shape of its leaf where it has as many elements.

    Whether the numbers are right is another question than whether the shape is.
    """
    return replace(probe, draws=tuple(_aligned(probe, draw) for draw in probe.draws))


def _aligned(probe: Probe, draw: Draw) -> Draw:
    pairs = zip(probe.subject.leaves, draw.claims, strict=True)
    claims = tuple(
        claim.reshape(leaf.value.shape)
        if isinstance(claim, Tensor) and _has_another_shape(claim, leaf)
        else claim
        for leaf, claim in pairs
    )
    return replace(draw, claims=claims)


def _has_another_shape(claim: Tensor, leaf: Leaf) -> bool:
    """With as many elements: any other number is no gradient at all, and told as such."""
    return claim.shape != leaf.value.shape and claim.numel() == leaf.value.numel()
