"""From a class that nobody described to cases: what is known or found, and what shows more."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from gradcheck.adapters import is_hand_written, is_loss, knows_word, prediction_position
from gradcheck.adapters.operations import operation_of
from gradcheck.cases.case import Case, constructed
from gradcheck.cases.catalogue import torch_name
from gradcheck.cases.inputs import COLUMNS
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.cases.named import CHOSEN
from gradcheck.cases.spec import Shape, Siblings, Spec, distinct
from gradcheck.choice.asked import otherwise_shaped
from gradcheck.choice.attempt import (
    GOOD,
    NOTHING,
    RUNS,
    Attempt,
    attempt,
    fitting,
    hears_as_much,
)
from gradcheck.choice.blocks import beyond_blocks
from gradcheck.choice.broadcast import stretching
from gradcheck.choice.compared import compared
from gradcheck.choice.dtypes import in_dtypes
from gradcheck.choice.elsewhere import elsewhere
from gradcheck.choice.evaluation import in_evaluation
from gradcheck.choice.lengths import lengthened
from gradcheck.choice.meant import as_meant
from gradcheck.choice.one_column import in_one_column
from gradcheck.choice.one_way import one_way
from gradcheck.choice.operations import operation_specs
from gradcheck.choice.optional import with_optional
from gradcheck.choice.parts import is_right
from gradcheck.choice.search import searched
from gradcheck.choice.weighing import weighing
from gradcheck.errors import ExerciseError, causes
from gradcheck.foreign.signatures import parameters


def chosen(
    target: type, known: tuple[Spec, ...], siblings: Siblings, shapes: tuple[Shape, ...]
) -> tuple[Spec, ...]:
    """The specs that are known, or what is found by trying; and further ones that show more.

    Raises:
        ExerciseError: If nothing lets the forward run.
    """
    if (operation := operation_of(target)) is not None:
        return operation_specs(target, operation, siblings, shapes)
    specs = tuple(
        _without_pairs(target, _known_or_found(target, known, siblings, shapes), siblings)
    )
    specs = specs if shapes else in_one_column(target, specs, siblings)
    first, told = specs[0], {name for spec in specs for name in spec.options}
    if shapes or first.parts or first.arguments or _is_complete(target):
        return specs
    options = [one for one in parameters(target) if one.name not in told]
    prediction = prediction_position(target) if is_loss(target) else None
    build = partial(_case, target, siblings)
    words = _words(target, options, first)
    at_kinks = any(spec.on_kinks for spec in specs)
    further = elsewhere(options, first, build, prediction, words, at_kinks=at_kinks)
    larger = beyond_blocks(target, first, build)
    given = with_optional(target, first, build)
    alike = (stretching, lengthened) if prediction is None else ()
    others = (
        *further,
        *larger,
        *given,
        *weighing(options, first, build),
        *(one for resized in alike for one in resized(first, build)),
        *otherwise_shaped(target, first, build),
        *in_dtypes(target, first),
        *in_evaluation(target, first, build),
    )
    return distinct((*specs, *one_way(first), *(replace(one, further=True) for one in others)))


def _words(
    target: type, options: Sequence[inspect.Parameter], first: Spec
) -> list[tuple[str, str]]:
    """Other words for what is left at its default, or was found by trying."""
    tried = first.options if first.inferred else {}
    return list(compared(target, {**{one.name: one.default for one in options}, **tried}))


def _is_complete(target: type) -> bool:
    """Whether the catalogue says all: it does what torch's class of this name does."""
    return _promises(target) and torch_name(target) is not None


def _case(target: type, siblings: Siblings, spec: Spec) -> Case:
    return constructed(target, spec, siblings)


def _promises(target: type) -> bool:
    """Whether it says that it keeps torch's conventions."""
    return bool(getattr(target, "torch_conventions", False))


