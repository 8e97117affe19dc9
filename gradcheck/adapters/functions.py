"""Pairs of plain functions in a module, as a class with a forward and a backward.

name_forward(x, ...) -> (out, cache)        name_backward(dout, cache) -> gradients in order
name_forward(x, ...) -> out                 name_backward(dout, x, ...), in any order
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from gradcheck.adapters.vocabulary import CACHE, means
from gradcheck.foreign.signatures import is_required, positional

_PARTNERS = (("_forward", "_backward"), ("_fwd", "_bwd"), ("_fprop", "_bprop"))
_HEADS = (("forward_", "backward_"),)
_TWO = 2
_TOLD = (bool, int, float, str, tuple)


def function_pairs(module: ModuleType) -> dict[str, type]:
    """A class for each pair of functions that a module defines, by their common name."""
    return {name: _class_of(name, forward, backward) for name, forward, backward in _pairs(module)}


def pair_named(module: ModuleType, name: str) -> type | None:
    """The pair of this name, or to which the function of this name belongs."""
    for common, forward, backward in _pairs(module):
        if name in {common, forward.__name__, backward.__name__}:
            return _class_of(common, forward, backward)
    return None


def _pairs(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    space = vars(module)
    for name, found in list(space.items()):
        for ours, theirs in _PARTNERS:
            partner = space.get(name.removesuffix(ours) + theirs) if name.endswith(ours) else None
            if inspect.isfunction(found) and inspect.isfunction(partner):
                yield name.removesuffix(ours), found, partner
        for ours, theirs in _HEADS:
            partner = space.get(theirs + name.removeprefix(ours)) if name.startswith(ours) else None
            if inspect.isfunction(found) and inspect.isfunction(partner):
                yield name.removeprefix(ours), found, partner


def _class_of(name: str, forward: Callable[..., Any], backward: Callable[..., Any]) -> type:
    """Its forward keeps the cache, and its backward hands it on.

    What nobody must give, such as a stride, is told to its constructor.
    """
    settings = [p for p in positional(forward) if isinstance(p.default, _TOLD)]
    heard = {p.name for p in positional(backward) if not is_required(p)}

    def told(self: Any, **options: Any) -> None:
        self.options = options

    def kept(self: Any, *inputs: Any) -> Any:
        result = forward(*inputs, **self.options)
        cached = isinstance(result, tuple) and len(result) == _TWO and _wants_cache(backward)
        self.kept = result[1:] if cached else inputs
        return result[0] if cached else result

    def handed(self: Any, grad_output: Any) -> Any:
        place = _place_of_cotangent(forward, backward)
        options = {name: value for name, value in self.options.items() if name in heard}
        return backward(*self.kept[:place], grad_output, *self.kept[place:], **options)

    functools.update_wrapper(kept, forward)
    functools.update_wrapper(handed, backward)
    myself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in settings]
    told.__signature__ = inspect.Signature([myself, *named])  # type: ignore[attr-defined]
    theirs = [p for p in positional(forward) if is_required(p)]
    kept.__signature__ = inspect.Signature([myself, *theirs])  # type: ignore[attr-defined]
    gradient = myself.replace(name="grad_output")
    handed.__signature__ = inspect.Signature([myself, gradient])  # type: ignore[attr-defined]
    methods = {"__init__": told, "forward": kept, "backward": handed}
    return type(name, (), {**methods, "__module__": forward.__module__})


def _place_of_cotangent(forward: Callable[..., Any], backward: Callable[..., Any]) -> int:
    """Where the backward wants it: the only name that is neither an input's nor a cache's.

    >>> _place_of_cotangent(lambda x: x, lambda x, grad: grad)
    1
    """
    inputs = {parameter.name for parameter in positional(forward)}
    names = [p.name for p in positional(backward) if is_required(p)]
    left = [name for name in names if name not in inputs and not means(CACHE, name)]
    return names.index(left[0]) if len(left) == 1 else 0


def _wants_cache(backward: Callable[..., Any]) -> bool:
    return len([p for p in positional(backward) if is_required(p)]) == _TWO
