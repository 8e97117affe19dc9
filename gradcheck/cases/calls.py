"""What to call a plain function with: by the names of its parameters, and by trying.

A ``torch.autograd.Function`` has no constructor that would say its sizes: here the forward itself
is asked which shapes fit together, those first that hide the least.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, permutations
from typing import Any

from torch import Tensor

from gradcheck.cases.callables import called_in
from gradcheck.cases.constants import constant_of
from gradcheck.cases.felt import DONE, RAN, Reach, Smooth, Step, felt
from gradcheck.cases.plan import DOMAINS, Call, Plan
from gradcheck.cases.spec import Init, Shape
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import is_required, positional
from gradcheck.foreign.signatures import parameters as signature_of

_ATTENTION: tuple[Shape, ...] = ((2, 4, 5), (2, 6, 5), (2, 6, 3))
# Every size differs from every other, in the order in which layers are usually written.
_TOGETHER: dict[int, tuple[tuple[Shape, ...], ...]] = {
    1: (((4, 5),), ((2, 3, 6, 5),), ((2, 3, 7),), ((4, 4),), ((5,),)),
    2: (
        ((4, 5), (3, 5)),
        ((4, 5), (5, 3)),
        ((2, 3, 7, 6), (4, 3, 3, 2)),
        ((2, 4, 5), (2, 5, 3)),
        ((4, 5), (4, 5)),
        ((4, 5), (5,)),
        ((4, 5), ()),
        ((4, 4), (4, 3)),
    ),
    3: (
        ((4, 5), (3, 5), (3,)),
        ((4, 5), (5, 3), (3,)),
        ((2, 3, 7, 6), (4, 3, 3, 2), (4,)),
        _ATTENTION,
        ((4, 5), (5,), (5,)),
        ((2, 3, 6, 5), (3,), (3,)),
        ((4, 5), (4, 5), (4, 5)),
    ),
}
_PER_FEATURE = (((4, 5), (5,)), ((2, 3, 6, 5), (3,)))
_FEATURE_NAMES = {"weight", "w", "gamma", "scale", "bias", "beta", "slope"}
_LABEL_NAMES = {"target", "targets", "label", "labels", "index", "indices", "idx", "y_true"}
_ASKED_AT_MOST = 200
_COUNT = 6
_WORDS = 6
_EINSUM = re.compile(r"\s*[a-zA-Z]+(\s*,\s*[a-zA-Z]+)*\s*(->\s*[a-zA-Z]*\s*)?")
_SIZES = (4, 5, 3, 2, 6, 7)


def call_for(
    name: str,
    forward: Callable[..., Any],
    reach: Reach,
    *,
    init: Init | None = None,
    shapes: Sequence[Shape] = (),
    arrays: bool = False,
    quick: bool = False,
    why: Callable[[Sequence[Any]], str] = lambda inputs: "",  # noqa: ARG005 nobody tells
) -> Call:
    """The call to try: the user's shapes and constants, else the first that goes all the way.

    Args:
        name: Of the target, for messages.
        forward: Whose parameters are to be filled.
        reach: Asked about each candidate.
        init: Constants that the user gave, by position or name.
        shapes: Of the other arguments, as the user gave them.
        arrays: Whether they are NumPy arrays.
        quick: Whether only what names suggest is tried, and only what goes all the way is taken.
        why: Asked, where nothing fits, why the candidate that came furthest came no further.

    Raises:
        ExerciseError: If nothing fits, with the line to write instead.
    """
    parameters = _with_keys(positional(forward))
    told = _told(parameters, init)
    if shapes:
        return Call(_as_told(name, parameters, told, tuple(shapes)), arrays)
    best: tuple[Plan, Step] | None = None
    for plan in islice(_plans(parameters, told, _equations_in(forward)), _ASKED_AT_MOST):
        step = reach(plan.draw(0))
        if step[0] == DONE:
            return Call(plan, arrays)
        if best is None or _rank(step) > _rank(best[1]):
            best = plan, step
    found = None if quick else _felt(forward, parameters, told, reach)
    if found and (best is None or _rank(found[1]) > _rank(best[1])):
        best = found
    if best is None or best[1][0] < (DONE if quick else RAN):
        reason = why(best[0].draw(0)) if best else ""
        raise ExerciseError(_question(name, parameters, told, reason))
    return Call(best[0], arrays)


def _rank(step: Step) -> Step:
    """Of two whose forward runs, the first is as good: names suggest it."""
    return step if step[0] < RAN else step[:1]


def _felt(
    forward: Callable[..., Any],
    parameters: Sequence[inspect.Parameter],
    told: Mapping[str, Any],
    reach: Reach,
) -> tuple[Plan, Step] | None:
    """What trying one argument after the other finds, from the guesses on."""
    guesses = {p.name: constant_of(p) for p in parameters if constant_of(p) is not None}
    optional = {p.name: p.default for p in parameters if not is_required(p)}
    several = [p for p in signature_of(forward) if p.kind is inspect.Parameter.VAR_POSITIONAL]
    called = called_in(forward)
    functions = {p.name: Smooth() for p in parameters if is_required(p) and p.name in called}
    begun = {**optional, **guesses, **functions, **told}
    return felt([*parameters, *several], begun, told, _words_in(forward), reach)


def _words_in(forward: Callable[..., Any]) -> list[str]:
    """The words that a forward says, as of a mode that it compares with them.

    >>> _words_in(lambda x, mode: x.sum() if mode == "sum" else x)
    ['sum']
    """
    code = getattr(inspect.unwrap(getattr(forward, "func", forward)), "__code__", None)
    texts = [one for one in code.co_consts if isinstance(one, str)] if code else []
    return [one for one in texts if one.isidentifier()][:_WORDS]


def _equations_in(forward: Callable[..., Any]) -> list[str]:
    """What a forward says to ``einsum``.

    >>> _equations_in(lambda x, w: torch.einsum("bi,oi->bo", x, w))
    ['bi,oi->bo']
    """
    function = inspect.unwrap(getattr(forward, "func", forward))
    code = getattr(function, "__code__", None)
    if code is None or "einsum" not in code.co_names:
        return []
    texts = [one for one in code.co_consts if isinstance(one, str)]
    return [one for one in texts if _EINSUM.fullmatch(one) and ("," in one or "->" in one)]


def _shapes_in(equation: str, count: int) -> Iterator[tuple[Shape, ...]]:
    """So many shapes that an equation takes, in its order and in every other.

    >>> next(_shapes_in("bi,oi->bo", 2))
    ((4, 5), (3, 5))
    """
    operands = [one.strip() for one in equation.partition("->")[0].split(",")]
    letters = dict.fromkeys("".join(operands))
    if len(operands) != count or len(letters) > len(_SIZES):
        return
    sizes = dict(zip(letters, _SIZES, strict=False))
    yield from permutations(tuple(sizes[letter] for letter in one) for one in operands)


def _with_keys(parameters: Sequence[inspect.Parameter]) -> list[inspect.Parameter]:
    """``k`` is a number, but between ``q`` and ``v`` it is a tensor as they are."""
    attention = {"q", "k", "v"} <= {parameter.name for parameter in parameters}
    return [p.replace(annotation=Tensor) if attention and p.name == "k" else p for p in parameters]


def _told(parameters: Sequence[inspect.Parameter], init: Init | None) -> dict[str, Any]:
    arguments, options = init or ((), {})
    # Constants stand behind the tensors: those given by position are the last.
    names = [parameter.name for parameter in parameters][-len(arguments) :] if arguments else []
    return {**dict(zip(names, arguments, strict=False)), **options}


def _as_told(
    name: str,
    parameters: Sequence[inspect.Parameter],
    told: dict[str, Any],
    shapes: tuple[Shape, ...],
) -> Plan:
    """The user's shapes, in order; a constant that is told or guessed takes none of them."""
    constants: dict[str, Any] = {}
    names: list[str] = []
    left = len(shapes)
    for parameter in parameters:
        if parameter.name in told:
            constants[parameter.name] = told[parameter.name]
        elif (guess := constant_of(parameter)) is not None:
            constants[parameter.name] = guess
        elif left:
            left -= 1
        elif is_required(parameter):
            raise ExerciseError(_question(name, parameters, told))
        else:
            constants[parameter.name] = parameter.default
        names.append(parameter.name)
    names += [f"input{number}" for number in range(len(names), len(names) + left)]  # *inputs
    return Plan(tuple(names), constants, shapes)