def _known_or_found(
    target: type, known: tuple[Spec, ...], siblings: Siblings, shapes: tuple[Shape, ...]
) -> tuple[Spec, ...]:
    """The specs that are known, with arrays or with tensors, or what is found by trying.

    What is found replaces what is known only where it reaches further, or finds more gradients: a
    column of numbers is no batch, and ``dim`` may be an axis or a size.  A container, and who
    promises torch's conventions, is asked what is known.
    """
    if is_loss(target) and prediction_position(target) == 1:
        known = tuple(replace(s, shapes=s.shapes[::-1], kinds=s.kinds[::-1]) for s in known)
    best = _best_of(target, known, siblings)
    if best is not None and _is_size(target, best, siblings):
        known, best = (), None
    holds = best is not None and best.reach > NOTHING and _holds_right_parts(known, siblings)
    whole = best is not None and best.is_complete and (holds or not any(s.parts for s in known))
    if best and (_promises(target) or whole or holds):
        return _with_numbers_of(best, known)
    found = searched(target, siblings, shapes)
    if best and best.reach >= max(found.reach, RUNS) and not found.is_better_than(best):
        return _with_numbers_of(best, known)
    if found.reach < RUNS:
        if best and best.raised and any(spec.parts for spec in known):
            asked = "it was tried with layers as torch's are called: say what it holds with --init"
            raise ExerciseError(f"{best.error} ({asked})") from best.raised
        raise ExerciseError(_request(target, found)) from found.raised
    found = _in_columns(target, found, siblings)
    build = partial(_case, target, siblings)
    found = found if shapes else replace(found, spec=as_meant(found.spec, build))
    more = (
        wider(target, found.spec, siblings),
        _with_labels(target, found.spec, siblings),
        None if is_loss(target) else _refused(found),
        replace(found.unsummed, per_sample=True) if found.unsummed else None,
        *_with_other_words(target, found.spec, siblings),
    )
    return (found.spec, *(spec for spec in more if spec))


def _is_size(target: type, best: Attempt, siblings: Siblings) -> bool:
    """Whether what is an axis of other layers is a size of this: as many weights are made."""
    spec = best.spec
    axes = [name for name in spec.options if name in _AXES]
    if not axes or not best.weights or _promises(target):
        return False
    sizes = dict.fromkeys(axes, spec.shapes[0][-1])
    sized = attempt(target, replace(spec, options={**spec.options, **sizes}), siblings)
    return sized.is_complete and sized.weights > best.weights


_AXES = ("dim", "axis")


def _holds_right_parts(known: tuple[Spec, ...], siblings: Siblings) -> bool:
    """Whether these are containers, of layers that are right by themselves."""
    parts = [part for spec in known[:1] for part in spec.parts]
    return bool(parts) and all(
        is_right(lambda part=part: siblings(part.name)(**part.options))  # type: ignore[misc] # bound now
        for part in parts
    )


def _without_pairs(target: type, specs: Sequence[Spec], siblings: Siblings) -> Iterator[Spec]:
    """With one number for both sides of a window, where a backward computes with no pair of them.

    What its author did not mean is told; what else such a case asks, as of the padding, is asked.
    """
    for spec in specs:
        pairs = {name: value[0] for name, value in spec.options.items() if _is_pair(value)}
        tried = attempt(target, spec, siblings) if pairs and not _promises(target) else None
        if tried is None or tried.reach != RUNS or not _wants_number(tried):
            yield spec
            continue
        single = replace(spec, options={**spec.options, **pairs})
        if single not in specs and attempt(target, single, siblings).reach == GOOD:
            yield single
        yield replace(spec, extra=True)


def _wants_number(tried: Attempt) -> bool:
    """Whether it stopped at the type of something."""
    return any(isinstance(one, TypeError) for one in causes(tried.raised))


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and [type(one) for one in value] == [int, int]


def _with_labels(target: type, spec: Spec, siblings: Siblings) -> Spec | None:
    """A loss of one-hot rows at class labels, where it takes those as well."""
    if not is_loss(target) or "one-hot" not in spec.kinds:
        return None
    kinds = tuple("labels" if kind == "one-hot" else kind for kind in spec.kinds)
    labels = replace(spec, kinds=kinds)
    return labels if attempt(target, labels, siblings).reach == GOOD else None


