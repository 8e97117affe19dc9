"""Lines of Python that are made of values: pasted, they make the same values again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import gradcheck
import scratchnn
from gradcheck import strategies
from gradcheck.examples.snippet import MOST_NUMBERS, WIDTH, Reach, literal, reach, snippet

NAMES = {"torch": torch, "np": np}


def scale(x: Any) -> Any:
    """A forward."""
    return 2 * x


def unscale(g: Any, x: Any) -> Any:
    """A wrong backward of it."""
    return g


LAYER = scratchnn.Linear(2, 1)
PAIR = gradcheck.Pair(scale, unscale)


def evaluated(text: str) -> Any:
    """Return what a line of Python makes."""
    return eval(text, dict(NAMES))  # noqa: S307 it was made here


@given(
    strategies.tensors(
        strategies.shapes(min_dims=0, min_side=0),
        dtype=strategies.dtypes(),
        layout=strategies.layouts(),
        extremes=True,
    )
)
def test_a_tensor_is_written_with_its_values_dtype_and_layout(x: torch.Tensor) -> None:
    """To the bit, also where it lies oddly in memory."""
    again = evaluated(literal(x))
    assert (again.dtype, again.shape) == (x.dtype, x.shape)
    assert torch.equal(again, x)
    assert x.numel() < 2 or again.stride() == x.stride()


@given(st.lists(st.floats(width=32), max_size=5), st.sampled_from(["float32", "float64"]))
def test_an_array_is_written_to_the_bit(values: list[float], dtype: str) -> None:
    """Infinities and NaN among them."""
    x = np.array(values, dtype=np.float64).astype(dtype)
    again = evaluated(literal(x))
    assert again.dtype == x.dtype
    np.testing.assert_array_equal(again, x)


@pytest.mark.parametrize("value", [None, True, 3, "a", (1, None), [np.int64(2)], {"p": 0.5}, ()])
def test_what_is_no_tensor_is_written_as_python_writes_it(value: object) -> None:
    """Constants of a forward."""
    assert eval(literal(value), {"np": np}) == value  # noqa: S307 the same


def test_not_a_number_is_written_so_that_it_can_be_read() -> None:
    """Plain ``nan`` is no name."""
    assert math.isnan(evaluated(literal(torch.tensor([math.nan])))[0])


def test_lines_are_no_wider_than_a_screen() -> None:
    """Rows of a matrix stand below one another, and so do the words of a long call."""
    x = torch.arange(24.0, dtype=torch.float64).view(4, 6) / 7
    settings = {"init": "in_features=6, out_features=3, bias=False", "witnesses": ("numeric",)}
    text = snippet(Reach('"a_package.layers.and.its.modules:Dense"'), [x], settings)
    assert max(len(line) for line in text.splitlines()) <= 130
    assert "\n    witnesses=" in text
    assert WIDTH < 100


def test_what_is_too_long_is_no_example() -> None:
    """Nobody pastes a thousand numbers."""
    assert snippet(Reach("f"), [torch.ones(MOST_NUMBERS)])
    assert not snippet(Reach("f"), [torch.ones(MOST_NUMBERS + 1)])
    assert not snippet(Reach("f"), [{"p": "x" * 2000}])


@pytest.mark.parametrize("target", [scratchnn.Linear, torch.nn.ReLU])
def test_a_class_is_imported(target: type) -> None:
    """From where it is defined."""
    reached = reach(target)
    assert reached
    space: dict[str, Any] = {}
    exec("\n".join(reached.imports), space)  # noqa: S102 the same
    assert eval(reached.words, space) is target  # noqa: S307 the same


def test_what_nothing_leads_to_is_not_reached() -> None:
    """An instance without a name, a pair of lambdas."""
    assert reach(scratchnn.Tanh()) is None
    assert reach(gradcheck.Pair(lambda x: x, lambda g, x: g)) is None


def test_an_instance_of_the_main_module_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There the lines are pasted."""
    import __main__  # noqa: PLC0415 that of this run

    layer = scratchnn.Tanh()
    monkeypatch.setattr(__main__, "my_layer", layer, raising=False)
    assert reach(layer) == Reach("my_layer")
