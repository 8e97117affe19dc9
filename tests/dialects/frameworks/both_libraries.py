"""Layers that name no library, in a file that has both: how they ask tells what they are given."""

import numpy as np
import torch


def seeded(seed):
    np.random.seed(seed)
    torch.manual_seed(seed)


class Norm:
    """The variance of an array divides by n, that of a tensor by n - 1."""

    def forward(self, x):
        self.std = (x.var(axis=0) + 1e-5) ** 0.5
        self.xh = (x - x.mean(axis=0)) / self.std
        return self.xh

    def backward(self, g):
        return (g - g.mean(axis=0) - self.xh * (g * self.xh).mean(axis=0)) / self.std


class WrongNorm(Norm):
    def backward(self, g):
        return (g - g.mean(axis=0)) / self.std


class OnTensors:
    """The same with n - 1, and a dim where the other has an axis."""

    def forward(self, x):
        self.std = (x.var(dim=0) + 1e-5) ** 0.5
        self.xh = (x - x.mean(dim=0)) / self.std
        return self.xh

    def backward(self, g):
        n = len(g)
        own = self.xh * (g * self.xh).sum(dim=0) / (n - 1)
        return (g - g.mean(dim=0) - own) / self.std
