"""ReLU, Tanh, Sigmoid: each beside torch.nn, to the bit."""

from __future__ import annotations

import platform
from typing import Literal

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from scratchnn import GELU, Module, ReLU, SavedTensorError, ShapeError, Sigmoid, Tanh

PAIRS = [(ReLU, torch.nn.ReLU), (Tanh, torch.nn.Tanh), (Sigmoid, torch.nn.Sigmoid)]
IDS = [ours.__name__ for ours, _ in PAIRS]
DTYPES = (torch.float32, torch.float64)
ON_X86 = platform.machine() in {"x86_64", "AMD64"}
EXTREMES = (0.0, 1e-300, 1e-30, 0.5, 1.0, 8.0, 19.07, 88.8, 709.8, 1e30, 1e300)

activations = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=IDS)


def both_ways(
    ours: type[Module], theirs: type[torch.nn.Module], x: torch.Tensor, g: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return our output and gradient, then torch's."""
    x_torch = x.detach().requires_grad_()
    y_torch = theirs()(x_torch)
    y_torch.backward(g)
    assert x_torch.grad is not None
    module = ours()
    return module(x), module.backward(g), y_torch.detach(), x_torch.grad


@activations
@given(data=st.data())
def test_output_and_gradient_agree_with_torch_everywhere(
    ours: type[Module], theirs: type[torch.nn.Module], data: st.DataObject
) -> None:
    """For any finite input and cotangent, within two roundings of the larger factor."""
    dtype = data.draw(st.sampled_from(DTYPES))
    largest = torch.finfo(dtype).max
    width: Literal[32, 64] = 32 if dtype == torch.float32 else 64
    floats = st.floats(-largest, largest, width=width)
    values = data.draw(st.lists(st.tuples(floats, floats), max_size=9))
    x, g = torch.tensor(values, dtype=dtype).reshape(-1, 2).unbind(dim=1)
    y, grad, y_torch, grad_torch = both_ways(ours, theirs, x, g)
    bar = 2 * torch.finfo(dtype).eps
    assert torch.equal(y_torch, y)
    assert bool(((grad - grad_torch).abs() <= bar * g.abs()).all())
    assert bool(grad.isfinite().all())


@pytest.mark.skipif(not ON_X86, reason="whether 1 - y·y is fused is the processor's")
@activations
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "strided", "expanded", "short"])
def test_output_and_gradient_are_those_of_torch_to_the_bit(
    ours: type[Module], theirs: type[torch.nn.Module], dtype: torch.dtype, layout: str
) -> None:
    """The page says so: the same rounding in the same order, however the memory lies."""
    g = torch.randn(700, 33, dtype=dtype)
    x = 3 * torch.randn(700, 33, dtype=dtype)
    x[0, :11] = torch.tensor(EXTREMES, dtype=torch.float64).to(dtype)
    x[1] = -x[0]
    if layout == "transposed":
        x, g = x.T, g.T
    elif layout == "strided":
        x, g = x[:, ::2], g[:, ::2]
    elif layout == "expanded":
        x, g = x[:1].expand(9, 33), g[:, :1][:9].expand(9, 33)
    elif layout == "short":  # what vector instructions leave over
        x, g = x[0, :3], g[0, :3]
    y, grad, y_torch, grad_torch = both_ways(ours, theirs, x, g)
    assert torch.equal(y_torch, y)
    assert torch.equal(grad_torch, grad)


@activations
def test_half_precision_stays_half(ours: type[Module], theirs: type[torch.nn.Module]) -> None:
    """The dtype follows the input, and the gradient is torch's but for a few roundings."""
    for dtype in (torch.float16, torch.bfloat16):
        x, g = torch.randn(99).to(dtype), torch.randn(99).to(dtype)
        y, grad, y_torch, grad_torch = both_ways(ours, theirs, x, g)
        assert y.dtype == grad.dtype == dtype
        bar = 4 * torch.finfo(dtype).eps
        torch.testing.assert_close(y, y_torch, rtol=0, atol=0)
        torch.testing.assert_close(grad, grad_torch, rtol=bar, atol=bar)


@activations
def test_infinities_and_nan_are_those_of_torch(
    ours: type[Module], theirs: type[torch.nn.Module]
) -> None:
    """Limits are reached, and a NaN is passed on rather than hidden."""
    special = torch.tensor([torch.inf, -torch.inf, torch.nan, 0.0, -0.0])
    for g in (torch.ones(5), special.flip(0), torch.full((5,), torch.inf)):
        y, grad, y_torch, grad_torch = both_ways(ours, theirs, special, g)
        torch.testing.assert_close(y, y_torch, rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(grad, grad_torch, rtol=0, atol=0, equal_nan=True)


@activations
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 0, 3), (1,)])
def test_scalars_and_empty_tensors_work(
    ours: type[Module], theirs: type[torch.nn.Module], shape: tuple[int, ...]
) -> None:
    """Output and gradient have the shape of the input."""
    y, grad, y_torch, grad_torch = both_ways(ours, theirs, torch.ones(shape), torch.ones(shape))
    assert y.shape == grad.shape == shape
    torch.testing.assert_close(y, y_torch)
    torch.testing.assert_close(grad, grad_torch)


