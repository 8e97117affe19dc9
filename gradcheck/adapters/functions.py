"""Pairs of plain functions in a module, as a class with a forward and a backward.

name_forward(x, ...) -> (out, cache)        name_backward(dout, cache) -> gradients in order
name_forward(x, ...) -> out                 name_backward(dout, x, ...), in any order
name_forward(x, ...) -> (out, more)         name_backward(dout, dmore, x, ...)
name(x) -> out                              name_backward(dout, out)
name(x) -> out                              name_prime(x) or name_prime(out), a local derivative
name(x) -> out                              name_backward(out, target), of a loss behind it
name(prediction, target) -> loss            name_prime(prediction, target)
name_loss(prediction, target) -> loss and gradient
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Container
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.adapters import by_name
from gradcheck.adapters.instructions import attributes_of_first, taken_apart
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.partners import Bond, Partners, partners
from gradcheck.adapters.told import compares
from gradcheck.adapters.vocabulary import CACHE, CONTEXT, GRADIENT, INPUT, means
from gradcheck.foreign.signatures import GRAD_OUTPUT, is_required, positional, required, signed

_TOLD = (bool, int, float, str, tuple)
_ARGUMENTS = (np.ndarray, Tensor, dict, list)


def function_pairs(module: ModuleType) -> dict[str, type]:
    """A class for each public pair of functions that a module defines itself, by their common name.

    What its author calls private is asked about by name only.
    """
    return {
        one.name: _class_of(one)
        for one in partners(vars(module))
        if one.forward.__module__ == module.__name__ and not one.forward.__name__.startswith("_")
    }


def pairs_between(ahead: ModuleType, behind: ModuleType) -> dict[str, type]:
    """A class for each pair whose forward one module defines, and whose backward another."""
    spaces = ({n: f for n, f in vars(one).items() if _is_of(f, one)} for one in (ahead, behind))
    forwards, backwards = spaces
    return {
        one.name: type(one.name, (_class_of(one),), {"__module__": behind.__name__})
        for one in partners({**backwards, **forwards})
        if one.name not in backwards and one.backward in backwards.values()
        if one.forward in forwards.values()
    }


def _is_of(value: Any, module: ModuleType) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__


def pair_named(module: ModuleType, name: str) -> type | None:
    """The pair of this name, or to which the function of this name belongs."""
    for one in partners(vars(module)):
        if name in {one.name, one.forward.__name__, one.backward.__name__}:
            return _class_of(one)
    return None


def _class_of(pair: Partners) -> type:
    """The class that its author might have written.

    What nobody must give, such as a stride, is told to its constructor.
    """
    settings = [p for p in positional(pair.forward) if isinstance(p.default, _TOLD)]

    def told(self: Any, **options: Any) -> None:
        self.options = options

    named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in settings]
    signed(told, named)
    methods = {"__init__": told, **_methods(pair), "keeps_state": False}
    methods["wants_object"] = _object_wanted(pair)
    methods["__module__"] = pair.forward.__module__
    if _may_want_output(pair):
        of_output = _with_cache(pair.forward, pair.backward, keeps_output=True)
        methods["at_output"] = type(pair.name, (), {**methods, **of_output})
    return type(pair.name, (), methods)


def at_output(instance: object) -> Any:
    """The same pair, whose backward is given the forward's output; None where it may not be meant.

    What it is given has no name of an input, and the forward returns no cache.
    """
    other = getattr(type(instance), "at_output", None)
    return other(**vars(instance)["options"]) if inspect.isclass(other) else None


def _may_want_output(pair: Partners) -> bool:
    asked, given = _names(pair.forward), _names(pair.backward)
    strange = [n for n in given if n not in asked and not means(GRADIENT, n)]
    is_one = pair.bond == Bond.BACKWARD and len(asked) == 1 and len(given) == 2
    return is_one and len(strange) == 1 and not means(INPUT, strange[0])


def object_wanted_by(target: object) -> str:
    """The argument of a pair that is an object of its author's, in the place of ``self``; or none.

    Such functions are the body of somebody's methods: it is those that can be asked.
    """
    return str(getattr(target, "wants_object", ""))


def _object_wanted(pair: Partners) -> str:
    firsts = [positional(one)[:1] for one in (pair.forward, pair.backward)]
    names = {first[0].name for first in firsts if first}
    if len(names) != 1 or not all(firsts) or any(means(CONTEXT, name) for name in names):
        return ""
    asked = attributes_of_first(pair.forward)
    unknown = [name for name in asked if not any(hasattr(kind, name) for kind in _ARGUMENTS)]
    return names.pop() if unknown else ""


def _methods(pair: Partners) -> dict[str, Callable[..., Any]]:
    if pair.bond == Bond.BACKWARD and compares(*map(_names, (pair.forward, pair.backward))):
        return {"forward": _method(pair.forward), "backward": _method(pair.backward)}
    if pair.bond == Bond.BACKWARD:
        plan = by_name.plan_of(pair.forward, pair.backward)
        if plan is None:
            return _with_cache(pair.forward, pair.backward)
        return by_name.methods_of(pair.forward, pair.backward, plan, _optional(pair.backward))
    if pair.bond == Bond.BOTH:
        return {"__call__": _method(pair.forward)}
    of_one = len(required(pair.forward)) == 1
    names = ("forward", "derivative") if of_one else ("loss", "gradient")
    return dict(zip(names, map(_method, (pair.forward, pair.backward)), strict=True))


def _names(function: Callable[..., Any]) -> list[str]:
    return [parameter.name for parameter in required(function)]


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, given an object whose options it hears."""
    heard = _optional(function)

    def method(self: Any, *inputs: Any) -> Any:
        return function(*inputs, **_among(self.options, heard))

    functools.update_wrapper(method, function)
    return signed(method, required(function))


