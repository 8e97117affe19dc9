"""What a backward returns or stores is memory of its own."""

from __future__ import annotations

from itertools import combinations

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.memory import overlap, overlaps_itself
from gradcheck.contracts.trial import Trial
from gradcheck.subject import Role

CAUSE = "aliasing"


def examine(trial: Trial) -> Answer:
    """Compare the addresses of all claims with those of everything handed over."""
    places = trial.call.places
    claims = {
        p: claim
        for p, claim in enumerate(places.claims)
        if claim is not None and not trial.subject.leaves[p].unclaimed
    }
    stored = {p: claims[p] for p in trial.stored(claims)}
    for position, claim in claims.items():
        for other, value in enumerate(places.values):
            if overlap(claim, value):
                return _broken(trial, position, f"the memory of {trial.name(other)} itself")
    for position, claim in stored.items():
        if any(overlap(claim, u) for u in places.cotangents):
            return _cotangent_kept(trial, position)
        if overlaps_itself(claim):
            return _broken(trial, position, "one number expanded, to which nothing can be added")
    for (position, claim), (other, another) in combinations(claims.items(), 2):
        if (position in stored or other in stored) and overlap(claim, another):
            broken = _broken(trial, position, f"also that of {trial.name(other)}")
            both = position in stored and other in stored
            return _shared(broken) if both and not trial.promised else broken
    return _returned(trial)


def _shared(broken: Broken) -> Waived:
    """Two stored gradients that are equal may be one, where nobody promised to add to them.

    Where a backward adds to one and so to both, a second one is wrong, and told so.
    """
    return Waived(f"{broken.message}: a convention of its own")


def _cotangent_kept(trial: Trial, position: int) -> Answer:
    """Harmless where every backward overwrites it, and nobody promised to add to it."""
    name = trial.name(position)
    message = f"the stored gradient of {name} is the memory of grad_output itself"
    if trial.promised:
        return Broken(CAUSE, message, name)
    return Waived(f"{message}: a convention of its own")


def _returned(trial: Trial) -> Answer:
    """Returning the cotangent itself is right in most frameworks, and in torch a view of it is."""
    places = trial.call.places
    for leaf, claim in zip(trial.subject.leaves, places.claims, strict=True):
        if leaf.role != Role.INPUT or claim is None:
            continue
        if any(overlap(claim, u) for u in places.cotangents):
            message = f"the gradient of {leaf.name} is grad_output itself, not a copy"
            return unless_promised(CAUSE, message, promised=trial.promised)
    return Kept()


def _broken(trial: Trial, position: int, what: str) -> Broken:
    name = trial.name(position)
    kind = "stored" if trial.subject.leaves[position].role == Role.PARAMETER else "returned"
    return Broken(CAUSE, f"the {kind} gradient of {name} is {what}", name)
