"""The settings of a project: read from its table, and refused where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcheck.errors import CommandError
from gradcheck.options import Options
from gradcheck.settings import Settings, parse, read


def test_an_empty_table_is_the_default() -> None:
    """Nobody has to configure anything."""
    assert parse({}) == Settings(Options(), ())


def test_every_choice_can_be_made() -> None:
    """Each option of a check, lists as TOML has them, and the stand-ins."""
    table = {
        "seed": 7,
        "witnesses": ["numeric"],
        "reference": "none",
        "dtype": "float32",
        "contracts": ["purity"],
        "resolution": 1e-9,
        "miss_probability": 1e-6,
        "examples": 3,
        "order": 2,
        "shrink": True,
        "device": "cpu",
    }
    assert parse(table).choices == {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    assert parse({"stub": ["numba"]}).stub == ("numba",)


def test_tables_of_others_are_left_alone() -> None:
    """Declared cases stand below the same heading."""
    assert parse({"cases": {"mylib.Dense": {}}}) == Settings()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"sead": 1}, r"^\[tool.gradcheck\] has no setting sead: did you mean seed\?$"),
        ({"zzz": 1}, r"has no setting zzz \(there are contracts, device, dtype, "),
        ({"dtype": "int8"}, r"^dtype=int8: choose from "),
        ({"resolution": "fine"}, r"^\[tool.gradcheck\] holds a value of the wrong type: "),
    ],
)
def test_what_is_no_setting_is_refused(table: dict[str, object], told: str) -> None:
    """With the nearest spelling, or the choices there are."""
    with pytest.raises(CommandError, match=told):
        parse(table)


def test_the_table_is_found_in_its_file(tmp_path: Path) -> None:
    """And nothing where there is none; a file that is no TOML is told of."""
    path = tmp_path / "pyproject.toml"
    assert read(path) == {}
    path.write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert read(path) == {}
    path.write_text("[tool.gradcheck]\nseed = 3\n", encoding="utf-8")
    assert read(path) == {"seed": 3}
    path.write_text("[tool", encoding="utf-8")
    with pytest.raises(CommandError, match=r"pyproject.toml cannot be read: "):
        read(path)
