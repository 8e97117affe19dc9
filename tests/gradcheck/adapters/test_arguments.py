"""The arguments of somebody's function: names, leaves, copies, and what comes back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.adapters.arguments import (
    Arguments,
    call,
    claim_of,
    outputs_of,
    source_of,
)
from gradcheck.errors import BackwardError, ExerciseError

SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)
FLOATS = st.sampled_from([torch.float16, torch.bfloat16, torch.float32, torch.float64])
CONSTANTS = [torch.tensor([0, 1]), torch.tensor([True]), 3, 2.5, "mean", None, torch.float32]


class _Layer:
    def forward(self, image: Any, /, mask: Any, *, training: bool = False) -> None: ...


def two(prediction: Any, target: Any) -> None:
    """Stand for a forward of two arguments."""


def any_number(*values: Any) -> None:
    """Stand for a forward that names none of its arguments."""


@pytest.mark.parametrize("forward", [two, any_number, _Layer().forward])
def test_a_single_input_is_called_input(forward: Callable[..., Any]) -> None:
    """Whatever its author calls it: that is torch's name, and the reports'."""
    assert Arguments.of(forward, [torch.ones(2)]).names == ("input",)


@pytest.mark.parametrize(
    ("forward", "names"),
    [
        (two, ("prediction", "target")),
        (_Layer().forward, ("image", "mask")),
        (any_number, ("input0", "input1")),
        (lambda first, *others: None, ("first", "input1")),
        (torch.mul, ("input0", "input1")),
    ],
)
def test_several_inputs_have_the_names_of_the_signature(
    forward: Callable[..., Any], names: tuple[str, ...]
) -> None:
    """Positional ones only; what has no name is numbered."""
    assert Arguments.of(forward, [torch.ones(2), torch.ones(2)]).names == names


@given(SHAPES, FLOATS)
def test_floating_point_inputs_are_leaves_in_float64(
    shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    """The same values, in which a rounding error cannot hide a wrong formula."""
    x = torch.randn(shape).to(dtype)
    (leaf,) = Arguments.of(two, [x]).leaves()
    assert leaf.value.dtype == torch.float64
    assert torch.equal(leaf.value.to(dtype), x)


@given(SHAPES, st.sampled_from([np.float16, np.float32, np.float64]))
def test_arrays_are_leaves_like_tensors(shape: tuple[int, ...], dtype: type) -> None:
    """A stranger's framework knows nothing of torch."""
    x: Any = np.random.default_rng(0).normal(size=shape).astype(dtype)
    (leaf,) = Arguments.of(two, [x]).leaves()
    assert leaf.value.dtype == torch.float64
    assert np.array_equal(leaf.value.numpy(), x.astype(np.float64))


@pytest.mark.parametrize("constant", CONSTANTS, ids=repr)
def test_all_else_is_constant(constant: Any) -> None:
    """Class indices, flags and words reach the forward as they are and have no gradient."""
    arguments = Arguments.of(two, [torch.ones(2), constant])
    assert [leaf.name for leaf in arguments.leaves()] == ["prediction"]
    given_back = arguments.filled((torch.zeros(2),))[1]
    assert type(given_back) is type(constant)
    if isinstance(constant, torch.Tensor):
        assert torch.equal(given_back, constant)
        assert given_back.dtype == constant.dtype
    else:
        assert given_back is constant


def test_a_leaf_may_be_excused_by_name() -> None:
    """The reason is kept with it, for the report."""
    arguments = Arguments.of(two, [torch.ones(2), torch.ones(2)])
    leaves = arguments.leaves(unclaimed=lambda name: f"no {name}" if name == "target" else "")
    assert [leaf.unclaimed for leaf in leaves] == ["", "no target"]


