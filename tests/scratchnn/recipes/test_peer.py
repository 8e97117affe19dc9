"""The peer is the same network in torch.nn, and trains on the same batches."""

from __future__ import annotations

import pytest
import torch

import scratchnn
from scratchnn.recipes import peer

MODULES = (
    scratchnn.Linear(3, 2),
    scratchnn.Linear(3, 2, bias=False),
    scratchnn.ReLU(),
    scratchnn.Tanh(),
    scratchnn.Sigmoid(),
)


@pytest.mark.parametrize("module", MODULES, ids=repr)
def test_the_network_is_torchs_own_with_the_same_weights(module: scratchnn.Module) -> None:
    """Layer by layer, in the dtype of the weights, and in memory of its own."""
    model = scratchnn.Sequential(module, scratchnn.Linear(2, 2)).to(dtype=torch.float64)
    twin = peer.network(model)
    assert type(twin[0]) is getattr(torch.nn, type(module).__name__)
    assert {name: value.tolist() for name, value in twin.state_dict().items()} == {
        name: value.tolist() for name, value in model.state_dict().items()
    }
    for parameter in model.parameters():
        parameter.data += 1
    assert twin.state_dict()["1.bias"].tolist() != model.state_dict()["1.bias"].tolist()


def test_a_wrong_backward_drifts_from_its_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: with a bias gradient that is a mean, it does in one epoch."""
    recipe = scratchnn.recipes.mytorch
    right = scratchnn.Linear.backward

    def averaged(self: scratchnn.Linear, grad_output: torch.Tensor) -> torch.Tensor:
        grad_input = right(self, grad_output)
        assert self.bias is not None
        assert self.bias.grad is not None
        self.bias.grad /= len(grad_output)
        return grad_input

    monkeypatch.setattr(scratchnn.Linear, "backward", averaged)
    start = recipe.start(seed=0)
    theirs, ours = next(recipe.train_in_torch(start)), next(recipe.train(start))
    assert abs(theirs.loss - ours.loss) > 1e-4
