"""Tensors from strategies: exact, regular, and with what was asked for somewhere in them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import find, given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from torch import Tensor

from gradcheck.strategies import KINKS, dtypes, layouts, shapes, tensors
from gradcheck.strategies.tensors import extremes_of

ANY_SHAPE = shapes(min_dims=0, min_side=0)
WITH_ROOM = shapes(min_side=3)


def on(x: Tensor, numbers: tuple[float, ...]) -> Tensor:
    """Mark the elements that are one of the numbers, as the dtype holds them."""
    return torch.isin(x, torch.tensor(numbers, dtype=torch.float64).to(x.dtype))


@given(st.data(), ANY_SHAPE, dtypes(), layouts())
def test_they_have_the_shape_and_the_dtype(
    data: st.DataObject, shape: tuple[int, ...], dtype: torch.dtype, layout: str
) -> None:
    """In every layout, an empty tensor and a scalar among them."""
    x = data.draw(tensors(shape, dtype=dtype, layout=layout))
    assert (tuple(x.shape), x.dtype, x.requires_grad) == (shape, dtype, False)


@given(tensors(ANY_SHAPE, dtype=dtypes()))
def test_ordinary_numbers_are_regular_points(x: Tensor) -> None:
    """Finite, no two the same, none on a kink, nor within 2⁻⁹ of one."""
    assert bool(x.isfinite().all())
    assert x.unique().numel() == x.numel()
    distance = (x.double().reshape(-1, 1) - torch.tensor(KINKS, dtype=torch.float64)).abs()
    assert not x.numel() or float(distance.min()) >= 2.0**-9


@given(st.sampled_from([(9, 9), (3, 5, 7), (1200,)]), st.data())
def test_large_tensors_are_regular_as_well(shape: tuple[int, ...], data: st.DataObject) -> None:
    """They follow from one seed, and are as different and as exact."""
    x = data.draw(tensors(shape))
    assert x.unique().numel() == x.numel()
    assert torch.equal((x * 2**8).remainder(2), torch.ones(shape, dtype=torch.float64))


@given(tensors(ANY_SHAPE, dtype=dtypes()), st.sampled_from([torch.float64]))
def test_ordinary_numbers_are_exact(x: Tensor, wide: torch.dtype) -> None:
    """Multiples of the grid: what is computed with them can be computed by hand."""
    grid = 2.0**-5 if x.dtype == torch.bfloat16 else 2.0**-8
    assert torch.equal(torch.round(x.to(wide) / grid) * grid, x.to(wide))


@pytest.mark.parametrize(
    ("asked", "is_there"),
    [
        ({"kinks": True}, lambda x: on(x, KINKS).any()),
        ({"kinks": (2.0,)}, lambda x: (x == 2).any()),
        ({"extremes": True}, lambda x: on(x, extremes_of(x.dtype)).any()),
        ({"ties": True}, lambda x: (x.flatten()[1:] == x.flatten()[:-1]).any()),
    ],
)
def test_what_is_asked_for_stands_somewhere(asked: dict[str, Any], is_there: Any) -> None:
    """In every tensor that is drawn, in whichever dtype and layout."""

    @given(tensors(WITH_ROOM, dtype=dtypes(), **asked))
    def property_of(x: Tensor) -> None:
        assert bool(is_there(x))

    property_of()


@given(tensors(WITH_ROOM, kinks=True, ties=True, extremes=True))
def test_all_of_it_can_be_asked_for_at_once(x: Tensor) -> None:
    """Three places in a row hold one each."""
    flat = x.flatten()
    assert bool(on(x, KINKS).any())
    assert bool(on(x, extremes_of(x.dtype)).any())
    assert bool((flat[1:] == flat[:-1]).any())


@given(tensors((), kinks=True, ties=True, extremes=True))
def test_one_element_has_room_for_one_of_them(x: Tensor) -> None:
    """The first that was asked for."""
    assert float(x) in KINKS


def test_every_extreme_of_half_precision_is_a_number_of_it() -> None:
    """None rounds to zero or to infinity, in any dtype."""
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        numbers = torch.tensor(extremes_of(dtype), dtype=torch.float64).to(dtype)
        assert bool((numbers.isfinite() & (numbers != 0)).all())


def test_a_failing_tensor_shrinks_to_one_that_can_be_read() -> None:
    """The largest element is found wrong: the others are the simplest numbers there are."""
    x = find(tensors((2, 2)), lambda x: float(x.max()) > 1)
    assert (x * 256).tolist() == [[1, 3], [-1, 257]]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"dtype": torch.int64}, r"^dtype=torch.int64: choose from torch.float64, "),
        ({"layout": "diagonal"}, r"^layout=diagonal: choose from contiguous, "),
        ({"shape": (300,), "dtype": torch.bfloat16}, "has no 300 different numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(asked: dict[str, Any], told: str) -> None:
    """With the choices there are."""
    with pytest.raises(InvalidArgument, match=told):
        find(tensors(**asked), lambda _: True)
