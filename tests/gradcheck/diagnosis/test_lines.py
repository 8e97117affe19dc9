"""The statement that wrote a gradient is found, whatever the notation."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.diagnosis.lines import statements_of
from scratchnn import Linear


class Named(Linear):
    """Computes both first, and stores them then."""

    def backward(self, grad_output: Tensor) -> Tensor:
        """Differentiate."""
        x, weight = self.saved(grad_output)
        grad_input = grad_output @ weight
        self.weight.accumulate(grad_output.T @ x)
        if self.bias is not None:
            self.bias.grad += grad_output.sum(dim=0)  # type: ignore[operator] # it is no None
        return grad_input


def line_of(function: Any, text: str) -> int:
    """Return the line in which a text stands in a function."""
    lines, first = inspect.getsourcelines(function)
    return first + next(n for n, line in enumerate(lines) if text in line)


def test_a_parameter_s_line_is_the_one_that_stores_it() -> None:
    """Called, or added to."""
    subject = adapt(Named(5, 3), (torch.randn(4, 5),), {})
    names = [leaf.name for leaf in subject.leaves]
    for name, text in (("weight", "self.weight.accumulate"), ("bias", "self.bias.grad +=")):
        (found,) = statements_of(subject, names.index(name))
        assert found.line == line_of(Named.backward, text)


def test_an_input_s_line_is_the_one_that_computes_what_is_returned() -> None:
    """The return itself would say nothing where it returns a name."""
    subject = adapt(Named(5, 3), (torch.randn(4, 5),), {})
    (found,) = statements_of(subject, 0)
    assert found.line == line_of(Named.backward, "grad_input = ")


def backward(grad_output: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return two gradients, the second of them wrong."""
    return (
        grad_output * b,
        grad_output * b,
    )


def test_of_several_gradients_each_has_its_own_line() -> None:
    """In the order of the inputs; the finding and its text bear it."""
    pair = gradcheck.Pair(torch.mul, backward)
    result = gradcheck.check(pair, torch.randn(4, 5), torch.randn(4, 5))
    (finding,) = result.refutations
    first = line_of(backward, "grad_output * b")
    assert [statement.line for statement in finding.statements] == [first + 1]
    assert f"test_lines.py:{first + 1}  backward" in result.explain()


def test_what_has_no_source_has_no_line() -> None:
    """Nothing is guessed."""
    pair = gradcheck.Pair(torch.sin, eval("lambda g, x: g"))  # noqa: S307 made without a file
    subject = adapt(pair, (torch.randn(3),), {})
    assert statements_of(subject, 0) == ()
