"""Which elements are wrong, in words: a row, a column, the last element, the border, everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

EVERYTHING = "everything"
_FEW = 3
_MATRIX = 2


def describe(wrong: Tensor) -> str:
    """The pattern of a boolean mask; the places one by one if they are few; else how many.

    >>> mask = torch.zeros(3, 4, dtype=torch.bool)
    >>> mask[1] = True
    >>> describe(mask)
    'row 1'
    >>> describe(torch.eye(3, dtype=torch.bool))
    'the diagonal'
    """
    pattern = pattern_of(wrong)
    if pattern:
        return pattern
    places = wrong.nonzero().tolist()
    shown = ", ".join(str(tuple(place)) for place in places[:_FEW])
    if len(places) <= _FEW:
        return f"element{'s' if len(places) > 1 else ''} {shown}"
    return f"{len(places)} of {wrong.numel()} elements, as {shown}"


def pattern_of(wrong: Tensor) -> str:
    """The name of the pattern, if it has one; empty otherwise.

    What every slice along an axis has in common is said once: `wrong[:, 0, :]` is a column of a
    matrix, and the first index along axis 1 of anything.
    """
    if not wrong.numel() or not bool(wrong.any()):
        return ""
    if bool(wrong.all()):
        return EVERYTHING
    return next((name for name, mask in _patterns(wrong) if name and torch.equal(mask, wrong)), "")


def _patterns(wrong: Tensor) -> Iterator[tuple[str, Tensor]]:
    yield from _single(wrong)
    yield from _along_axes(wrong)
    yield from _corners_and_diagonals(wrong)
    yield from _borders(wrong)


def _single(wrong: Tensor) -> Iterator[tuple[str, Tensor]]:
    for words, index in (("the first element", 0), ("the last element", wrong.numel() - 1)):
        mask = torch.zeros_like(wrong, memory_format=torch.contiguous_format)
        mask.view(-1)[index] = True
        yield words, mask


def _along_axes(wrong: Tensor) -> Iterator[tuple[str, Tensor]]:
    for axis, size in enumerate(wrong.shape):
        others = tuple(a for a in range(wrong.dim()) if a != axis)
        hit = wrong.any(others) if others else wrong
        shape = [size if a == axis else 1 for a in range(wrong.dim())]
        indices = hit.nonzero().flatten().tolist()
        yield _indices(indices, axis, wrong), hit.reshape(shape).expand_as(wrong)


def _indices(indices: list[int], axis: int, wrong: Tensor) -> str:
    """Some indices along an axis, in words."""
    size, noun = wrong.shape[axis], _noun(axis, wrong)
    if len(indices) == 1:
        (index,) = indices
        if index in (0, size - 1) and noun != "element":
            return f"{noun} {index} (the {'first' if index == 0 else 'last'} of {size})"
        return f"{noun} {index}"
    for start in (0, 1):
        if size > _FEW and indices == list(range(start, size, 2)):
            return f"every second {noun}, from {start}"
    if 2 * len(indices) > size:  # so many that the others are the exception
        return ""
    if indices == list(range(indices[0], indices[-1] + 1)):
        return f"{noun}s {indices[0]} to {indices[-1]} of {size}"
    return f"{noun}s {', '.join(map(str, indices))} of {size}"


def _noun(axis: int, wrong: Tensor) -> str:
    if wrong.dim() == 1:
        return "element"
    if wrong.dim() == _MATRIX:
        return ("row", "column")[axis]
    return (
        ("sample", "channel")[axis]
        if axis < _MATRIX and wrong.dim() > _FEW
        else f"index along axis {axis}:"
    )


def _corners_and_diagonals(wrong: Tensor) -> Iterator[tuple[str, Tensor]]:
    if wrong.dim() != _MATRIX:
        return
    diagonal = torch.zeros_like(wrong)
    diagonal.fill_diagonal_(fill_value=True)
    yield "the diagonal", diagonal
    yield "everything off the diagonal", ~diagonal
    ones = torch.ones_like(wrong)
    yield "above the diagonal", ones.triu(1)
    yield "below the diagonal", ones.tril(-1)


def _borders(wrong: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The outermost elements along the last axes."""
    for count in (wrong.dim(), wrong.dim() - 2):
        if count < 1:
            continue
        inside = torch.zeros_like(wrong)
        window = [slice(None)] * (wrong.dim() - count) + [slice(1, -1)] * count
        inside[tuple(window)] = True
        yield "the border", ~inside
        yield "everything but the border", inside
    for axis in range(wrong.dim()):
        for ends in itertools.islice(((0,), (-1,), (0, -1)), 3):
            mask = torch.zeros_like(wrong)
            for end in ends:
                mask.select(axis, end).fill_(value=True)
            yield f"the ends along axis {axis}", mask
