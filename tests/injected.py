"""What the README tells of `reports/injection.md`, which `tox -e injection` writes.

`python -m tests.injected` puts it between the markers there.
"""

from __future__ import annotations

from pathlib import Path

from tests import places

PLACE = "injection"
PAGE = Path(__file__).parents[1] / "reports/injection.md"


def counts(page: str) -> list[int]:
    r"""The sums of the table's columns, behind the number of its rows.

    >>> counts("| target | faults | refuted |\n|---|---|---|\n| a | 3 | 2 |\n| b | 4 | 4 |")
    [2, 7, 6]
    """
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    rows = [[int(number) for number in cells] for _, *cells in lines[2:]]
    return [len(rows), *map(sum, zip(*rows, strict=True))]


def told(page: str) -> str:
    """The sums in a sentence, and the table folded away below it."""
    modules, faults, refuted, equivalent, below, elsewhere, survived = counts(page)
    return (
        f"In {modules} modules of `scratchnn` {faults:,} faults were put, {refuted:,} were "
        f"refuted and {survived} survived;\n{equivalent:,} change no gradient, {below} are smaller "
        f"than what can be seen, and {elsewhere} stand in shared lines that\nno case of that "
        "module runs.\n\n"
        f"<details><summary>Module by module</summary>\n\n{page.strip()}\n\n</details>"
    )


if __name__ == "__main__":
    places.write(PLACE, told(PAGE.read_text(encoding="utf-8")))
