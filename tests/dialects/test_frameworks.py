"""Small frameworks, one for each dialect: every class is exercised without an option.

Those whose name begins with Wrong are refuted, all others verified.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from gradcheck import campaign
from gradcheck.options import Options
from gradcheck.targets.resolve import Target, resolve

FRAMEWORKS = Path(__file__).parent / "frameworks"


def targets() -> list[Target]:
    """Return every class of every framework that has a hand-written backward."""
    return [one for path in sorted(FRAMEWORKS.glob("*.py")) for one in resolve(str(path))]


@pytest.mark.parametrize("target", targets(), ids=lambda target: Path(target.name).name)
def test_right_is_verified_and_wrong_is_refuted(target: Target) -> None:
    """With nothing but its name to go by."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's code warns of is their own
        (result,) = campaign.run([target], Options())
    wrong = Path(target.name).name.partition(":")[2].startswith("Wrong")
    assert result.verdict == ("refuted" if wrong else "verified"), result.explain()


def test_a_base_class_that_only_raises_is_no_target() -> None:
    """There is nothing to check in it."""
    assert not any(target.name.endswith(":Base") for target in targets())
