"""Stepping within backward is gradient descent, as long as x̄ is computed first."""

from __future__ import annotations

import copy

import pytest
import torch

from scratchnn import SGD, ArgumentError, Linear, MSELoss, Sequential, Sigmoid, Tanh
from scratchnn.recipes import Layerwise


def test_it_moves_the_weights_as_an_optimizer_afterwards_does() -> None:
    """To the bit: no layer's x̄ sees a weight that has moved already."""
    modules = Linear(3, 4), Tanh(), Linear(4, 4), Sigmoid(), Linear(4, 2)
    plain, inside = Sequential(*copy.deepcopy(modules)), Layerwise(*modules, lr=0.3)
    optimizer = SGD(plain.parameters(), lr=0.3)
    x, t = torch.randn(5, 3), torch.randn(5, 2)
    for _ in range(3):
        gradients = []
        for model in (plain, inside):
            loss = MSELoss()
            loss(model(x), t)
            optimizer.zero_grad()
            gradients.append(model.backward(loss.backward()))
            if model is plain:
                optimizer.step()
        assert torch.equal(*gradients)
    for ours, theirs in zip(inside.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours.data, theirs.data)
        assert ours.grad is not None


@pytest.mark.parametrize("lr", [-0.1, float("nan")])
def test_a_rate_that_is_none_is_refused(lr: float) -> None:
    """As the optimizers refuse it."""
    with pytest.raises(ArgumentError, match=r"Layerwise\(lr="):
        Layerwise(Linear(1, 1), lr=lr)


def test_a_backward_that_fails_halfway_leaves_nothing_pending() -> None:
    """Else the next backward would be answered from two different forwards."""
    model = Layerwise(Linear(2, 2), Tanh(), lr=0.1)
    model(torch.ones(3, 2))
    with pytest.raises(ValueError, match="grad_output"):
        model.backward(torch.ones(3, 5))
    model(torch.ones(3, 2))
    assert model.backward(torch.ones(3, 2)).shape == (3, 2)
