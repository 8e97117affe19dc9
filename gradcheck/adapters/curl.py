"""Whether a backward that is given a target may be the gradient of some loss, of whichever.

The derivative of a gradient is symmetric, ⟨w, DB v⟩ = ⟨v, DB w⟩ for all of its leaves together;
and what is given to it as a target is no cotangent, in which every backward is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from gradcheck.adapters.fitting import normal_like
from gradcheck.subject import Claims, Outputs, Subject, Values, flat, vjp

# Small, so that hardly any kink lies between two of them.
_STEP = 2.0**-17
_CLOSE = 1e-3

Answer = Callable[[Tensor], Tensor]
"""An argument of a backward → all that it claims, as one vector."""


def is_curled(subject: Subject) -> bool:
    """Whether its claims are the gradient of nothing: along two directions they are asymmetric.

    Raises:
        ExerciseError: If it cannot be called there.
    """
    draws = Generator().manual_seed(3)
    told = [number for number, one in enumerate(claimed(subject)) if one is not None]
    values = tuple(subject.leaves[number].value for number in told)
    v, w = (tuple(normal_like(one, draws) for one in values) for _ in range(2))
    one = flat(_change(subject, told, v)) @ flat(w)
    other = flat(_change(subject, told, w)) @ flat(v)
    return bool((one - other).abs() > _CLOSE * torch.maximum(one.abs(), other.abs()))


def is_linear(claims: Answer, like: Tensor) -> bool:
    """Whether what a backward claims is linear in its argument, as in a cotangent.

    >>> is_linear(lambda u: 3 * u, torch.ones(2)), is_linear(lambda y: 1 - y, torch.ones(2))
    (True, False)
    """
    draws = Generator().manual_seed(4)
    one, other = (normal_like(like, draws).to(like) for _ in range(2))
    apart = claims(one + other) - claims(one) - claims(other)
    return bool(apart.norm() <= _CLOSE * claims(one).norm())


def claimed(subject: Subject, values: Values | None = None) -> Claims:
    """What it claims, in the sizes of its leaves; None where none is, or none is expected."""
    here = values or tuple(leaf.value for leaf in subject.leaves)
    u = tuple(torch.ones_like(y) for y in subject.forward(here))
    pairs = zip(subject.leaves, vjp(subject, here, u), strict=True)
    return tuple(
        one
        if isinstance(one, Tensor) and one.numel() == leaf.value.numel() and not leaf.unclaimed
        else None
        for leaf, one in pairs
    )


def _change(subject: Subject, told: Sequence[int], direction: Values) -> Outputs:
    """By what the claims of these leaves change along a direction of them."""
    sides = []
    for sign in (1, -1):
        values = [leaf.value for leaf in subject.leaves]
        for number, v in zip(told, direction, strict=True):
            values[number] = values[number] + sign * _STEP * v
        claims = claimed(subject, tuple(values))
        sides.append([one.reshape(-1) for number in told if (one := claims[number]) is not None])
    return tuple(ahead - behind for ahead, behind in zip(*sides, strict=True))
