"""What can go wrong for a user, as a tree.  Every text names the value and the way out.

GradcheckError
├── CommandError            the command or the call was wrong: exit code 2
│   ├── TargetError         a name that cannot be imported or found
│   │   └── NoTargetError   it is found, and holds no backward
│   └── ExerciseError       a target that cannot be built or called
│       ├── BackwardError   its forward works and its backward raises
│       │   └── UntoldError it wants the target of a loss that nobody has told
│       └── VacuousError    it works, and there is nothing to check
├── GradientError           a gradient was refuted; also an AssertionError: exit code 1
└── UndecidedError          nothing was refuted, and not all decided; an AssertionError too
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class GradcheckError(Exception):
    """Base of all errors that gradcheck raises on purpose."""


class CommandError(GradcheckError):
    """The command or the call was wrong; nothing was checked."""


class TargetError(CommandError):
    """A target's name leads nowhere: mend the name, or install what its module imports."""


class NoTargetError(TargetError):
    """A file or a package was found, and defines nothing with a forward and a backward."""


class ExerciseError(CommandError):
    """A target was found but could not be built or called: say how with init and input."""


class BackwardError(ExerciseError):
    """The forward can be called here, and the backward cannot."""


class UntoldError(BackwardError):
    """The backward wants the target of a loss that neither its class nor its file tells."""


class VacuousError(ExerciseError):
    """No element of any output has a gradient that could be checked."""


class GradientError(GradcheckError, AssertionError):
    """A gradient is wrong; the text is the whole explanation."""


class UndecidedError(GradcheckError, AssertionError):
    """Nothing is known to be wrong, and not all is known to be right; the text says why."""


def one_line(error: BaseException) -> str:
    r"""What was raised, on one line: its type and its text, which is the same in every process.

    >>> one_line(KeyError(object()))
    'KeyError: <object object>'
    >>> one_line(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    text = _ADDRESS.sub("", " ".join(str(error).split()))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def causes(raised: BaseException | None) -> Iterator[BaseException]:
    """What was raised, and what that was raised for."""
    while raised is not None:
        yield raised
        raised = raised.__cause__ or raised.__context__
