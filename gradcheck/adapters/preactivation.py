"""A loss whose gradient is that of what its prediction is the activation of.

    fn(a, y) -> value           delta(z, a, y) -> the gradient of z,  where a = σ(z)
    loss(y, p) -> value         grad(y, p, z, activation) -> the same

Which σ is meant nobody says who is not given it: it is asked of the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from gradcheck.activations import Activation, relu, sigmoid, softmax, tanh
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.vocabulary import means

_BEFORE = re.compile(r"z\w*|net\w*|pre_?act\w*|logits?|(weighted_?)?(sum|input)s?|v|u")
_ACTIVATION = re.compile(r"act\w*|.*activ\w*|func?(tion)?|fn|f|non_?lin\w*")
_MOST = 4
NONE_FITS = (
    "{name} wants what the prediction is an activation of, and its gradient is that through none "
    "of those that were tried: sigmoid, softmax, tanh, ReLU"
)
THROUGH = "the prediction is taken for the {name} of {before}, whose gradient it is"


class Part(Enum):
    """What a gradient of a loss is given."""

    BEFORE = auto()
    PREDICTION = auto()
    TRUTH = auto()
    ACTIVATION = auto()


def parts_of(loss: Sequence[str], gradient: Sequence[str]) -> tuple[Part, ...]:
    """What each argument of the gradient is; none, where it is not of this form.

    >>> [part.name for part in parts_of(("a", "y"), ("z", "a", "y"))]
    ['BEFORE', 'PREDICTION', 'TRUTH']
    >>> [part.name for part in parts_of(("y", "p"), ("y", "p", "x", "act_fn"))]
    ['TRUTH', 'PREDICTION', 'BEFORE', 'ACTIVATION']
    >>> parts_of(("p", "y"), ("p", "y", "mask"))
    ()
    """
    if len(loss) != 2 or not 2 < len(gradient) <= _MOST:
        return ()
    others = [word for word in gradient if word not in loss]
    activations = [word for word in others if means(_ACTIVATION, word)]
    befores = [word for word in others if word not in activations]
    is_named = len(befores) == 1 and (activations or means(_BEFORE, befores[0]))
    if {*loss} < {*gradient} and is_named and len(activations) < 2:
        named = {befores[0]: Part.BEFORE, **dict.fromkeys(activations, Part.ACTIVATION)}
        both = (Part.PREDICTION, Part.TRUTH)
        ordered = both[::-1] if prediction_of(tuple(loss)) else both
        return tuple((named | dict(zip(loss, ordered, strict=True)))[word] for word in gradient)
    return ()


def before_in(gradient: Sequence[str], parts: Sequence[Part]) -> str:
    """The name of what the prediction is the activation of."""
    return gradient[parts.index(Part.BEFORE)]


def activations_before(parts: Sequence[Part]) -> tuple[Activation, ...]:
    """Those that may stand before a prediction: one alone, where the author's code is given it."""
    if Part.ACTIVATION in parts:
        return (tanh(),)
    return (sigmoid(), softmax(), tanh(), relu())
