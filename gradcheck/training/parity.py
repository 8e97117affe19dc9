"""A training recipe beside torch: from the same start, every epoch's loss is compared.

What is checked is not one backward but all of them together with losses, optimizer and batches, as
they are used.  A recipe is recognised by its shape:

    start(seed, dtype) -> start      random weights and data; `start.model.state_dict()` shows them
    train(start)                     trains in the author's framework; yields epochs with a `.loss`
    train_in_torch(start)            the same with torch.nn, torch.autograd and torch.optim

A start may have a method ``verdicts()``, which a report draws after the training: what its model
takes the points of a square for, as a square tensor of bool whose first row is the lowest.

Agreement proves little where nothing could have differed, so two things make it undecided: units of
one layer that start alike, which stay alike whatever the gradients are, and a loss that hardly
moves.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError, one_line
from gradcheck.exhibits import Boundary, Exhibit, Parity
from gradcheck.records import Finding, Record, Verdict

METHODS = ("start", "train", "train_in_torch")
# How far the losses may lie apart, beside the larger of the loss and one.  Rounding alone stays two
# digits below that over some thousand steps, where both compute in the same order.
BARS = {torch.float64: 1e-12, torch.float32: 1e-6}
# By how much of itself the loss must move in all.  Where weights of 1e-6 hardly move, it is 1e-3.
MOVED = 0.05


def recognises(target: object) -> bool:
    """Whether it can be trained here and in torch, from one start."""
    return not isinstance(target, type) and all(
        callable(getattr(target, name, None)) for name in METHODS
    )


def check(name: str, recipe: Any, seed: int, *, exhibits: bool = False) -> Record:
    """Train in both precisions, and compare the losses of every epoch.

    With ``exhibits`` the losses are kept for a report to draw.

    Raises:
        ExerciseError: If one of the trainings cannot be run.
    """
    started = time.perf_counter()
    compared = [_compared(name, recipe, seed, dtype, exhibits=exhibits) for dtype in BARS]
    return Record(
        name,
        tuple(finding for finding, _ in compared),
        seed=seed,
        seconds=time.perf_counter() - started,
        exhibits=tuple(drawn for _, drawn in compared) if exhibits else (),
    )


def _compared(
    name: str, recipe: Any, seed: int, dtype: torch.dtype, *, exhibits: bool
) -> tuple[Finding, Exhibit]:
    try:
        start = recipe.start(seed, dtype)
        alike = _alike(start.model.state_dict())
        theirs = [float(epoch.loss) for epoch in recipe.train_in_torch(start)]
        ours = [float(epoch.loss) for epoch in recipe.train(start)]
        boundary = _boundary(start) if exhibits else None
    except Exception as error:
        raise ExerciseError(f"{name} raised {one_line(error)}") from error
    if not ours or len(ours) != len(theirs):
        raise ExerciseError(
            f"{name} yields {len(ours)} epochs here and {len(theirs)} in torch: expected as many"
        )
    finding = judged(ours, theirs, dtype, alike)
    losses = Parity(_finite(ours), _finite(theirs), BARS[dtype])
    return finding, Exhibit(finding.leaf or "", finding.case, parity=losses, boundary=boundary)


def _boundary(start: Any) -> Boundary | None:
    """What the author's own code raises here costs the drawing alone."""
    try:
        return Boundary(
            tuple("".join(".#"[taken] for taken in row) for row in start.verdicts().tolist())
        )
    except Exception:  # noqa: BLE001 everything that decides is known by now
        return None


def _finite(losses: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(loss if math.isfinite(loss) else None for loss in losses)


def judged(
    ours: Sequence[float], theirs: Sequence[float], dtype: torch.dtype, alike: str = ""
) -> Finding:
    """The finding on two series of losses.

    Args:
        ours: The author's, one for each epoch.
        theirs: Torch's.
        dtype: In which both were computed.
        alike: A weight some of whose units start alike, if there is one.

    >>> judged([3.0, 2.0], [3.0, 2.0], torch.float64).message
    'float64: the same loss as in torch in all 2 epochs, to the bit'
    """
    errors = [_error(a, b) for a, b in zip(ours, theirs, strict=True)]
    worst = max(range(len(errors)), key=lambda epoch: (math.isnan(errors[epoch]), errors[epoch]))
    finding = Finding(
        "parity",
        f"loss, {_plain(dtype)}",
        Verdict.VERIFIED,
        error=errors[worst] if math.isfinite(errors[worst]) else None,
        resolution=BARS[dtype],
        case=f"{len(ours)} epochs from the same start",
    )
    if not errors[worst] <= BARS[dtype]:
        return _with(finding, Verdict.REFUTED, _said(ours, theirs, worst, dtype))
    if alike:
        return _with(
            finding,
            Verdict.UNDECIDED,
            f"units of {alike} start with the same weights, and stay the same whatever the "
            "gradients are: agreement from there proves nothing; start from random weights",
        )
    if max(ours) - min(ours) < MOVED * max(abs(loss) for loss in ours):
        return _with(
            finding,
            Verdict.UNDECIDED,
            f"the loss stays between {min(ours):.6g} and {max(ours):.6g}: where nothing is "
            "learned, wrong gradients agree as well; train for longer, or with larger steps",
        )
    return _with(finding, Verdict.VERIFIED, _said(ours, theirs, worst, dtype))


def _error(ours: float, theirs: float) -> float:
    """Beside the larger of the loss and one: a sum of hundreds has fewer decimals."""
    return abs(ours - theirs) / max(1.0, abs(theirs))


def _said(ours: Sequence[float], theirs: Sequence[float], worst: int, dtype: torch.dtype) -> str:
    if list(ours) == list(theirs):
        return f"{_plain(dtype)}: the same loss as in torch in all {len(ours)} epochs, to the bit"
    first = next(e for e, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
    units = abs(ours[worst] - theirs[worst]) / _last_place(theirs[worst], dtype)
    return (
        f"{_plain(dtype)}: epoch {worst + 1} of {len(ours)} differs most: {ours[worst]:.9g} here, "
        f"{theirs[worst]:.9g} in torch, {units:.3g} units in the last place apart; "
        f"epoch {first + 1} is the first that differs"
    )


def _last_place(value: float, dtype: torch.dtype) -> float:
    """One unit in the last place of a value.

    >>> _last_place(1.5, torch.float64) == 2.0**-52
    True
    """
    info = torch.finfo(dtype)
    if not math.isfinite(value):
        return math.nan
    return info.eps * 2.0 ** math.floor(math.log2(max(abs(value), info.tiny)))


def _alike(state: Mapping[str, Tensor]) -> str:
    """The first weight two of whose rows, a unit's each, are the same."""
    return next((name for name, value in state.items() if value.dim() > 1 and _repeats(value)), "")


def _repeats(weight: Tensor) -> bool:
    return len(torch.unique(weight.detach(), dim=0)) < len(weight)


def _with(finding: Finding, verdict: Verdict, message: str) -> Finding:
    return Finding(**{**vars(finding), "verdict": verdict, "message": message})


def _plain(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
