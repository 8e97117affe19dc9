"""No parameter that the forward reads is left without a gradient."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gradcheck.adapters.affixes import is_called_a_weight, is_gradient_of
from gradcheck.cases.point import generator, normal
from gradcheck.contracts.answer import Answer, Broken, Kept, Open, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import ExerciseError
from gradcheck.grid import scale_of
from gradcheck.subject import USED_UP, Unlisted, copies, identical
from gradcheck.witnesses.counterpart import NoCounterpart, counterpart

CAUSE = "missing_term"
_OPEN = (
    "the forward reads {0}, for which no gradient was found, as there is one for {1}: is it "
    'forgotten? If {0} is meant to stay as it is, declare expect = {{ "{0}" = "constant" }}'
)
_MISFIT = (
    "the forward reads {0}, and {1} is called its gradient: it is not written, or not shaped as "
    "{0} is, or a plain number; keep both as arrays of one shape"
)
_USED_UP = (
    "the backward moves {0} by a step of an optimizer of its own, with momentum or a length of its "
    "own: what it takes for the gradient cannot be told from that; let it leave the gradient in an "
    "attribute, or take a plain step"
)
# A weight may be an object that holds a tensor: it is called as the object is.
_VALUE = re.compile(r"\.(value|val|data)$")
# Far more than any rounding, and little enough to stay where the forward is defined.
_PUSH = 2.0**-6


def examine(trial: Trial) -> Answer:
    """Move what is listed nowhere, and see whether the outputs move with it."""
    if not identical(trial.call.outputs, trial.probe.outputs):
        return Waived("the forward gives something else each time")
    read = _read(trial)
    for name, found in read.items():
        if found.is_parameter and trial.promised:
            return _broken(name, "named_parameters() does not list it")
        if trial.stored(range(len(trial.values))) and name in _torch_parameters(trial):
            return _broken(name, "torch's counterpart has it as a parameter")
    if not read:
        return Kept()
    reason = "the forward reads it, and parameters() does not list it"
    left = _left_open(trial, read)
    return left or Waived(reason, overlooked=dict.fromkeys(read, reason))


def _left_open(trial: Trial, read: Iterable[str]) -> Open | None:
    """What nobody can tell of: a gradient that may be forgotten, or is used up inside."""
    if alike := _alike(read, trial.names_of_stored):
        return Open(_OPEN.format(*alike), alike[0])
    if claimed := _claimed_beside(trial, read):
        return Open(_MISFIT.format(*claimed), claimed[0])
    used_up = (name for name in read if trial.subject.uncovered.get(name) == USED_UP)
    return next((Open(_USED_UP.format(name), name) for name in used_up), None)


def _broken(name: str, why: str) -> Broken:
    message = f"the forward reads {name}, for which no gradient is claimed: {why}"
    return Broken(CAUSE, message, name)


def _alike(read: Iterable[str], claimed: Iterable[str]) -> tuple[str, str] | None:
    """What lies beside a parameter, or is called as one, and the parameter that has a gradient.

    >>> _alike(["params.b"], ["params.W"]), _alike(["table"], ["W"]), _alike(["b"], [])
    (('params.b', 'params.W'), None, None)
    >>> _alike(["b.value"], ["W"])
    ('b.value', 'W')
    """
    for name in read:
        for other in claimed:
            beside = _holder(name) and _holder(name) == _holder(other)
            if beside or is_called_a_weight(_last(_VALUE.sub("", name))):
                return name, other
    return None


def _holder(name: str) -> str:
    """The dictionary or the list that it lies in; empty for an attribute of the layer itself."""
    return name[: -len(_last(name))].rstrip(".[")


def _last(name: str) -> str:
    return re.split(r"[.\[]", name.rstrip("]"))[-1]


def _read(trial: Trial) -> dict[str, Unlisted]:
    """What the outputs depend on; one forward tells where it is nothing."""
    found = trial.subject.open().unlisted()
    if not found or _stays(trial, *found):
        return {}
    return {name: item for name, item in found.items() if not _stays(trial, name)}


def _stays(trial: Trial, *names: str) -> bool:
    """Whether the outputs are the same to the bit after these tensors have been moved."""
    session = trial.subject.open()
    moved = tuple(session.unlisted()[name].value for name in names)
    before = copies(moved)
    session.place(copies(trial.values))
    try:
        for tensor in moved:
            draws = generator(trial.probe.draws[0].seed, 3)
            push = _PUSH * scale_of(tensor) * normal(tuple(tensor.shape), draws)
            tensor.add_(push.to(tensor))
        outputs = session.forward(trial.inputs(trial.values))
    except ExerciseError:
        return False  # it minds, so it reads
    finally:
        for tensor, was in zip(moved, before, strict=True):
            tensor.copy_(was)
    return identical(outputs, trial.call.outputs)


def _claimed_beside(trial: Trial, read: Iterable[str]) -> tuple[str, str] | None:
    """What is read, and the attribute that is called its gradient, and does not fit it.

    It was never written, or has another shape, or is a plain number.
    """
    session = trial.subject.open()
    session.place(copies(trial.values))
    try:
        session.forward(trial.inputs(trial.values))
        session.backward(copies(trial.probe.draws[0].cotangents))
    except ExerciseError:
        return None
    after = getattr(session, "kept_object", lambda: None)()
    objects = (trial.subject.instance, after)
    names = dict.fromkeys(name for one in objects for name in getattr(one, "__dict__", {}))
    trial.subject.open()  # frees what the object still holds of it
    found = (
        (name, other)
        for name in read
        for other in names
        if is_gradient_of(other, name) and other != name
    )
    return next(found, None)


def _torch_parameters(trial: Trial) -> set[str]:
    """The names of the parameters that torch's counterpart has, if there is one."""
    try:
        module = counterpart(trial.subject.instance, trial.subject.options)
    except NoCounterpart:
        return set()
    return {name for name, _ in module.named_parameters()}
