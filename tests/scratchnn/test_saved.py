"""The stack of what forwards keep: last in, first out, and never a wrong record."""

from __future__ import annotations

import pytest
import torch

import scratchnn
from scratchnn.errors import BackwardBeforeForward, DtypeError, SavedTensorError, ShapeError
from scratchnn.saved import SavedStack
from tests.scratchnn.exercises import exercise

# Each that has a forward of its own: the two bases have none.
MODULES = [
    name
    for name in scratchnn.__all__
    if isinstance(kind := getattr(scratchnn, name), type)
    and issubclass(kind, scratchnn.Module)
    and kind not in {scratchnn.Module, scratchnn.Loss}
]


@pytest.fixture
def stack() -> SavedStack:
    """Two forwards wait: the first kept 1, the second 2."""
    stack = SavedStack()
    stack.push((torch.tensor(1.0),), output=torch.zeros(3))
    stack.push((torch.tensor(2.0),), output=torch.zeros(3))
    return stack


def test_the_last_forward_is_answered_first(stack: SavedStack) -> None:
    """Two forwards, two backwards, in the order of the chain rule."""
    first, second = (stack.pop("Demo", torch.ones(3)) for _ in range(2))
    assert (float(first[0]), float(second[0])) == (2, 1)


@pytest.mark.parametrize(
    ("cotangent", "error"),
    [(torch.ones(4), ShapeError), (torch.ones(3, dtype=torch.float64), DtypeError)],
)
def test_a_refused_cotangent_keeps_the_record(
    stack: SavedStack, cotangent: torch.Tensor, error: type[Exception]
) -> None:
    """The corrected call is answered from the same forward, not from the one before."""
    with pytest.raises(error, match="the grad_output of Demo is"):
        stack.pop("Demo", cotangent)
    assert float(stack.pop("Demo", torch.ones(3))[0]) == 2


def test_a_cotangent_is_compared_with_the_output_of_its_own_forward() -> None:
    """Two forwards of different batch sizes wait: the shapes go last in, first out as well."""
    stack = SavedStack()
    for rows in (5, 3):
        stack.push((), output=torch.zeros(rows))
    with pytest.raises(ShapeError, match=r"is \(5,\), expected \(3,\)"):
        stack.pop("Demo", torch.ones(5))
    stack.pop("Demo", torch.ones(3))
    stack.pop("Demo", torch.ones(5))


def test_a_cotangent_that_would_broadcast_is_refused(stack: SavedStack) -> None:
    """A scalar gradient for three outputs is a mistake, not a shorthand."""
    with pytest.raises(ShapeError, match=r"is \(\), expected \(3,\)"):
        stack.pop("Demo", torch.tensor(1.0))


def test_no_cotangent_fits_every_output(stack: SavedStack) -> None:
    """A loss seeds itself."""
    assert float(stack.pop("Demo", None)[0]) == 2


def test_an_empty_stack_says_whether_there_ever_was_a_forward(stack: SavedStack) -> None:
    """Never called, and called but already answered, are two different mistakes."""
    with pytest.raises(BackwardBeforeForward, match="came before any forward"):
        SavedStack().pop("Demo", torch.ones(3))
    stack.pop("Demo", torch.ones(3))
    stack.pop("Demo", torch.ones(3))
    with pytest.raises(BackwardBeforeForward, match="each of the 2 so far has already had its"):
        stack.pop("Demo", torch.ones(3))


def test_a_saved_tensor_that_was_written_to_is_refused() -> None:
    """The gradient would be of another input; torch refuses it as well."""
    stack, saved = SavedStack(), torch.zeros(3)
    stack.push((torch.ones(3), saved), output=torch.zeros(3))
    saved[1] = 7
    with pytest.raises(SavedTensorError, match="changed in place since"):
        stack.pop("Demo", torch.ones(3))


def test_a_saved_tensor_under_inference_mode_is_accepted() -> None:
    """Torch counts no versions there; the stack works all the same."""
    with torch.inference_mode():
        stack, saved = SavedStack(), torch.zeros(3)
        stack.push((saved,), output=saved)
        assert stack.pop("Demo", torch.ones(3))[0] is saved


@pytest.mark.parametrize("name", MODULES)
def test_no_module_takes_a_cotangent_that_only_broadcasts(name: str) -> None:
    """It would make a gradient of it, and a wrong one: whatever it is, it must fit the output."""
    torch.manual_seed(0)
    module, inputs = exercise(name)
    result = module(*inputs)
    output = result[0] if isinstance(result, tuple) else result
    with pytest.raises(ShapeError):
        module.backward(torch.ones(1, *output.shape))
