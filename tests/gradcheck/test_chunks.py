"""Large tensors in parts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gradcheck.chunks import SIZE, chunks

LONG = torch.arange(3 * SIZE // 2 * 2).view(2, -1)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(1.0),
        torch.zeros(0, 3),
        LONG,
        LONG.T,
        LONG.T.contiguous().T,
        LONG[:1].expand(4, -1),
        LONG[:, None, ::2],
    ],
    ids=["number", "nothing", "rows", "columns", "turned", "expanded", "strided"],
)
def test_the_parts_are_the_whole(tensor: Tensor) -> None:
    """Each element once, next to the one at its place in the other tensor, none of them large."""
    other = tensor.clone(memory_format=torch.contiguous_format)
    parts = [(one.clone(), two) for one, two in chunks(tensor, other)]
    assert all(torch.equal(one, two) for one, two in parts)
    assert all(one.numel() <= SIZE for one, _ in parts)
    whole = torch.cat([one.reshape(-1) for one, _ in parts])
    assert torch.equal(whole.sort().values, tensor.reshape(-1).sort().values)


def test_what_is_written_to_a_part_is_written_to_the_whole() -> None:
    """They are views, however the tensor lies."""
    turned = torch.zeros(SIZE, 2).T
    for (part,) in chunks(turned):
        part.fill_(1.0)
    assert bool((turned == 1).all())
