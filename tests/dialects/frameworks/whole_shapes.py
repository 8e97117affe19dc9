"""Layers that are told the whole shape of their weight, and draw it: ``randn(*shape)``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Dense:
    """x W + b, where the shape is that of W."""

    def __init__(self, shape: Any, scale: float = 0.5) -> None:
        self.W = scale * np.random.randn(*shape)
        self.b = np.zeros(shape[-1])

    def forward(self, x: Array) -> Array:
        """Keep x."""
        self.x = x
        return np.einsum("ni,io->no", x, self.W) + self.b

    def backward(self, eta: Array) -> Array:
        """Each of them."""
        self.dW = np.einsum("ni,no->io", self.x, eta)
        self.db = np.einsum("no->o", eta)
        return np.einsum("no,io->ni", eta, self.W)


class WrongDense(Dense):
    """Its bias is that of one sample."""

    def backward(self, eta: Array) -> Array:
        """Leave the others out."""
        dx = super().backward(eta)
        self.db = eta[0]
        return dx


class Convolution:
    """Channels last, at a stride of one; the shape is (out, high, wide, in)."""

    def __init__(self, shape: Any) -> None:
        self.kernel = np.random.randn(*shape)
        _, self.high, self.wide, _ = shape

    def forward(self, x: Array) -> Array:
        """Through windows."""
        self.x = x
        self.windows = np.lib.stride_tricks.sliding_window_view(
            x, (self.high, self.wide), axis=(1, 2)
        )
        return np.einsum("nhwcij,oijc->nhwo", self.windows, self.kernel)

    def backward(self, eta: Array) -> Array:
        """Each window adds to what it has seen."""
        self.dkernel = np.einsum("nhwo,nhwcij->oijc", eta, self.windows)
        dx = np.zeros_like(self.x)
        _, rows, columns, _ = eta.shape
        for i in range(self.high):
            for j in range(self.wide):
                part = np.einsum("nhwo,oc->nhwc", eta, self.kernel[:, i, j])
                dx[:, i : i + rows, j : j + columns] += part
        return dx


class WrongConvolution(Convolution):
    """Its kernel is turned once too often."""

    def backward(self, eta: Array) -> Array:
        """The wrong way round."""
        dx = super().backward(eta)
        self.dkernel = self.dkernel[:, ::-1]
        return dx
