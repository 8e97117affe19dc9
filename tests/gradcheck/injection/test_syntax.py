"""Every mistake that people make is put in, once, and nothing else is changed."""

from __future__ import annotations

import ast
import textwrap

import pytest

from gradcheck.injection.syntax import Mutation, mutations


def changes(body: str) -> dict[str, Mutation]:
    """Return all changes of a function of that body, by their words."""
    source = "def backward(self, g):\n" + textwrap.indent(body, "    ")
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    found = list(mutations(function))
    assert ast.unparse(function) == ast.unparse(ast.parse(source))
    return {mutation.what: mutation for mutation in found}


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("b = w.T", "w.T → w"),
        ("return g @ w", "g @ w → g @ w.mT"),
        ("b = g.sum(0)", "g.sum(0) → g"),
        ("b = g.sum(0)", "g.sum(0) → g.mean(0)"),
        ("b = g.sum(0)", "g.sum(0) → g.sum(-1)"),
        ("b = g.sum(dim=-1)", "g.sum(dim=-1) → g.sum(dim=0)"),
        ("b = g * y", "g * y → g"),
        ("b = g - y", "g - y → g + y"),
        ("b = g * (x > 0)", "x > 0 → x >= 0"),
        ("b = -g", "-g → g"),
        ("b = 2 * g", "2 → 3"),
        ("w.grad += g", "w.grad += g → w.grad = g"),
        ("w.grad += g", "w.grad += g → nothing"),
        ("w.accumulate(g)", "w.accumulate(g) → nothing"),
        ("w.accumulate(g)", "w.accumulate(g) → w.accumulate(g), twice"),
        ("return self.scale(g)", "return self.scale(g) → return -self.scale(g)"),
    ],
)
def test_a_mistake_of_this_kind_is_put_in(body: str, change: str) -> None:
    """Named by the source before and after."""
    assert change in changes(body)


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError(f'{g + 1}', -1)",
        "assert g > 0",
        "while g < 1:\n    g = next(g)",
        "x: Tensor[0]",
        "'in words'",
    ],
)
def test_refusals_loops_without_end_and_words_are_left_alone(body: str) -> None:
    """A change of these is no wrong gradient."""
    assert not changes(body)


def test_no_change_is_made_twice() -> None:
    """Both sides of a square are the same."""
    found = changes("return x * x").values()
    trees = [ast.dump(mutation.tree) for mutation in found]
    assert len(trees) == len(set(trees))


def test_a_change_knows_its_line_and_the_lines_of_its_statement() -> None:
    """A condition stands on its own lines, not on those of the block below it."""
    found = changes("if a > (\n    0\n):\n    b = -g\nreturn b")
    assert found["0 → 1"].line == 3
    assert found["0 → 1"].statement == range(2, 5)
    assert found["-g → g"].statement == range(5, 6)
