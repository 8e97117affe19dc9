"""Where a claimed gradient is wrong: its distance from the true one, entry by entry, as a grid."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.exhibits import Heat
from gradcheck.grid import scale_of
from gradcheck.subject import flat
from gradcheck.witnesses import autograd

# A cell smaller than a few points of a screen is none.
MOST_CELLS = 32
# Without autograd each entry costs four forwards.
MOST_ENTRIES = 400
_STEP = 2.0**-13


def heat(probe: Probe, position: int, *, trusted: bool) -> Heat | None:
    """The errors of one leaf's first claim; None where its truth costs too many forwards.

    ``trusted`` says whether autograd's word is taken for the truth; else it is measured.
    """
    claim, cotangents = probe.draws[0].claims[position], probe.draws[0].cotangents
    if claim is None or claim.shape != probe.values[position].shape or not claim.numel():
        return None
    truth = autograd.gradient_of_leaf(probe, cotangents, position) if trusted else None
    said = autograd.NAME
    if truth is None:
        if claim.numel() > MOST_ENTRIES:
            return None
        truth, said = _measured(probe, position), "numeric"
    claim, truth = claim.detach().double().cpu(), truth.detach().double().cpu()
    size = max(_largest(claim), _largest(truth)) or 1.0
    errors = _matrix((claim - truth).abs() / size)
    rows, columns = (_blocks(length) for length in errors.shape)
    cells = _gathered(errors, rows, columns)
    known = tuple(float(cell) if math.isfinite(cell) else None for cell in cells.reshape(-1))
    return Heat(tuple(claim.shape), len(cells), cells.shape[1], known, said)


def _measured(probe: Probe, position: int) -> Tensor:
    """The gradient entry by entry, from differences with one step and twice that step."""
    leaf, cotangent = probe.values[position], flat(probe.draws[0].cotangents).double()
    step = _STEP * scale_of(leaf)

    def moved(entry: int, times: int) -> Tensor:
        values = [*probe.values]
        values[position] = leaf.clone(memory_format=torch.contiguous_format)
        values[position].view(-1)[entry] += times * step
        return torch.dot(cotangent, flat(probe.subject.forward(tuple(values))).double())

    with torch.no_grad():
        slopes = []
        for entry in range(leaf.numel()):
            near = (moved(entry, 1) - moved(entry, -1)) / (2 * step)
            far = (moved(entry, 2) - moved(entry, -2)) / (4 * step)
            slopes.append(near + (near - far) / 3)
    return torch.stack(slopes).reshape(leaf.shape)


def _matrix(values: Tensor) -> Tensor:
    """Two axes: the last one, and all before it."""
    return values.reshape(-1, values.shape[-1] if values.dim() else 1)


def _blocks(length: int) -> int:
    """How many entries of an axis share a cell."""
    return math.ceil(length / MOST_CELLS)


def _gathered(errors: Tensor, rows: int, columns: int) -> Tensor:
    """The worst entry of each block; NaN counts as worst."""
    lines = torch.stack([part.amax(dim=0) for part in errors.split(rows, dim=0)])
    return torch.stack([part.amax(dim=1) for part in lines.split(columns, dim=1)], dim=1)


def _largest(values: Tensor) -> float:
    finite = values[torch.isfinite(values)]
    return float(finite.abs().max()) if finite.numel() else 0.0
