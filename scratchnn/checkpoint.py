"""Checkpoints: a module's state in a file, of a format that can hold tensors and nothing else.

Pickle, in which torch.save writes, runs whatever code a file asks for; safetensors holds names,
shapes and numbers, and other frameworks read it too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError

from scratchnn.errors import StateDictError
from scratchnn.module import Module
from scratchnn.state import IncompatibleKeys


def save(path: str | os.PathLike[str], module: Module) -> None:
    """Write the state of a module to a file: all of it, or the file stays as it was.

    It is written beside the file and renamed when it is whole, so that no interruption, and nobody
    who reads at the same time, meets one half of it.

    Raises   OSError where the folder cannot be written

    >>> import tempfile, torch, scratchnn
    >>> folder = tempfile.TemporaryDirectory()
    >>> layer = scratchnn.Linear(3, 2)
    >>> save(f"{folder.name}/layer.safetensors", layer)
    >>> load(f"{folder.name}/layer.safetensors", scratchnn.Linear(3, 2))
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> folder.cleanup()
    """
    state = {name: value.contiguous() for name, value in module.state_dict().items()}
    data = safetensors.torch.save(state)
    target = Path(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else the name may be on the disk before the numbers are
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str], module: Module, *, strict: bool = True) -> IncompatibleKeys:
    """Copy the state in a file into a module, all of it or none, as load_state_dict does.

    Raises   OSError where there is no such file; StateDictError where it is no safetensors file, or
             its state does not fit the module

    >>> import tempfile, torch, scratchnn
    >>> folder = tempfile.TemporaryDirectory()
    >>> save(f"{folder.name}/layer.safetensors", scratchnn.Linear(3, 2))
    >>> load(f"{folder.name}/layer.safetensors", scratchnn.Linear(2, 2))
    Traceback (most recent call last):
    scratchnn.errors.StateDictError: the state does not fit Linear:
      'weight' is (2, 3), expected (2, 2)
    >>> folder.cleanup()
    """
    data = Path(path).read_bytes()
    try:
        state = safetensors.torch.load(data)
    except SafetensorError as error:
        raise StateDictError(f"{path} is no whole safetensors file: {error}") from None
    return module.load_state_dict(state, strict=strict)
