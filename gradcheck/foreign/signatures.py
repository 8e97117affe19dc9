"""What arguments somebody's function takes, as far as Python can tell."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, MethodType
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """All parameters; none for a builtin that does not tell."""
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        found = _of_function(function.__func__)
        return list(found if found and is_variadic(found[0]) else found[1:])
    return list(_of_function(function) if isinstance(function, FunctionType) else _read(function))


@functools.lru_cache(maxsize=1024)
def _of_function(function: FunctionType) -> tuple[inspect.Parameter, ...]:
    """The parameters of a plain function, which is asked for them again and again in one check."""
    return _read(function)


def _read(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    try:
        found = tuple(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ()
    inner = _wrapped(function) if found and all(map(is_variadic, found)) else None
    if inner is None:
        return (*found, *_handed_up(function, found)) if inspect.isclass(function) else found
    told = _read(inner)
    return told[1:] if inspect.isclass(function) else told  # without the instance


def _handed_up(kind: type, own: Sequence[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """What its base must be given, where its constructor hands all keywords on.

    >>> class Base:
    ...     def __init__(self, units, name=None): ...
    >>> class Cell(Base):
    ...     def __init__(self, bias=True, **kwargs):
    ...         super().__init__(**kwargs)
    >>> [one.name for one in parameters(Cell)]
    ['bias', 'kwargs', 'units']
    """
    names = getattr(getattr(vars(kind).get("__init__"), "__code__", None), "co_names", ())
    above = [base for base in kind.__mro__[1:-1] if "__init__" in vars(base)]
    if not any(p.kind is p.VAR_KEYWORD for p in own) or not {"super", "__init__"} <= {*names}:
        return
    told = {p.name for p in own}
    for asked in parameters(above[0]) if above else ():
        if is_required(asked) and asked.name not in told:
            yield asked.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """What a decorator that passes any arguments on keeps in its closure.

    >>> def checked(inner):
    ...     def outer(*args, **kwargs):
    ...         return inner(*args, **kwargs)
    ...     return outer
    >>> [one.name for one in parameters(checked(lambda size, depth: None))]
    ['size', 'depth']
    """
    own = inspect.isclass(function)
    outer = inspect.getattr_static(function, "__init__", None) if own else function
    cells = [cell.cell_contents for cell in getattr(outer, "__closure__", None) or ()]
    return next((one for one in cells if inspect.isfunction(one)), None)


def signed(
    method: Callable[..., Any],
    theirs: Sequence[inspect.Parameter],
    of: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """A method that says what it takes beside its object; one of those may be called ``self``.

    And whose it is that it calls, where that is to be shown in its place.
    """
    myself = inspect.Parameter("_self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    vars(method)["__signature__"] = inspect.Signature([myself, *theirs])
    if of is not None:
        vars(method)["stands_for"] = of
    return method


def stood_for(method: Callable[..., Any]) -> Callable[..., Any]:
    """The author's own method behind one of ours that calls it; any other as it is.

    >>> stood_for(signed(lambda self: self, [], of=print)) is print
    True
    """
    found: Callable[..., Any] = getattr(method, "stands_for", method)
    return found


GRAD_OUTPUT = inspect.Parameter("grad_output", inspect.Parameter.POSITIONAL_OR_KEYWORD)


def positional(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters that can be given by position, one each."""
    return [parameter for parameter in parameters(function) if parameter.kind in _POSITIONAL]


def is_variadic(parameter: inspect.Parameter) -> bool:
    """Whether it stands for any number of arguments."""
    return parameter.kind in _VARIADIC


def is_ignored(parameter: inspect.Parameter) -> bool:
    """Whether its author says by its name that nobody looks at it.

    >>> [is_ignored(p) for p in parameters(lambda x, _, *__: x)]
    [False, True, True]
    """
    return parameter.name.strip("_") in {"", "unused", "ignored"}


def is_required(parameter: inspect.Parameter) -> bool:
    """Whether a call must give it.

    >>> [is_required(p) for p in parameters(lambda a, b=1, *c, d: None)]
    [True, False, False, True]
    """
    return parameter.default is inspect.Parameter.empty and not is_variadic(parameter)


def required(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The positional parameters that a call must give.

    >>> [p.name for p in required(lambda a, b, c=1, *, d: None)]
    ['a', 'b']
    """
    return [parameter for parameter in positional(function) if is_required(parameter)]


def accepts(function: Callable[..., Any], *arguments: Any, **options: Any) -> bool:
    """Whether a call with these arguments fits the signature.

    >>> accepts(lambda a, b=1: None, 1, b=2), accepts(lambda a: None)
    (True, False)
    """
    try:
        inspect.signature(function).bind(*arguments, **options)
    except (TypeError, ValueError):
        return False
    return True


def written(parameter: inspect.Parameter) -> str:
    """Its annotation as one would write it; empty where there is none.

    >>> def pool(x: list[int], size: int = 2): ...
    >>> [written(one) for one in parameters(pool)]
    ['list[int]', 'int']
    """
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        return annotation
    simple = inspect.isclass(annotation) and not getattr(annotation, "__args__", ())
    return annotation.__name__ if simple else str(annotation)
