"""One try: a case is made, adapted and called forward; what it prints is nobody's concern."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from gradcheck.adapters import adapt
from gradcheck.cases.case import Case, Made
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.subject import Outputs, Role, Subject, Values


@dataclass(frozen=True)
class Trial:
    """A case that could be made.

    Attributes:
        subject: What it was taken for.
        values: Of its leaves.
    """

    subject: Subject
    values: Values

    def forward(self) -> Outputs:
        """Its outputs at the values of its leaves."""
        return self.subject.forward(self.values)


@contextmanager
def trying() -> Iterator[None]:
    """Inside, somebody's code may print, seed and set what it likes."""
    with preserved_globals(), silenced(), torch.no_grad():
        yield


def trial_of(case: Case, made: Made | None = None) -> Trial:
    """The case, made from its first seed unless it is made; to be called inside of ``trying``."""
    instance, inputs = made or case.make(0)
    subject = adapt(instance, inputs, case.options)
    return Trial(subject, tuple(leaf.value for leaf in subject.leaves))


def outputs_of(case: Case) -> Outputs:
    """What the first seed's forward gives at the values of its leaves."""
    with trying():
        return trial_of(case).forward()


def returned(case: Case) -> Outputs | None:
    """The same, of somebody's code that may not expect what it is given.

    None where it raises, or returns what is no number.
    """
    try:
        outputs = outputs_of(case)
    except Exception:  # noqa: BLE001 somebody's code
        return None
    return outputs if is_finite(outputs) else None


def are_equal(one: Outputs, other: Outputs) -> bool:
    """Whether both are of the same numbers."""
    return len(one) == len(other) and all(map(torch.equal, one, other))


def differ(one: Case, other: Case) -> bool:
    """Whether both can be called, and return something else, with other weights perhaps."""
    here, there = returned(one), returned(other)
    if here is None or there is None:
        return False
    return not are_equal(here, there) or differ_in_weights(one, other)


def differ_in_weights(one: Case, other: Case) -> bool:
    """Whether two cases have other weights, or return something else once these are moved.

    A bias that begins at zero, or a scale at one, hides what is done with it.
    """
    try:
        with trying():
            here, there = trial_of(one), trial_of(other)
            if [leaf.name for leaf in here.subject.leaves] != [
                leaf.name for leaf in there.subject.leaves
            ]:
                return True
            if all(leaf.role == Role.INPUT for leaf in here.subject.leaves):
                return False
            return not are_equal(*(each.subject.forward(_moved(each)) for each in (here, there)))
    except Exception:  # noqa: BLE001 somebody's code
        return False


def _moved(trial: Trial) -> Values:
    """Its weights moved, each element by something else; the inputs as they are."""
    return tuple(
        value + 0.5 * torch.sin(1 + torch.arange(value.numel()).to(value)).reshape(value.shape)
        if leaf.role == Role.PARAMETER
        else value
        for leaf, value in zip(trial.subject.leaves, trial.values, strict=True)
    )


def is_finite(outputs: Outputs) -> bool:
    """Whether all are numbers."""
    return all(bool(torch.isfinite(output).all()) for output in outputs)