@given(SHAPES, FLOATS)
def test_the_users_tensors_are_copied(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    """Neither what is written into a leaf nor into a filled argument reaches them."""
    tensor, array = torch.ones(shape, dtype=dtype), np.ones(shape)
    arguments = Arguments.of(two, [tensor, array])
    for leaf in arguments.leaves():
        leaf.value.fill_(7)
    for argument in arguments.filled(tuple(leaf.value for leaf in arguments.leaves())):
        argument[...] = 8
    assert torch.equal(tensor, torch.ones(shape, dtype=dtype))
    assert np.array_equal(array, np.ones(shape))


def test_whoever_was_given_arrays_gets_arrays() -> None:
    """Inputs and cotangents both; tensors stay tensors elsewhere."""
    value = torch.ones(2, dtype=torch.float64)
    arrays = Arguments.of(two, [np.zeros(2), 3])
    tensors = Arguments.of(two, [torch.zeros(2), 3])
    assert isinstance(arrays.filled((value,))[0], np.ndarray)
    assert isinstance(arrays.given(value), np.ndarray)
    assert isinstance(tensors.filled((value,))[0], torch.Tensor)
    assert tensors.given(value) is value


def test_values_fill_the_leaves_in_order() -> None:
    """Constants between them keep their places."""
    arguments = Arguments.of(any_number, [torch.ones(1), "sum", torch.ones(1)])
    first, word, last = arguments.filled((torch.tensor([5.0]), torch.tensor([6.0])))
    assert (float(first), word, float(last)) == (5, "sum", 6)


@pytest.mark.parametrize(
    "result",
    [
        torch.ones(2),
        np.ones(2),
        (torch.ones(2), torch.tensor([1, 0])),
        [torch.ones(2), np.array([True])],
    ],
    ids=["tensor", "array", "tuple", "list"],
)
def test_the_floating_point_outputs_are_kept(result: Any) -> None:
    """Indices and masks that a forward returns beside them have no gradient."""
    (output,) = outputs_of(result, "Demo.forward")
    assert torch.equal(output.double(), torch.ones(2, dtype=torch.float64))


@pytest.mark.parametrize("result", [2.5, np.float64(2.5), torch.tensor(2.5)], ids=repr)
def test_a_number_is_an_output_without_axes(result: Any) -> None:
    """Losses return it."""
    (output,) = outputs_of(result, "Demo.forward")
    assert (output.shape, float(output)) == ((), 2.5)


@pytest.mark.parametrize("result", [None, "y", {"y": 1}, (torch.ones(2), None)], ids=repr)
def test_an_output_of_another_kind_is_refused(result: Any) -> None:
    """The function and the kind are named; a forgotten return is a NoneType."""
    kind = type(result[1] if isinstance(result, tuple) else result).__name__
    with pytest.raises(ExerciseError, match=rf"^Demo\.forward returned {kind}, not a tensor"):
        outputs_of(result, "Demo.forward")


@pytest.mark.parametrize("result", [(), torch.tensor([1]), (torch.tensor([True]),)], ids=repr)
def test_an_output_without_a_gradient_is_refused(result: Any) -> None:
    """There is nothing to check then, which must not look like a pass."""
    with pytest.raises(ExerciseError, match="no floating-point output"):
        outputs_of(result, "Demo.forward")


def test_a_claim_is_read_from_an_array() -> None:
    """Of a scalar too; whatever else came back stays what it is, to be told about."""
    assert torch.equal(claim_of(np.ones(2)), torch.ones(2, dtype=torch.float64))
    assert claim_of(np.float64(3)).item() == 3
    assert [claim_of(other) for other in (None, "g", 2)] == [None, "g", 2]


@pytest.mark.parametrize("kind", [ExerciseError, BackwardError])
def test_what_somebodys_function_raises_names_the_function(kind: type[ExerciseError]) -> None:
    """The error's type and text follow, and the original is kept for a traceback."""
    with pytest.raises(kind, match=r"^Demo\.forward raised ZeroDivisionError: ") as raised:
        call(lambda x: x / 0, "Demo.forward", 1, error=kind)
    assert type(raised.value) is kind
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_what_somebodys_function_returns_is_passed_on() -> None:
    """All arguments reach it."""
    assert call(max, "max", 3, 5) == 5


def test_the_source_of_a_function_is_its_first_line() -> None:
    """File, line and qualified name, as an editor would open it."""
    source = source_of(_Layer.forward)
    assert source is not None
    assert (Path(source.file).resolve(), source.function) == (Path(__file__), "_Layer.forward")
    line = Path(__file__).read_text(encoding="utf-8").splitlines()[source.line - 1]
    assert line.strip().startswith("def forward(self, image")


def test_the_source_of_a_decorated_function_is_the_function() -> None:
    """Nobody looks for a mistake in torch's decorator."""
    assert source_of(torch.no_grad()(two)) == source_of(two)


@pytest.mark.parametrize("function", [max, torch.relu, functools.partial(two, 1)])
def test_what_python_cannot_show_has_no_source(function: Callable[..., Any]) -> None:
    """Built into the interpreter, written in C, or made at run time."""
    assert source_of(function) is None
