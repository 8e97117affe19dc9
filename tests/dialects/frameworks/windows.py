"""Windows over images: mistakes that show where they overlap, or where an image is wide."""

import numpy as np


class Largest:
    """A pooling whose stride is the size of its window, unless it is told."""

    def __init__(self, size=2, stride=None):
        self.size, self.stride = size, stride or size

    def places(self, x):
        high, wide = ((n - self.size) // self.stride + 1 for n in x.shape[2:])
        for i in range(high):
            for j in range(wide):
                top, left = self.stride * i, self.stride * j
                yield i, j, slice(top, top + self.size), slice(left, left + self.size)

    def forward(self, x):
        self.x = x
        high, wide = ((n - self.size) // self.stride + 1 for n in x.shape[2:])
        y = np.zeros((*x.shape[:2], high, wide))
        for i, j, down, across in self.places(x):
            y[:, :, i, j] = x[:, :, down, across].max(axis=(2, 3))
        return y

    def backward(self, grad):
        dx = np.zeros_like(self.x)
        for i, j, down, across in self.places(self.x):
            window = self.x[:, :, down, across]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, down, across] += mask * grad[:, :, i, j, None, None]
        return dx


class WrongLargestWritesOver(Largest):
    """Right where windows do not overlap."""

    def backward(self, grad):
        dx = np.zeros_like(self.x)
        for i, j, down, across in self.places(self.x):
            window = self.x[:, :, down, across]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, down, across] = mask * grad[:, :, i, j, None, None]
        return dx


class WrongLargestOfSquares(Largest):
    """Right where an image is not wider than high."""

    def backward(self, grad):
        dx = super().backward(grad)
        dx[:, :, :, self.x.shape[2] :] = 0
        return dx


class Shaped:
    """A layer that is told the shape of a sample, and hands its gradients on in a list."""

    def __init__(self, x_dim, n_out):
        channels, height, width = x_dim
        self.W = np.random.randn(channels * height * width, n_out)
        self.b = np.zeros(n_out)
        self.params = [self.W, self.b]

    def forward(self, x):
        self.x = x
        return x.reshape(len(x), -1) @ self.W + self.b

    def backward(self, grad):
        dW = self.x.reshape(len(self.x), -1).T @ grad
        return (grad @ self.W.T).reshape(self.x.shape), [dW, grad.sum(axis=0)]


class WrongShaped(Shaped):
    def backward(self, grad):
        dx, (dW, db) = super().backward(grad)
        return dx, [3 * dW, db]


class Shares:
    def __init__(self, axis=1):
        self.axis = axis

    def forward(self, x):
        e = np.exp(x - x.max(axis=self.axis, keepdims=True))
        self.y = e / e.sum(axis=self.axis, keepdims=True)
        return self.y

    def backward(self, grad):
        return self.y * (grad - (grad * self.y).sum(axis=self.axis, keepdims=True))


class WrongShares(Shares):
    """Right along axis 1."""

    def backward(self, grad):
        return self.y * (grad - (grad * self.y).sum(axis=1, keepdims=True))


class TwoSteps:
    """The gradients of its weights are the work of another method."""

    def __init__(self, n_in, n_out):
        self.parameters = {"weight": np.random.randn(n_in, n_out)}
        self.gradient = {"weight": np.zeros((n_in, n_out))}

    def forward(self, x):
        return x @ self.parameters["weight"]

    def backward_update_gradient(self, input, delta):
        self.gradient["weight"] += input.T @ delta

    def backward_delta(self, input, delta):
        return delta @ self.parameters["weight"].T


class WrongTwoSteps(TwoSteps):
    def backward_update_gradient(self, input, delta):
        self.gradient["weight"] += input.T @ delta / len(input)
