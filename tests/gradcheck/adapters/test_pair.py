"""Two plain functions as a subject: every floating-point input is a leaf."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck import Pair
from gradcheck.adapters import pair
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.subject import Subject, vjp


def product(a: Any, b: Any) -> Any:
    """Multiply."""
    return a * b


def product_backward(grad_output: Any, a: Any, b: Any) -> Any:
    """Differentiate the product."""
    return grad_output * b, grad_output * a


def adapted(forward: Any, backward: Any, *inputs: Any) -> Subject:
    """Adapt two functions."""
    return pair.adapt(Pair(forward, backward, "demo"), inputs, {}, torch.float64)


def normal(*shape: int) -> Tensor:
    """Draw a tensor in float64."""
    return torch.randn(shape, dtype=torch.float64)


@given(st.lists(st.integers(0, 4), max_size=3).map(tuple))
def test_the_claims_are_what_the_backward_returns(shape: tuple[int, ...]) -> None:
    """One for each input, at the values asked for and not at those of the beginning."""
    subject = adapted(product, product_backward, torch.ones(shape), torch.ones(shape))
    a, b, u = normal(*shape), normal(*shape), normal(*shape)
    assert [leaf.name for leaf in subject.leaves] == ["a", "b"]
    assert torch.equal(subject.forward((a, b))[0], a * b)
    first, second = vjp(subject, (a, b), (u,))
    assert first is not None
    assert torch.equal(first, u * b)
    assert second is not None
    assert torch.equal(second, u * a)


def test_only_leaves_have_claims() -> None:
    """The gradient of a constant, which must be returned too, is passed over."""
    subject = adapted(
        lambda power, x: x**power, lambda g, power, x: (None, power * g * x), 2, torch.ones(3)
    )
    (claim,) = vjp(subject, (normal(3),), (normal(3),))
    assert [leaf.name for leaf in subject.leaves] == ["x"]
    assert claim is not None


def test_none_claims_nothing() -> None:
    """It stays None, whichever input it stands for."""
    subject = adapted(product, lambda g, a, b: [None, g * a], torch.ones(3), torch.ones(3))
    first, second = vjp(subject, (normal(3), normal(3)), (normal(3),))
    assert first is None
    assert second is not None


def test_a_tuple_of_outputs_has_a_tuple_of_cotangents() -> None:
    """A single output has a single cotangent."""
    seen: list[Any] = []

    def backward(grad_output: Any, x: Tensor) -> Tensor:
        seen.append(grad_output)
        return x

    x = normal(3)
    vjp(adapted(lambda x: (x, 2 * x), backward, x), (x,), (x, x))
    vjp(adapted(lambda x: 2 * x, backward, x), (x,), (x,))
    assert isinstance(seen[0], tuple)
    assert len(seen[0]) == 2
    assert isinstance(seen[1], Tensor)


def test_functions_in_numpy_are_given_arrays() -> None:
    """Inputs and cotangent; what comes back is read as tensors."""

    def backward(grad_output: Any, x: Any) -> Any:
        assert isinstance(grad_output, np.ndarray)
        return grad_output * np.cos(x)

    subject = adapted(np.sin, backward, np.ones(3))
    x, u = normal(3), normal(3)
    assert torch.allclose(subject.forward((x,))[0], x.sin())
    (claim,) = vjp(subject, (x,), (u,))
    assert claim is not None
    assert torch.allclose(claim, u * x.cos())


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_gradients_is_refused(count: int) -> None:
    """Which belongs to which input would be a guess."""
    subject = adapted(product, lambda g, a, b: (g,) * count, torch.ones(3), torch.ones(3))
    told = rf"^demo\.backward returned {count} gradient\(s\) for 2 inputs: return one for each"
    with pytest.raises(BackwardError, match=told):
        vjp(subject, (normal(3), normal(3)), (normal(3),))


def test_an_error_names_the_function() -> None:
    """The forward's and the backward's are different kinds of failure."""
    subject = adapted(lambda x: x.no_such, lambda g, x: g @ g @ g, torch.ones(3))
    with pytest.raises(ExerciseError, match=r"^demo\.forward raised AttributeError: ") as failed:
        subject.forward((normal(3),))
    assert not isinstance(failed.value, BackwardError)
    subject = adapted(lambda x: x, lambda g, x: g @ g @ g, torch.ones(3))
    with pytest.raises(BackwardError, match=r"^demo\.backward raised RuntimeError: "):
        vjp(subject, (normal(3),), (normal(3),))


def test_functions_that_write_to_what_they_are_given_change_nothing() -> None:
    """Neither the point, nor the cotangent."""
    subject = adapted(lambda x: x.mul_(2), lambda g, x: g.mul_(x.zero_()), torch.ones(3))
    x, u = normal(3), normal(3)
    before = x.clone(), u.clone()
    subject.forward((x,))
    vjp(subject, (x,), (u,))
    assert torch.equal(x, before[0])
    assert torch.equal(u, before[1])


def test_the_source_is_that_of_the_backward() -> None:
    """That is where a mistake would be."""
    subject = adapted(product, product_backward, torch.ones(1), torch.ones(1))
    assert subject.source is not None
    assert subject.source.function == "product_backward"
    assert subject.free_cotangent
