r"""Any text made fit to be shown: what a terminal or a browser would obey is made visible.

Names and messages come from somebody's code.  An escape sequence in one would colour a terminal, a
newline would end a row, a NUL is not even allowed in XML, and a mark that turns the direction of
writing makes a name look like another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar

LONGEST = 2000
_PICTURES = 0x2400  # ␀, the first of Unicode's pictures of control characters
_DELETE = 0x7F
_KEPT = "\n\t"
# Format, surrogate, private and unassigned characters show nothing, or are no characters at all.
_UNSEEN = {"Cf", "Cs", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # ordinary in Persian, in Hindi, and between emoji

T = TypeVar("T")


@lru_cache(maxsize=4096)
def visible(text: str, longest: int = LONGEST) -> str:
    r"""The text with every control character replaced by its picture, and a huge one cut.

    >>> visible("a\x1b[31mb")
    'a␛[31mb'
    >>> visible("x" * 50, longest=12)
    'xxxxx … xxxx'
    """
    shown = "".join(map(_visible, text))
    if len(shown) <= longest:
        return shown
    half = (longest - 3) // 2
    return f"{shown[: longest - 3 - half]} … {shown[-half:]}"


def shown(record: T, longest: int = LONGEST) -> T:
    """The same record with every text in it made visible, at any depth."""
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"{type(record).__name__} is no record")
    changed = {one.name: _shown(getattr(record, one.name), longest) for one in fields(record)}
    return replace(record, **changed)


def _shown(value: Any, longest: int) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return visible(value, longest)
    if isinstance(value, tuple):
        return tuple(_shown(item, longest) for item in value)
    if isinstance(value, Mapping):
        return {visible(key, longest): _shown(item, longest) for key, item in value.items()}
    return shown(value, longest) if is_dataclass(value) else value


def _visible(character: str) -> str:
    code = ord(character)
    if character in _KEPT:
        return character
    if code < ord(" "):
        return chr(_PICTURES + code)
    if code == _DELETE:
        return "␡"
    unseen = unicodedata.category(character) in _UNSEEN and character not in _JOINERS
    if unseen or unicodedata.category(character) == "Cc":
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character
