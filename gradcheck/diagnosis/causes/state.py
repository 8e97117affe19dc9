"""stale_cache, mutation: right for another moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.adapters.optimizer import SMALL_RATE
from gradcheck.cases.probe import EARLIER
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.errors import ExerciseError
from gradcheck.subject import Role, Values, copies, identical

# What weights are scaled with to see whether a claim follows them.
_OTHER = 1.5
_INPUT, _WEIGHTS, _BOTH = (Role.INPUT,), (Role.PARAMETER,), (Role.INPUT, Role.PARAMETER)
_MOMENTS = {
    "the input of the forward before, not of this one": _INPUT,
    "the weights of the step before, not of this one": _WEIGHTS,
    "the input and weights of the step before": _BOTH,
}


def stale(suspect: Suspect) -> Iterator[Explanation]:
    """The claim of a fresh object is right, and later it is the truth at the values before."""
    if not suspect.wrong or suspect.wrong[0] is suspect.samples[0]:
        return
    for words, roles in _MOMENTS.items():
        if suspect.explains(suspect.vjp_at(_before(suspect, roles))):
            yield Explanation("stale_cache", "stale", f"the claimed gradient is right for {words}")


def copied(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth at the weights that the constructor made, whatever they are now."""

    def then(values: Values) -> Values:
        return tuple(
            leaf.value if leaf.role == Role.PARAMETER else value
            for leaf, value in zip(suspect.subject.leaves, values, strict=True)
        )

    if not suspect.wrong or not suspect.explains(suspect.vjp_at(then)):
        return
    sample = suspect.wrong[0]
    later = _scaled(suspect, sample.values, _WEIGHTS, _OTHER)
    claim = suspect.claim_at(later, sample.cotangents)
    if claim is not None and suspect.same(claim, sample.claim):
        yield Explanation(
            "stale_cache",
            "copied",
            "the claimed gradient is right for the weights that the constructor made, and does "
            "not follow them when they change",
        )


def _before(suspect: Suspect, roles: tuple[Role, ...]) -> Callable[[Values], Values]:
    return lambda values: _scaled(suspect, values, roles, EARLIER)


def _scaled(suspect: Suspect, values: Values, roles: tuple[Role, ...], by: float) -> Values:
    return tuple(
        value * by if leaf.role in roles else value
        for leaf, value in zip(suspect.subject.leaves, values, strict=True)
    )


def right_only_once(suspect: Suspect) -> Iterator[Explanation]:
    """A fresh object is right, one that has been through a step is not."""
    samples = suspect.samples
    if len(samples) < 2 or not suspect.subject.keeps_state:
        return
    if suspect.same(samples[0].claim, samples[0].truth) and len(suspect.wrong) == len(samples) - 1:
        yield Explanation(
            "stale_cache",
            "stale",
            "the claimed gradient is right for a fresh object, and wrong after an earlier forward "
            "and backward: something is kept from them",
        )


def updated_first(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth at the weights that the backward has already updated.

    Its step is known, as its learning rate is ours: the weights less that many gradients.
    """
    leaves = suspect.subject.leaves
    if suspect.leaf.role == Role.PARAMETER or all(x.role == Role.INPUT for x in leaves):
        return
    by_cotangents = {id(draw.cotangents): draw.claims for draw in suspect.probe.draws}

    def predicted(sample: Sample) -> Tensor | None:
        claims = by_cotangents.get(id(sample.cotangents), ())
        values = tuple(
            value - SMALL_RATE * claim.reshape(value.shape)
            if leaf.role == Role.PARAMETER and isinstance(claim, Tensor)
            else value
            for leaf, value, claim in zip(leaves, sample.values, claims, strict=True)
        )
        return suspect.truth(values, sample.cotangents, suspect.position)

    if suspect.explains(predicted):
        yield Explanation(
            "mutation",
            "updated first",
            "the backward updates its weights first, and computes the claimed gradient with the "
            "new ones: it is that of the old ones that is wanted",
        )


def written_to(suspect: Suspect) -> Iterator[Explanation]:
    """The backward writes to what it reads: the outputs, the inputs or the weights."""
    if not suspect.wrong:
        return
    sample = suspect.wrong[0]
    try:
        with torch.no_grad():
            changed = _changed_by_backward(suspect, sample)
    except ExerciseError:
        return
    for name in changed:
        yield Explanation(
            "mutation",
            f"writes to {name}",
            f"the backward changes {name} in place, and computes with what is left of it",
        )


def _changed_by_backward(suspect: Suspect, sample: Sample) -> list[str]:
    subject = suspect.subject
    session = subject.open()
    values = copies(sample.values)
    session.place(values)
    outputs = session.forward(values)
    handed, before = copies(outputs), copies(values)
    given = copies(sample.cotangents)
    session.backward(given)
    changed = [] if identical(outputs, handed) else ["the output of the forward"]
    changed += [] if identical(given, sample.cotangents) else ["grad_output"]
    pairs = zip(subject.leaves, values, before, strict=True)
    return changed + [leaf.name for leaf, now, then in pairs if not torch.equal(now, then)]
