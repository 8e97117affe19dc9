"""A parameter adds up its gradients, in memory of its own."""

from __future__ import annotations

import pytest
import torch

from scratchnn import DtypeError, Parameter, ShapeError


def same(expected: torch.Tensor | None, got: torch.Tensor | None) -> bool:
    """Tell whether both are there, and equal to the bit."""
    return expected is not None and got is not None and torch.equal(expected, got)


def test_there_is_no_gradient_before_the_first_backward() -> None:
    """None, as in torch: zero would be a claim."""
    assert Parameter(torch.ones(2)).grad is None


def test_a_second_gradient_adds_to_the_first() -> None:
    """Two backwards before one step: the gradient of the sum of two losses."""
    parameter = Parameter(torch.zeros(2))
    parameter.accumulate(torch.tensor([1.0, 2.0]))
    parameter.accumulate(torch.tensor([10.0, 20.0]))
    assert same(torch.tensor([11.0, 22.0]), parameter.grad)


def test_the_gradient_shares_no_memory_with_what_was_added() -> None:
    """Neither the first nor the second addend may change it afterwards, or be changed by it."""
    parameter, first, second = Parameter(torch.zeros(2)), torch.ones(2), torch.ones(2)
    parameter.accumulate(first)
    first.fill_(50)
    parameter.accumulate(second)
    second.fill_(50)
    assert same(torch.tensor([2.0, 2.0]), parameter.grad)
    assert torch.equal(torch.full((2,), 50.0), first)


def test_an_expanded_gradient_gets_memory_for_each_element() -> None:
    """One number seen six times could not be added to in place."""
    parameter = Parameter(torch.zeros(2, 3))
    for _ in range(2):
        parameter.accumulate(torch.tensor(1.0).expand(2, 3))
    assert same(torch.full((2, 3), 2.0), parameter.grad)


def test_zero_grad_sets_it_back_to_none() -> None:
    """The next accumulation starts anew, and an old reference keeps the old value."""
    parameter = Parameter(torch.zeros(1))
    parameter.accumulate(torch.ones(1))
    before = parameter.grad
    parameter.zero_grad()
    assert parameter.grad is None
    parameter.accumulate(torch.full((1,), 5.0))
    assert same(torch.ones(1), before)


def test_a_gradient_of_another_shape_is_refused() -> None:
    """A forgotten sum over the batch would broadcast silently."""
    with pytest.raises(ShapeError, match=r"is \(4, 2\), expected \(2,\)"):
        Parameter(torch.zeros(2)).accumulate(torch.ones(4, 2))


def test_a_gradient_of_another_dtype_is_refused() -> None:
    """Float64 added to float32 would be rounded silently."""
    with pytest.raises(DtypeError, match=r"is torch\.float64, expected torch\.float32"):
        Parameter(torch.zeros(2)).accumulate(torch.ones(2, dtype=torch.float64))


def test_data_must_be_a_tensor() -> None:
    """The text says how to make one."""
    with pytest.raises(TypeError, match=r"Parameter\(\[1\.0\]\): expected a torch\.Tensor"):
        Parameter([1.0])  # type: ignore[arg-type]


def test_repr_names_shape_and_dtype() -> None:
    """Short enough for a list of them."""
    assert repr(Parameter(torch.zeros(2, 3))) == "Parameter(shape=(2, 3), dtype=torch.float32)"
