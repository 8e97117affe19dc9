"""MSELoss and L1Loss: value and gradient beside torch.nn, in all three reductions."""

from __future__ import annotations

import platform

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchnn import (
    ArgumentError,
    BackwardBeforeForward,
    DtypeError,
    L1Loss,
    Loss,
    MSELoss,
    ShapeError,
)

PAIRS = [(MSELoss, torch.nn.MSELoss), (L1Loss, torch.nn.L1Loss)]
DTYPES = (torch.float32, torch.float64)
REDUCTIONS = ("mean", "sum", "none")

losses = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["MSELoss", "L1Loss"])
reductions = pytest.mark.parametrize("reduction", REDUCTIONS)
ours_alone = pytest.mark.parametrize("ours", [MSELoss, L1Loss])


def both(
    ours: Loss, theirs: torch.nn.Module, x: torch.Tensor, t: torch.Tensor, g: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return our value and gradient, then torch's."""
    x_torch = x.detach().requires_grad_()
    value = theirs(x_torch, t)
    (value.sum() if g is None else value).backward(g)
    assert x_torch.grad is not None
    return ours(x, t), ours.backward(g), value.detach(), x_torch.grad


@losses
@reductions
@given(data=st.data())
def test_value_and_gradient_agree_with_torch(
    ours: type[Loss], theirs: type[torch.nn.Module], reduction: str, data: st.DataObject
) -> None:
    """For any values up to 1e9, any shape, with and without a cotangent."""
    dtype = data.draw(st.sampled_from(DTYPES))
    shape = data.draw(st.lists(st.integers(1, 3), max_size=3))
    floats = st.floats(-1e9, 1e9, width=32)
    count = int(torch.tensor(shape).prod()) if shape else 1
    rows = st.lists(floats, min_size=count, max_size=count)
    x, t, g = (torch.tensor(data.draw(rows), dtype=dtype).reshape(shape) for _ in range(3))
    seed = g if reduction == "none" else g.flatten()[0]
    cotangent = seed if data.draw(st.booleans()) else None
    value, grad, value_torch, grad_torch = both(
        ours(reduction), theirs(reduction=reduction), x, t, cotangent
    )
    bar = 4 * torch.finfo(dtype).eps
    assert value.shape == value_torch.shape
    torch.testing.assert_close(value, value_torch, rtol=bar, atol=0)
    torch.testing.assert_close(grad, grad_torch, rtol=bar, atol=0)


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="the order of sums is the processor's"
)
@losses
@reductions
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1000, 7), (3,), (), (100, 1)])
def test_value_and_gradient_are_those_of_torch_to_the_bit(
    ours: type[Loss],
    theirs: type[torch.nn.Module],
    reduction: str,
    dtype: torch.dtype,
    shape: tuple[int, ...],
) -> None:
    """The page says so: the same factors in the same order."""
    x, t = torch.randn(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
    g = torch.randn(shape if reduction == "none" else (), dtype=dtype)
    for cotangent in (None, g):
        value, grad, value_torch, grad_torch = both(
            ours(reduction), theirs(reduction=reduction), x, t, cotangent
        )
        assert torch.equal(value_torch, value)
        assert torch.equal(grad_torch, grad)


@losses
@reductions
def test_memory_layout_does_not_matter(
    ours: type[Loss], theirs: type[torch.nn.Module], reduction: str
) -> None:
    """Transposed, strided and expanded inputs, targets and cotangents."""
    x, t = torch.randn(5, 4).T, torch.randn(4, 1).expand(4, 5)
    g = torch.randn(4, 10)[:, ::2] if reduction == "none" else torch.randn(())
    value, grad, value_torch, grad_torch = both(
        ours(reduction), theirs(reduction=reduction), x, t, g
    )
    torch.testing.assert_close(value, value_torch)
    torch.testing.assert_close(grad, grad_torch)


@ours_alone
@reductions
def test_no_cotangent_means_ones(ours: type[Loss], reduction: str) -> None:
    """For 'none' that is the gradient of the sum."""
    loss, x, t = ours(reduction), torch.randn(4, 3), torch.randn(4, 3)
    ones = torch.ones_like(loss(x, t))
    explicit = loss.backward(ones)
    loss(x, t)
    assert torch.equal(explicit, loss.backward())


@ours_alone
def test_the_mean_is_over_all_elements_and_not_only_rows(ours: type[Loss]) -> None:
    """The commonest wrong gradient: a mean forward over N·C, a backward divided by N."""
    mean, total, x, t = ours("mean"), ours("sum"), torch.randn(4, 3), torch.randn(4, 3)
    mean(x, t)
    total(x, t)
    torch.testing.assert_close(mean.backward(), total.backward() / 12)


def test_l1_has_no_slope_where_input_and_target_are_equal() -> None:
    """sign(0) = 0, torch's choice among the subgradients."""
    loss, x = L1Loss("sum"), torch.tensor([1.0, -0.0])
    loss(x, torch.tensor([1.0, 0.0]))
    assert torch.equal(torch.zeros(2), loss.backward())


@losses
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_finite_inputs_give_no_nan(
    ours: type[Loss], theirs: type[torch.nn.Module], dtype: torch.dtype
) -> None:
    """A square may overflow to infinity, as in torch; the gradient stays finite."""
    big = torch.finfo(dtype).max / 4
    x, t = torch.tensor([big, -big, 0.0], dtype=dtype), torch.tensor([-big, big, 0.0], dtype=dtype)
    value, grad, value_torch, _ = both(ours(), theirs(), x, t, None)
    assert torch.equal(value_torch, value)
    assert not value.isnan()
    assert bool(grad.isfinite().all())


@losses
@reductions
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_empty_inputs_have_empty_gradients(
    ours: type[Loss], theirs: type[torch.nn.Module], reduction: str, shape: tuple[int, ...]
) -> None:
    """Without a division by zero; the mean of nothing is NaN, as in torch."""
    x, t = torch.ones(shape), torch.ones(shape)
    loss = ours(reduction)
    torch.testing.assert_close(loss(x, t), theirs(reduction=reduction)(x, t), equal_nan=True)
    assert loss.backward().shape == shape


@ours_alone
@pytest.mark.parametrize("reduction", ["average", "Mean", "", None, 1])
def test_a_wrong_reduction_lists_the_three(ours: type[Loss], reduction: str) -> None:
    """And repeats what was given."""
    with pytest.raises(ArgumentError) as caught:
        ours(reduction)
    assert f"reduction={reduction!r}: expected 'mean', 'sum' or 'none'" in str(caught.value)


@ours_alone
@pytest.mark.parametrize("shape", [(4,), (4, 2), (1, 1), (1, 4), ()])
def test_shapes_that_would_broadcast_are_refused(ours: type[Loss], shape: tuple[int, ...]) -> None:
    """(4, 1) against (4,) would be sixteen differences; torch only warns."""
    with pytest.raises(ShapeError) as caught:
        ours()(torch.ones(4, 1), torch.ones(shape))
    assert "(4, 1)" in str(caught.value)
    assert str(shape) in str(caught.value)


@ours_alone
def test_a_target_of_another_dtype_is_refused(ours: type[Loss]) -> None:
    """Integer labels need a conversion, and the text holds it."""
    with pytest.raises(DtypeError, match=r"target of .*Loss is torch\.int64, .*\.to\("):
        ours()(torch.ones(3), torch.ones(3, dtype=torch.int64))


@ours_alone
def test_a_cotangent_unlike_the_loss_is_refused(ours: type[Loss]) -> None:
    """A scalar loss has a scalar cotangent."""
    loss = ours()
    loss(torch.ones(3), torch.zeros(3))
    with pytest.raises(ShapeError, match=r"Loss is \(3,\), expected \(\)"):
        loss.backward(torch.ones(3))


@ours_alone
@reductions
def test_nothing_is_changed_and_nothing_is_shared(ours: type[Loss], reduction: str) -> None:
    """Input, target and cotangent stay as they were; the gradient has its own memory."""
    loss, x, t = ours(reduction), torch.randn(4), torch.randn(4)
    value = loss(x, t)
    g = torch.ones_like(value)
    kept = [tensor.clone() for tensor in (x, t, g, value)]
    grad = loss.backward(g)
    assert all(map(torch.equal, kept, (x, t, g, value)))
    tensors = (x, t, g, value, grad)
    assert len({tensor.untyped_storage().data_ptr() for tensor in tensors}) == len(tensors)


@ours_alone
def test_losses_answer_last_in_first_out_and_then_refuse(ours: type[Loss]) -> None:
    """Like every module."""
    loss, target = ours("sum"), torch.zeros(1)
    loss(torch.tensor([1.0]), target)
    loss(torch.tensor([-1.0]), target)
    assert float(loss.backward()) < 0 < float(loss.backward())
    with pytest.raises(BackwardBeforeForward):
        loss.backward()


def test_repr_shows_the_reduction() -> None:
    """The one setting there is."""
    assert repr(MSELoss("sum")) == "MSELoss(reduction='sum')"
