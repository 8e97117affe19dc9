"""No gradient for an input, on purpose perhaps: whether any is owed, and who withholds it."""

from __future__ import annotations

from itertools import takewhile

from gradcheck.adapters.graph import moves
from gradcheck.cases.probe import Probe
from gradcheck.errors import ExerciseError
from gradcheck.records import Finding, Verdict
from gradcheck.subject import Claims, Leaf, Role, Subject

STILL = "the outputs do not move with it, as with what is rounded to an index: none is owed"


def is_still(probe: Probe, position: int) -> bool:
    """Whether it is an input that moves no output, so that no gradient need be claimed for it."""
    subject = probe.subject
    if subject.leaves[position].role != Role.INPUT or subject.torch_conventions:
        return False
    try:
        return not moves(subject.forward, probe.values, position)
    except ExerciseError:
        return False


def is_withheld(subject: Subject, claims: Claims) -> bool:
    """Whether None was chosen rather than forgotten.

    Beside gradients of other inputs it was; and who inherits a backward from an engine has none of
    its own to complete.
    """
    inputs = [c for c, leaf in zip(claims, subject.leaves, strict=True) if leaf.role == Role.INPUT]
    return any(claim is not None for claim in inputs) or _inherits_its_backward(subject)


def withheld_claim(subject: Subject, leaf: Leaf, *, case: str) -> Finding:
    """The finding on an input that moves the outputs and is given None: nobody knows if it may."""
    return Finding(
        "gradient",
        leaf.name,
        Verdict.UNDECIDED,
        message=f"the backward returns None for {leaf.name}, though the output moves with it: "
        "return its gradient, if anything before this is to be trained",
        case=case,
        source=subject.source,
    )


def _inherits_its_backward(subject: Subject) -> bool:
    """Whether its forward was written in a class that comes before that of its backward."""
    if subject.source is None or subject.forward_source is None or subject.torch_conventions:
        return False
    owner = subject.source.function.rpartition(".")[0].rpartition(".")[2]
    classes = type(subject.instance).__mro__
    before = [*takewhile(lambda one: one.__name__ != owner, classes)]
    # What is called may be an engine's, which calls the `forward` of who derives from it.
    names = {"forward", subject.forward_source.function.rpartition(".")[2]}
    return len(before) < len(classes) and any(names & {*vars(one)} for one in before)
