"""The words of a name, which of them say that it is a forward's, a backward's or a derivative's."""

from __future__ import annotations

import re

# A word of the one, and in its place one of the other.
SWAPPED = {
    "forward": "backward",
    "forwardprop": "backprop",
    "fprop": "bprop",
    "forwards": "backwards",
    "fwd": "bwd",
    "fw": "bw",
    "fp": "bp",
    "f": "df",
}
# Besides those above: what is added to the name of a forward.
PULLS = ("backward", "backwards", "bwd", "backprop", "bprop", "back", "bp", "bw", "vjp")
DIFFERENTIATES = (
    *("prime", "derivative", "derivate", "deriv", "gradient", "grad", "diff", "der", "d"),
    *("slope", "dx", "df"),
)

BACKS = {*PULLS, *SWAPPED.values()}
# Those that are told from the rest of a word, as in ``forwardtanh``.
LONG = ("forward", "fprop")


def words_of(name: str) -> tuple[str, ...]:
    """A name's words, however they are set apart.

    >>> words_of("conv_backward_naive"), words_of("maxpoolBackward")
    (('conv', 'backward', 'naive'), ('maxpool', 'backward'))
    """
    return tuple(word.lower() for word in _WORD.findall(name))


# What begins with an underline is its author's own: that is no other spelling of the rest.
_WORD = re.compile(r"^_+|[A-Z]*[^A-Z_]+|[A-Z]+")


def may_belong(forward: str, backward: str) -> bool:
    """Whether the two are one name, but for the words that say which of them is which.

    >>> may_belong("maxpool", "maxpoolBackward"), may_belong("pool_forward", "conv_backward")
    (True, False)
    """
    words, others = words_of(forward), words_of(backward)
    common = [word for word in others if word not in BACKS]
    return bool(common) and words != others and [w for w in words if w not in SWAPPED] == common


def differentiates(name: str, other: str) -> bool:
    """Whether the other is called as this one's derivative or backward would be.

    >>> differentiates("mse", "mse_prime"), differentiates("phi", "dphi"), differentiates("f", "g")
    (True, True, False)
    """
    words, others = words_of(name), words_of(other)
    added = {*PULLS, *DIFFERENTIATES}
    beside = len(others) == len(words) + 1 and (
        (others[0] in added and others[1:] == words)
        or (others[-1] in added and others[:-1] == words)
    )
    return beside or others == words_of(f"d{name}")
