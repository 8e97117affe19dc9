"""Which functions belong together, by their names and by what they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcheck import campaign
from gradcheck.adapters.partners import partners
from gradcheck.options import Options
from gradcheck.targets.resolve import resolve


def one(x: Any) -> Any:
    """Take one argument."""
    return x


def other(y: Any) -> Any:
    """Take one that is called otherwise."""
    return y


def two(a: Any, b: Any) -> Any:
    """Take two."""
    return a + b


def both(a: Any, b: Any) -> Any:
    """Take two and return two."""
    return a, b


def three(a: Any, b: Any, c: Any) -> Any:
    """Take three."""
    return a, b, c


def pulled(dout: Any, cache: Any) -> Any:
    """Take a gradient and what was kept."""
    return dout, cache


def weighted(w: Any, x: Any, y: Any) -> Any:
    """Take three and return two, of which one is called a gradient."""
    dw = w * x
    return y, dw


@pytest.mark.parametrize(
    ("space", "found"),
    [
        ({"conv_forward_naive": one, "conv_backward_naive": two}, [("conv_naive", "backward")]),
        ({"forward_conv": one, "backward_conv": two}, [("conv", "backward")]),
        ({"relu": one, "relu_backward": two}, [("relu", "backward")]),
        ({"mse": two, "mse_prime": two}, [("mse", "derivative")]),
        ({"tanh": one, "dtanh": one}, [("tanh", "derivative")]),
        ({"tanh": one, "tanh_backward": one}, [("tanh", "derivative")]),
        ({"tanh_forward": one, "tanh_backward": one}, [("tanh", "derivative")]),
        ({"tanh": one, "tanh_grad": pulled}, [("tanh", "backward")]),
        ({"dense": three, "grad_dense": pulled}, [("dense", "backward")]),
        ({"dense": three, "back_dense": pulled}, [("dense", "backward")]),
        ({"forwardpool": one, "backwardpool": pulled}, [("pool", "backward")]),
        ({"fw_pool": one, "bw_pool": pulled}, [("pool", "backward")]),
        ({"f_cost": two, "df_cost": two}, [("cost", "derivative")]),
        ({"svm_loss": both}, [("svm_loss", "both at once")]),
        ({"svm_loss": weighted}, [("svm_loss", "both at once")]),
    ],
)
def test_names_tell_the_bond(space: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """Whatever the order of the words."""
    assert [(pair.name, str(pair.bond)) for pair in partners(space)] == found


@pytest.mark.parametrize(
    "space",
    [
        {"forward": one, "backward": two},
        {"relu": one, "relu_backward": other},
        {"mse": two, "mse_grad": three},
        {"step": three, "step_prime": three},
        {"pair_of": both},
        {"data_loss": one},
        {"data_loss": three},
        {"loss_forward": one, "loss_backward": "a text"},
    ],
)
def test_what_takes_something_else_is_no_partner(space: dict[str, Any]) -> None:
    """Nor what is no function, or has nothing in common but the word."""
    assert list(partners(space)) == []


def sigmoid(z: Any) -> Any:
    """Return no cache."""
    return 1 / (1 + np.exp(-z))


def sigmoid_backward(grad: Any, cache: Any) -> Any:
    """Right, given what some other function packs for it."""
    return grad * cache[1] * (1 - cache[1])


def test_a_cache_that_no_forward_returns_is_not_made_up() -> None:
    """The input in its place would be taken apart: a right backward would be refuted."""
    (result,) = campaign.run(resolve(f"{__file__}:sigmoid"), Options())
    assert result.verdict == "undecided"
    assert "takes cache apart, and sigmoid returns none" in result.explain()
