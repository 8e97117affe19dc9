"""What a failed try says about the next ones."""

from __future__ import annotations

import pytest

from gradcheck.cases.spec import Spec
from gradcheck.choice.search import _asks_in_vain


@pytest.mark.parametrize(("kind", "in_vain"), [("real", True), ("the number 2", False)])
def test_a_number_that_an_input_is_too_is_not_blamed_on_the_constructor(
    kind: str, in_vain: bool
) -> None:
    """Python has but one 2: whose attribute was missing cannot be told."""
    spec = Spec({"heads": 2}, ((4, 5), ()), kinds=("real", kind))
    raised = AttributeError("'int' object has no attribute 'shape'", name="shape", obj=2)
    assert _asks_in_vain(raised, spec) == in_vain
