"""An initialiser in float32, for the layers of another file, and a layer that it is no part of."""

import numpy as np


class Start:
    def __call__(self, shape):
        return self.drawn(shape).astype(np.float32)

    def drawn(self, shape):
        return np.random.randn(*shape)


class Double:
    def forward(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad
