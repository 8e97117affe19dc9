"""What a mutation of a backward of scratchnn must turn red: its own check.

`tox -e mutation` mutates them, one statement at a time, and runs this for each.
"""

from __future__ import annotations

import pytest

from gradcheck import campaign
from gradcheck.options import Options
from gradcheck.targets.resolve import Target, resolve


@pytest.mark.parametrize("target", resolve("scratchnn"), ids=lambda target: target.name)
def test_a_backward_is_verified(target: Target) -> None:
    """Without a word of what is wrong: only that something is."""
    (result,) = campaign.run([target], Options())
    assert result.passed, result.explain()
