"""Complex numbers in Pairs and Functions, in torch's convention: ∂L/∂x + i ∂L/∂y."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair, Verdict
from tests.gradcheck.diagnosis.test_conjugates import Backward, Forward, drawn, function

RIGHT: dict[str, tuple[Forward, Backward, Callable[[], tuple[Tensor, ...]]]] = {
    "square": (lambda z: z * z, lambda g, z: g * 2 * z.conj(), lambda: (drawn(4),)),
    "a single number": (torch.exp, lambda g, z: g * z.exp().conj(), lambda: (drawn(),)),
    "conjugate": (lambda z: z.conj().clone(), lambda g, z: g.conj(), lambda: (drawn(2, 3),)),
    "abs": (torch.abs, lambda g, z: g * z / z.abs(), lambda: (drawn(4),)),
    "product": (
        torch.mul,
        lambda g, z, w: (g * w.conj(), g * z.conj()),
        lambda: (drawn(2, 3), drawn(2, 3)),
    ),
    "real and complex": (
        lambda x, z: x * z,
        lambda g, x, z: ((g * z.conj()).real, g * x),
        lambda: (torch.randn(3, dtype=torch.float64, requires_grad=True), drawn(3)),
    ),
    "from real to complex": (
        lambda x: torch.complex(x, 2 * x),
        lambda g, x: g.real + 2 * g.imag,
        lambda: (torch.randn(3, dtype=torch.float64, requires_grad=True),),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("make", [function, Pair])
def test_right_complex_gradients_are_verified(name: str, make: Callable[..., Any]) -> None:
    """With every contract."""
    forward, backward, inputs = RIGHT[name]
    result = gradcheck.check(make(forward, backward), *inputs())
    assert result.verdict == Verdict.VERIFIED, result.explain()


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("make", [function, Pair])
def test_a_complex_gradient_off_by_1e_6_is_refuted(name: str, make: Callable[..., Any]) -> None:
    """The same, tilted."""
    forward, backward, inputs = RIGHT[name]

    def tilted(*given: Tensor) -> Any:
        claims = backward(*given)
        return (1 + 1e-6) * claims if isinstance(claims, Tensor) else (*claims[:-1], 2 * claims[-1])

    assert gradcheck.check(make(forward, tilted), *inputs()).verdict == Verdict.REFUTED


def test_what_torch_would_leave_out_is_left_out() -> None:
    """The imaginary part of a gradient by a real number is no change that could be made."""
    pair = Pair(lambda x, z: x * z, lambda g, x, z: (g * z.conj(), g * x))
    x = torch.randn(3, dtype=torch.float64)
    assert gradcheck.check(pair, x, drawn(3).detach()).verdict == Verdict.VERIFIED


def test_arrays_of_complex_numbers_stay_arrays() -> None:
    """In NumPy as in torch."""

    def backward(g: Any, z: Any) -> Any:
        assert isinstance(g, np.ndarray)
        return g * 2 * np.conj(z)

    pair = Pair(lambda z: z * z, backward)
    z = np.array([1 + 2j, -0.5j, 3.0])
    assert gradcheck.check(pair, z).verdict == Verdict.VERIFIED
