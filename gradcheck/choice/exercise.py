"""From a class that nobody described to cases: constructors and inputs are tried until one works.

A try is as good as what it lets be checked: a forward that runs, a backward that runs, claims that
have the sizes of their leaves.  The first that is best is taken, and shown.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters import (
    adapt,
    arguments_of,
    bundled_in,
    is_hand_written,
    is_loss,
    prediction_position,
)
from gradcheck.adapters.optimizer import Descent
from gradcheck.cases.case import Case, constructed
from gradcheck.cases.guesses import constructions, is_image, missing, sizes_in, worlds_of
from gradcheck.cases.inputs import Feed, layer_feeds, loss_feeds, named_feeds
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.cases.preparation import Setting, additions, preparations
from gradcheck.cases.spec import Shape, Siblings, Spec
from gradcheck.choice.parts import Parts
from gradcheck.errors import ExerciseError
from gradcheck.foreign.isolation import preserved_globals
from gradcheck.foreign.widening import says_float32, widened
from gradcheck.subject import Subject, copies, vjp

_ATTEMPTS = 900
_FEW = 40
_LACKS = 3
_TURN = 100
# Of computing, not of waiting: a busy machine finds what an idle one does.
_SECONDS = 6.0
_RUNS, _GOOD = 2, 4


@dataclass(frozen=True)
class Attempt:
    """A spec and how far it came: 0 nothing, 1 built, 2 forward, 3 backward, 4 claims that fit."""

    spec: Spec
    reach: int
    error: str = ""
    raised: Exception | None = None


def chosen(
    target: type, known: tuple[Spec, ...], siblings: Siblings, shapes: tuple[Shape, ...]
) -> tuple[Spec, ...]:
    """The specs that are known, with arrays or with tensors, or what is found by trying.

    What is found replaces what is known only where it reaches further: a column of numbers is
    no batch.  A container, and who promises torch's conventions, is asked what is known.

    Raises:
        ExerciseError: If nothing lets the forward run.
    """
    best = _best_of(target, known, siblings)
    if best and best.reach == _GOOD:
        return tuple(replace(spec, arrays=best.spec.arrays) for spec in known)
    promised = bool(getattr(target, "torch_conventions", False))
    if best and (promised or any(spec.parts for spec in known)):
        return tuple(replace(spec, arrays=best.spec.arrays) for spec in known)
    found = _found(target, siblings, shapes)
    if best and best.reach >= max(found.reach, _RUNS):
        return tuple(replace(spec, arrays=best.spec.arrays) for spec in known)
    if found.reach < _RUNS:
        raise ExerciseError(_request(target, found)) from found.raised
    more = wider(target, found.spec, siblings)
    return (found.spec, more) if more else (found.spec,)


def with_its_numbers(target: type, specs: tuple[Spec, ...], siblings: Siblings) -> tuple[Spec, ...]:
    """What the user says, with arrays or with tensors: whichever gets further."""
    if not specs or not is_hand_written(target):
        return specs
    best = _best_of(target, specs, siblings)
    return tuple(replace(spec, arrays=best.spec.arrays) for spec in specs) if best else specs


def _best_of(target: type, known: tuple[Spec, ...], siblings: Siblings) -> Attempt | None:
    if not known:
        return None
    kinds = kinds_of_numbers(target)
    attempts = [_attempt(target, replace(known[0], arrays=one), siblings) for one in kinds]
    return max(attempts, key=lambda attempt: attempt.reach)


def may_be_rewritten(target: object) -> bool:
    """Whether its constants may be others for a while.

    Torch's own kinds, and who promises torch's conventions, are asked as they are.
    """
    if not inspect.isclass(target) or getattr(target, "torch_conventions", False):
        return False
    return is_hand_written(target)


@contextlib.contextmanager
def in_double(target: object, cases: Sequence[Case]) -> Iterator[bool]:
    """Inside, code that computes in float32 by habit computes in float64, if it can."""
    if not may_be_rewritten(target) or not says_float32(target):
        yield False
        return
    narrow = _digits(cases)
    with widened(target):
        if narrow and _digits(cases) == torch.float64:
            yield True
            return
    yield False


def _digits(cases: Sequence[Case]) -> torch.dtype | None:
    """What the first case's outputs are computed in; None where it cannot be called."""
    for case in cases[:1]:
        with contextlib.suppress(Exception), preserved_globals(), _quiet(), torch.no_grad():
            instance, inputs = case.make(0)
            subject = adapt(instance, inputs, case.options)
            outputs = subject.forward(tuple(leaf.value for leaf in subject.leaves))
            single = all(torch.equal(y, y.to(torch.float32).to(y)) for y in outputs)
            return torch.float32 if single else torch.float64
    return None