@pytest.mark.parametrize("ours", [ReLU, Tanh, Sigmoid], ids=IDS)
def test_nothing_is_changed_and_nothing_is_shared(ours: type[Module]) -> None:
    """Input, output and cotangent stay as they were; the gradient has its own memory."""
    module, x, g = ours(), torch.randn(9), torch.randn(9)
    y = module(x)
    kept = [t.clone() for t in (x, g, y)]
    grad = module.backward(g)
    assert all(map(torch.equal, kept, (x, g, y)))
    tensors = (x, g, y, grad)
    assert len({t.untyped_storage().data_ptr() for t in tensors}) == len(tensors)
    kept_grad = grad.clone()
    y.fill_(7)
    assert torch.equal(kept_grad, grad)


@pytest.mark.parametrize("ours", [ReLU, Tanh, Sigmoid], ids=IDS)
def test_a_cotangent_that_would_broadcast_is_refused(ours: type[Module]) -> None:
    """Both shapes are named."""
    module = ours()
    module(torch.ones(4, 3))
    with pytest.raises(ShapeError, match=rf"{ours.__name__} is \(3,\), expected \(4, 3\)"):
        module.backward(torch.ones(3))


def test_relu_has_no_slope_at_zero() -> None:
    """Torch's choice among the subgradients, at both zeros."""
    relu = ReLU()
    relu(torch.tensor([0.0, -0.0]))
    assert torch.equal(torch.zeros(2), relu.backward(torch.ones(2)))


def test_relu_stops_an_infinite_cotangent() -> None:
    """Zero times infinity would be NaN."""
    relu = ReLU()
    relu(torch.tensor([-1.0]))
    assert torch.equal(torch.zeros(1), relu.backward(torch.tensor([torch.inf])))


def test_relu_refuses_to_go_back_through_an_output_that_was_changed() -> None:
    """It keeps no mask of its own; torch.nn.ReLU refuses as well."""
    relu = ReLU()
    relu(torch.tensor([-1.0, 1.0])).mul_(-1)
    with pytest.raises(SavedTensorError):
        relu.backward(torch.ones(2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_relu_passes_on_what_is_not_finite_as_torch_does(dtype: torch.dtype) -> None:
    """An infinite cotangent is zero where x is negative, and a NaN of x lets everything pass."""
    numbers = torch.tensor([-2.0, -0.0, 0.0, 3.0, torch.inf, -torch.inf, torch.nan], dtype=dtype)
    x, cotangent = (grid.reshape(-1) for grid in torch.meshgrid(numbers, numbers, indexing="ij"))
    for chosen in (torch.ones_like(x, dtype=torch.bool), cotangent.isfinite(), x.isfinite()):
        ours, leaf = ReLU(), x[chosen].requires_grad_()
        ours(x[chosen])
        torch.relu(leaf).backward(cotangent[chosen])
        assert_close(ours.backward(cotangent[chosen]), leaf.grad, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    ("x", "least", "most"), [(8.0, 5e-11, 5e-10), (18.0, 0.01, 0.5), (19.07, 1.0, 1.0)]
)
def test_tanh_loses_as_much_as_its_page_says(x: float, least: float, most: float) -> None:
    """Against 1/cosh² in more digits: 4 e^(-2x) (1 - 2 e^(-2x)), exact to e^(-4x) here."""
    tanh = Tanh()
    tanh(torch.tensor(x, dtype=torch.float64))
    slope = float(tanh.backward(torch.ones((), dtype=torch.float64)))
    small = float(torch.exp(torch.tensor(-2 * x, dtype=torch.float64)))
    truth = 4 * small * (1 - 2 * small)
    assert least <= abs(slope - truth) / truth <= most
    assert abs(slope - truth) <= torch.finfo(torch.float64).eps


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_tanh_gelu_is_finite_where_its_cube_overflows(dtype: torch.dtype) -> None:
    """There it is the identity to the right, and zero to the left."""
    far, gelu = torch.finfo(dtype).max / 4, GELU("tanh")
    y = gelu(torch.tensor([far, -far], dtype=dtype))
    gradient = gelu.backward(torch.ones(2, dtype=dtype))
    assert torch.equal(y.abs(), torch.tensor([far, 0.0], dtype=dtype))
    assert torch.equal(gradient.abs(), torch.tensor([1.0, 0.0], dtype=dtype))
