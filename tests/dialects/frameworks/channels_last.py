"""Images whose channels are their last axis, settings in a dictionary, and numbers beside arrays."""

import numpy as np


def _conv(x, W, stride, pad):
    f = W.shape[0]
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = ((size - f) // stride + 1 for size in x.shape[1:3])
    out = np.zeros((len(x), height, width, W.shape[3]))
    for i in range(height):
        for j in range(width):
            window = x[:, i * stride : i * stride + f, j * stride : j * stride + f]
            out[:, i, j] = np.tensordot(window, W, axes=3)
    return out


def _back(dout, x, W, stride, pad):
    f = W.shape[0]
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            rows, columns = (slice(n * stride, n * stride + f) for n in (i, j))
            dx[:, rows, columns] += np.tensordot(dout[:, i, j], W, axes=([1], [3]))
            dW += np.tensordot(x[:, rows, columns], dout[:, i, j], axes=([0], [0]))
    return dx[:, pad : dx.shape[1] - pad, pad : dx.shape[2] - pad], dW


class Convolution:
    """Its kernels are (f, f, in, out), its bias (1, 1, 1, out)."""

    def __init__(self, W, b, hparameters):
        self.W, self.b, self.hparameters = W, b, hparameters

    def forward(self, A_prev):
        self.x = A_prev
        (_, _, _, channels), (f, g, ins, _) = A_prev.shape, self.W.shape
        assert f == g and ins == channels
        return _conv(A_prev, self.W, **self._options()) + self.b[0, 0, 0]

    def backward(self, dZ):
        dx, self.dW = _back(dZ, self.x, self.W, **self._options())
        self.db = dZ.sum(axis=(0, 1, 2)).reshape(1, 1, 1, -1)
        return dx

    def _options(self):
        return {"stride": self.hparameters["stride"], "pad": self.hparameters["pad"]}


class WrongConvolution(Convolution):
    """The bias of one sample."""

    def backward(self, dZ):
        dx = super().backward(dZ)
        self.db = dZ[0].sum(axis=(0, 1)).reshape(1, 1, 1, -1)
        return dx


def conv_forward(A_prev, W, b, hparameters):
    (m, n_h, n_w, n_c), (f, f, n_c, n_out) = A_prev.shape, W.shape
    out = _conv(A_prev, W, hparameters["stride"], hparameters["pad"]) + b
    return out, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    dx, dW = _back(dZ, A_prev, W, hparameters["stride"], hparameters["pad"])
    return dx, dW, dZ.sum(axis=(0, 1, 2)).reshape(b.shape)


def mean_pool_forward(A_prev, hparameters):
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_h, n_w, n_c = A_prev.shape
    out = np.zeros((m, (n_h - f) // stride + 1, (n_w - f) // stride + 1, n_c))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            rows, columns = (slice(n * stride, n * stride + f) for n in (i, j))
            out[:, i, j] = A_prev[:, rows, columns].mean(axis=(1, 2))
    return out, (A_prev, hparameters)


def mean_pool_backward(dA, cache):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dx = np.zeros_like(A_prev)
    for i in range(dA.shape[1]):
        for j in range(dA.shape[2]):
            rows, columns = (slice(n * stride, n * stride + f) for n in (i, j))
            dx[:, rows, columns] += dA[:, i, j][:, None, None] / f**2
    return dx


def Wrong_pool_forward(A_prev, hparameters):
    return mean_pool_forward(A_prev, hparameters)


def Wrong_pool_backward(dA, cache):
    return mean_pool_backward(dA, cache) * cache[1]["f"]


def group_norm_forward(x, gamma, beta, G, gn_param):
    """`gamma` and `beta` are of (1, C, 1, 1), `G` is how many groups there are."""
    N, C, H, W = x.shape
    groups = x.reshape(N, G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + gn_param.get("eps", 1e-5))
    normal = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * normal + beta, (G, normal, gamma, std)


def group_norm_backward(dout, cache):
    G, normal, gamma, std = cache
    N, C, H, W = dout.shape
    d, n = ((one).reshape(N, G, -1) for one in (dout * gamma, normal))
    dx = d - d.mean(axis=2, keepdims=True) - n * (d * n).mean(axis=2, keepdims=True)
    dgamma = (dout * normal).sum(axis=(0, 2, 3), keepdims=True)
    return (dx / std).reshape(dout.shape), dgamma, dout.sum(axis=(0, 2, 3), keepdims=True)


def Wrong_group_norm_forward(x, gamma, beta, G, gn_param):
    return group_norm_forward(x, gamma, beta, G, gn_param)


def Wrong_group_norm_backward(dout, cache):
    """The term of the mean is left out."""
    G, normal, gamma, std = cache
    N, C, H, W = dout.shape
    d, n = ((one).reshape(N, G, -1) for one in (dout * gamma, normal))
    dx = d - n * (d * n).mean(axis=2, keepdims=True)
    dgamma = (dout * normal).sum(axis=(0, 2, 3), keepdims=True)
    return (dx / std).reshape(dout.shape), dgamma, dout.sum(axis=(0, 2, 3), keepdims=True)
