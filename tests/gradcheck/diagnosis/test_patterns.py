"""Which elements are wrong, in words."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gradcheck.diagnosis.patterns import EVERYTHING, describe, pattern_of


def marked(*shape: int, **places: object) -> Tensor:
    """Return a mask of this shape that is set where told."""
    mask = torch.zeros(shape, dtype=torch.bool)
    for place in places.values():
        mask[place] = True  # type: ignore[index] # an index of some kind
    return mask


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (marked(4, 5, a=1), "row 1"),
        (marked(4, 5, a=3), "row 3 (the last of 4)"),
        (marked(4, 5, a=(slice(None), 2)), "column 2"),
        (marked(4, 5, a=(3, 4)), "the last element"),
        (marked(4, 5, a=(0, 0)), "the first element"),
        (marked(4, a=3), "the last element"),
        (torch.eye(4, dtype=torch.bool), "the diagonal"),
        (~torch.eye(4, dtype=torch.bool), "everything off the diagonal"),
        (torch.ones(4, 4, dtype=torch.bool).triu(1), "above the diagonal"),
        (marked(2, 6, 3, 3, a=(slice(None), slice(1, None, 2))), "every second channel, from 1"),
        (marked(2, 3, 4, 4, a=(slice(None), 2)), "channel 2 (the last of 3)"),
        (marked(5, 6, a=[0, -1], b=(slice(None), [0, -1])), "the border"),
        (marked(6, 5, a=slice(0, 2)), "rows 0 to 1 of 6"),
        (torch.ones(3, 3, dtype=torch.bool), EVERYTHING),
        (marked(4, 5, a=(1, 2), b=(3, 0)), "elements (1, 2), (3, 0)"),
    ],
)
def test_a_pattern_is_named(mask: Tensor, words: str) -> None:
    """As a person would say it."""
    assert describe(mask) == words


def test_what_has_no_pattern_is_counted_with_examples() -> None:
    """Not all of them: nobody reads four hundred places."""
    mask = torch.rand(20, 20, generator=torch.Generator().manual_seed(0)) < 0.3
    assert pattern_of(mask) == ""
    assert describe(mask).startswith(f"{int(mask.sum())} of 400 elements, as (0, ")


def test_nothing_wrong_is_no_pattern() -> None:
    """Nor is an empty leaf."""
    assert pattern_of(torch.zeros(3, dtype=torch.bool)) == ""
    assert pattern_of(torch.zeros(0, dtype=torch.bool)) == ""
