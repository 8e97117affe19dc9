"""A layer as a subject: its inputs, its parameters, and what its backward claims for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import scratchnn
from gradcheck.adapters import module
from gradcheck.errors import BackwardError
from gradcheck.subject import Subject, vjp

SIZES = st.integers(1, 5)


class _Product:
    """y = a b, and the sum of both beside it."""

    def forward(self, a: Any, b: Any) -> Any:
        self.kept = a, b
        return a * b, a + b

    def backward(self, of_product: Any, of_sum: Any) -> Any:
        a, b = self.kept
        return of_product * b + of_sum, of_product * a + of_sum


def adapted(instance: Any, *inputs: Any) -> Subject:
    """Adapt an instance with no options."""
    return module.adapt(instance, inputs, {}, torch.float64)


def normal(*shape: int) -> Tensor:
    """Draw a tensor in float64."""
    return torch.randn(shape, dtype=torch.float64)


@given(SIZES, SIZES, SIZES)
def test_the_leaves_are_the_inputs_then_the_parameters(batch: int, ins: int, outs: int) -> None:
    """Claims come in the same order, and are what the formulas say."""
    subject = adapted(scratchnn.Linear(ins, outs), torch.ones(batch, ins))
    assert [(leaf.name, leaf.role) for leaf in subject.leaves] == [
        ("input", "input"),
        ("weight", "parameter"),
        ("bias", "parameter"),
    ]
    x, w, b, u = normal(batch, ins), normal(outs, ins), normal(outs), normal(batch, outs)
    assert torch.allclose(subject.forward((x, w, b))[0], x @ w.T + b, rtol=1e-12)
    claims = vjp(subject, (x, w, b), (u,))
    for claim, formula in zip(claims, (u @ w, u.T @ x, u.sum(0)), strict=True):
        assert claim is not None
        assert torch.allclose(claim, formula, rtol=1e-12, atol=1e-12)


def test_several_inputs_and_outputs_keep_their_order() -> None:
    """One cotangent for each output goes in, one gradient for each input comes out."""
    a, b, u, v = (normal(3) for _ in range(4))
    subject = adapted(_Product(), a, b)
    assert [leaf.name for leaf in subject.leaves] == ["a", "b"]
    product, total = subject.forward((a, b))
    assert torch.equal(product, a * b)
    assert torch.equal(total, a + b)
    first, second = vjp(subject, (a, b), (u, v))
    assert first is not None
    assert torch.equal(first, u * b + v)
    assert second is not None
    assert torch.equal(second, u * a + v)


def test_a_layer_in_numpy_is_given_arrays() -> None:
    """Input and cotangent both, and its arrays are read as tensors."""
    kinds: list[type] = []

    class Double:
        def forward(self, x: Any) -> Any:
            kinds.append(type(x))
            return 2 * x

        def backward(self, grad_output: Any) -> Any:
            kinds.append(type(grad_output))
            return 2 * grad_output

    subject = adapted(Double(), np.ones(3, dtype=np.float32))
    (claim,) = vjp(subject, (normal(3),), (torch.ones(3, dtype=torch.float64),))
    assert set(kinds) == {np.ndarray}
    assert claim is not None
    assert torch.equal(claim, torch.full((3,), 2.0, dtype=torch.float64))


def test_a_layer_that_writes_to_what_it_is_given_changes_nothing() -> None:
    """The next call must see the same point and the same cotangent."""

    class Greedy:
        def forward(self, x: Tensor) -> Tensor:
            return x.mul_(2)

        def backward(self, grad_output: Tensor) -> Tensor:
            return grad_output.mul_(2)

    x, u = normal(3), normal(3)
    before = x.clone(), u.clone()
    (claim,) = vjp(adapted(Greedy(), x), (x,), (u,))
    assert claim is not None
    assert torch.equal(claim, 2 * before[1])
    assert torch.equal(x, before[0])
    assert torch.equal(u, before[1])


def test_a_backward_that_updates_the_weight_changes_no_value() -> None:
    """Some courses take the step inside backward; the next call still gets the weight asked for."""

    class Stepping(scratchnn.Linear):
        def backward(self, grad_output: Tensor) -> Tensor:
            gradient = super().backward(grad_output)
            self.weight.data.mul_(0)
            return gradient

    x, w, b, u = normal(4, 3), normal(2, 3), normal(2), normal(4, 2)
    before = w.clone()
    subject = adapted(Stepping(3, 2), x)
    first, second = (vjp(subject, (x, w, b), (u,))[0] for _ in range(2))
    assert first is not None
    assert second is not None
    assert torch.equal(first, second)
    assert torch.equal(w, before)


def test_a_missing_gradient_is_told_apart_from_none() -> None:
    """Returning too few is an error of the backward; None says that nothing is claimed."""

    class Half(_Product):
        answer: Any = None

        def backward(self, *cotangents: Any) -> Any:
            return self.answer

    a, b = normal(3), normal(3)
    half = Half()
    with pytest.raises(BackwardError, match=r"Half\.backward returned 1 gradient.* for 2 inputs"):
        vjp(adapted(half, a, b), (a, b), (a, b))
    half.answer = (a, None)
    assert vjp(adapted(half, a, b), (a, b), (a, b))[1] is None


def test_a_subject_knows_whose_it_is() -> None:
    """For torch's counterpart and for the report: the instance, its options, its backward."""
    layer = scratchnn.Linear(3, 2)
    subject = module.adapt(layer, (torch.ones(5, 3),), {"in_features": 3}, torch.float64)
    assert (subject.name, subject.instance) == ("Linear", layer)
    assert (subject.options, subject.free_cotangent) == ({"in_features": 3}, True)
    assert subject.source is not None
    assert subject.source.function == "Linear.backward"