def _found(target: type, siblings: Siblings, shapes: tuple[Shape, ...]) -> Attempt:
    """The first that is best: a container filled, the class as it is, or prepared."""
    filled = _first_best(target, siblings, islice(_filled(target, shapes), _FEW))
    if filled.reach == _GOOD:
        return filled
    plain = _first_best(target, siblings, islice(_specs(target, shapes), _ATTEMPTS))
    if plain.reach >= _RUNS:
        return plain
    prepared = _first_best(target, siblings, islice(_prepared(target, shapes), _ATTEMPTS))
    return prepared if prepared.reach > plain.reach else plain


def _first_best(target: type, siblings: Siblings, specs: Iterator[Spec]) -> Attempt:
    """Until one is good, or the time is up; what cannot be built is not fed again."""
    best = Attempt(Spec(), -1)
    unbuilt: list[Mapping[str, Any]] = []
    until = time.thread_time() + _SECONDS
    for spec in specs:
        if any(options is spec.options for options in unbuilt) and not spec.calls:
            continue
        attempt = _supplied(target, _attempt(target, spec, siblings), siblings)
        if attempt.reach > best.reach:
            best = attempt
        if attempt.reach == _GOOD or time.thread_time() > until:
            break
        if attempt.reach == 0 and not spec.calls:
            unbuilt.append(spec.options)
    return best


def _supplied(target: type, attempt: Attempt, siblings: Siblings) -> Attempt:
    """The attempt again with what the instance lacks, as far as its name says what that is."""
    for _ in range(_LACKS):
        name = _lacking(target, attempt.raised)
        value = missing(name, Descent) if name else None
        if value is None or name in {getattr(one, "name", "") for one in attempt.spec.calls}:
            break
        calls = (Setting(name, value), *attempt.spec.calls)
        attempt = _attempt(target, replace(attempt.spec, calls=calls), siblings)
    return attempt


def _lacking(target: type, raised: BaseException | None) -> str:
    """The attribute for want of which an instance of the target stopped."""
    while raised is not None:
        if isinstance(raised, AttributeError) and isinstance(raised.obj, target):
            return raised.name or ""
        raised = raised.__cause__ or raised.__context__
    return ""


def _filled(target: type, shapes: tuple[Shape, ...]) -> Iterator[Spec]:
    """The same specs, with layers put into what has an ``add``."""
    if calls := additions(target, Parts(target).chain):
        yield from (replace(spec, calls=calls) for spec in _specs(target, shapes))


def _prepared(target: type, shapes: tuple[Shape, ...]) -> Iterator[Spec]:
    """The same specs, with what is to be called on the instance first."""
    for spec in _specs(target, shapes):
        shape = spec.shapes[0] if spec.shapes else ()
        for calls in preparations(target, shape, Descent, arrays=spec.arrays):
            yield replace(spec, calls=calls)


def wider(target: type, spec: Spec, siblings: Siblings) -> Spec | None:
    """The same loss at larger predictions, where it still looks at all of them."""
    if not is_loss(target) or not spec.kinds:
        return None
    place = prediction_position(target)
    kinds = tuple("wide" if i == place else kind for i, kind in enumerate(spec.kinds))
    if "in (0, 1)" in spec.kinds:
        return None
    wide = replace(spec, kinds=kinds)
    seen, seen_wide = (_influence(target, one, siblings, place) for one in (spec, wide))
    if seen is None or seen_wide is None or bool((seen & ~seen_wide).any()):
        return None
    return wide


def _specs(target: type, shapes: tuple[Shape, ...]) -> Iterator[Spec]:
    """With arrays and with tensors in turn: neither waits for the end of the other."""
    first, second = (_of_kind(target, shapes, arrays=one) for one in kinds_of_numbers(target))
    while batch := list(islice(first, _TURN)):
        yield from batch
        first, second = second, first
    yield from second


def _of_kind(target: type, shapes: tuple[Shape, ...], *, arrays: bool) -> Iterator[Spec]:
    bundled = bundled_in(target)
    worlds = worlds_of(target, arrays=arrays, optimizer=Descent, parts=Parts(target))
    for options in constructions(target, worlds):
        for given, kinds in _feeds(target, options, shapes, bundled):
            spec = Spec(options, given, kinds=kinds, arrays=arrays, inferred=True)
            yield replace(spec, bundled=bundled) if bundled == len(given) else spec


