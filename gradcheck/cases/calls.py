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

from gradcheck.cases.plan import DOMAINS, Call, Plan
from gradcheck.cases.spec import Init, Shape
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import is_required, positional

Fits = Callable[[Sequence[Any]], bool]
"""Whether the forward takes these arguments, and returns numbers."""

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
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("dim", "axis"), -1),
    **dict.fromkeys(("stride", "strides", "kernel_size", "power", "exponent", "n", "k"), 2),
    **dict.fromkeys(("padding", "pad", "dilation", "groups"), 1),
    **dict.fromkeys(("eps", "epsilon"), 1e-5),
    **dict.fromkeys(("inplace", "in_place", "keepdims", "keepdim", "keep_dims"), False),
    **dict.fromkeys(("reduction", "mode"), "mean"),
    **dict.fromkeys(("min", "low", "lower", "min_val", "min_value", "a_min"), -0.5),
    **dict.fromkeys(("max", "high", "upper", "max_val", "max_value", "a_max"), 0.5),
    **dict.fromkeys(("axes", "dims", "perm", "permutation", "order"), (1, 0)),
    **dict.fromkeys(("shape", "new_shape", "newshape", "target_shape", "size"), (-1,)),
    **dict.fromkeys(("training", "train", "is_training", "size_average"), True),
    **dict.fromkeys(
        (
            *("alpha", "negative_slope", "lam", "lambd", "lambda_", "lmbda", "coeff", "factor"),
            *("temperature", "temp", "tau", "p", "momentum", "margin", "threshold", "constant"),
        ),
        0.375,
    ),
}
_BY_ANNOTATION: dict[Any, Any] = {bool: True, int: 2, float: 0.375, str: "mean"}
_ASKED_AT_MOST = 200
_EINSUM = re.compile(r"\s*[a-zA-Z]+(\s*,\s*[a-zA-Z]+)*\s*(->\s*[a-zA-Z]*\s*)?")
_SIZES = (4, 5, 3, 2, 6, 7)


def call_for(
    name: str,
    forward: Callable[..., Any],
    fits: Fits,
    *,
    init: Init | None = None,
    shapes: Sequence[Shape] = (),
    arrays: bool = False,
) -> Call:
    """The call to try: the user's shapes and constants, else the first that the forward takes.

    Args:
        name: Of the target, for messages.
        forward: Whose parameters are to be filled.
        fits: Asked about each candidate.
        init: Constants that the user gave, by position or name.
        shapes: Of the other arguments, as the user gave them.
        arrays: Whether they are NumPy arrays.

    Raises:
        ExerciseError: If nothing fits, with the line to write instead.
    """
    parameters = _with_keys(positional(forward))
    equations = _equations_in(forward)
    told = _told(parameters, init)
    if shapes:
        plan = _as_told(name, parameters, told, tuple(shapes))
        return Call(plan, arrays)
    for plan in islice(_plans(parameters, told, equations), _ASKED_AT_MOST):
        if fits(plan.draw(0)):
            return Call(plan, arrays)
    raise ExerciseError(_question(name, parameters, told))


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
        elif (guess := _guess(parameter)) is not None:
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
            elif (guess := _guess(parameter)) is not None:
                constants[parameter.name] = guess
            elif not is_required(parameter) and number >= end:
                constants[parameter.name] = parameter.default
            names.append(parameter.name)
        yield tuple(names), constants


def _may_be_tensor(parameter: inspect.Parameter, told: Mapping[str, Any]) -> bool:
    return parameter.default is None and parameter.name not in told


def _guess(parameter: inspect.Parameter) -> Any:
    """A constant, where default, annotation or name say that it is one; else None."""
    if parameter.default not in (None, inspect.Parameter.empty):
        return parameter.default
    annotation = parameter.annotation
    if isinstance(annotation, str):
        annotation = {kind.__name__: kind for kind in _BY_ANNOTATION}.get(annotation, annotation)
    if annotation is Tensor or annotation == "Tensor":
        return None
    by_name = _CONSTANTS.get(parameter.name.lower())
    if annotation in _BY_ANNOTATION:
        same_kind = isinstance(by_name, annotation)
        return by_name if same_kind else _BY_ANNOTATION[annotation]
    return by_name


def _shapes(free: Sequence[str]) -> Iterable[tuple[Shape, ...]]:
    alike: tuple[tuple[Shape, ...], ...] = (((4, 5),) * len(free), ((5,),) * len(free))
    known: tuple[tuple[Shape, ...], ...] = _TOGETHER.get(len(free), alike)
    if len(free) == 2 and free[1].lower() in _FEATURE_NAMES:  # noqa: PLR2004 an input and one more
        matrices = [rows for rows in known if rows[0] != rows[1] and len(rows[1]) > 1]
        return (*matrices, *_PER_FEATURE, *(rows for rows in known if rows not in matrices))
    if free[:1] == ["q"] and len(free) == len(_ATTENTION):
        return (_ATTENTION, *known)
    return known if free else ()


def _question(name: str, parameters: Sequence[inspect.Parameter], told: Mapping[str, Any]) -> str:
    wanted = [p for p in parameters if is_required(p) and p.name not in told]
    free = [p.name for p in wanted if _guess(p) is None]
    constants = [f"{p.name}={_guess(p)!r}" for p in wanted if p.name not in free]
    example = next(iter(_shapes(free)), ((4, 5),))
    shapes = " ".join(f"--input {','.join(map(str, shape)) or '()'}" for shape in example)
    init = f' --init "{", ".join(constants)}"' if constants else ""
    return (
        f"{name}.forward wants {', '.join(p.name for p in wanted) or 'arguments'}, and nothing "
        "that was tried fits: give a shape for each tensor, the rest by name, as in "
        f"{shapes}{init}"
    )
