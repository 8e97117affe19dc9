"""An optimizer beside torch's: the same weights, the same gradients, step by step.

Every element of every weight is compared after each of 200 steps, for the defaults, for each
setting by itself, for all pairs, and for several drawn together.  The gradients are drawn
beforehand and do not depend on the weights: a difference can then neither heal itself nor grow by
chaos.  Some elements have none for most of the time, and their sizes lie far apart, so that an
epsilon at another place and a correction that is left out show.
"""

from __future__ import annotations

import inspect
import math
import random
import time
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters import rules
from gradcheck.errors import ExerciseError, one_line
from gradcheck.records import Finding, Record, Verdict

STEPS = 200
DRAWN = 12
SHAPES = ((3, 4), (5,))
# How far two weights may lie apart, beside how far the weights have moved.
BAR = 1e-12
# Values that tell settings apart, none of them a default.
VALUES: dict[str, tuple[Any, ...]] = {
    "lr": (0.003, 0.05, 0.2),
    "momentum": (0.5, 0.95),
    "dampening": (0.25,),
    "weight_decay": (0.003, 0.2),
    "nesterov": (True,),
    "betas": ((0.5, 0.9), (0.0, 0.99), (0.95, 0.5)),
    "eps": (1e-3, 0.1),
    "amsgrad": (True,),
    "alpha": (0.5, 0.95),
    "centered": (True,),
    "lr_decay": (0.01, 0.5),
    "initial_accumulator_value": (0.5,),
    "maximize": (True,),
    "rho": (0.5,),
    "momentum_decay": (0.1,),
    "decoupled_weight_decay": (True,),
}

Settings = Mapping[str, Any]


def check(name: str, target: type, seed: int) -> Record:
    """Compare every step with torch's, for many settings.

    Raises:
        ExerciseError: If the optimizer cannot be built, given gradients, or stepped.
    """
    started = time.perf_counter()
    own = _settings_of(target)
    shared = own & _settings_of(rules.counterpart(target))
    gradients = list(_gradients(seed))
    findings = tuple(
        _compared(name, target, settings, seed, gradients)
        for settings in _drawn(target, shared, seed)
    )
    alone = sorted(own - shared)
    notes = (
        (f"torch has no such setting, so it was left alone: {', '.join(alone)}",) if alone else ()
    )
    return Record(name, findings, notes=notes, seed=seed, seconds=time.perf_counter() - started)


def _settings_of(target: type) -> set[str]:
    names = list(inspect.signature(target).parameters)
    return set(names[1:])


def _drawn(target: type, shared: set[str], seed: int) -> Iterator[Settings]:
    """The defaults, each setting alone, all pairs, then several; never what torch refuses."""
    known = sorted(name for name in VALUES if name in shared)
    generator = random.Random(seed)  # noqa: S311 no secret
    every: list[Settings] = [{}]
    every += [{name: value} for name in known for value in VALUES[name]]
    # Some settings do nothing without another: a dampening without a momentum.
    every += [{a: VALUES[a][0], b: VALUES[b][0]} for a, b in combinations(known, 2)]
    every += [
        {name: generator.choice(VALUES[name]) for name in known if generator.random() < 0.5}  # noqa: PLR2004 half
        for _ in range(DRAWN)
    ]
    kept: list[Settings] = []
    for settings in every:
        if settings not in kept and _takes(rules.counterpart(target), settings):
            kept.append(settings)
    return iter(kept)


def _takes(theirs: type[torch.optim.Optimizer], settings: Settings) -> bool:
    try:
        theirs([torch.nn.Parameter(torch.ones(1))], **settings)
    except ValueError:
        return False
    return True


def _compared(
    name: str, target: type, settings: Settings, seed: int, gradients: list[list[Tensor]]
) -> Finding:
    starts = [
        torch.randn(shape, generator=_generator(seed), dtype=torch.float64) for shape in SHAPES
    ]
    lr = {} if "lr" in settings else {"lr": 0.01}
    both = {**lr, **settings}
    try:
        ours = _walk(target, rules.maker(target), starts, gradients, both)
    except Exception as error:
        raise ExerciseError(f"{name}({_said(settings)}) raised {one_line(error)}") from error
    theirs = _walk(rules.counterpart(target), torch.nn.Parameter, starts, gradients, both)
    return judged(ours, theirs, starts, _said(settings) or "defaults")


def judged(ours: list[Tensor], theirs: list[Tensor], starts: list[Tensor], case: str) -> Finding:
    """The finding on two walks: each the weights, one after another, after every step.

    >>> walk = [torch.tensor([1.0, 2.0])]
    >>> str(judged(walk, walk, [torch.tensor([0.0, 0.0])], "defaults").verdict)
    'verified'
    """
    start = torch.cat([part.flatten() for part in starts])
    moved = max(float((step - start).abs().max()) for step in theirs)
    errors = [float((a - b).abs().max()) / moved for a, b in zip(ours, theirs, strict=True)]
    worst = max(range(len(errors)), key=lambda step: (math.isnan(errors[step]), errors[step]))
    error = errors[worst]
    right = error <= BAR
    first = next((step for step, found in enumerate(errors) if not found <= BAR), 0)
    message = (
        f"the weights of all {len(ours)} steps are torch's, to {error:.0e} of the way"
        if right
        else f"step {first + 1} is the first that leaves torch's way; the largest difference, "
        f"{error:.2g} of the way, is after step {worst + 1}"
    )
    return Finding(
        "trajectory",
        "weights",
        Verdict.VERIFIED if right else Verdict.REFUTED,
        error=error if math.isfinite(error) else None,
        resolution=BAR,
        case=case,
        message=message,
    )


def _walk(
    target: Any,
    make: Any,
    starts: list[Tensor],
    gradients: list[list[Tensor]],
    settings: Settings,
) -> list[Tensor]:
    """The weights after each step, as one vector."""
    parameters = [make(start.clone()) for start in starts]
    optimizer = target(parameters, **settings)
    steps = []
    for gradient in gradients:
        for parameter, value in zip(parameters, gradient, strict=True):
            parameter.grad = value.clone()
        optimizer.step()
        steps.append(torch.cat([parameter.data.detach().flatten() for parameter in parameters]))
    return steps


def _gradients(seed: int) -> Iterator[list[Tensor]]:
    """For each step one for each weight: sizes far apart, and a fifth of the elements rare."""
    generator = _generator(seed + 1)
    sizes = [10 ** (4 * torch.rand(shape, generator=generator) - 3).double() for shape in SHAPES]
    rare = [torch.rand(shape, generator=generator) < 0.2 for shape in SHAPES]  # noqa: PLR2004
    for _ in range(STEPS):
        drawn = []
        for shape, size, seldom in zip(SHAPES, sizes, rare, strict=True):
            value = size * torch.randn(shape, generator=generator, dtype=torch.float64)
            absent = seldom & (torch.rand(shape, generator=generator) < 0.9)  # noqa: PLR2004
            drawn.append(value.masked_fill(absent, 0.0))
        yield drawn


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _said(settings: Settings) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())