def _plans(
    parameters: Sequence[inspect.Parameter], told: Mapping[str, Any], equations: Sequence[str]
) -> Iterator[Plan]:
    """All candidates: with the optional tensors, then without; labels, numbers, positive ones."""
    for names, constants in _fillings(parameters, told):
        free = [name for name in names if name not in constants]
        labels = frozenset(free[1:]) & _LABEL_NAMES
        candidates = list(_shapes(free))
        candidates += [rows for one in equations for rows in _shapes_in(one, len(free))]
        if labels:
            for shape in ((4, 5), (4, 5, 6)):
                mixed: tuple[Shape, ...] = tuple((4,) if n in labels else shape for n in free)
                yield Plan(names, constants, mixed, labels)
            if free[2:] and free[-1] not in labels:  # as of how many rows there are to add to
                counted = {**constants, free[-1]: _COUNT}
                mixed = tuple((4,) if n in labels else (4, 5) for n in free[:-1])
                yield Plan(names, counted, mixed, labels)
        for domain in DOMAINS:
            for rows in candidates:
                yield Plan(names, constants, rows, domain=domain)


def _fillings(
    parameters: Sequence[inspect.Parameter], told: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The names of the arguments and the constants among them, most arguments first."""
    optional = [number for number, p in enumerate(parameters) if _may_be_tensor(p, told)]
    for end in dict.fromkeys((*(number + 1 for number in reversed(optional)), 0)):
        constants: dict[str, Any] = {}
        names: list[str] = []
        for number, parameter in enumerate(parameters):
            if parameter.name in told:
                constants[parameter.name] = told[parameter.name]
            elif (guess := constant_of(parameter)) is not None:
                constants[parameter.name] = guess
            elif not is_required(parameter) and number >= end:
                constants[parameter.name] = parameter.default
            names.append(parameter.name)
        yield tuple(names), constants


def _may_be_tensor(parameter: inspect.Parameter, told: Mapping[str, Any]) -> bool:
    return parameter.default is None and parameter.name not in told


def _shapes(free: Sequence[str]) -> Iterable[tuple[Shape, ...]]:
    alike: tuple[tuple[Shape, ...], ...] = (((4, 5),) * len(free), ((5,),) * len(free))
    known: tuple[tuple[Shape, ...], ...] = _TOGETHER.get(len(free), alike)
    if len(free) == 2 and free[1].lower() in _FEATURE_NAMES:
        matrices = [rows for rows in known if rows[0] != rows[1] and len(rows[1]) > 1]
        return (*matrices, *_PER_FEATURE, *(rows for rows in known if rows not in matrices))
    if free[:1] == ["q"] and len(free) == len(_ATTENTION):
        return (_ATTENTION, *known)
    return known if free else ()


def _question(
    name: str, parameters: Sequence[inspect.Parameter], told: Mapping[str, Any], reason: str = ""
) -> str:
    wanted = [p for p in parameters if is_required(p) and p.name not in told]
    free = [p.name for p in wanted if constant_of(p) is None]
    constants = [f"{p.name}={constant_of(p)!r}" for p in wanted if p.name not in free]
    example = next(iter(_shapes(free)), ((4, 5),))
    shapes = " ".join(f"--input {','.join(map(str, shape)) or '()'}" for shape in example)
    init = f' --init "{", ".join(constants)}"' if constants else ""
    furthest = f" (what came furthest: {reason})" if reason else ""
    return (
        f"{name}.forward wants {', '.join(p.name for p in wanted) or 'arguments'}, and nothing "
        f"that was tried fits{furthest}: give a shape for each tensor, the rest by name, as in "
        f"{shapes}{init}"
    )
