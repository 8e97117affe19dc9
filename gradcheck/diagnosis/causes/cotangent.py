"""ignores_cotangent, nonlinear_cotangent: what is done to the gradient that flows in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Suspect

# Far more than any rounding; a claim that is linear but for its own rounding is linear.
LINEAR = 1e-7


def passed_through(suspect: Suspect) -> Iterator[Explanation]:
    """The cotangent comes back untouched."""
    if suspect.is_elementwise_shape and suspect.explains(lambda s: s.cotangents[0]):
        yield Explanation(
            "ignores_cotangent",
            "passed through",
            "the claimed gradient is grad_output itself: it is passed through untouched, and the "
            f"derivative is not multiplied in{_meant(suspect)}",
        )


def _meant(suspect: Suspect) -> str:
    """What to say where nobody would multiply in a derivative of zero, as of a rounding."""
    if any(bool(sample.truth.any()) for sample in suspect.samples):
        return ""
    return ', which is zero; if a straight-through gradient is meant, say expect="straight-through"'


def stands_in(suspect: Suspect) -> Iterator[Explanation]:
    """The forward is flat, and something else is claimed: what its author takes for its slope."""
    claims = [sample.claim for sample in suspect.samples]
    if not suspect.is_elementwise_shape or any(bool(one.truth.any()) for one in suspect.samples):
        return
    if any(bool(claim.any()) for claim in claims):
        yield Explanation(
            "unknown",
            "a surrogate",
            "the forward is flat here and the true gradient zero, the claimed one is not: if a "
            'surrogate gradient is meant, say of what: expect="gradient of mylib.smooth", or '
            'expect="surrogate" where it cannot be said',
        )


def left_out(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the same for every cotangent."""
    if not suspect.subject.free_cotangent or len(suspect.samples) < 2:
        return
    first, *others = suspect.samples
    if not bool(first.claim.any()) or not all(suspect.same(first.claim, s.claim) for s in others):
        return
    if any(suspect.same(first.truth, s.truth) for s in others):
        return
    as_ones = suspect.explains(suspect.vjp_of(torch.ones_like))
    more = ", just what a grad_output of ones would give" if as_ones else ""
    yield Explanation(
        "ignores_cotangent",
        "left out",
        f"the claimed gradient is the same for every grad_output{more}: "
        "it is not multiplied with grad_output",
    )


_CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "|grad_output|": torch.abs,
    "grad_output clipped to [-1, 1]": lambda u: u.clamp(-1, 1),
    "the sign of grad_output": torch.sign,
    "the positive part of grad_output": lambda u: u.clamp(min=0),
    "grad_output²": torch.square,
    "grad_output over its norm": lambda u: u / u.norm() if bool(u.any()) else u,
    "grad_output over its largest element": lambda u: u / u.abs().max() if bool(u.any()) else u,
}


def changed(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth for a cotangent that is no multiple of the one given."""
    for name, change in _CHANGES.items():
        if suspect.explains(suspect.vjp_of(change)):
            yield Explanation(
                "nonlinear_cotangent",
                name,
                f"the claimed gradient is the true one for {name}, not for grad_output",
            )
        if suspect.is_elementwise_shape and suspect.explains(
            lambda s, change=change: change(s.cotangents[0])  # type: ignore[misc]
        ):
            yield Explanation(
                "nonlinear_cotangent",
                f"condition: {name}",
                f"the claimed gradient is {name}: the condition looks at grad_output, where it "
                "should look at the input",
            )
        if suspect.explains(lambda s, change=change: change(s.truth)):  # type: ignore[misc]
            told = name.replace("grad_output", "the true gradient")
            yield Explanation(
                "nonlinear_cotangent",
                told,
                f"the claimed gradient is {told}",
            )


def nonlinear(suspect: Suspect) -> Iterator[Explanation]:
    """The claim for a sum of cotangents is not the sum of the claims, for a fresh object."""
    if not suspect.subject.free_cotangent or len(suspect.samples) < 2:
        return
    one, other, *_ = suspect.samples
    both = tuple(u + v for u, v in zip(one.cotangents, other.cotangents, strict=True))
    claims = [suspect.claim_at(one.values, u) for u in (one.cotangents, other.cotangents, both)]
    if claims[0] is None or claims[1] is None or claims[2] is None:
        return
    apart = float((claims[2] - claims[0] - claims[1]).abs().max())
    size = max(float(claim.abs().max()) for claim in claims if claim is not None)
    if apart > LINEAR * size:
        yield Explanation(
            "nonlinear_cotangent",
            "nonlinear",
            "the claims for two grad_outputs do not add up to the claim for their sum: they are "
            f"off by {apart / size:.1g} of it",
        )