def _with_other_words(target: type, spec: Spec, siblings: Siblings) -> Iterator[Spec]:
    """Where a word chooses a function, with each other word that is known there."""
    said = next((kind for kind in spec.kinds if kind in CHOSEN), None)
    for word in CHOSEN if said else ():
        kinds = tuple(word if kind == said else kind for kind in spec.kinds)
        other = replace(spec, kinds=kinds)
        known = word != said and knows_word(target, word.strip("'"))
        if known and attempt(target, other, siblings).reach == GOOD:
            yield other


def _refused(found: Attempt) -> Spec | None:
    """Where its backward raised, before inputs were found at which it does not.

    Who knows no batches is not asked about them.  But one that fails on a batch, does not fail with
    other sizes alone, and has no gradient for any weight there is a mistake: nothing was verified.
    """
    if found.refused is None or found.reach != GOOD:
        return None
    # As they are written: arrays are equal in no one sense.
    first, second = (replace(one, shapes=(), kinds=()).label for one in (found.refused, found.spec))
    resized = first != second
    return replace(found.refused, extra=not (resized and found.knows_no_weight))


def with_its_numbers(target: type, specs: tuple[Spec, ...], siblings: Siblings) -> tuple[Spec, ...]:
    """What the user says, with arrays or with tensors: whichever gets further."""
    if not specs or not is_hand_written(target):
        return specs
    best = _best_of(target, specs, siblings)
    return _with_numbers_of(best, specs) if best else specs


def _with_numbers_of(best: Attempt, specs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """With arrays, or with tensors, as in the attempt."""
    return tuple(replace(spec, arrays=best.spec.arrays) for spec in specs)


def _best_of(target: type, known: tuple[Spec, ...], siblings: Siblings) -> Attempt | None:
    if not known:
        return None
    kinds = kinds_of_numbers(target)
    attempts = [attempt(target, replace(known[0], arrays=one), siblings) for one in kinds]
    return max(attempts, key=lambda one: one.reach)


def _in_columns(target: type, found: Attempt, siblings: Siblings) -> Attempt:
    """In columns, where its numbers fit those, and no rows, nor a list of numbers.

    Who divides by the number of columns, and takes a softmax along them, means a one-hot column.
    """
    if not is_loss(target):
        return _as_column(target, found, siblings)
    kinds = tuple(COLUMNS.get(kind, kind) for kind in found.spec.kinds)
    if kinds == found.spec.kinds or fitting(target, found.spec, siblings):
        return found
    other = replace(found.spec, kinds=kinds)
    return replace(found, spec=other) if fitting(target, other, siblings) else found


def _as_column(target: type, found: Attempt, siblings: Siblings) -> Attempt:
    """A layer of one sample that is a column: of a list of numbers, its transpose is no row."""
    shapes = found.spec.shapes
    if [len(shape) for shape in shapes] != [1] or fitting(target, found.spec, siblings):
        return found
    other = replace(found.spec, shapes=((*shapes[0], 1),))
    return replace(found, spec=other) if fitting(target, other, siblings) else found


def wider(target: type, spec: Spec, siblings: Siblings) -> Spec | None:
    """The same loss at larger predictions, where it still looks at all of them."""
    if not is_loss(target) or not spec.kinds:
        return None
    place = prediction_position(target)
    if "in (0, 1)" in spec.kinds:
        return None
    kinds = tuple("wide" if i == place else kind for i, kind in enumerate(spec.kinds))
    wide = replace(spec, kinds=kinds)
    near, far = constructed(target, spec, siblings), constructed(target, wide, siblings)
    return wide if hears_as_much(near, far, place) else None


def _request(target: type, best: Attempt) -> str:
    if any(isinstance(one, NameError) for one in causes(best.raised)):
        return f"{best.error}: no input mends that"
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
