"""The numeric witness: finite differences along random directions, with derived error bars.

Where the point lies on no kink, that is all.  Where it does, what lies beside the kinks is judged
as sharply as ever, and what lies on them is asked whether it is a subgradient.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Kink, Opinion
from gradcheck.witnesses.dust import is_dust_alone
from gradcheck.witnesses.numeric import smooth
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.kinks import (
    Judgement,
    example,
    judge,
    kinked_elements,
    kinked_outputs,
    masked,
)
from gradcheck.witnesses.numeric.lost import unless_lost
from gradcheck.witnesses.numeric.onesided import TOLERANCE, jumping_outputs
from gradcheck.witnesses.numeric.smooth import Words
from gradcheck.witnesses.numeric.survey import Survey

NAME = smooth.NAME
DEFAULT_AIM = Aim()


def examine(probe: Probe, positions: tuple[int, ...], aim: Aim = DEFAULT_AIM) -> Words:
    """Compare the claims of the leaves at these positions with finite differences."""
    if not positions:
        return {}
    with torch.no_grad():
        found = smooth.together(probe, positions, aim)
        kinked = kinked_outputs(probe, found)
        words = _examine(probe, positions, found, kinked, aim)
        if any(said.opinion == Opinion.DIFFERS for said in words.values()):
            more = kinked | _jumping(probe, found)
            if bool((more & ~kinked).any()):
                words = _examine(probe, positions, found, more, aim)
        return {
            position: unless_lost(probe, position, _unless_dust(probe, position, said), aim)
            for position, said in words.items()
        }


def _unless_dust(probe: Probe, position: int, said: Comparison) -> Comparison:
    if said.opinion != Opinion.DIFFERS or not is_dust_alone(probe, position):
        return said
    note = "the claim is the rounding of its own formula: it is another at the next input"
    return replace(said, opinion=Opinion.COARSE, note=note)


def _examine(
    probe: Probe, positions: tuple[int, ...], found: Survey, kinked: Tensor, aim: Aim
) -> Words:
    if bool(kinked.any()):
        return _examine_kinked(probe, positions, kinked, aim)
    return smooth.judge_each(probe, found, positions, aim)


def _jumping(probe: Probe, found: Survey) -> Tensor:
    """Which outputs have no gradient, though their slopes are steady: asked before a refutation."""
    return torch.stack([jumping_outputs(probe, line) for line in found.directions]).any(dim=0)


def _examine_kinked(probe: Probe, positions: tuple[int, ...], kinked: Tensor, aim: Aim) -> Words:
    elements = {position: kinked_elements(probe, position) for position in positions}
    beside: dict[int, Comparison | None]
    if probe.subject.free_cotangent and not bool(kinked.all()):
        others = replace(probe, draws=masked(probe, ~kinked))
        found = smooth.together(others, positions, aim)
        beside = {**smooth.judge_each(others, found, positions, aim)}
    else:
        beside = {p: _elsewhere(probe, p, elements[p], aim) for p in positions}
    on = {p: judge(probe, {p: elements[p]}, kinked) for p in positions}
    moved = {p: found for p, found in elements.items() if bool(found.any())}
    if len(moved) > 1:  # the shares of a tie may be right each and wrong together
        together = judge(probe, moved, kinked)
        on |= {p: on[p].joined(together) for p in moved}
    return {
        p: _joined(
            probe.subject.leaves[p].name,
            beside[p],
            on[p],
            example(probe, p, elements[p], kinked),
        )
        for p in positions
    }


def _elsewhere(probe: Probe, position: int, elements: Tensor, aim: Aim) -> Comparison | None:
    """One leaf with those elements held still that move over a kink; None if nothing is left."""
    if bool(elements.all()):
        return None
    moving = {position: (~elements).double()}
    found = smooth.survey_alone(probe, position, aim, moving)
    if bool((kinked_outputs(probe, found) | _jumping(probe, found)).any()):
        return None  # a kink that no single element shows
    return smooth.compare(found, position, aim)


def _joined(leaf: str, beside: Comparison | None, on: Judgement, kink: Kink | None) -> Comparison:
    """What is said of a leaf, from what lies beside the kinks and what lies on them."""
    words = f"{leaf}{kink}" if kink else f"{leaf}: the point lies on a kink"
    said = beside or Comparison(NAME, Opinion.AGREES, error=0.0, resolution=4 * TOLERANCE)
    said = replace(said, at_kink=True, kink=kink, forwards=said.forwards + on.forwards)
    if said.opinion == Opinion.DIFFERS:
        return said
    if not on.valid and not on.undecided:
        note = f"{words}, and the gradient claimed there is no subgradient"
        return replace(said, opinion=Opinion.DIFFERS, error=None, note=note)
    if on.undecided or said.opinion == Opinion.COARSE:
        return replace(said, opinion=Opinion.COARSE, note=said.note or words)
    return replace(said, note=words)
