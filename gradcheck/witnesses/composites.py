"""Containers that torch.nn does not have, made of those that it has: what their names stand for.

Parameters are named as in ``torch.nn.Sequential``, by the number of the module.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Residual(nn.Sequential):
    """``y = x + f(x)``,  f the modules one after the other.

    >>> Residual(nn.ReLU())(torch.tensor([-1.0, 2.0]))
    tensor([-1.,  4.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """The input, and what becomes of it."""
        way = x
        for module in self:
            way = module(way)
        return x + way


class Parallel(nn.Sequential):
    """The outputs of all modules on the same input, side by side along an axis.

    >>> Parallel(nn.ReLU(), nn.Identity())(torch.tensor([[-1.0, 2.0]]))
    tensor([[ 0.,  2., -1.,  2.]])
    """

    def __init__(self, *modules: nn.Module, dim: int = 1) -> None:
        super().__init__(*modules)
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """All outputs."""
        return torch.cat([module(x) for module in self], dim=self.dim)


COMPOSITES: dict[str, type[nn.Sequential]] = {"Residual": Residual, "Parallel": Parallel}