def test_the_arguments_are_those_of_the_forward() -> None:
    """Constants too, for whoever calls torch's counterpart with them."""
    x = normal(3)
    subject = adapted(_Product(), x, 2)
    filled = subject.arguments((x,))
    assert torch.equal(filled[0], x)
    assert filled[1] == 2


class Forgetful:
    """Returns its gradient at the first backward, and leaves it in an attribute at later ones."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        """Double."""
        return 2 * x

    def backward(self, grad_output: Tensor) -> Tensor | None:
        """Twice what flows in."""
        self.grad_input = 2 * grad_output
        return self.grad_input if grad_output.sum() < 100 else None


def test_a_method_that_has_returned_something_is_not_excused_when_it_returns_nothing() -> None:
    """An attribute is read of those alone that have never returned anything."""
    x = torch.ones(3, dtype=torch.float64)
    subject = adapted(Forgetful(), x)
    (given,) = vjp(subject, (x,), (x,))
    (forgotten,) = vjp(subject, (x,), (100 * x,))
    assert isinstance(given, Tensor)
    assert forgotten is None


class _Leaky:
    """Of single numbers: the slope below zero is a setting, for which no gradient is claimed."""

    def forward(self, x: Any, alpha: Any) -> Any:
        self.slope = 1.0 if float(x) > 0 else alpha
        return x * self.slope

    def backward(self, grad: Any) -> Any:
        return grad * self.slope


def test_one_gradient_is_not_taken_for_that_of_every_single_number() -> None:
    """All gradients of single numbers are of one size: whose it is, that does not say."""
    x, alpha = np.array(-1.5), np.array(0.25)
    subject = adapted(_Leaky(), x, alpha)
    with pytest.raises(BackwardError, match=r"1 gradient\(s\) for 2 inputs"):
        vjp(subject, tuple(leaf.value for leaf in subject.leaves), (torch.tensor(1.0),))


class _Masked:
    """x m, of which the backward returns the gradient of x alone."""

    def forward(self, x: Any, mask: Any) -> Any:
        self.mask = mask
        return x * mask

    def backward(self, of_output: Any) -> Any:
        return of_output * self.mask


def test_one_gradient_that_fits_the_first_input_alone_is_claimed_for_no_other() -> None:
    """The gradient of a sum is that of each of its terms; of a mask nobody may want one."""
    subject = adapted(_Masked(), normal(4, 3), normal(4, 3))
    values = tuple(leaf.value for leaf in subject.leaves)
    of_x, of_mask = vjp(subject, values, (torch.ones(4, 3, dtype=torch.float64),))
    assert of_mask is None
    assert of_x is not None
    assert torch.equal(of_x, values[1])


class _Spread:
    """A x, of which the backward returns the gradient of x alone, in its shape."""

    def forward(self, x: Any, adjacency: Any) -> Any:
        self.adjacency = adjacency
        return adjacency @ x

    def backward(self, of_output: Any) -> Any:
        return self.adjacency.T @ of_output


def test_beside_the_edges_of_a_graph_one_gradient_is_that_of_the_first_input() -> None:
    """Whatever shape they have."""
    subject = adapted(_Spread(), normal(4, 3), normal(4, 4))
    values = tuple(leaf.value for leaf in subject.leaves)
    of_x, of_edges = vjp(subject, values, (torch.ones(4, 3, dtype=torch.float64),))
    assert of_edges is None
    assert of_x is not None
