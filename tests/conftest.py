"""What every test may rely on: fixed seeds, one thread, and torch's global state put back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch

HERE = __file__.removesuffix("conftest.py")
SEED = 20_240_229

# What torch computes in them is the same on every Python; the other folders ask about Python too:
# signatures, instructions, sources, processes, whole checks of how other people write.
NUMERICS = (
    *("causes", "complaints", "mutants", "proofs", "scratchnn", "gradcheck/compat"),
    *("gradcheck/contracts", "gradcheck/diagnosis", "gradcheck/modes", "gradcheck/training"),
    *("gradcheck/witnesses",),
)

# Our tensors are small: handing them to a second thread costs more than it saves.
torch.set_num_threads(1)

hypothesis.settings.register_profile("default", max_examples=50, derandomize=True, deadline=None)
hypothesis.settings.register_profile(
    "few", hypothesis.settings.get_profile("default"), max_examples=10
)
hypothesis.settings.register_profile(
    "proofs",
    max_examples=10_000,
    derandomize=False,
    print_blob=True,  # fresh examples each time, so a failure must say how to repeat it
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("default")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of these folders, before those that are marked are left out."""
    folders = [Path(HERE) / name for name in NUMERICS]
    for item in items:
        if any(folder in item.path.parents for folder in folders):
            item.add_marker(pytest.mark.numerics)


class TorchRandom:
    """Torch's generator in the shape of `random.Random`, for hypothesis to reset per example."""

    seed = staticmethod(torch.manual_seed)
    getstate = staticmethod(torch.get_rng_state)
    setstate = staticmethod(torch.set_rng_state)


# hypothesis keeps a weak reference, hence the name.
TORCH_RANDOM = TorchRandom()
hypothesis.register_random(TORCH_RANDOM)


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """Seed every generator, then put back what a test may have changed for the whole process."""
    dtype, grad_mode = torch.get_default_dtype(), torch.is_grad_enabled()
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(grad_mode)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave helper modules alone: `--doctest-modules` would import strangers' code otherwise."""
    helper = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if helper and str(collection_path).startswith(HERE) else None
