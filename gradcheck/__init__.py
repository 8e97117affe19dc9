"""Checks hand-written backwards: verified, refuted (what, where, whose fault) or undecided (why).

>>> import gradcheck
>>> print(gradcheck.check("scratchnn.Linear").verdict)
verified
"""

from __future__ import annotations

from gradcheck.api import check as check
from gradcheck.errors import CommandError as CommandError
from gradcheck.errors import ExerciseError as ExerciseError
from gradcheck.errors import GradcheckError as GradcheckError
from gradcheck.errors import GradientError as GradientError
from gradcheck.errors import TargetError as TargetError
from gradcheck.pair import Pair as Pair
from gradcheck.records import Finding as Finding
from gradcheck.records import Verdict as Verdict
from gradcheck.result import Result as Result

__all__ = [
    "CommandError",
    "ExerciseError",
    "Finding",
    "GradcheckError",
    "GradientError",
    "Pair",
    "Result",
    "TargetError",
    "Verdict",
    "check",
]
