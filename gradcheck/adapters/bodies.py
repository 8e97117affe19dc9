"""The body of a Function's forward: called as a plain function, with a stand-in for ``ctx``.

Autograd as a witness must not ask the very backward under test: it looks at the body instead.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx

from gradcheck.adapters.graph import is_torchs_own

BASE = torch.autograd.Function


def is_filled_in(target: object) -> bool:
    """Whether it is a subclass of torch's Function that somebody has filled in."""
    return (
        inspect.isclass(target)
        and issubclass(target, BASE)
        and not is_torchs_own(target)
        and target.forward is not BASE.forward
        and backward_of(target) is not None
    )


class _Context(FunctionCtx):
    """What a forward's body may do with ``ctx`` where there is no graph."""

    def __init__(self, given: Sequence[Any]) -> None:
        self.needs_input_grad = tuple(isinstance(x, Tensor) and x.requires_grad for x in given)
        self.dirty_tensors: tuple[Tensor, ...] = ()
        self.to_save: tuple[Tensor, ...] = ()

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        return self.to_save


def body(
    function: Any, given: Sequence[Any], options: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Any, _Context]:
    """What the forward returns when it is called as a plain function, and its ``ctx`` after it."""
    context = _Context(given)
    if not has_setup(function):
        return function.forward(context, *given, **options), context
    arguments = inspect.signature(function.forward).bind(*given, **options)
    arguments.apply_defaults()
    result = function.forward(*arguments.args)
    with torch.no_grad():
        function.setup_context(context, arguments.args, result)
    return result, context


def bodies_only(
    namespaces: Iterable[dict[str, Any]] = (),
) -> AbstractContextManager[None]:
    """Inside, every hand-written Function is the body of its forward, and no more.

    Also where a namespace holds its ``apply`` under another name.  One that is kept elsewhere is
    called as ever, and seen in the graph.
    """

    def apply(torchs_own: Any, kind: Any, *given: Any, **options: Any) -> Any:
        if is_torchs_own(kind):
            return torchs_own(kind, *given, **options)
        return body(kind, given, options)[0]

    return _applied_by(apply, namespaces)


Stands = Callable[[Callable[..., Any], Sequence[Any], Mapping[str, Any]], Any]
"""What is called in the place of a Function: it is handed the way to it, and its arguments."""

_STANDING: dict[Any, Stands] = {}


def standing() -> Mapping[Any, Stands]:
    """What stands in for a Function now."""
    return {**_STANDING}


@contextmanager
def stood_in(
    stand_ins: Mapping[Any, Stands], namespaces: Iterable[dict[str, Any]] = ()
) -> Iterator[None]:
    """Inside, something else is called in the place of each of these Functions."""

    def apply(torchs_own: Any, kind: Any, *given: Any, **options: Any) -> Any:
        return torchs_own(kind, *given, **options)

    before = standing()
    _STANDING.update(stand_ins)
    try:
        with _applied_by(apply, namespaces) if stand_ins else nullcontext():
            yield
    finally:
        _STANDING.clear()
        _STANDING.update(before)


@contextmanager
def recorded(function: Any, namespaces: Iterable[dict[str, Any]] = ()) -> Iterator[list[Any]]:
    """Inside, what a Function is applied to is added to this list, call by call."""
    calls: list[Any] = []

    def apply(torchs_own: Any, kind: Any, *given: Any, **options: Any) -> Any:
        if kind is function:
            calls.append(given)
        return torchs_own(kind, *given, **options)

    with _applied_by(apply, namespaces):
        yield calls


@contextmanager
def _applied_by(apply: Callable[..., Any], namespaces: Iterable[dict[str, Any]]) -> Iterator[None]:
    """Inside, a Function is applied by this, which is handed torch's own way first."""
    own = vars(BASE).get("apply")

    def torchs_own(kind: Any, *given: Any, **options: Any) -> Any:
        way = own.__get__(None, kind) if own is not None else super(BASE, kind).apply
        return way(*given, **options)

    def instead(kind: Any, *given: Any, **options: Any) -> Any:
        way = functools.partial(apply, torchs_own, kind)
        # Others wait inside of this one: who is first is asked, and no second time.
        stands = _STANDING.pop(kind, None)
        if stands is None:
            return way(*given, **options)
        try:
            return stands(way, given, options)
        finally:
            _STANDING[kind] = stands

    aliases = [
        (names, name, value)
        for names in namespaces
        for name, value in names.items()
        if is_alias(value)
    ]
    BASE.apply = classmethod(instead)
    for names, name, value in aliases:
        names[name] = functools.partial(instead, value.__self__)
    try:
        yield
    finally:
        for names, name, value in aliases:
            names[name] = value
        if own is None:
            del BASE.apply
        else:
            BASE.apply = own


def is_alias(value: object) -> bool:
    """Whether it is the ``apply`` of a hand-written Function."""
    owner = getattr(value, "__self__", None)
    return is_filled_in(owner) and getattr(value, "__name__", "") == "apply"


def has_setup(function: Any) -> bool:
    """Whether its forward takes no ``ctx``, and ``setup_context`` fills it."""
    return function.setup_context is not BASE.setup_context


def backward_of(function: Any) -> Callable[..., Any] | None:
    """The method that holds the backward, whichever of torch's two names it bears."""
    for name in ("backward", "vjp"):
        method: Callable[..., Any] = getattr(function, name)
        if method is not getattr(BASE, name):
            return method
    return None
