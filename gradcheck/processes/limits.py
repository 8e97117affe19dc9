"""What a call in a worker may take: seconds, and bytes of memory."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from gradcheck.errors import CommandError

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Limits:
    """What one call may take; None for as much as there is.

    Attributes:
        timeout: Seconds.
        memory: Bytes beyond those that its process held before.
    """

    timeout: float | None = None
    memory: int | None = None


NO_LIMITS = Limits()


def parse_size(text: str) -> int:
    """Bytes, from a number with or without a unit; K is 1024.

    Raises:
        CommandError: If it is none, or nobody can measure memory here.

    >>> parse_size("512M")
    536870912
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None or not (size := int(float(found[1]) * _UNITS[found[2].upper()])):
        raise CommandError(f"--memory {text}: expected a size, as 512M or 2G")
    if held(None) is None:
        raise CommandError(f"--memory needs Linux's /proc, and {sys.platform} has none")
    return size


def parse_duration(text: str) -> float:
    """Seconds, from a number with or without a unit.

    Raises:
        CommandError: If it is none.

    >>> parse_duration("1.5m")
    90.0
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or not (seconds := float(found[1]) * _SECONDS[found[2]]):
        raise CommandError(f"--budget {text}: expected a time, as 60s or 10m")
    return seconds


def told(size: int) -> str:
    """A number of bytes for a reader.

    >>> told(536870912)
    '512 MiB'
    """
    return f"{size / 2**20:.4g} MiB"


def held(process: int | None) -> int | None:
    """Bytes that a process holds and no file backs; None where that cannot be told.

    Pages of libraries are left out: a fork maps those of its parent one by one, as it runs.
    """
    try:
        text = Path(f"/proc/{process or 'self'}/status").read_text(encoding="ascii")
    except OSError:
        return None
    sizes = re.findall(r"^Rss(?:Anon|Shmem):\s*(\d+) kB", text, re.MULTILINE)
    return 1024 * sum(int(size) for size in sizes)
