"""Parts of the README that are written by what measures them, each between two markers."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
PLACE = r"(<!-- {0} -->\n).*?(<!-- /{0} -->)"


def write(place: str, text: str, readme: Path = README) -> None:
    """Replace what stands between ``<!-- place -->`` and ``<!-- /place -->``.

    Raises:
        ValueError: If the README has no such place, or several.
    """
    found, count = re.subn(
        PLACE.format(place),
        lambda markers: f"{markers[1]}{text}\n{markers[2]}",
        readme.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"{readme} has {count} places marked <!-- {place} -->, expected 1")
    readme.write_text(found, encoding="utf-8")


def written(place: str, readme: Path = README) -> str | None:
    """What stands there now; None where the README has no such place."""
    found = re.search(PLACE.format(place), readme.read_text(encoding="utf-8"), flags=re.DOTALL)
    return found[0].split("\n", 1)[1].rpartition("\n")[0] if found else None
