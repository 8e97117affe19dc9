"""No gradient for an input, on purpose perhaps: whether any is owed, and who withholds it."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from gradcheck.adapters import function
from gradcheck.adapters.function import NO_GRADIENT, OUTPUTS_MOVE, is_owed
from gradcheck.adapters.graph import UNREACHED, WITHHELD, moves
from gradcheck.cases.probe import Probe
from gradcheck.errors import ExerciseError
from gradcheck.records import Finding, Verdict
from gradcheck.subject import Claims, Leaf, Role, Subject

STILL = "the outputs do not move with it, as with what is rounded to an index: none is owed"

_BY_NAME = "; its name says that it is a constant, so none is owed"
_NOTHING = {
    UNREACHED: "autograd finds no path (a detach?) to",
    WITHHELD: "a backward inside returns None for",
}


def is_missed(probe: Probe, position: int) -> bool:
    """Whether None is returned for a leaf that moves the outputs, and nobody said it may be.

    The user has, by tensors of which others require grad; the author of a pair always has.
    """
    leaf = probe.subject.leaves[position]
    if leaf.unclaimed == UNREACHED:
        return bool(leaf.required)  # who says nothing may have cut it off on purpose
    if leaf.unclaimed:
        return function.is_missed(leaf)
    if not leaf.required:
        return False
    try:
        return moves(probe.subject.forward, probe.values, position)
    except ExerciseError:
        return False


def why_none(leaf: Leaf) -> str:
    """Why no gradient is claimed for a leaf, in words."""
    meant = leaf.unclaimed in {OUTPUTS_MOVE, WITHHELD} and leaf.required is not False
    named = meant and not function.is_missed(leaf)
    return (leaf.unclaimed or NO_GRADIENT) + (_BY_NAME if named else "")


def missing_claim(subject: Subject, leaf: Leaf, *, case: str) -> Finding:
    """The finding on a leaf that gets no gradient, and with which outputs move.

    A mistake where the leaf requires grad; else it may be meant for a constant, as a target is.
    """
    nothing = _NOTHING.get(leaf.unclaimed, "the backward returns None for")
    found = Finding(
        "gradient",
        leaf.name,
        Verdict.UNDECIDED,
        message=f"{nothing} {leaf.name}, which torch takes for a gradient of "
        f"zero, though the output moves with {leaf.name}",
        case=case,
        source=subject.source,
    )
    declared = f'declare expect = {{ "{leaf.name}" = "constant" }}'
    if is_owed(leaf):
        said = f"{found.message}; if it is meant to stay as it is, {declared}"
        return replace(
            found, verdict=Verdict.REFUTED, cause="zero", ruling=found.message, message=said
        )
    mended = f"return its gradient, or, if it is a constant, {declared}"
    return replace(found, message=f"{found.message}: {mended}")


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
        message=f"the backward returns nothing for {leaf.name}, though the output moves with it: "
        "return its gradient, if anything before this is to be trained, or declare "
        f'expect = {{ "{leaf.name}" = "constant" }}',
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
