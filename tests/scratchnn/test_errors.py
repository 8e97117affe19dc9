"""The error tree: what can be caught, and that every text names both sides and the fix."""

from __future__ import annotations

import pickle

import pytest
import torch

from scratchnn import errors

TREE = {
    errors.ArgumentError: ValueError,
    errors.MissingExtraError: ImportError,
    errors.ShapeError: ValueError,
    errors.DtypeError: TypeError,
    errors.StateDictError: RuntimeError,
    errors.BackwardBeforeForward: RuntimeError,
    errors.SavedTensorError: RuntimeError,
}


@pytest.mark.parametrize(("error", "builtin"), TREE.items())
def test_every_error_is_caught_by_the_root_and_by_its_builtin(
    error: type[errors.ScratchError], builtin: type[Exception]
) -> None:
    """`except ScratchError` and `except ValueError` both work."""
    assert issubclass(error, errors.ScratchError)
    assert issubclass(error, builtin)


def test_the_tree_above_is_complete() -> None:
    """A new error has to say which builtin it is."""
    assert set(TREE) == set(errors.ScratchError.__subclasses__())


@pytest.mark.parametrize("error", TREE)
def test_an_error_crosses_a_process_boundary(error: type[errors.ScratchError]) -> None:
    """A worker's error arrives with its text."""
    copy = pickle.loads(pickle.dumps(error("the text")))  # noqa: S301 - our own bytes
    assert type(copy) is error
    assert str(copy) == "the text"


def test_a_shape_error_names_both_shapes_and_the_fix() -> None:
    """One line is enough to see what to change."""
    with pytest.raises(
        errors.ShapeError, match=r"the bias is \(2,\), expected \(3,\): drop an axis"
    ):
        errors.check_shape("the bias", torch.Size([2]), (3,), "drop an axis")


def test_a_dtype_error_names_both_dtypes_and_the_conversion() -> None:
    """The text holds the call that mends it."""
    with pytest.raises(errors.DtypeError, match=r"is torch\.float64, .*\.to\(torch\.float32\)"):
        errors.check_dtype("x", torch.ones(1, dtype=torch.float64), torch.ones(1).dtype)


def test_what_fits_passes_silently() -> None:
    """A tuple and a torch.Size of the same numbers are the same shape."""
    errors.check_shape("x", torch.Size([2, 3]), (2, 3), "")
    errors.check_dtype("x", torch.ones(1), torch.zeros(4).dtype)
