"""The command line: arguments → exit code.

command   the check itself
words     its options
codes     how it ends
screen    the terminal
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from gradcheck import diff_command
from gradcheck.cli import command, screen
from gradcheck.cli.codes import EXIT_COMMAND
from gradcheck.cli.codes import exit_code as exit_code
from gradcheck.errors import CommandError, one_line


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake costs one line, not a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["diff"]:
            diff_command.app(words[1:], prog_name="gradcheck diff")
        command.app(words, prog_name="gradcheck")
    except CommandError as error:
        if "--traceback" in words:
            traceback.print_exception(error)
        _refuse(str(error))
    except Exception as error:
        if "--traceback" in words:
            raise
        _refuse(f"{one_line(error)} was not expected: --traceback shows where it came from")


def _refuse(words: str) -> NoReturn:
    screen.refusal(words)
    raise SystemExit(EXIT_COMMAND) from None
