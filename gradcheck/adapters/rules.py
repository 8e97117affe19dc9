"""Update rules: somebody's optimizer that bears the name of one of torch's."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import torch

from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import is_required, positional

# Those whose steps follow from weights and gradients alone; by their names in small letters.
NAMES = ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta")
THEIRS: dict[str, type[torch.optim.Optimizer]] = {
    name.lower(): getattr(torch.optim, name) for name in NAMES
}
# What optimizers call the first thing that they are given.
WEIGHTS = {"params", "parameters"}


def recognises(target: object) -> bool:
    """Whether it is a class that is given parameters, has a ``step()``, and a name of torch's.

    >>> import scratchnn
    >>> recognises(scratchnn.SGD), recognises(scratchnn.Linear), recognises(torch.optim.SGD)
    (True, False, False)
    """
    if not inspect.isclass(target) or inspect.isabstract(target):
        return False
    if target.__module__.startswith("torch.") or not _names(target):
        return False
    given = [p.name for p in positional(target)]
    step = getattr(target, "step", None)
    if not given or given[0] not in WEIGHTS or not callable(step):
        return False
    return not [p for p in positional(step)[1:] if is_required(p)]


def is_comparable(target: type) -> bool:
    """Whether it takes a list of tensors that have a ``grad``, as torch's do, and steps.

    Others are given pairs, or dictionaries, or layers; there is nothing of torch's beside them.

    >>> import scratchnn
    >>> is_comparable(scratchnn.SGD)
    True
    """
    try:
        with preserved_globals(), silenced(), torch.no_grad():
            parameter = maker(target)(torch.ones(2, device="cpu"))
            named = [p.name for p in positional(target)]
            rate = {"lr": 0.5} if "lr" in named else {}
            rule = target([parameter], **rate)
            parameter.grad = torch.ones(2, device="cpu")
            rule.step()
            held = parameter.data
            return isinstance(held, torch.Tensor) and not torch.equal(
                held, torch.ones(2, device="cpu")
            )
    except (Exception, SystemExit):  # noqa: BLE001 somebody's code, given what it may not expect
        return False


def counterpart(target: type) -> type[torch.optim.Optimizer]:
    """Torch's class of the same name."""
    return THEIRS[_names(target)[0]]


def _names(target: type) -> list[str]:
    """Its own name and those it inherits, as far as torch has them."""
    names = [base.__name__.lower() for base in target.__mro__]
    return [name for name in names if name in THEIRS]


def maker(target: type) -> Callable[[torch.Tensor], Any]:
    """What makes a parameter that it takes: the class that its module knows, or torch's."""
    modules = [sys.modules.get(base.__module__) for base in target.__mro__]
    found = [getattr(module, "Parameter", None) for module in modules]
    return next((own for own in found if inspect.isclass(own)), torch.nn.Parameter)
