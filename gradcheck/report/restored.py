"""Records read back from ``report.json``: the way of :meth:`Record.to_dict`, backwards."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from gradcheck.records import Record


def record(plain: Mapping[str, Any]) -> Record:
    """The record that was written as this.

    Raises:
        ValueError: If it is none of this version.

    >>> one = Record("mylib.Dense", (), seed=7)
    >>> record(one.to_dict()) == one
    True
    """
    try:
        restored: Record = _of(Record, plain)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no record of this version: {error}") from error
    return restored


def _of(kind: Any, value: Any) -> Any:
    """A value of the annotated type."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: _of(hints[one.name], value[one.name]) for one in fields(kind)})  # type: ignore[operator] # a class
    if get_origin(kind) in (Union, types.UnionType):  # of something and None, each of them
        return None if value is None else _of(get_args(kind)[0], value)
    if get_origin(kind) is tuple:  # of as many as there are, all of one type
        return tuple(_of(get_args(kind)[0], one) for one in value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if kind is float and value is None:
        return math.nan  # an infinity, perhaps, for which JSON has no word
    return dict(value) if get_origin(kind) is Mapping else value
