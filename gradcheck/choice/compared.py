"""The words that a class compares an option with, read from its source: other values to give it.

In ``if self.kind == "relu": ... elif self.kind == "tanh"`` its author says what else there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from gradcheck.choice.changes import is_computed
from gradcheck.foreign.comparisons import ends_in, word_groups

_MOST = 3
_OF_MODES = {"train", "training", "test", "testing", "eval", "evaluation", "inference", "predict"}
_BEGINS = "init"


def compared(target: type, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each option that is a word, or none yet, with each word that the class compares it with.

    Args:
        target: The class.
        options: Name → value, or default.
    """
    groups = word_groups(target)
    for name, value in options.items():
        is_word = isinstance(value, str) or value is None
        if is_word and is_computed(name) and _BEGINS not in name.lower():
            found = (words for key, words in groups if value in words or ends_in(key, name))
            others = dict.fromkeys(word for words in found for word in words)
            asked = (one for one in others if one not in {value, ""} and one not in _OF_MODES)
            yield from ((name, word) for word in islice(asked, _MOST))
