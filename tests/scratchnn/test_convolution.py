"""Conv1d, Conv2d, ConvTranspose2d, Upsample: beside torch, over shapes and options."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from scratchnn import ArgumentError, Conv1d, Conv2d, ConvTranspose2d, ShapeError, Upsample
from scratchnn.convolution.padding import MODES, Padding
from scratchnn.convolution.windows import Windows
from tests.scratchnn.beside_torch import assert_alike, assert_state_goes_both_ways, twins

DTYPES = (torch.float32, torch.float64)
PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def convolutions(draw: st.DrawFn, axes: int) -> dict[str, Any]:
    """Draw the options of a convolution."""
    groups = draw(st.integers(1, 2))

    def sizes(least: int, most: int) -> Any:
        each = st.integers(least, most)
        return draw(each if axes == 1 else st.one_of(each, st.tuples(each, each)))

    return {
        "in_channels": groups * draw(st.integers(1, 2)),
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": sizes(1, 3),
        "stride": sizes(1, 3),
        "dilation": sizes(1, 2),
        "groups": groups,
        "bias": draw(st.booleans()),
        "padding": sizes(0, 2),
    }


@settings(max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize(("name", "axes"), [("Conv1d", 1), ("Conv2d", 2)])
def test_convolution_is_torchs(name: str, axes: int, data: st.DataObject) -> None:
    """Output and all gradients, for every stride, padding, dilation and number of groups."""
    options = data.draw(convolutions(axes))
    mode = data.draw(st.sampled_from(MODES))
    leading = data.draw(st.sampled_from([(1,), (3,), ()]))
    size = tuple(data.draw(st.integers(5, 8)) for _ in range(axes))
    dtype = data.draw(st.sampled_from(DTYPES))
    ours, theirs = twins(name, **options, padding_mode=mode, dtype=dtype)
    x = torch.randn(*leading, options["in_channels"], *size, dtype=dtype)
    assert_alike(ours, theirs, x, rounding=256)
    assert_state_goes_both_ways(ours, theirs)


@given(data=st.data())
def test_transposed_convolution_is_torchs(data: st.DataObject) -> None:
    """Output and all gradients, also where output_padding is more than one patch."""
    options = data.draw(convolutions(2))
    options["output_padding"] = data.draw(st.integers(0, 2))
    size = (data.draw(st.integers(2, 5)), data.draw(st.integers(2, 5)))
    try:
        ours, theirs = twins("ConvTranspose2d", **options)
    except ArgumentError:
        with pytest.raises((ValueError, RuntimeError)):
            torch.nn.ConvTranspose2d(**options)(torch.ones(1, options["in_channels"], *size))
        return
    x = torch.randn(3, options["in_channels"], *size, dtype=torch.float64)
    try:
        expected = theirs(x)
    except RuntimeError:  # nothing is left of the image
        reject()
    assert expected.shape[0] == 3
    assert_alike(ours, theirs, x, rounding=256)
    assert_state_goes_both_ways(ours, theirs)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("kernel", [1, 2, (3, 2)])
def test_padding_may_be_a_word(padding: str, kernel: Any) -> None:
    """With an even kernel 'same' adds one more pixel behind than before."""
    ours, theirs = twins("Conv2d", 2, 3, kernel, padding=padding, dilation=2)
    assert_alike(ours, theirs, torch.randn(3, 2, 7, 6, dtype=torch.float64), rounding=256)


@pytest.mark.parametrize("kind", [Conv1d, Conv2d, ConvTranspose2d])
def test_the_same_seed_gives_the_weights_of_torch(kind: type) -> None:
    """Drawn from the same generator in the same order."""
    torch.manual_seed(3)
    ours = kind(4, 6, 3, groups=2)
    torch.manual_seed(3)
    theirs = getattr(torch.nn, kind.__name__)(4, 6, 3, groups=2)
    for name, value in theirs.state_dict().items():
        assert torch.equal(value, ours.state_dict()[name])


@given(kernel=PAIRS, stride=PAIRS, dilation=PAIRS)
def test_fold_is_the_transpose_of_unfold(kernel: Any, stride: Any, dilation: Any) -> None:
    """⟨unfold(x), p⟩ = ⟨x, fold(p)⟩, which is what makes each the other's VJP."""
    windows = Windows(kernel, stride, dilation)
    x = torch.randn(2, 3, 8, 7, dtype=torch.float64)
    patches = windows.unfold(x)
    p = torch.randn_like(patches)
    left, right = (patches * p).sum(), (x * windows.fold(p, (8, 7))).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@given(sides=st.tuples(*[st.integers(0, 3)] * 4), mode=st.sampled_from(MODES))
