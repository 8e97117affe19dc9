"""Which argument of a loss each gradient belongs to, where fewer come back than went in.

    loss(x, x_hat, mean, log_var) -> value        grad(...) -> those of x_hat, log_var and mean

The names of the arguments do not tell, and sizes do so seldom: slopes are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice, permutations

import torch
from torch import Generator, Tensor

from gradcheck.adapters.fitting import is_slope
from gradcheck.errors import ExerciseError
from gradcheck.subject import Subject

_MOST = 120


def assigned(subject: Subject, gradients: Sequence[object], target: str) -> tuple[int, ...]:
    """The position of the leaf of each gradient; nothing, where there is nothing to choose.

    In the order of the leaves, where that fits; of several that do not, what fits most of them.
    The leaf that is called as the ``target`` is, is the last to have one.
    """
    leaves = subject.leaves
    if not 1 < len(gradients) < len(leaves):
        return ()
    ways = [
        way
        for way in islice(permutations(range(len(leaves)), len(gradients)), _MOST)
        if all(_has_its_size(one, leaves[p].value) for one, p in zip(gradients, way, strict=True))
    ]
    names = [leaf.name for leaf in leaves]
    ways.sort(key=lambda way: (target in {names[p] for p in way}, list(way) != sorted(way)))

    @cache
    def fits(number: int, position: int) -> bool:
        u = tuple(torch.ones_like(y) for y in subject.forward(values))
        draws = Generator().manual_seed(0)
        try:
            return is_slope(subject, position, gradients[number], u, draws)
        except (ExerciseError, RuntimeError):
            return False

    values = tuple(leaf.value for leaf in leaves)
    return max(ways, key=lambda way: sum(fits(*pair) for pair in enumerate(way)), default=())


def _has_its_size(gradient: object, value: Tensor) -> bool:
    return isinstance(gradient, Tensor) and gradient.numel() == value.numel()
