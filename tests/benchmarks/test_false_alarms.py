"""Right backwards that are called wrong, by dtype."""

from __future__ import annotations

import pytest

from tests.benchmarks.board import Board, Row
from tests.benchmarks.cases import operators
from tests.benchmarks.checkers import CHECKERS, DTYPES, REFUTED, VERIFIED

ROWS = dict(zip(DTYPES, (Row.FLOAT64, Row.FLOAT32, Row.BFLOAT16), strict=True))


@pytest.mark.filterwarnings("ignore:Input .* requires gradient and is not a double")
@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_false_alarms_on_eight_right_operators(board: Board, dtype: str, name: str) -> None:
    """Ours raises none, in any dtype."""
    verdicts = [CHECKERS[name](case, dtype)() for case in operators()]
    alarms = verdicts.count(REFUTED)
    unsure = len(verdicts) - alarms - verdicts.count(VERIFIED)
    board.put(ROWS[dtype], name, f"{alarms}" + (f" ({unsure} undecided)" if unsure else ""))
    if name.startswith("gradcheck"):
        assert verdicts == [VERIFIED] * len(verdicts)
