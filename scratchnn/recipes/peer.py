"""The same training in torch.nn, torch.autograd and torch.optim: what recipes are compared with.

The only file of this package that uses them, and only `Recipe.train_in_torch` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from scratchnn.container import Sequential
from scratchnn.linear import Linear
from scratchnn.losses import Loss
from scratchnn.module import Module
from scratchnn.train import Epoch, accuracy


def network(model: Sequential) -> torch.nn.Sequential:
    """Build the network of torch.nn's own layers, with the same weights.

    >>> import scratchnn
    >>> network(scratchnn.Sequential(scratchnn.Linear(2, 1), scratchnn.Tanh()))
    Sequential(
      (0): Linear(in_features=2, out_features=1, bias=True)
      (1): Tanh()
    )
    """
    state = model.state_dict()
    twin = torch.nn.Sequential(*(counterpart(module) for module in model))
    twin.to(next(iter(state.values())).dtype).load_state_dict(state)
    return twin


def counterpart(module: Module) -> torch.nn.Module:
    """Build torch's layer or loss of the same name, with the same arguments."""
    theirs: Callable[..., torch.nn.Module] = getattr(torch.nn, type(module).__name__)
    if isinstance(module, Linear):
        return theirs(module.in_features, module.out_features, bias=module.bias is not None)
    if isinstance(module, Loss):
        return theirs(reduction=module.reduction)
    return theirs()


def fit(
    model: torch.nn.Module,
    loss: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    *,
    epochs: int,
    batch_size: int,
    shuffle: torch.Generator,
) -> Iterator[Epoch]:
    """Train as `scratchnn.fit` does, on the very batches that it draws."""
    for number in range(1, epochs + 1):
        order = torch.randperm(len(inputs), generator=shuffle)
        seen = []
        for rows in order.split(batch_size):
            outputs = model(inputs[rows])
            optimizer.zero_grad()
            loss(outputs, targets[rows]).backward()
            optimizer.step()
            seen.append(outputs.detach())
        outputs = torch.cat(seen)
        value = float(loss(outputs, targets[order]))
        yield Epoch(number, value, accuracy(outputs, targets[order]))


def descent(model: torch.nn.Module, *, lr: float, momentum: float) -> torch.optim.SGD:
    """Make torch's gradient descent for the parameters of a model."""
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)


@torch.no_grad()
def predictions(model: torch.nn.Module, inputs: Tensor) -> Tensor:
    """Return what the model says, without a graph."""
    outputs: Tensor = model(inputs)
    return outputs
