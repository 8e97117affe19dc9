"""Determinism: the same call gives the same bits, or says by how much not."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Noisy:
    """Twice the input; what is disturbed differs from call to call, and from nothing in it."""

    def __init__(self, forward: float = 0.0, backward: float = 0.0) -> None:
        self.noise, self.calls = (forward, backward), iter(range(1, 10**9))

    def __deepcopy__(self, memo: Any) -> Noisy:
        return Noisy(*self.noise)

    def _disturbance(self) -> float:
        """Never the same twice in a row of some hundred calls, between 0 and 1."""
        return next(self.calls) ** 2 % 1009 / 1009

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x * (1 + self.noise[0] * self._disturbance())

    def backward(self, grad: Tensor) -> Tensor:
        return 2 * grad * (1 + self.noise[1] * self._disturbance())


def answer(target: Any) -> gradcheck.Finding:
    """The finding on determinism alone."""
    result = gradcheck.check(target, X, contracts=("determinism",), reference="none")
    (finding,) = [finding for finding in result.findings if finding.is_contract]
    return finding


def test_equal_bits_are_verified_without_a_word() -> None:
    """There is nothing to say."""
    found = answer(Noisy())
    assert (found.verdict, found.message) == ("verified", "")


@pytest.mark.parametrize(("forward", "backward"), [(1e-13, 0.0), (0.0, 1e-13)])
def test_a_tiny_difference_is_measured_and_tolerated(forward: float, backward: float) -> None:
    """As threads make it that add up in another order each time."""
    found = answer(Noisy(forward, backward))
    assert found.verdict == "verified"
    assert re.fullmatch(
        r"two runs differ by \de-1[345] of the largest element: tolerated", found.message
    )


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_difference_that_counts_is_refuted_and_its_place_is_named(method: str) -> None:
    """Whatever it draws from, the generators were set alike."""
    found = answer(Noisy(**{method: 1e-3}))
    assert (found.verdict, found.cause) == ("refuted", "nondeterministic")
    assert found.message.startswith(f"the {method} called twice alike differs by ")
    assert found.source is not None
    assert found.source.function == f"Noisy.{method}"


def test_what_draws_from_the_known_generators_is_deterministic() -> None:
    """They are set to the same state before each forward, for the backward too."""

    class Drawing:
        def forward(self, x: Tensor) -> Tensor:
            return x * torch.rand(3)

        def backward(self, grad: Tensor) -> Tensor:
            torch.manual_seed(0)
            return grad * torch.rand(3)

    assert answer(Drawing()).verdict == "verified"


def test_a_buffer_that_is_used_again_is_not_taken_for_noise() -> None:
    """The gradient of an earlier call is written over by the next one: measured on copies."""

    class Reusing:
        buffer = torch.zeros(2, 3, dtype=torch.float64)

        def forward(self, x: Tensor) -> Tensor:
            return 2 * x

        def backward(self, grad: Tensor) -> Tensor:
            return torch.mul(grad, 2, out=Reusing.buffer)

    assert answer(Reusing()).verdict == "verified"


class Unwritten:
    """A rectifier whose slope is written where it is one, and elsewhere perhaps."""

    def __init__(self, rest: float | None) -> None:
        self.rest = rest

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x.clamp(min=0)

    def backward(self, grad: Tensor) -> Tensor:
        slope = torch.empty(self.x.shape, dtype=self.x.dtype)
        slope[self.x > 0] = 1
        if self.rest is not None:
            slope[self.x <= 0] = self.rest
        return slope * grad


class UnwrittenArray(Unwritten):
    """The same in NumPy's memory."""

    def backward(self, grad: Tensor) -> Tensor:
        slope = np.empty_like(self.x.numpy())
        slope[self.x.numpy() > 0] = 1
        if self.rest is not None:
            slope[self.x.numpy() <= 0] = self.rest
        return torch.from_numpy(slope) * grad


@pytest.mark.parametrize("kind", [Unwritten, UnwrittenArray])
def test_memory_that_nobody_wrote_is_told_even_where_it_held_zeros(kind: type[Unwritten]) -> None:
    """Which verdict it gets would be luck."""
    found = answer(kind(None))
    assert found.verdict == "refuted"
    assert found.message.startswith("the backward")
    assert answer(kind(0.0)).verdict == "verified"
