"""Another value for what a call leaves at its default, where its name says what is computed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from gradcheck.foreign.signatures import is_required

# Words of what says how to learn, to begin or to report, and not what is computed; of what is
# folded into the gradient by agreement, as a regulariser is; of what keeps a logarithm finite.
_NOT_COMPUTED = {
    *("lr", "lrate", "learn", "learning", "eta", "momentum", "decay", "optim", "optimizer"),
    *("reg", "regularization", "regularisation", "regularizer", "regulariser", "lambd", "lambda"),
    *("penalty", "penalties"),
    *("eps", "epsilon", "seed", "rng", "random", "initializer", "initialiser"),
    *("train", "training", "trainable", "frozen", "freeze", "requires", "grad", "grads"),
    *("name", "debug", "verbose", "verbosity", "logging", "plot", "dtype", "device", "cache"),
    *("place", "inplace"),
}
# What says it only as a whole: a `log_target` is computed, and a `layerscale_init`.
_WHOLE = re.compile(
    r"l[12](_.*)?|init(_.*)?|std|check|trace|log(_(every|dir|level|file|interval|path))?"
    r"|(is_?)?(first|last|final|output|input)(_?layer)?"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_STRIDE = re.compile(r"strides?")
_AXIS = re.compile(r"axis|dim")
_OTHER_TEXTS = {"valid": "same", "same": "valid", "mean": "sum", "sum": "mean"}
_OTHER_NUMBER = 0.375
# What is smaller, or larger, keeps a forward finite: a backward may well leave it out.
_LEAST, _MOST = 1e-3, 10.0
# An epsilon that is nothing, or large, guards nothing: labels are smoothed by it.
_EPSILON = re.compile(r"eps(ilon)?", re.IGNORECASE)
_LARGE = 1e-2
_ODD, _LARGEST = (3, 5, 7), 8


def changes(options: Sequence[inspect.Parameter]) -> dict[str, Any]:
    """Another value for each option that may be left out and says what is computed.

    >>> def clipped(x, clip=6.0, lr=0.5, weight_decay=0.1, beta=1.0): ...
    >>> changes(list(inspect.signature(clipped).parameters.values()))
    {'clip': 0.375, 'beta': 0.375}
    """
    found = {
        parameter.name: _other(parameter)
        for parameter in options
        if not is_required(parameter)
        and parameter.kind is not inspect.Parameter.POSITIONAL_ONLY
        and (is_computed(parameter.name) or _smooths(parameter))
    }
    return {name: value for name, value in found.items() if value is not None}


def is_computed(name: str) -> bool:
    """Whether an option of this name may say what is computed: of its words, none says otherwise.

    >>> [is_computed(name) for name in ("beta", "aggregate", "from_logits", "layerscale_init")]
    [True, True, True, True]
    >>> [is_computed(name) for name in ("eta", "weight_decay", "learningRate", "init_scale")]
    [False, False, False, False]
    """
    words = {word.lower() for word in _WORD.findall(name)}
    return not words & _NOT_COMPUTED and not _WHOLE.fullmatch(name.lower())


def _smooths(parameter: inspect.Parameter) -> bool:
    """Whether an epsilon is none that keeps from zero."""
    default = parameter.default
    is_guard = type(default) is not float or 0 < abs(default) < _LARGE
    return not is_guard and _EPSILON.fullmatch(parameter.name) is not None


def is_axis(name: str) -> bool:
    """Whether it says along which axis something is done."""
    return _AXIS.fullmatch(name.lower()) is not None


def is_other_number(parameter: inspect.Parameter) -> bool:
    """Whether it is a number by default, and may well be another one.

    >>> def cooled(x, temperature=1.0, eps=1e-6): ...
    >>> [is_other_number(one) for one in inspect.signature(cooled).parameters.values()]
    [False, True, False]
    """
    is_float = type(parameter.default) is float
    return is_float and is_computed(parameter.name) and _other(parameter) is not None


def _other(parameter: inspect.Parameter) -> Any:
    """A value beside the default; None where there is none that one could mean."""
    name, default = parameter.name.lower(), parameter.default
    if default is None and _STRIDE.fullmatch(name):
        return 1  # None is the size of the window, as a rule: where windows overlap, they add up
    if type(default) is int and is_axis(name):
        return 1 if default == 0 else 0
    make = _OTHERS.get(type(default))
    return make(default) if make else None


def _other_number(default: float) -> float | None:
    """None beside a guard, which nobody means to be any number."""
    if default and not _LEAST < abs(default) < _MOST:
        return None
    return _OTHER_NUMBER if default != _OTHER_NUMBER else 2 * _OTHER_NUMBER


def _other_size(default: int) -> int | None:
    """A larger one is a mere size; of an odd kernel the next odd one, for it has a middle."""
    return default + (2 if default in _ODD else 1) if default <= _LARGEST else None


def _other_sizes(default: tuple[Any, ...]) -> tuple[int, ...] | None:
    sizes = default and all(type(one) is int and one <= _LARGEST for one in default)
    return tuple(one + 1 for one in default) if sizes else None


def _other_text(default: str) -> str | None:
    other = _OTHER_TEXTS.get(default.lower())
    return other.upper() if other and default.isupper() else other


_OTHERS: dict[type, Callable[[Any], Any]] = {
    bool: lambda default: not default,
    int: _other_size,
    float: _other_number,
    tuple: _other_sizes,
    str: _other_text,
}
