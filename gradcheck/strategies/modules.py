"""Instances of a class, in the cases in which ``gradcheck`` would check it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from hypothesis import strategies as st

from gradcheck.choice.choose import cases_of
from gradcheck.errors import ExerciseError
from gradcheck.foreign.isolation import preserved_globals
from gradcheck.targets.resolve import Target, resolve

_SEEDS = 2**16


class Built(NamedTuple):
    """A module and what it takes.

    Attributes:
        module: The instance, its weights drawn.
        inputs: What its forward takes.
        case: The constructor's arguments and the shapes of the inputs, in words.
    """

    module: Any
    inputs: tuple[Any, ...]
    case: str


def modules(target: type | str) -> st.SearchStrategy[Built]:
    """Instances of a layer, a loss or a function's class, each with inputs that fit.

    The constructor's arguments and the shapes of the inputs are those of the cases that ``python
    -m gradcheck`` finds; weights and inputs are drawn anew each time, in float64.

    Args:
        target: A class, or its name as on the command line.

    Raises:
        ExerciseError: If nothing says how to build or call it, or if it names several.

    >>> from hypothesis import find
    >>> module, inputs, case = find(modules("scratchnn.Linear"), lambda built: True)
    >>> type(module).__name__, tuple(inputs[0].shape), case
    ('Linear', (4, 5), 'in_features=5, out_features=3; input (4, 5)')
    """
    with preserved_globals():
        cases = cases_of(_target(target))
    choices = st.tuples(st.sampled_from(cases), st.integers(0, _SEEDS))
    return choices.map(lambda choice: _built(*choice))


def _target(target: type | str) -> Target:
    if not isinstance(target, str):
        return Target(target.__name__, target, by_name=False)
    found = resolve(target)
    if len(found) > 1:
        raise ExerciseError(f"{target} names {len(found)} targets: ask for one of them")
    return found[0]


def _built(case: Any, seed: int) -> Built:
    with preserved_globals(), torch.no_grad():
        torch.set_default_dtype(torch.float64)  # weights of the dtype of the inputs
        instance, inputs = case.make(seed)
    return Built(instance, tuple(inputs), case.label)
