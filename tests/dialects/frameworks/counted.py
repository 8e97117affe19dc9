"""Constructors whose arguments are taken apart, that call a number a shape, or have large defaults."""

import numpy as np


def windows(x, kernel, stride):
    (kh, kw), (sh, sw) = kernel, stride
    rows = range(0, x.shape[1] - kh + 1, sh)
    columns = range(0, x.shape[2] - kw + 1, sw)
    for i, r in enumerate(rows):
        for j, c in enumerate(columns):
            yield i, j, (slice(None), slice(r, r + kh), slice(c, c + kw))


class Convolution:
    """Its kernel is told as height, width, channels in and out; channels stand last."""

    def __init__(self, kernel, stride=(1, 1)):
        self.kernel_shape, self.stride = kernel, stride
        self.w = np.random.randn(*kernel)
        self.b = np.zeros(kernel[-1])

    def forward(self, x):
        kh, kw, _, out = self.kernel_shape
        rows = (x.shape[1] - kh) // self.stride[0] + 1
        columns = (x.shape[2] - kw) // self.stride[1] + 1
        self.x = x
        y = np.zeros((len(x), rows, columns, out))
        for i, j, at in windows(x, (kh, kw), self.stride):
            y[:, i, j] = x[at].reshape(len(x), -1) @ self.w.reshape(-1, out) + self.b
        return y

    def backward(self, grad):
        kh, kw, _, out = self.kernel_shape
        self.dw, self.db = np.zeros_like(self.w), grad.sum(axis=(0, 1, 2))
        dx = np.zeros_like(self.x)
        for i, j, at in windows(self.x, (kh, kw), self.stride):
            rows = self.x[at].reshape(len(dx), -1)
            self.dw += (rows.T @ grad[:, i, j]).reshape(self.w.shape)
            dx[at] += (grad[:, i, j] @ self.w.reshape(-1, out).T).reshape(dx[at].shape)
        return dx


class WrongConvolution(Convolution):
    def backward(self, grad):
        dx = super().backward(grad)
        self.dw = self.dw[::-1]
        return dx


class SquarePool:
    def __init__(self, pool_size):
        assert len(pool_size) == 2
        assert pool_size[0] == pool_size[1]
        self.pool_size = pool_size

    def forward(self, x):
        self.x = x
        k = self.pool_size[0]
        y = np.zeros((len(x), x.shape[1] // k, x.shape[2] // k, x.shape[3]))
        for i, j, at in windows(x, self.pool_size, self.pool_size):
            y[:, i, j] = x[at].mean(axis=(1, 2))
        return y

    def backward(self, grad):
        dx = np.zeros_like(self.x)
        for i, j, at in windows(dx, self.pool_size, self.pool_size):
            dx[at] += grad[:, i : i + 1, j : j + 1] / self.pool_size[0] ** 2
        return dx


class WrongSquarePool(SquarePool):
    def backward(self, grad):
        return super().backward(grad) * self.pool_size[0]


class Block:
    """Two kernels, each with a number in its name."""

    def __init__(self, in_ch, out_ch, kernel_size1, kernel_size2):
        kh1, kw1 = kernel_size1
        kh2, kw2 = kernel_size2
        self.w = np.random.randn(kh1 * kw1 + kh2 * kw2, in_ch, out_ch)

    def forward(self, x):
        self.x = x
        return np.einsum("nchw,kco->nohw", x, self.w)

    def backward(self, grad):
        each = np.einsum("nchw,nohw->co", self.x, grad)
        self.dw = np.broadcast_to(each, self.w.shape).copy()
        return np.einsum("nohw,kco->nchw", grad, self.w)


class WrongBlock(Block):
    def backward(self, grad):
        return super().backward(grad) / len(self.w)


class Dense:
    def __init__(self, input_shape, output_shape):
        self.W = np.random.randn(input_shape, output_shape)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, grad):
        self.dW = self.x.T @ grad
        return grad @ self.W.T


class WrongDense(Dense):
    def backward(self, grad):
        self.dW = self.x.T @ grad / len(grad)
        return grad @ self.W.T


class GroupNorm:
    """Of images whose channels stand last; by default in more groups than a few channels make."""

    def __init__(self, groups=32, eps=1e-5):
        self.groups, self.eps = groups, eps

    def forward(self, x):
        n, h, w, c = x.shape
        assert c % self.groups == 0
        parts = x.reshape(n, h, w, self.groups, c // self.groups)
        self.over = (1, 2, 4)
        centred = parts - parts.mean(axis=self.over, keepdims=True)
        self.inverse = 1 / np.sqrt(parts.var(axis=self.over, keepdims=True) + self.eps)
        self.normal = centred * self.inverse
        return self.normal.reshape(x.shape)

    def backward(self, grad):
        g = grad.reshape(self.normal.shape)
        mean = g.mean(axis=self.over, keepdims=True)
        along = (g * self.normal).mean(axis=self.over, keepdims=True)
        return (self.inverse * (g - mean - self.normal * along)).reshape(grad.shape)


class WrongGroupNorm(GroupNorm):
    def backward(self, grad):
        g = grad.reshape(self.normal.shape)
        mean = g.mean(axis=self.over, keepdims=True)
        return (self.inverse * (g - mean)).reshape(grad.shape)


class Projection:
    """Its parameters are a property, which raises as long as there are none."""

    def __init__(self, n_heads=8):
        self.n_heads, self.parts = n_heads, {}

    @property
    def parameters(self):
        return {"Q": self.parts["Q"]}

    @property
    def gradients(self):
        return {"Q": self.grads["Q"]}

    def forward(self, x):
        size = x.shape[-1]
        assert size % self.n_heads == 0
        if not self.parts:
            self.parts["Q"] = np.random.randn(size, size)
        self.x = x
        return x @ self.parts["Q"]

    def backward(self, grad):
        self.grads = {"Q": self.x.T @ grad}
        return grad @ self.parts["Q"].T


class WrongProjection(Projection):
    def backward(self, grad):
        dx = super().backward(grad)
        self.grads["Q"] = self.grads["Q"].T
        return dx


class Lookup:
    """It returns the gradient of its table: indices have none."""

    def __init__(self, vocab_size, dim):
        self.table = np.random.randn(vocab_size, dim)

    def forward(self, ids):
        self.ids = ids
        return self.table[ids]

    def backward(self, grad):
        gradient = np.zeros_like(self.table)
        np.add.at(gradient, self.ids, grad)
        return gradient


class WrongLookup(Lookup):
    def backward(self, grad):
        gradient = np.zeros_like(self.table)
        gradient[self.ids] = grad
        return gradient
