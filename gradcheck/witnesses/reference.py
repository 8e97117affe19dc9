"""The reference witness: torch's own counterpart, holding identical weights.

The only witness that sees a wrong forward: the others take the forward as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradcheck.adapters.graph import as_leaves
from gradcheck.adapters.nesting import flat_of
from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.errors import CommandError
from gradcheck.foreign.isolation import draws_numbers, pin_random_numbers
from gradcheck.subject import Outputs, Role, Subject, Values, flat
from gradcheck.witnesses.autograd import compare_draws, gradients_at
from gradcheck.witnesses.counterpart import (
    AUTO,
    NoCounterpart,
    RefusesInputs,
    counterpart,
    namesake,
    with_weights,
)
from gradcheck.witnesses.exact import absent, compare, worst
from gradcheck.witnesses.staircase import settle, settle_forward

NAME = "reference"


@dataclass(frozen=True)
class Reference:
    """What torch's counterpart says: of the outputs, and of each leaf's gradient.

    Attributes:
        forward: Whether it computes the same outputs.
        leaves: Leaf position → whether its gradient is the claimed one.
        factor: By which all outputs differ from torch's, if it is one and the same for all.
    """

    forward: Comparison
    leaves: Mapping[int, Comparison]
    factor: float | None = None


def examine(probe: Probe, positions: tuple[int, ...], name: str = AUTO) -> Reference:
    """Compare outputs and claims with those of torch's counterpart.

    Raises:
        CommandError: If one is named that cannot be the counterpart of this.
    """
    try:
        return _examine(probe, positions, name)
    except NoCounterpart as why:
        if name != AUTO and not isinstance(why, RefusesInputs):
            raise CommandError(f"reference {name} cannot be used: {why}") from why
        nothing = absent(NAME, str(why))
        return Reference(nothing, dict.fromkeys(positions, nothing))


def _examine(probe: Probe, positions: tuple[int, ...], name: str) -> Reference:
    with torch.enable_grad():
        leaves = as_leaves(probe.values)
        outputs = call_counterpart(probe.subject, leaves, name)
        if _draws_alone(probe, name):
            raise NoCounterpart("torch's draws random numbers in its forward, this draws none")
        if [y.shape for y in outputs] != [y.shape for y in probe.outputs]:
            return _differs_in_shape(probe, positions, outputs)
        compared = compare_draws(NAME, probe, positions, outputs, leaves)
    forwards = [
        compare(NAME, ours, theirs.detach(), natural=0.0)
        for ours, theirs in zip(probe.outputs, outputs, strict=True)
    ]

    def theirs_at(values: Values) -> Outputs:
        return call_counterpart(probe.subject, values, name)

    return Reference(
        forward=settle_forward(probe, worst(forwards), theirs_at),
        leaves=settle(NAME, probe, compared, lambda v, u: gradients_at(theirs_at, v, u)),
        factor=_factor(probe.outputs, tuple(y.detach() for y in outputs)),
    )


def _draws_alone(probe: Probe, name: str) -> bool:
    """Whether torch's forward draws, and the author's does not: a mask made beforehand, say."""
    subject, values = probe.subject, probe.values
    with torch.no_grad():
        theirs = draws_numbers(lambda: call_counterpart(subject, values, name))
        return theirs and not draws_numbers(lambda: subject.forward(values))


def _factor(ours: Outputs, theirs: Outputs) -> float | None:
    """The number by which all of our outputs are torch's, if there is one."""
    mine, torchs = flat(ours).double(), flat(theirs).double()
    size = float(torchs.square().sum())
    if size == 0:
        return None
    factor = float(mine @ torchs) / size
    proportional = compare(NAME, mine, factor * torchs, natural=0.0).opinion == Opinion.AGREES
    return factor if proportional and factor else None


def call_counterpart(subject: Subject, leaves: Values, name: str) -> Outputs:
    """The outputs of torch's counterpart at these values, in their dtype.

    Raises:
        NoCounterpart: If there is none that takes them.
    """
    namesake(subject.instance, name)
    pairs = list(zip(subject.leaves, leaves, strict=True))
    weights = {leaf.name: value for leaf, value in pairs if leaf.role == Role.PARAMETER}
    inputs = subject.arguments(tuple(value for leaf, value in pairs if leaf.role == Role.INPUT))
    if any(isinstance(value, np.ndarray) for value in inputs):
        raise NoCounterpart("its forward takes arrays, torch's takes tensors")
    module = counterpart(subject.instance, subject.options, name).to(
        leaves[0].device, leaves[0].dtype
    )
    fitting = with_weights(module, weights)
    pin_random_numbers()
    try:
        result: Any = torch.func.functional_call(module, dict(fitting), inputs)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise RefusesInputs(
            f"torch.nn.{type(module).__name__} refuses these inputs: {error}"
        ) from error
    return flat_of(result)


def _differs_in_shape(probe: Probe, positions: tuple[int, ...], outputs: Outputs) -> Reference:
    theirs = ", ".join(str(tuple(y.shape)) for y in outputs)
    ours = ", ".join(str(tuple(y.shape)) for y in probe.outputs)
    note = f"the output has shape {ours}, torch's has {theirs}"
    return Reference(
        forward=Comparison(NAME, Opinion.DIFFERS, error=1.0, note=note),
        leaves=dict.fromkeys(positions, absent(NAME, note)),
    )
