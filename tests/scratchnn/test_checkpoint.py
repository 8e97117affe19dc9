"""A checkpoint gives back the very bits, is written whole or not at all, and holds no code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

import scratchnn
from scratchnn import StateDictError, load, save
from tests.scratchnn.exercises import EXERCISES, exercise


@pytest.mark.parametrize("name", EXERCISES)
def test_what_is_saved_comes_back_to_the_bit(name: str, tmp_path: Path) -> None:
    """Parameters and running statistics of every module."""
    saved, other = exercise(name)[0], exercise(name)[0]
    saved(*exercise(name)[1])
    save(tmp_path / "state", saved)
    load(tmp_path / "state", other)
    assert saved.state_dict().keys() == other.state_dict().keys()
    for key, value in saved.state_dict().items():
        assert torch.equal(value, other.state_dict()[key])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_dtype_is_kept(dtype: torch.dtype, tmp_path: Path) -> None:
    """Also those that NumPy does not know."""
    save(tmp_path / "state", scratchnn.Linear(3, 2, dtype=dtype))
    assert safetensors.torch.load_file(tmp_path / "state")["weight"].dtype == dtype


def test_torch_reads_what_was_saved(tmp_path: Path) -> None:
    """The keys are torch's own."""
    layer = scratchnn.Linear(3, 2)
    save(tmp_path / "state", layer)
    theirs = torch.nn.Linear(3, 2)
    theirs.load_state_dict(safetensors.torch.load_file(tmp_path / "state"))
    assert torch.equal(theirs.weight, layer.weight.data)


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk is full while the new one is written."""
    path = tmp_path / "state"
    save(path, scratchnn.Linear(3, 2))
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        save(path, scratchnn.Linear(3, 2))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


class Evil:
    """Would write a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    """A file from somebody else is data."""
    (tmp_path / "state").write_bytes(pickle.dumps(Evil(tmp_path / "evil")))
    with pytest.raises(StateDictError, match="is no whole safetensors file"):
        load(tmp_path / "state", scratchnn.Linear(3, 2))
    assert not (tmp_path / "evil").exists()


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    """At every length, and the module stays as it was."""
    layer = scratchnn.Linear(3, 2)
    before = layer.state_dict()
    save(tmp_path / "state", scratchnn.Linear(3, 2))
    whole = (tmp_path / "state").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "half").write_bytes(whole[:length])
        with pytest.raises(StateDictError, match="is no whole safetensors file"):
            load(tmp_path / "half", layer)
    assert all(torch.equal(before[name], value) for name, value in layer.state_dict().items())


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """As Python does."""
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "state", scratchnn.Linear(3, 2))


def test_keys_may_be_left_out_on_demand(tmp_path: Path) -> None:
    """As in load_state_dict."""
    save(tmp_path / "state", scratchnn.Linear(3, 2, bias=False))
    found = load(tmp_path / "state", scratchnn.Linear(3, 2), strict=False)
    assert found.missing_keys == ["bias"]
