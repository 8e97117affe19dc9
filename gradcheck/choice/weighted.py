"""A loss with weights for its classes, where its constructor may be told some: by default, none.

A gradient that forgets them is right as long as nobody tells any.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from gradcheck.cases.case import Case
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.trial import differ

_WEIGHTS = re.compile(r"(.*_)?weights?|alphas?")


def weighted(
    options: Sequence[inspect.Parameter], spec: Spec, build: Callable[[Spec], Case], prediction: int
) -> Iterator[Spec]:
    """The case with weights of each class, for each option that may hold them.

    Args:
        options: What the constructor may be left without.
        spec: The case.
        build: From a spec like it to the case.
        prediction: Where its prediction stands.
    """
    classes = spec.shapes[prediction][1:] if prediction < len(spec.shapes) else ()
    for option in options:
        if option.default is not None or not _WEIGHTS.fullmatch(option.name.lower()):
            continue
        told = (
            replace(spec, options={**spec.options, option.name: _weights(size, spec)})
            for size in dict.fromkeys(classes[::-1])
        )
        yield from (one for one in told if _shows_more(one, spec, build))


def _weights(size: int, spec: Spec) -> object:
    """Positive numbers, no two alike."""
    drawn = torch.linspace(0.5, 1.5, size, dtype=torch.float64, device="cpu")
    return drawn.numpy() if spec.arrays else drawn


def _shows_more(spec: Spec, origin: Spec, build: Callable[[Spec], Case]) -> bool:
    case = build(spec)
    return attempt_at(case).reach == GOOD and differ(build(origin), case)