def test_cropping_is_the_transpose_of_padding(sides: Any, mode: str) -> None:
    """For zeros, and for every way to copy pixels."""
    padding = Padding(sides, mode)
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    padded = padding.around(x)
    p = torch.randn_like(padded)
    torch.testing.assert_close((padded * p).sum(), (x * padding.inside(p)).sum())


@given(data=st.data())
def test_upsampling_is_torchs(data: st.DataObject) -> None:
    """By a size or by a factor, also one that is no whole number, along one to three axes."""
    axes = data.draw(st.integers(1, 3))
    x = torch.randn(2, 3, *(data.draw(st.integers(1, 5)) for _ in range(axes)), dtype=torch.float64)
    if data.draw(st.booleans()):
        options: dict[str, Any] = {"size": data.draw(st.integers(1, 9))}
    else:
        options = {"scale_factor": data.draw(st.sampled_from([1.0, 1.3, 2.0, 2.5, 3.7]))}
    # Along an axis whose size stays, torch's backward takes the forward for a copy, which it need
    # not be for a factor that is no whole number: there it contradicts its own forward.
    theirs = torch.nn.Upsample(**options)
    stays = any(old == new for old, new in zip(x.shape[2:], theirs(x).shape[2:], strict=True))
    assume(options.get("scale_factor", 2) in {1, 2} or not stays)
    assert_alike(Upsample(**options), theirs, x)


@given(size=st.tuples(*[st.integers(1, 5)] * 3), factor=st.sampled_from([1.0, 1.3, 2.5, 3.7]))
def test_the_backward_of_upsampling_is_the_transpose_of_its_forward(
    size: tuple[int, ...], factor: float
) -> None:
    """⟨f(x), g⟩ = ⟨x, backward(g)⟩, also where torch has it otherwise; outputs are torch's."""
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    upsample = Upsample(scale_factor=factor)
    y = upsample(x)
    assert torch.equal(y, torch.nn.Upsample(scale_factor=factor)(x))
    g = torch.randn_like(y)
    torch.testing.assert_close((y * g).sum(), (x * upsample.backward(g)).sum())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Conv2d(3, 4, 2, groups=2), "multiples of the groups"),
        (lambda: Conv2d(3, 4, 0), "kernel_size=0: expected one or two numbers of at least 1"),
        (lambda: Conv2d(3, 4, 2, padding="around"), "padding='around': expected a number"),
        (lambda: Conv2d(3, 4, 2, stride=2, padding="same"), "expected a stride of 1"),
        (lambda: Conv2d(3, 4, 2, padding_mode="mirror"), "padding_mode='mirror'"),
        (lambda: Conv1d(3, 4, (2, 2)), "kernel_size=(2, 2): expected a number"),
        (lambda: ConvTranspose2d(3, 4, 2, output_padding=1), "output_padding=1: expected less"),
        (lambda: ConvTranspose2d(3, 4, 2, groups=2), "numbers of channels to be multiples"),
        (lambda: ConvTranspose2d(3, 4, 2, padding_mode="reflect"), "expected 'zeros'"),
        (Upsample, "either size or scale_factor"),
        (lambda: Upsample(2, mode="bilinear"), "expected 'nearest'"),
    ],
)
def test_a_setting_outside_its_range_is_refused(make: Any, words: str) -> None:
    """The text names the value and what was expected."""
    with pytest.raises(ArgumentError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (Conv2d(3, 4, 2), (5, 2, 8, 8), "(5, 2, 8, 8), expected (N, 3, ...)"),
        (Conv2d(3, 4, 9), (5, 3, 8, 8), "does not fit into an image of (8, 8)"),
        (Conv2d(1, 1, 2, padding=9, padding_mode="reflect"), (1, 1, 8, 8), "at most 7"),
        (ConvTranspose2d(3, 4, 2), (3,), "expected (N, 3, H, W)"),
        (ConvTranspose2d(1, 1, 2, padding=2), (1, 1, 1, 1), "leaves nothing"),
        (Upsample(2), (3, 4), "expected (N, C) and one to three axes"),
        (Upsample((2, 2)), (1, 3, 4), "which has 1 such axes"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(layer: Any, shape: Any, words: str) -> None:
    """Both shapes are named."""
    with pytest.raises(ShapeError) as caught:
        layer(torch.ones(shape))
    assert words in str(caught.value)


def test_an_empty_batch_has_empty_gradients() -> None:
    """And weights get zeros."""
    for layer in (Conv2d(2, 3, 2), ConvTranspose2d(2, 3, 2)):
        y = layer(torch.ones(0, 2, 5, 4))
        assert layer.backward(y).shape == (0, 2, 5, 4)
        assert layer.weight.grad is not None
        assert not layer.weight.grad.any()
