"""What a target is taken for, and why: the answer of ``--explain-adapter``."""

from __future__ import annotations

import torch

from gradcheck.adapters import ADAPTERS, adapt
from gradcheck.adapters.kinds import shape_of
from gradcheck.cases.case import Case
from gradcheck.choice.choose import cases_of
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.targets.resolve import Target

_OTHER = "its own, with no gradient to claim; whether the forward reads it, coverage asks"


def told(target: Target, wishes: Wishes) -> list[str]:
    """The adapter, the methods, the cases, and where each leaf's gradient is found."""
    lines = [target.name, *_adapter(target.object), *_methods(target.object)]
    try:
        with silenced(), preserved_globals(), torch.no_grad():
            cases = cases_of(target, wishes)
            return [*lines, *(f"  case      {case.label}" for case in cases), *_leaves(cases[0])]
    except ExerciseError as error:
        return [*lines, f"  stopped   {error}"]
    except Exception as error:  # noqa: BLE001 somebody's code may raise from anywhere
        return [*lines, f"  stopped   {one_line(error)}"]


def _adapter(found: object) -> list[str]:
    """The first that recognises it; those before it did not."""
    for adapter in ADAPTERS:
        if adapter.recognises(found):
            name = adapter.__name__.rpartition(".")[2]
            summary = " ".join((adapter.__doc__ or "").partition("\n\n")[0].split())
            summary = summary.replace("``", "`")  # marks of a docstring
            return [f"  adapter   {name}: {summary}"]
    return ["  adapter   none: it has no forward with a backward that is known here"]


def _methods(found: object) -> list[str]:
    shape = shape_of(found)
    if shape is None:
        return []
    backward = shape.backward or "(returned with the value)"
    arguments = ", ".join(shape.arguments)
    return [f"  kind      {shape.kind}: {shape.forward}({arguments}), its gradient from {backward}"]


def _leaves(case: Case) -> list[str]:
    instance, inputs = case.make(0)
    subject = adapt(instance, inputs, case.options)
    lines = []
    for leaf in subject.leaves:
        origin = leaf.unclaimed or subject.origins.get(leaf.name) or _returned(leaf.role)
        lines.append(f"  {leaf.role:9} {leaf.name} {tuple(leaf.value.shape)}: {origin}")
    if subject.uncovered:
        lines.append(f"  other     {', '.join(subject.uncovered)}: {_OTHER}")
    return [*lines, *(f"  note      {note}" for note in subject.notes)]


def _returned(role: str) -> str:
    return "what the backward returns" if role == "input" else "as the object lists it"
