"""One target → its answer: the result, and where an error came from."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from gradcheck import campaign
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import ExerciseError
from gradcheck.options import Options
from gradcheck.records import Finding, Verdict
from gradcheck.result import Result
from gradcheck.targets.resolve import Target


@dataclass(frozen=True)
class Answer:
    """What came of a target.

    Attributes:
        result: The result.
        trace: Where an error came from, for those who ask.
    """

    result: Result
    trace: str = ""


def answered(target: Target, options: Options, wishes: Wishes) -> Answer:
    """Check a target in this process."""
    traces: list[str] = []

    def complain(error: ExerciseError) -> None:
        traces.extend(traceback.format_exception(error))

    (result,) = campaign.run([target], options, wishes, on_error=complain)
    return Answer(result, "".join(traces))


def lost(name: str, error: Exception, seed: int) -> Answer:
    """What is said of a target whose result never came, and why that is."""
    message = f"{name} {error}"
    finding = Finding("exercise", None, Verdict.UNDECIDED, message=message)
    return Answer(Result(name, (finding,), seed=seed), f"{message}\n")


def unreached(name: str, why: str, seed: int) -> Result:
    """What is said of a target whose turn never came."""
    finding = Finding("reach", None, Verdict.UNDECIDED, message=f"not checked: {why}")
    return Result(name, (finding,), seed=seed)
