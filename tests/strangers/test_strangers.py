"""Published packages with hand-written backwards, checked as a stranger would: by name, no option.

Each verdict is confirmed without gradcheck: against torch's own operator, or by plain central
differences of every element.  Run by `tox -e strangers`, which installs the pinned packages.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck import campaign
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.targets.resolve import resolve

TIMM = "timm.layers.activations_me"
FUNCTIONAL: dict[str, Callable[..., torch.Tensor]] = {
    "SwishAutoFn": torch.nn.functional.silu,
    "MishAutoFn": torch.nn.functional.mish,
    "HardSigmoidAutoFn": torch.nn.functional.hardsigmoid,
    "HardSwishAutoFn": torch.nn.functional.hardswish,
}
WRONG = {"maji.MeanAbsoluteErrorLoss"}
UNDECIDED = {"maji.Model"}  # a container, to be filled first


@pytest.fixture(autouse=True)
def in_double() -> None:
    """Plain central differences want float64."""
    torch.set_default_dtype(torch.float64)


def verdicts(name: str) -> dict[str, str]:
    """Return the verdict on every target of a package, or part of one."""
    results = campaign.run(resolve(name), Options())
    return {result.target: str(result.verdict) for result in results}


def differences(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Return the gradient, element by element, by central differences."""
    found = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[index] = 1e-6
        found[index] = (function(at + step) - function(at - step)) / 2e-6
    return found


def test_the_activations_of_timm_are_right() -> None:
    """Its Functions, its Modules, and the pairs of plain functions beneath."""
    found = verdicts(TIMM)
    assert len(found) == 15
    assert set(found.values()) == {Verdict.VERIFIED}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_torch_says_so_as_well(name: str) -> None:
    """The gradient that torch derives for its own operator of the same formula."""
    function = getattr(importlib.import_module(TIMM), name)
    x = torch.randn(7, 5).mul(3).requires_grad_()
    u = torch.randn(7, 5)
    theirs = torch.autograd.grad(function.apply(x), x, u)
    torchs = torch.autograd.grad(FUNCTIONAL[name](x), x, u)
    torch.testing.assert_close(theirs, torchs)


@pytest.mark.parametrize("package", ["maji", "quarknet.layers", "quarknet.activations"])
def test_frameworks_on_numpy_are_told_right_from_wrong(package: str) -> None:
    """Every class is verified but those that are wrong, or want to be filled first."""
    for name, verdict in verdicts(package).items():
        wanted = "refuted" if name in WRONG else "undecided" if name in UNDECIDED else "verified"
        assert verdict == wanted, name


def test_the_absolute_error_of_maji_points_uphill() -> None:
    """Its gradient is exactly the opposite of the mean's, so that a step makes it worse."""
    loss: Any = importlib.import_module("maji").MeanAbsoluteErrorLoss()
    truth, prediction = np.array([[0.0], [1.0], [2.0]]), np.array([[0.5], [3.0], [1.0]])
    loss.backward(prediction, truth)
    true = differences(lambda p: float(np.mean(loss.forward(p, truth))), prediction)
    np.testing.assert_allclose(loss.dinputs, -true, atol=1e-6)


def test_the_layer_of_quarknet_is_right_by_differences() -> None:
    """Its input and both parameters."""
    layer: Any = importlib.import_module("quarknet.layers").Linear(3, 2)
    x, u = np.random.default_rng(0).normal(size=(4, 3)), np.ones((4, 2))
    layer.forward(x)
    claimed = layer.backward(u)
    np.testing.assert_allclose(
        claimed, differences(lambda at: float(layer.forward(at).sum()), x), atol=1e-6
    )
    assert np.allclose(layer.grad["b"], 4.0)
