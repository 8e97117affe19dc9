"""Which gradient belongs to which tensor, as far as their names tell: ``dW`` to ``W``.

Names are asked last where numbers can tell, and first where their author pairs them by name.
"""

from __future__ import annotations

import re

_PREFIX = re.compile(
    r"^(?:d_?[lejc](?:oss)?_?_?d_?|dloss_?d?_?|loss_?grad(?:ient)?s?_?(?:wrt_?)?"
    r"|grad(?:ient)?s?_?(?:wrt_?|of_?)?|nabla_?|delta_?|deriv(?:ative)?_?|d_|d|g_|g(?=[A-Z]))"
)
_SUFFIX = re.compile(r"(?:_?grad(?:ient)?s?|_?deriv(?:ative)?|_?delta|_d|_g)$", re.IGNORECASE)
# A step of a way that says what kind of thing follows, and nothing of which.
_HOLDERS = {"value", "val", "data", "param", "params", "parameters", "state", "tensor", "array"}
_ALIASES = {"w": "weight", "b": "bias", "biase": "bias", "bia": "bias", "kernel": "weight"}

_WEIGHT = re.compile(r"_*[wbu][a-z]{0,2}_?\d*|.*(weight|bias|gamma|beta|kernel).*", re.IGNORECASE)

Stem = tuple[str, ...]


def stem(name: str) -> tuple[Stem, bool]:
    """What a name is about, without affixes, and whether they say that it is a gradient.

    >>> stem("weight"), stem("dweights"), stem("loss_grad_weight"), stem("gradwrtweight")
    ((('weight',), False), (('weight',), True), (('weight',), True), (('weight',), True))
    >>> stem("W.value")[0] == stem("W.grad")[0] == stem("dLdW")[0] == stem("grads.W")[0]
    True
    """
    parts: list[str] = []
    gradient = False
    for word in name.split("."):
        bare, marked = _stripped(word)
        gradient |= marked
        if bare:
            parts.append(bare)
    return tuple(parts), gradient


def is_gradient_of(name: str, weight: str) -> bool:
    """Whether one is called the gradient of the other; a ``g`` says so where it lies beside it.

    >>> is_gradient_of("grads.W", "params.W"), is_gradient_of("dW", "b")
    (True, False)
    >>> is_gradient_of("gw", "w"), is_gradient_of("gain", "ain"), is_gradient_of("gain", "w")
    (True, True, False)
    """
    about, says_so = stem(name)
    bare = tuple(part.lower() for part in weight.split("."))  # a weight `d` is no derivative
    (head, _, last), (holder, _, word) = name.rpartition("."), weight.rpartition(".")
    beside = head == holder and last.lower().strip("_") == f"g{word.lower().strip('_')}"
    return (says_so and about in {stem(weight)[0], bare}) or beside


def is_called_a_weight(name: str) -> bool:
    """Whether an attribute, or an item, bears a name that most give to a weight.

    >>> [is_called_a_weight(name) for name in ("params.b", "W1", "running_mean")]
    [True, True, False]
    """
    return _WEIGHT.fullmatch(name.rpartition(".")[2]) is not None


def _stripped(word: str) -> tuple[str, bool]:
    text = word.strip("_")
    lowered = text.lower()
    if lowered in _HOLDERS:
        return "", False
    for pattern in (_SUFFIX, _PREFIX):
        shorter = pattern.sub("", text if pattern is _SUFFIX else _lower_first(text), count=1)
        if shorter.lower() != lowered:
            return _common(shorter), True
    return _common(text), False


def _lower_first(text: str) -> str:
    """The word with its affix in lower case: ``dLdW`` and ``dL_dW`` are one."""
    return re.sub(r"^(d_?)([LEJC])(?=_?d_?[A-Za-z])", lambda m: m[1] + m[2].lower(), text)


def _common(text: str) -> str:
    lowered = text.lower().strip("_")
    singular = lowered[:-1] if len(lowered) > 2 and lowered.endswith("s") else lowered
    return _ALIASES.get(singular, singular)
