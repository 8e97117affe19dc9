"""The instructions of a function, and what each does with local variables, on every Python."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any


def instructions_of(method: Callable[..., Any]) -> tuple[dis.Instruction, ...]:
    """All that do something; none of what is not written in Python."""
    code = code_of(method)
    return _disassembled(code) if code else ()


def code_of(method: Callable[..., Any]) -> CodeType | None:
    """That of the function itself, below what decorates it."""
    function = inspect.unwrap(getattr(method, "__func__", method))
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


@functools.lru_cache(maxsize=1024)
def _disassembled(code: CodeType) -> tuple[dis.Instruction, ...]:
    """Remembered: a layer's backward is looked at each time that it is called."""
    return tuple(one for one in dis.get_instructions(code) if one.opname not in {"CACHE", "NOP"})


def variables(one: dis.Instruction) -> tuple[Any, ...]:
    """The variables that an instruction names; newer Pythons load two at once."""
    return one.argval if isinstance(one.argval, tuple) else (one.argval,)


def loads(one: dis.Instruction, name: str) -> bool:
    """Whether an instruction puts a local variable on top."""
    return "LOAD_FAST" in one.opname and variables(one)[-1:] == (name,)


def mentions(one: dis.Instruction, name: str) -> bool:
    """Whether an instruction loads a local variable, on top or below another."""
    return "LOAD_FAST" in one.opname and name in variables(one)
