"""MaxPool2d, AvgPool2d, AdaptiveAvgPool2d: beside torch, over shapes and options."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from scratchnn import AdaptiveAvgPool2d, ArgumentError, AvgPool2d, MaxPool2d, ShapeError
from tests.scratchnn.beside_torch import assert_alike

PAIR = st.tuples(st.integers(1, 3), st.integers(1, 3))
SHAPES = st.sampled_from([(3, 2, 7, 6), (1, 1, 5, 8), (2, 6, 7), (0, 2, 6, 5)])


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a kernel, a stride, and a padding of at most half of the kernel."""
    kernel = draw(PAIR)
    padding = tuple(draw(st.integers(0, size // 2)) for size in kernel)
    return {
        "kernel_size": kernel,
        "stride": draw(st.one_of(st.none(), st.integers(1, 3), PAIR)),
        "padding": padding,
        "ceil_mode": draw(st.booleans()),
    }


@given(options=windows(), shape=SHAPES, dilation=PAIR, ties=st.booleans())
def test_the_largest_is_torchs(
    *, options: dict[str, Any], shape: tuple[int, ...], dilation: Any, ties: bool
) -> None:
    """Which of several is the largest too, and every overlap."""
    assume(all(d * (k - 1) < 5 for d, k in zip(dilation, options["kernel_size"], strict=True)))
    options = {**options, "dilation": dilation}
    x = torch.randn(shape, dtype=torch.float64)
    if ties:
        x = x.round()
    assert_alike(MaxPool2d(**options), torch.nn.MaxPool2d(**options), x)


@given(options=windows(), shape=SHAPES, include=st.booleans(), divisor=st.sampled_from([None, 5]))
def test_the_mean_is_torchs(
    *, options: dict[str, Any], shape: tuple[int, ...], include: bool, divisor: int | None
) -> None:
    """Whatever counts as a part of the window."""
    options = {**options, "count_include_pad": include, "divisor_override": divisor}
    x = torch.randn(shape, dtype=torch.float64)
    assert_alike(AvgPool2d(**options), torch.nn.AvgPool2d(**options), x)


@given(shape=SHAPES, size=st.tuples(*[st.one_of(st.none(), st.integers(1, 9))] * 2))
def test_adaptive_windows_are_torchs(shape: tuple[int, ...], size: Any) -> None:
    """Fewer than pixels, as many, or more."""
    x = torch.randn(shape, dtype=torch.float64)
    assert_alike(AdaptiveAvgPool2d(size), torch.nn.AdaptiveAvgPool2d(size), x)


def test_a_pixel_that_is_the_largest_twice_gets_both() -> None:
    """Where windows overlap, what they send is added."""
    pool = MaxPool2d(2, stride=1)
    pool(torch.tensor([[[0.0, 9.0, 0.0], [0.0, 0.0, 0.0]]]))
    grad = pool.backward(torch.tensor([[[1.0, 10.0]]]))
    assert float(grad[0, 0, 1]) == 11


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MaxPool2d(2, padding=2), "at most half of the kernel"),
        (lambda: AvgPool2d(0), "kernel_size=0"),
        (lambda: AvgPool2d(2, divisor_override=0), "expected another number"),
        (lambda: AdaptiveAvgPool2d(0), "one or two sizes of at least 1"),
    ],
)
def test_a_setting_outside_its_range_is_refused(make: Any, words: str) -> None:
    """The text names the value and what was expected."""
    with pytest.raises(ArgumentError) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize("pool", [MaxPool2d(2), AvgPool2d(2), AdaptiveAvgPool2d(2)])
def test_other_axes_are_refused(pool: Any) -> None:
    """An image has channels, a height and a width."""
    with pytest.raises(ShapeError, match=r"is \(3, 4\), expected \(N, C, H, W\) or \(C, H, W\)"):
        pool(torch.ones(3, 4))
