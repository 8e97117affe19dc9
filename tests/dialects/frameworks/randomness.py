"""Layers with generators of random numbers of their own."""

import random
import time

import numpy as np
import torch


class Masked:
    """Its generator lives as long as it does: no two forwards drop the same."""

    def __init__(self, p=0.4):
        self.p, self.rng = p, np.random.default_rng(3)

    def forward(self, x):
        self.mask = (self.rng.random(x.shape) > self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, d):
        return d * self.mask


class Late(Masked):
    """The generator is made in the first forward, from the time."""

    def __init__(self, p=0.4):
        self.p, self.rng = p, None

    def forward(self, x):
        if self.rng is None:
            self.rng = np.random.default_rng(int(time.time_ns()))
        return super().forward(x)


class Fresh(Masked):
    """A new generator at each forward, that nobody seeds."""

    def forward(self, x):
        self.rng = np.random.default_rng()
        return super().forward(x)


class Legacy(Masked):
    def __init__(self, p=0.4):
        self.p, self.rng = p, np.random.RandomState(3)

    def forward(self, x):
        self.mask = (self.rng.rand(*x.shape) > self.p) / (1 - self.p)
        return x * self.mask


class Noise:
    """One draw for each sample, from Python's own generator."""

    def __init__(self):
        self.source = random.Random(5)

    def forward(self, x):
        self.scale = np.array([self.source.random() for _ in range(len(x))])
        return x * self.scale.reshape(-1, *(1,) * (x.ndim - 1))

    def backward(self, d):
        return d * self.scale.reshape(-1, *(1,) * (d.ndim - 1))


class TorchMasked:
    def __init__(self):
        self.generator = torch.Generator().manual_seed(4)

    def forward(self, x):
        self.mask = (torch.rand(x.shape, generator=self.generator) > 0.3) / 0.7
        return x * self.mask

    def backward(self, d):
        return d * self.mask


class WrongMasked(Masked):
    """The backward forgets the scale."""

    def backward(self, d):
        return d * (self.mask > 0)


class WrongFresh(Fresh):
    """The backward draws anew."""

    def backward(self, d):
        return d * (self.rng.random(d.shape) > self.p) / (1 - self.p)
