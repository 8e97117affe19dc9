"""What a backward owes its caller beside the right numbers: one file for each promise.

    examine(trial) → Kept, Broken or Waived

A contract is broken only where no convention allows what was seen; where authors are free, or the
question makes no sense, it is waived with the reason.
"""

from __future__ import annotations

from collections.abc import Collection

import torch

from gradcheck.cases.probe import Probe
from gradcheck.contracts import (
    accumulation,
    aliasing,
    batch,
    call_order,
    coverage,
    determinism,
    dtype,
    forward_mode,
    frozen,
    layout,
    linearity,
    purity,
    shape,
    symmetry,
    unused,
    vmap,
)
from gradcheck.contracts.answer import Answer, Broken, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import ExerciseError, one_line
from gradcheck.records import PROMISES

_MODULES = (
    linearity,
    accumulation,
    purity,
    aliasing,
    determinism,
    call_order,
    layout,
    shape,
    dtype,
    batch,
    coverage,
    symmetry,
    forward_mode,
    frozen,
    unused,
    vmap,
)
_COMPARING = (
    *("linearity", "accumulation", "call_order", "layout", "batch", "coverage"),
    *("frozen", "unused", "vmap"),
)
_EXAMINERS = dict(zip(PROMISES, _MODULES, strict=True))


def examine(probe: Probe, names: Collection[str], verified: Collection[int]) -> dict[str, Answer]:
    """Ask the contracts of these names about one probe.

    Args:
        probe: The subject at a point, with the claims exactly as they were made.
        names: Which of ``PROMISES``.
        verified: The positions of the leaves whose gradient is known to be right there.
    """
    asked = [name for name in PROMISES if name in names]
    if not asked:
        return {}
    with torch.no_grad():
        try:
            trial = Trial.of(probe, verified)
        except Exception as error:  # noqa: BLE001 somebody's code may raise from anywhere
            return dict.fromkeys(asked, _not_asked(error))
        return {name: _explained(name, _asked(name, trial), trial) for name in asked}


def _asked(name: str, trial: Trial) -> Answer:
    """A question that the code cannot answer is told, and decides nothing."""
    try:
        answer: Answer = _EXAMINERS[name].examine(trial)
    except Exception as error:  # noqa: BLE001 the same
        return _not_asked(error)
    return answer


def _explained(name: str, answer: Answer, trial: Trial) -> Answer:
    """What compares two calls says nothing of code of which two equal calls differ."""
    noise = max(trial.forward_noise, trial.backward_noise)
    if name in _COMPARING and isinstance(answer, Broken) and noise > determinism.TOLERATED:
        return Waived(f"two equal calls differ already, by {noise:.0e} of the largest element")
    return answer


def _not_asked(error: Exception) -> Waived:
    words = str(error) if isinstance(error, ExerciseError) else one_line(error)
    return Waived(f"it could not be asked: {words}")
