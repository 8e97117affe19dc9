"""What scratchnn raises, as a tree, and the two checks that several files share.

    ScratchError
      ArgumentError            ValueError     a setting outside its range
      MissingExtraError        ImportError    what an extra installs is not there
      ShapeError               ValueError     two shapes that do not fit
      DtypeError               TypeError      two dtypes that do not fit
      StateDictError           RuntimeError   a state dict of another model
      BackwardBeforeForward    RuntimeError   no forward is left for this backward
      SavedTensorError         RuntimeError   what a forward saved was changed since

Each also derives from the builtin beside it, so that `except ValueError` keeps working.
Every text names the value, what was expected, and the fix.
"""

from __future__ import annotations

import torch
from torch import Tensor


class ScratchError(Exception):
    """The root: `except scratchnn.ScratchError` catches what this package raises, and only that.

    >>> import scratchnn
    >>> try:
    ...     scratchnn.MSELoss("average")
    ... except scratchnn.ScratchError as error:
    ...     print(type(error).__name__)
    ArgumentError
    """


class ArgumentError(ScratchError, ValueError):
    """A setting is outside its range: pass one of the values that the text names.

    >>> import scratchnn
    >>> scratchnn.MSELoss("average")
    Traceback (most recent call last):
    scratchnn.errors.ArgumentError: reduction='average': expected 'mean', 'sum' or 'none'
    """


class MissingExtraError(ScratchError, ImportError):
    """What is asked for needs an extra that is not installed: the text has the command.

    >>> raise MissingExtraError("plots need matplotlib: pip install 'gradcheck-scratchnn[plots]'")
    Traceback (most recent call last):
    scratchnn.errors.MissingExtraError: plots need matplotlib: pip install ...
    """


class ShapeError(ScratchError, ValueError):
    """Two shapes do not fit: the text names both, and which one to change.

    >>> import torch, scratchnn
    >>> scratchnn.Linear(3, 2)(torch.ones(5, 4))
    Traceback (most recent call last):
    scratchnn.errors.ShapeError: the input of Linear is (5, 4), expected (..., 3): ...
    """


class DtypeError(ScratchError, TypeError):
    """Two dtypes do not fit: the text names both, and the conversion.

    >>> import torch, scratchnn
    >>> scratchnn.Linear(3, 2)(torch.ones(5, 3, dtype=torch.float64))
    Traceback (most recent call last):
    scratchnn.errors.DtypeError: the input of Linear is torch.float64, expected torch.float32: ...
    """


class StateDictError(ScratchError, RuntimeError):
    """A state dict does not fit the module: the text lists every key and shape that differs.

    >>> import torch, scratchnn
    >>> scratchnn.Linear(3, 2, bias=False).load_state_dict({"kernel": torch.ones(2, 3)})
    Traceback (most recent call last):
    scratchnn.errors.StateDictError: the state does not fit Linear:
      missing 'weight'
      unexpected 'kernel'
    """


class BackwardBeforeForward(ScratchError, RuntimeError):  # noqa: N818 - the name is the sentence
    """No forward is left for this backward: call forward once, in training mode, for each.

    >>> import torch, scratchnn
    >>> scratchnn.Tanh().backward(torch.ones(3))
    Traceback (most recent call last):
    scratchnn.errors.BackwardBeforeForward: Tanh.backward came before any forward: ...
    """


class SavedTensorError(ScratchError, RuntimeError):
    """A tensor that a forward saved was changed in place before its backward: change a copy.

    >>> import torch, scratchnn
    >>> tanh = scratchnn.Tanh()
    >>> y = tanh(torch.ones(3))
    >>> y += 1
    >>> tanh.backward(torch.ones(3))
    Traceback (most recent call last):
    scratchnn.errors.SavedTensorError: Tanh.backward: a tensor that its forward saved ...
    """


def check_shape(what: str, shape: tuple[int, ...], expected: tuple[int, ...], fix: str) -> None:
    """Raise ShapeError unless `shape` is `expected`.

    >>> check_shape("the target", (5,), (5, 1), "reshape it")
    Traceback (most recent call last):
    scratchnn.errors.ShapeError: the target is (5,), expected (5, 1): reshape it
    """
    if shape != expected:
        raise ShapeError(f"{what} is {tuple(shape)}, expected {tuple(expected)}: {fix}")


def check_dtype(what: str, tensor: Tensor, expected: torch.dtype) -> None:
    """Raise DtypeError unless `tensor` has the dtype that is expected.

    >>> import torch
    >>> check_dtype("the target", torch.tensor([1]), torch.float32)
    Traceback (most recent call last):
    scratchnn.errors.DtypeError: the target is torch.int64, expected torch.float32: ...
    """
    if tensor.dtype != expected:
        raise DtypeError(
            f"{what} is {tensor.dtype}, expected {expected}: convert it with .to({expected})"
        )
