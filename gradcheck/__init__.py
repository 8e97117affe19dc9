"""Checks hand-written backwards: verified, refuted (what, where, whose fault) or undecided (why).

>>> import gradcheck
>>> print(gradcheck.check("scratchnn.Linear").verdict)
verified

A name is imported when it is first asked for: pytest imports this package in every test run, to
find the plugin in it, and must not wait for torch because of that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcheck.api import assert_verified as assert_verified
    from gradcheck.api import check as check
    from gradcheck.errors import CommandError as CommandError
    from gradcheck.errors import ExerciseError as ExerciseError
    from gradcheck.errors import GradcheckError as GradcheckError
    from gradcheck.errors import GradientError as GradientError
    from gradcheck.errors import TargetError as TargetError
    from gradcheck.errors import UndecidedError as UndecidedError
    from gradcheck.pair import Pair as Pair
    from gradcheck.records import Finding as Finding
    from gradcheck.records import Verdict as Verdict
    from gradcheck.result import Result as Result

_HOMES = {
    "CommandError": "errors",
    "ExerciseError": "errors",
    "Finding": "records",
    "GradcheckError": "errors",
    "GradientError": "errors",
    "Pair": "pair",
    "Result": "result",
    "TargetError": "errors",
    "UndecidedError": "errors",
    "Verdict": "records",
    "assert_verified": "api",
    "check": "api",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name from its module, once."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What can be asked for, imported or not."""
    return sorted({*globals(), *_HOMES})
