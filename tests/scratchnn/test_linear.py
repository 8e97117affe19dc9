"""Linear: y = x Wᵀ + b and its three gradients, beside torch.nn.Linear."""

from __future__ import annotations

import platform
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchnn import ArgumentError, DtypeError, Linear, ShapeError

DTYPES = (torch.float32, torch.float64)
LAYOUTS = ("contiguous", "transposed", "strided", "expanded")
SIZES = st.integers(1, 6)
LEADING = st.lists(st.integers(0, 4), max_size=3).map(tuple)


def eighths(
    *shape: int, layout: str = "contiguous", dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """Draw multiples of 1/8 up to 2: sums of their products are exact, in whatever order."""
    memory = {
        "contiguous": shape,
        "transposed": shape[::-1],
        "strided": (*shape[:-1], 2 * shape[-1]),
        "expanded": shape[-1:],
    }[layout]
    drawn = torch.randint(-16, 17, memory).to(dtype) / 8
    if layout == "transposed":
        return drawn.permute(*reversed(range(len(shape))))
    return drawn[..., ::2] if layout == "strided" else drawn.expand(shape)


def same(expected: torch.Tensor | None, got: torch.Tensor | None) -> bool:
    """Tell whether both are there, and equal to the bit."""
    return expected is not None and got is not None and torch.equal(expected, got)


def pair(
    inputs: int, outputs: int, bias: bool = True, dtype: torch.dtype = torch.float32
) -> tuple[Linear, torch.nn.Linear]:
    """Make the layer in both frameworks, with the same exact weights."""
    ours = Linear(inputs, outputs, bias, dtype=dtype)
    theirs = torch.nn.Linear(inputs, outputs, bias, dtype=dtype)
    for parameter in ours.parameters():
        parameter.data = eighths(*parameter.data.shape, dtype=dtype)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@given(
    leading=LEADING,
    inputs=SIZES,
    outputs=SIZES,
    bias=st.booleans(),
    dtype=st.sampled_from(DTYPES),
    x_layout=st.sampled_from(LAYOUTS),
    g_layout=st.sampled_from(LAYOUTS),
)
def test_output_and_gradients_are_exactly_those_of_torch(
    *,
    leading: tuple[int, ...],
    inputs: int,
    outputs: int,
    bias: bool,
    dtype: torch.dtype,
    x_layout: str,
    g_layout: str,
) -> None:
    """For every number of axes, also none and empty ones, and however the memory lies."""
    ours, theirs = pair(inputs, outputs, bias, dtype)
    x = eighths(*leading, inputs, layout=x_layout, dtype=dtype)
    g = eighths(*leading, outputs, layout=g_layout, dtype=dtype)
    x_torch = x.detach().requires_grad_()
    y_torch = theirs(x_torch)
    y_torch.backward(g)
    assert torch.equal(y_torch, ours(x))
    grad = ours.backward(g)
    assert same(x_torch.grad, grad)
    assert grad.dtype == dtype
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert same(yours.grad, mine.grad)
        assert mine.grad is not None
        assert mine.grad.dtype == dtype


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="the order of sums is the processor's"
)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(2, 25), (25, 25), (25, 2), (25, 1), (300, 70)])
@pytest.mark.parametrize("batch", [1, 10, 100])
def test_any_numbers_give_the_bits_of_torch(
    sizes: tuple[int, int], batch: int, dtype: torch.dtype
) -> None:
    """The same kernels in the same order, so the same rounding."""
    ours, theirs = Linear(*sizes, dtype=dtype), torch.nn.Linear(*sizes, dtype=dtype)
    theirs.load_state_dict(ours.state_dict())
    x, g = torch.randn(batch, sizes[0], dtype=dtype), torch.randn(batch, sizes[1], dtype=dtype)
    x_torch = x.clone().requires_grad_()
    y_torch = theirs(x_torch)
    y_torch.backward(g)
    assert torch.equal(y_torch, ours(x))
    assert same(x_torch.grad, ours.backward(g))
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert same(yours.grad, mine.grad)


