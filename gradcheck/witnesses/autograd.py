"""The autograd witness: torch differentiates the subject's own forward."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.graph import as_leaves
from gradcheck.cases.probe import Draw, Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.errors import ExerciseError
from gradcheck.subject import Outputs, Values
from gradcheck.witnesses.dust import natural_size, small_or_dust, within_dust
from gradcheck.witnesses.exact import absent, compare, worst
from gradcheck.witnesses.staircase import settle

NAME = "autograd"


def examine(probe: Probe, positions: tuple[int, ...]) -> dict[int, Comparison]:
    """Compare the claims of the leaves at these positions with torch autograd's gradients."""
    if probe.subject.opaque:
        return {position: absent(NAME, probe.subject.opaque) for position in positions}
    gradients = functools.partial(gradients_at, probe.subject.forward)
    with torch.enable_grad():
        leaves = as_leaves(probe.values)
        try:
            outputs = probe.subject.forward(leaves)
        except ExerciseError as error:  # it ran before, on tensors that ask for no gradient
            why = f"the forward refuses tensors that require a gradient: {error}"
            return {position: absent(NAME, why) for position in positions}
        if not any(output.requires_grad for output in outputs):
            return {position: absent(NAME, _unseen(probe)) for position in positions}
        try:
            found = compare_draws(NAME, probe, positions, outputs, leaves)
        except RuntimeError as error:  # a forward that writes over what its derivative needs
            why = f"torch cannot differentiate the forward: {error}"
            return {position: absent(NAME, why) for position in positions}
    coarse = [p for p, said in found.items() if said.opinion == Opinion.COARSE]
    found |= {p: small_or_dust(NAME, probe, p, gradients) for p in coarse}
    settled = settle(NAME, probe, found, gradients)
    return {p: within_dust(probe, p, said, gradients) for p, said in settled.items()}


def _unseen(probe: Probe) -> str:
    """Why autograd sees no way from the leaves to the outputs."""
    if any(isinstance(value, np.ndarray) for value in probe.subject.inputs):
        return "its forward computes on arrays, which autograd does not follow"
    return "autograd sees no way from the leaves to the output: the forward detaches it"


def compare_draws(
    witness: str, probe: Probe, positions: tuple[int, ...], outputs: Outputs, leaves: Values
) -> dict[int, Comparison]:
    """Compare every draw's claims with the gradients of these outputs; the worst draw speaks."""
    found = [_compare_draw(witness, probe, draw, outputs, leaves) for draw in probe.draws]
    return {p: worst([said[p] for said in found if p in said]) for p in positions}


def _compare_draw(
    witness: str, probe: Probe, draw: Draw, outputs: Outputs, leaves: Values
) -> dict[int, Comparison]:
    gradients = gradients_of(outputs, leaves, draw.cotangents)
    found = {}
    for position, (claim, truth) in enumerate(zip(draw.claims, gradients, strict=True)):
        if claim is None:
            continue
        said = compare(witness, claim, truth, natural=0.0)
        if said.opinion != Opinion.AGREES:
            said = compare(witness, claim, truth, natural_size(probe, draw, position))
        found[position] = said
    return found


def gradients_of(outputs: Outputs, leaves: Values, cotangents: Outputs) -> tuple[Tensor, ...]:
    """The VJP of the outputs that depend on the leaves; zeros for a leaf that none reads."""
    # The product's own derivative is exactly u.  Handing u to torch as grad_outputs would be the
    # same to the bit, but makes torch import sympy: two seconds for a first check.
    weighted = [(y * u).sum() for y, u in zip(outputs, cotangents, strict=True) if y.requires_grad]
    total = torch.stack(weighted).sum()
    return torch.autograd.grad(total, leaves, materialize_grads=True, retain_graph=True)


def gradients_at(
    forward: Callable[[Values], Outputs], values: Values, cotangents: Outputs
) -> tuple[Tensor, ...]:
    """The VJP of a forward at these values."""
    with torch.enable_grad():
        leaves = as_leaves(values)
        return gradients_of(forward(leaves), leaves, cotangents)


def gradient_of_leaf(probe: Probe, cotangents: Outputs, position: int) -> Tensor | None:
    """What autograd takes for one leaf's gradient; None where it cannot be asked."""
    try:
        return gradients_at(probe.subject.forward, probe.values, cotangents)[position]
    except (ExerciseError, RuntimeError):
        return None
