"""A changed backward runs for a while, in memory; then everything is as it was."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.cases.case import Case, given
from gradcheck.injection.mutants import Mutant, mutants_of
from gradcheck.injection.watch import backward_code, home_of
from tests.gradcheck.injection import targets

X = torch.arange(6.0, dtype=torch.float64).reshape(2, 3) + 0.5


def mutants(target: Any, *inputs: Tensor) -> dict[str, Mutant]:
    """Return all mutants of a target, by their words."""
    cases: list[Case] = [given(target, inputs)]
    return {mutant.what: mutant for mutant in mutants_of(backward_code(cases, 0))}


def test_a_method_is_changed_inside_and_put_back_outside() -> None:
    """Also where an exception ends it."""
    layer = targets.Scale()
    mutant = mutants(layer, X)["grad * 3.0 → grad / 3.0"]
    with mutant.in_force():
        assert torch.equal(layer.backward(X), X / 3)
    with pytest.raises(RuntimeError), mutant.in_force():
        raise RuntimeError
    assert torch.equal(layer.backward(X), X * 3)


def test_what_the_backward_calls_is_changed_too() -> None:
    """Deep below, in the same file; but nothing that the forward shares."""
    found = mutants(targets.Deep(), X)
    assert any("grad * 5.0" in what for what in found)
    assert not any("7.0" in what for what in found)
    assert {mutant.place.split(":")[0] for mutant in found.values()} == {"targets.py"}


def test_a_static_method_of_an_autograd_function_is_changed() -> None:
    """The adapter finds it where it was."""
    mutant = mutants(targets.Doubled, X)["grad * 2.0 → grad"]
    assert gradcheck.check(targets.Doubled, X).passed
    with mutant.in_force():
        assert gradcheck.check(targets.Doubled, X).cause == "factor"
    assert gradcheck.check(targets.Doubled, X).passed


def test_a_closure_keeps_what_it_closes_over() -> None:
    """Even what the change has dropped."""
    pair = targets.pair_of(4.0)
    found = mutants(pair, X)
    for words in ("grad * factor → grad", "grad * factor → grad / factor"):
        with found[words].in_force():
            assert gradcheck.check(pair, X).verdict == "refuted"
    assert gradcheck.check(pair, X).passed


def test_super_and_private_names_mean_what_they_did() -> None:
    """A method is compiled in a class of its own name."""
    layer = targets.Heir()
    mutant = mutants(layer, X)[
        "2.0 * super().backward(grad) * self.__one → 2.0 * super().backward(grad) / self.__one"
    ]
    with mutant.in_force():
        assert torch.equal(layer.backward(X), X * 6)


def test_a_line_that_no_case_runs_is_known() -> None:
    """A fault there shows nothing."""
    found = mutants(targets.Branching(), X)
    runs = {what: mutant.runs for what, mutant in found.items()}
    assert runs["grad * 3.0 → grad"]
    assert not runs["grad * 9.0 → grad"]


def test_what_has_no_source_has_no_mutants() -> None:
    """As an operator of Python's own."""
    assert not mutants(gradcheck.Pair(operator.pos, operator.mul), X)


def test_a_home_is_a_whole_package_or_one_file() -> None:
    """Nobody else's code is changed."""
    package = Path(gradcheck.__file__).parent
    assert home_of(package / "adapters" / "module.py") == package
    assert home_of(Path(targets.__file__)) == Path(targets.__file__)