def _feeds(
    target: type, options: dict[str, Any], shapes: tuple[Shape, ...], bundled: int
) -> Iterator[Feed]:
    if is_loss(target):
        swapped = prediction_position(target) == 1
        for given, kinds in loss_feeds():
            sizes = shapes if len(shapes) == len(given) else given
            yield (sizes[::-1], kinds[::-1]) if swapped else (sizes, kinds)
        return
    count = bundled or max(1, len(arguments_of(target)))
    if shapes:
        yield shapes, ("real",) * len(shapes)
        return
    if count > 1 and not bundled:
        yield from named_feeds(arguments_of(target))
    yield from layer_feeds(count, sizes_in(options, target), image=is_image(target))


def _attempt(target: type, spec: Spec, siblings: Siblings) -> Attempt:
    reach = 0
    try:
        with preserved_globals(), _quiet(), torch.no_grad():
            instance, inputs = constructed(target, spec, siblings).make(0)
            reach = 1
            subject = adapt(instance, inputs, spec.options)
            values = tuple(leaf.value for leaf in subject.leaves)
            outputs = subject.forward(values)
            if not outputs or not all(bool(torch.isfinite(y).all()) and y.numel() for y in outputs):
                return Attempt(spec, 1, "its output is not finite")
            if _is_deaf(subject, values):
                return Attempt(spec, 1, "its output does not depend on its input")
            if all(leaf.unclaimed for leaf in subject.leaves):
                return Attempt(spec, 1, "no gradient is claimed for anything in it")
            reach = 2
            claims = vjp(subject, values, tuple(torch.ones_like(y) for y in outputs))
            reach = 3
            pairs = list(zip(subject.leaves, claims, strict=True))
            if all(
                leaf.unclaimed or (isinstance(c, Tensor) and c.numel() == leaf.value.numel())
                for leaf, c in pairs
            ):
                reach = _GOOD
    except Exception as error:  # noqa: BLE001 somebody's code, given what it may not expect
        return Attempt(spec, reach, str(error), error)
    return Attempt(spec, reach)


def _is_deaf(subject: Subject, values: tuple[Tensor, ...]) -> bool:
    """Whether nothing comes through: the outputs are those of any other leaves.

    A loss that refuses what is no longer one-hot, or no longer sums to one, looks at it.
    """
    pairs = zip(subject.leaves, values, strict=True)
    moved = tuple(value.clone() if leaf.unclaimed else 0.5 * value + 0.125 for leaf, value in pairs)
    one = subject.forward(copies(values))
    try:
        other = subject.forward(moved)
    except ExerciseError:
        return False
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(one, other, strict=False))


def _influence(target: type, spec: Spec, siblings: Siblings, place: int) -> Tensor | None:
    """Which elements of the prediction the loss looks at."""
    try:
        with preserved_globals(), _quiet(), torch.no_grad():
            instance, inputs = constructed(target, spec, siblings).make(0)
            subject = adapt(instance, inputs, spec.options)
            values = [leaf.value for leaf in subject.leaves]
            position = min(place, len(values) - 1)
            before = subject.forward(tuple(values))[0]
            if not bool(torch.isfinite(before).all()):
                return None
            seen = []
            here = values[position]
            for element in range(here.numel()):
                moved = here.clone(memory_format=torch.contiguous_format)
                moved.view(-1)[element] += 2.0**-12
                values[position] = moved
                seen.append(not torch.equal(subject.forward(tuple(values))[0], before))
            return torch.tensor(seen)
    except Exception:  # noqa: BLE001 the same
        return None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What is printed in a try is of no interest."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _request(target: type, best: Attempt) -> str:
    asked = [p.name for p in inspect.signature(target).parameters.values()]
    sizes = (5, 3, 4, 2, *(6,) * len(asked))
    example = ", ".join(f"{name}={size}" for name, size in zip(asked, sizes, strict=False))
    why = f" ({best.error})" if best.error else ""
    if not asked:
        return f"{best.error or target.__name__}: say how to call it with --input 4,5"
    return (
        f"{target.__name__} wants {', '.join(asked)}, and nothing that was tried works{why}: "
        f'say what they should be with --init "{example}" --input 4,5'
    )
