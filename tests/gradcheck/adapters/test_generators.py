"""Generators that an object holds begin anew before each forward."""

import random
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck.adapters.generators import Generators


class Holder:
    """Something that holds a generator."""

    def __init__(self, source: Any) -> None:
        self.sources = [source]


DRAWS: list[tuple[Any, Any]] = [
    (lambda: np.random.default_rng(3), lambda g: g.random()),
    (lambda: np.random.RandomState(3), lambda g: g.rand()),
    (lambda: random.Random(3), lambda g: g.random()),  # noqa: S311 no secret
    (lambda: torch.Generator().manual_seed(3), lambda g: float(torch.rand((), generator=g))),
]


@pytest.mark.parametrize(("make", "draw"), DRAWS, ids=["new", "old", "python", "torch"])
def test_every_kind_of_generator_is_wound_back(make: Any, draw: Any) -> None:
    """To where it began, as often as it is asked."""
    holder = Holder(make())
    own = Generators(holder)
    draws = []
    for _ in range(3):
        own.rewind()
        draws.append([draw(holder.sources[0]), draw(holder.sources[0])])
    assert draws[0] == draws[1] == draws[2]
    assert draws[0][0] != draws[0][1]


def test_one_that_a_forward_makes_begins_where_its_seed_made_it() -> None:
    """Though it has drawn before anybody saw it."""
    holder = Holder(None)
    own = Generators(holder)
    own.rewind()
    holder.sources[0] = np.random.default_rng(7)
    first = holder.sources[0].random()
    own.rewind()
    assert holder.sources[0].random() == first