def _with_cache(
    forward: Callable[..., Any], backward: Callable[..., Any], *, keeps_output: bool = False
) -> dict[str, Any]:
    """Its forward keeps the cache, and its backward hands it on."""
    shared = _shared(forward, backward)
    wants_cache, given = _cotangents_of(backward, shared)
    place = 0 if len(given) > 1 else _place_of_cotangent(forward, backward)
    wanted = _wanted_by(forward, backward, place) if len(given) == 1 else []
    defaults = {p.name: p.default for p in positional(forward)}
    names = [p.name for p in required(forward)]
    heard = _optional(backward)
    apart = [
        p for p in required(backward) if means(CACHE, p.name) and taken_apart(backward, p.name)
    ]

    def kept(self: Any, *inputs: Any) -> Any:
        result = forward(*inputs, **self.options)
        cached = isinstance(result, tuple) and len(result) == len(given) + 1 and wants_cache
        known = {**defaults, **self.options, **dict(zip(names, inputs, strict=False))}
        handed = tuple(known[name] for name in wanted) or inputs
        self.kept = result[-1:] if cached else (result,) if keeps_output else handed
        self.told = {name: known[name] for name in names if name in shared and cached}
        if not cached:
            return result
        return result[0] if len(given) == 1 else result[:-1]

    def handed(self: Any, *grad_outputs: Any) -> Any:
        if apart and len(self.kept) == 1 and is_array(self.kept[0]):
            asked = f"{backward.__name__} takes {apart[0].name} apart"
            raise TypeError(f"{asked}, and {forward.__name__} returns none")
        before, after = self.kept[:place], self.kept[place:]
        told = {**self.told, **_among(self.options, heard)}
        return backward(*before, *grad_outputs, *after, **told)

    functools.update_wrapper(kept, forward)
    functools.update_wrapper(handed, backward)
    signed(handed, given)
    return {"forward": signed(kept, required(forward)), "backward": handed}


def _optional(function: Callable[..., Any]) -> set[str]:
    """What it may be given by name."""
    return {p.name for p in positional(function) if not is_required(p)}


def _among(options: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in names}


def _place_of_cotangent(forward: Callable[..., Any], backward: Callable[..., Any]) -> int:
    """Where the backward wants it: the only name that is neither an input's nor a cache's.

    >>> _place_of_cotangent(lambda x: x, lambda x, grad: grad)
    1
    """
    inputs = {parameter.name for parameter in positional(forward)}
    names = [p.name for p in required(backward)]
    left = [name for name in names if name not in inputs and not means(CACHE, name)]
    left = [name for name in left if means(GRADIENT, name)] if len(left) > 1 else left
    return names.index(left[0]) if len(left) == 1 else 0


def _shared(forward: Callable[..., Any], backward: Callable[..., Any]) -> set[str]:
    """What a backward wants beside its cache, and the forward was told under the same name.

    >>> def act_forward(x, w, activation): ...
    >>> def act_backward(dy, cache, activation): ...
    >>> _shared(act_forward, act_backward)
    {'activation'}
    """
    wanted = [p.name for p in required(backward)]
    if not any(means(CACHE, name) for name in wanted):
        return set()
    return {*wanted} & {p.name for p in required(forward)}


def _wanted_by(forward: Callable[..., Any], backward: Callable[..., Any], place: int) -> list[str]:
    """What a backward wants beside its cotangent, each by its name in the forward.

    Those of another name are the inputs that it does not name, in their order; none, where they
    are too few, or a cache may hold them all.

    >>> def pool(image, size=2): ...
    >>> _wanted_by(pool, lambda dpool, orig, size: orig, 0)
    ['image', 'size']
    """
    words = [p.name for p in required(backward)]
    del words[place : place + 1]
    theirs = {p.name for p in positional(forward)}
    free = [p.name for p in required(forward) if p.name not in words]
    strange = [name for name in words if name not in theirs]
    if len(strange) > len(free) or (len(free) > 1 and any(means(CACHE, one) for one in strange)):
        return []
    others = dict(zip(strange, free, strict=False))
    return [others.get(name, name) for name in words]


def _cotangents_of(
    backward: Callable[..., Any], shared: Container[str] = ()
) -> tuple[bool, list[inspect.Parameter]]:
    """Whether it wants a cache, and the cotangents beside it: one, or one for each output.

    >>> def lstm_backward(dh, dc, cache): ...
    >>> _cotangents_of(lstm_backward)[0], [one.name for one in _cotangents_of(lstm_backward)[1]]
    (True, ['dh', 'dc'])
    """
    words = [word for word in required(backward) if word.name not in shared]
    if len(words) > 2 and means(CACHE, words[-1].name):
        return True, words[:-1]
    return len(words) == 2, [GRAD_OUTPUT]
