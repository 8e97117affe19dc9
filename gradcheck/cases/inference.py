"""Which cases to try on a class: the user's, the catalogue's, or what its signature suggests."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from gradcheck.cases.catalogue import CATALOGUE, torch_name
from gradcheck.cases.spec import Init, Shape, Siblings, Spec
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import accepts, is_required, parameters

_DEFAULT_SHAPE: Shape = (4, 5)
_DEPRECATED = {"size_average", "reduce"}  # of torch's losses, in favour of reduction


def cases_for(
    target: type,
    *,
    init: Init | None,
    shapes: Sequence[Shape],
    inputs: int,
) -> tuple[Spec, ...]:
    """The cases to try, the user's own words first.

    Args:
        target: The class to construct.
        init: The constructor's arguments that the user gave.
        shapes: The input shapes that the user gave.
        inputs: How many inputs the forward wants.

    Raises:
        ExerciseError: If the constructor wants arguments that nothing suggests.
    """
    if init is not None:
        return (_declared(target, init, shapes, inputs),)
    known = known_cases(target, shapes)
    if known:
        return known
    missing = _required(target)
    if missing:
        # Sizes that differ: a forgotten transpose would fit a square weight.
        sizes = (5, 3, 4, 2, *(6,) * len(missing))
        example = ", ".join(f"{name}={size}" for name, size in zip(missing, sizes, strict=False))
        raise ExerciseError(
            f"{target.__name__} wants {', '.join(missing)}, and nothing says what they should be: "
            f'give them with --init "{example}" --input 4,5'
        )
    return (Spec(shapes=tuple(shapes) or (_DEFAULT_SHAPE,) * inputs),)


def known_cases(target: type, shapes: Sequence[Shape]) -> tuple[Spec, ...]:
    """The catalogue's cases, or the first of them at the shapes given; none, where it has none."""
    known = _known(target)
    if known and shapes:
        return (Spec(known[0].options, tuple(shapes), known[0].parts),)
    return known


def siblings_of(target: type) -> Siblings:
    """Find the layers that belong with a container: in its module, its bases', their packages."""

    def find(name: str) -> Any:
        for base in target.__mro__:
            for module_name in (base.__module__, base.__module__.partition(".")[0]):
                found = getattr(sys.modules.get(module_name), name, None)
                if inspect.isclass(found):
                    return found
        raise ExerciseError(
            f"{target.__name__} is tried with a {name} inside, and {target.__module__} has none: "
            "say what it should hold with --init"
        )

    return find


def _declared(
    target: type,
    init: Init,
    shapes: Sequence[Shape],
    inputs: int,
) -> Spec:
    arguments, options = init
    if shapes:
        return Spec(options, tuple(shapes), arguments=arguments)
    for known in _known(target):
        if all(options.get(name, value) == value for name, value in known.options.items()):
            return Spec(options, known.shapes, arguments=arguments)
    guess = _first_integer((*arguments, *options.values()))
    shape = (4, guess) if guess else _DEFAULT_SHAPE
    return Spec(options, (shape,) * inputs, arguments=arguments)


def _first_integer(values: Sequence[Any]) -> int | None:
    """The first size given to a constructor is nearly always that of the input."""
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)


def _known(target: type) -> tuple[Spec, ...]:
    """Catalogued cases whose options the constructor takes: by name, else by its arguments."""
    name = torch_name(target)
    if name is not None:
        promised = _takes_all_options_of(target, getattr(nn, name, target))
        named = tuple(
            spec
            for spec in CATALOGUE[name]
            if _accepts(target, spec)
            and (promised or (not spec.torch_only and _knows_words_of(target, spec)))
        )
        if named:
            return named
    required = set(_required(target))
    if not required:
        return ()
    return next(
        (
            tuple(spec for spec in specs if _accepts(target, spec) and not spec.torch_only)
            for specs in CATALOGUE.values()
            if specs[0].options.keys() == required and _accepts(target, specs[0])
        ),
        (),
    )


def _takes_all_options_of(target: Callable[..., Any], reference: Callable[..., Any]) -> bool:
    """Whether a class has torch's own constructor, and so promises what torch's class does.

    Where torch's takes nothing, that says nothing.
    """
    if getattr(target, "torch_conventions", False):
        return True
    ours = {parameter.name for parameter in parameters(target)}
    theirs = {parameter.name for parameter in parameters(reference)} - _DEPRECATED
    return bool(theirs - {"args", "kwargs"}) and theirs <= ours


def _accepts(target: Callable[..., Any], spec: Spec) -> bool:
    return accepts(target, *spec.parts, *spec.arguments, **spec.options)


def _knows_words_of(target: type, spec: Spec) -> bool:
    """Whether its author has heard of every word that an option says: of ``none``, not all have.

    Where its source is not at hand, the answer is yes.
    """
    words = [value for value in spec.options.values() if isinstance(value, str)]
    try:
        written = "".join(inspect.getsource(base) for base in target.__mro__[:-1]) if words else ""
    except (OSError, TypeError):
        return True
    return all(f'"{word}"' in written or f"'{word}'" in written for word in words)


def _required(target: Callable[..., Any]) -> list[str]:
    return [parameter.name for parameter in parameters(target) if is_required(parameter)]
