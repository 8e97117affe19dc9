"""gradcheck refutes every mutant of `contracts.py` by the one contract that it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import gradcheck
from gradcheck.records import CONTRACTS
from gradcheck.targets.resolve import resolve

FILE = Path(__file__).parent / "contracts.py"
MUTANTS: dict[str, Any] = {
    target.object.__name__: target.object
    for target in resolve(str(FILE))
    if not target.object.__name__.startswith("_")
}
X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_its_numbers_are_right(mutant: Any) -> None:
    """By the gradients alone it would be verified."""
    result = gradcheck.check(mutant.example(), X, reference="none", contracts=())
    assert result.verdict == "verified", result.explain()


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_it_is_refuted_by_the_contract_that_it_breaks_and_no_other(mutant: Any) -> None:
    """One mistake, one complaint, which names the cause and the backward."""
    result = gradcheck.check(mutant.example(), X, reference="none")
    assert {finding.check for finding in result.refutations} == {mutant.broken}, result.explain()
    for finding in result.refutations:
        assert finding.cause
        assert finding.source is not None


def test_every_contract_catches_a_mutant() -> None:
    """None of them is there for show."""
    assert {mutant.broken for mutant in MUTANTS.values()} == set(CONTRACTS)
