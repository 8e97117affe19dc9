"""How far a spec comes: built, forward, backward, claims that fit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import Case, constructed
from gradcheck.cases.spec import Siblings, Spec
from gradcheck.choice.trial import is_finite, trial_of, trying
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Leaf, Role, Subject, copies, vjp

_Claimed = tuple[Leaf, Tensor | None]

NOTHING, BUILT, RUNS, PULLS, SIZED, GOOD = range(6)


@dataclass(frozen=True)
class Attempt:
    """A spec and how far it came.

    0 nothing, 1 built, 2 forward, 3 backward, 4 claims of the right sizes, 5 and shapes.

    Attributes:
        spec: What was tried.
        reach: The number above.
        error: Why it came no further.
        raised: The same.
        covered: For how many leaves there is a gradient.
        uncovered: How many tensors its forward reads, and has no gradient for that fits.
        weights: How many numbers its parameters hold.
        adds_up: Whether its forward makes one number of many.
        is_unsummed: Whether each weight has a gradient with a row for each sample.
        unsummed: The first such spec on the way here.
        refused: The first spec on the way here whose forward ran and whose backward raised.
    """

    spec: Spec
    reach: int
    error: str = ""
    raised: Exception | None = None
    covered: int = 0
    uncovered: int = 0
    weights: int = 0
    adds_up: bool = False
    is_unsummed: bool = False
    unsummed: Spec | None = None
    refused: Spec | None = None

    @property
    def knows_no_weight(self) -> bool:
        """Whether there is a gradient for inputs alone, and not for what else the forward reads."""
        return self.uncovered > 0 and self.covered <= len(self.spec.shapes)

    @property
    def is_complete(self) -> bool:
        """Whether it comes all the way, with a gradient for all that its forward reads."""
        return self.reach == GOOD and not self.uncovered

    def is_better_than(self, other: Attempt) -> bool:
        """Whether it comes further, and leaves no gradient out that the other has found.

        Where a gradient fits nothing, there may be inputs at which it is not even recognised.  Of
        two that come all the way, the one with more gradients: a size of one may hide some.
        """
        loses = other.reach >= PULLS and self.covered < other.covered
        finds_more = self.reach == other.reach == GOOD and self.covered > other.covered
        return finds_more or (self.reach > other.reach and not loses)


def attempt(target: type, spec: Spec, siblings: Siblings) -> Attempt:
    """Build, call and differentiate it, as far as that goes."""
    return attempt_at(constructed(target, spec, siblings))


def attempt_at(case: Case) -> Attempt:
    """The same of a case."""
    spec = case.spec or Spec()
    reach, covered, uncovered, weights, adds_up, is_unsummed = NOTHING, 0, 0, 0, False, False
    try:
        with trying():
            made = case.make(0)
            reach = BUILT
            trial = trial_of(case, made)
            outputs = trial.forward()
            if why := _useless(trial.subject, outputs):
                return Attempt(spec, BUILT, why)
            reach = RUNS
            adds_up = sum(y.numel() for y in outputs) == 1 < trial.values[0].numel()
            covered = sum(not leaf.unclaimed for leaf in trial.subject.leaves)
            uncovered = len(trial.subject.uncovered)
            weights = sum(_numbers_of(leaf) for leaf in trial.subject.leaves)
            claims = vjp(trial.subject, trial.values, tuple(torch.ones_like(y) for y in outputs))
            reach = PULLS
            rows = outputs[0].shape[0] if outputs[0].ndim else 1
            is_unsummed = _is_of_rows(trial.subject.leaves, claims, rows)
            if _fit(trial.subject.leaves, claims, rows):
                reach = GOOD if _have_their_shapes(trial.subject.leaves, claims) else SIZED
    except Exception as error:  # noqa: BLE001 somebody's code, given what it may not expect
        return Attempt(spec, reach, str(error), error, covered, uncovered)
    return Attempt(
        spec,
        reach,
        covered=covered,
        uncovered=uncovered,
        weights=weights,
        adds_up=adds_up,
        is_unsummed=is_unsummed,
    )


def _numbers_of(leaf: Leaf) -> int:
    return leaf.value.numel() if leaf.role == Role.PARAMETER else 0


def answers_each(case: Case, inputs: int) -> bool:
    """Whether it returns a gradient of the right shape for each input, and for nothing else.

    That of a weight would be taken for that of an input of its shape.
    """
    tried = attempt_at(case)
    return tried.reach == GOOD and tried.covered == inputs


def fitting(target: type, spec: Spec, siblings: Siblings) -> bool:
    """Whether its claims are the slopes of its forward there, to two digits."""
    try:
        with trying():
            return fits(trial_of(constructed(target, spec, siblings)).subject)
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return False


def hears_as_much(one: Case, other: Case, place: int) -> bool:
    """Whether a loss looks at each element of its prediction, at this place, in the other case too.

    Where it does not, the other lies outside of its domain, as behind the clipping of a logarithm.
    """
    seen, seen_there = _influence(one, place), _influence(other, place)
    if seen is None or seen_there is None or seen.shape != seen_there.shape:
        return False
    return not bool((seen & ~seen_there).any())


def _influence(case: Case, place: int) -> Tensor | None:
    """Which elements of the prediction, at this place, a loss looks at."""
    try:
        with trying():
            trial = trial_of(case)
            values = list(trial.values)
            position = min(place, len(values) - 1)
            before = trial.forward()[0]
            if not is_finite((before,)):
                return None
            seen = []
            here = values[position]
            for element in range(here.numel()):
                moved = here.clone(memory_format=torch.contiguous_format)
                moved.view(-1)[element] += 2.0**-12
                values[position] = moved
                seen.append(not torch.equal(trial.subject.forward(tuple(values))[0], before))
            return torch.tensor(seen)
    except Exception:  # noqa: BLE001 somebody's code, given what it may not expect
        return None


def _useless(subject: Subject, outputs: tuple[Tensor, ...]) -> str:
    """Why these outputs tell nothing; empty where they do."""
    if not outputs or not is_finite(outputs) or not all(y.numel() for y in outputs):
        return "its output is not finite"
    if _is_deaf(subject):
        return "its output does not depend on its input"
    if all(leaf.unclaimed for leaf in subject.leaves):
        return "no gradient is claimed for anything in it"
    return ""


def _fit(leaves: tuple[Leaf, ...], claims: Claims, rows: int) -> bool:
    """Whether all have the sizes of their leaves; a weight's may be left unsummed over the rows.

    That is a mistake of a layer that knows of batches, as another weight of it shows.  Who knows of
    none is asked about one sample, where there is nothing to sum.
    """
    fitting, left = _by_size(leaves, claims)
    knows_batches = any(leaf.role == Role.PARAMETER for leaf, _ in fitting)
    return not left or (knows_batches and all(_is_unsummed(*pair, rows) for pair in left))


def _is_of_rows(leaves: tuple[Leaf, ...], claims: Claims, rows: int) -> bool:
    """Whether all weights are left unsummed, and nothing else is amiss."""
    fitting, left = _by_size(leaves, claims)
    weights = [leaf for leaf, _ in fitting if leaf.role == Role.PARAMETER]
    return bool(left and not weights) and all(_is_unsummed(*pair, rows) for pair in left)


def _by_size(leaves: tuple[Leaf, ...], claims: Claims) -> tuple[list[_Claimed], list[_Claimed]]:
    """The leaves with what is claimed for them: those of their sizes, and all others."""
    pairs = [
        (leaf, claim)
        for leaf, claim in zip(leaves, claims, strict=True)
        if not leaf.unclaimed and not (leaf.optional and claim is None)
    ]
    fitting = [pair for pair in pairs if _has_its_size(*pair)]
    return fitting, [pair for pair in pairs if not _has_its_size(*pair)]


def _have_their_shapes(leaves: tuple[Leaf, ...], claims: Claims) -> bool:
    """Those of inputs: of a weight's, other inputs make no other shape."""
    return all(
        leaf.unclaimed
        or leaf.role == Role.PARAMETER
        or claim is None
        or claim.shape == leaf.value.shape
        for leaf, claim in zip(leaves, claims, strict=True)
    )


def _has_its_size(leaf: Leaf, claim: Tensor | None) -> bool:
    return isinstance(claim, Tensor) and claim.numel() == leaf.value.numel()


def _is_unsummed(leaf: Leaf, claim: Tensor | None, rows: int) -> bool:
    if leaf.role != Role.PARAMETER or not isinstance(claim, Tensor) or rows == 1:
        return False
    shape = tuple(leaf.value.shape)
    inner = shape[1:] if shape[:1] == (1,) else shape
    return bool(inner or not shape) and tuple(claim.shape) == (rows, *inner)


def _is_deaf(subject: Subject) -> bool:
    """Whether nothing comes through: the outputs are those of any other leaves.

    A loss that refuses what is no longer one-hot, or no longer sums to one, looks at it.
    """
    values = tuple(leaf.value for leaf in subject.leaves)
    pairs = zip(subject.leaves, values, strict=True)
    moved = tuple(value.clone() if leaf.unclaimed else 0.5 * value + 0.125 for leaf, value in pairs)
    one = subject.forward(copies(values))
    try:
        other = subject.forward(moved)
    except ExerciseError:
        return False
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(one, other, strict=False))