def test_bias_gradient_sums_over_the_batch() -> None:
    """A sum, not a mean: the loss alone decides how samples are averaged."""
    layer = Linear(3, 2)
    layer(torch.randn(5, 3))
    layer.backward(torch.ones(5, 2))
    assert layer.bias is not None
    assert same(torch.tensor([5.0, 5.0]), layer.bias.grad)


def test_weight_gradient_is_the_sum_of_outer_products() -> None:
    """Row by row: ȳᵢ xᵢᵀ."""
    layer, x, g = Linear(3, 2), eighths(4, 3), eighths(4, 2)
    layer(x)
    layer.backward(g)
    products = [torch.outer(gi, xi) for gi, xi in zip(g, x, strict=True)]
    assert same(torch.stack(products).sum(dim=0), layer.weight.grad)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("sizes", [(3, 2), (1, 1), (7, 30), (100, 3)])
def test_the_same_seed_draws_the_bits_of_torch(
    sizes: tuple[int, int], bias: bool, dtype: torch.dtype
) -> None:
    """So that a run can be repeated in either framework without copying weights."""
    torch.manual_seed(5)
    theirs = torch.nn.Linear(*sizes, bias, dtype=dtype)
    torch.manual_seed(5)
    ours = Linear(*sizes, bias, dtype=dtype)
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(yours, mine.data)


def test_no_features_are_sizes_like_any_other() -> None:
    """Nothing in gives the bias, nothing out gives nothing; torch.nn only warns."""
    for sizes in ((0, 2), (3, 0)):
        ours = Linear(*sizes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about initialising nothing
            theirs = torch.nn.Linear(*sizes)
        ours.load_state_dict(theirs.state_dict())
        x = torch.randn(4, sizes[0])
        assert torch.equal(theirs(x), ours(x))
        assert torch.equal(torch.zeros(4, sizes[0]), ours.backward(torch.zeros(4, sizes[1])))


def test_without_bias_there_is_no_bias() -> None:
    """The attribute is None, and the state dict has one key."""
    layer = Linear(3, 2, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]


def test_forward_and_backward_change_and_share_nothing() -> None:
    """Input, cotangent and weights stay as they were; what is returned has its own memory."""
    layer, x, g = Linear(3, 3), torch.randn(4, 3), torch.randn(4, 3)
    kept = [t.clone() for t in (x, g, *layer.state_dict().values())]
    y = layer(x)
    grad = layer.backward(g)
    assert all(map(torch.equal, kept, (x, g, *layer.state_dict().values())))
    assert layer.bias is not None
    tensors = [x, g, y, grad, layer.weight.data, layer.weight.grad, layer.bias.grad]
    assert len({t.untyped_storage().data_ptr() for t in tensors if t is not None}) == len(tensors)


@pytest.mark.parametrize("shape", [(5, 4), (4,), (2, 3, 4), (3, 1), ()])
def test_an_input_that_does_not_fit_names_both_shapes(shape: tuple[int, ...]) -> None:
    """The input's and the weight's."""
    with pytest.raises(ShapeError) as caught:
        Linear(3, 2)(torch.ones(shape))
    assert str(shape) in str(caught.value)
    assert "(2, 3)" in str(caught.value)


def test_an_input_of_another_dtype_names_both() -> None:
    """And the conversion that mends it."""
    with pytest.raises(DtypeError, match=r"torch\.float64, expected torch\.float32: .*\.to\("):
        Linear(3, 2)(torch.ones(5, 3, dtype=torch.float64))


@pytest.mark.parametrize("shape", [(5, 3), (2,), (1, 5, 2), (5, 1)])
def test_a_cotangent_unlike_the_output_is_refused(shape: tuple[int, ...]) -> None:
    """Also one that would broadcast."""
    layer = Linear(3, 2)
    layer(torch.ones(5, 3))
    with pytest.raises(ShapeError, match=r"the grad_output of Linear is .*expected \(5, 2\)"):
        layer.backward(torch.ones(shape))


def test_a_negative_size_is_refused() -> None:
    """Before torch speaks of an empty tensor."""
    with pytest.raises(ArgumentError, match=r"Linear\(-1, 2\): expected two sizes of at least 0"):
        Linear(-1, 2)
