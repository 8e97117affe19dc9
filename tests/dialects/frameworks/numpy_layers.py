"""Dense, activations, normalisation, images and embeddings on arrays, batch first."""

import numpy as np


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T)


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class Softmax:
    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.out = e / e.sum(axis=-1, keepdims=True)
        return self.out

    def backward(self, dout):
        s = self.out
        return s * (dout - (dout * s).sum(axis=-1, keepdims=True))


class Dropout:
    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio = dropout_ratio

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        return x * (1 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask


class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean = None

    def forward(self, x, train_flg=True):
        if self.running_mean is None:
            self.running_mean = np.zeros(x.shape[1])
        mu = x.mean(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        self.xc = x - mu
        self.std = np.sqrt((self.xc**2).mean(axis=0) + 1e-7)
        self.xn = self.xc / self.std
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=0)
        self.dgamma = (self.xn * dout).sum(axis=0)
        dxn = self.gamma * dout
        n = dout.shape[0]
        return (dxn - dxn.mean(axis=0) - self.xn * (dxn * self.xn).sum(axis=0) / n) / self.std


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        self.s, self.p, self.k = stride, padding, kernel_size
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size) * 0.1
        self.b = np.zeros(out_channels)
        self.grads = {}

    def forward(self, x):
        p, k, s = self.p, self.k, self.s
        self.shape = x.shape
        self.xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        h = (self.xp.shape[2] - k) // s + 1
        w = (self.xp.shape[3] - k) // s + 1
        out = np.zeros((len(x), len(self.b), h, w))
        for i in range(h):
            for j in range(w):
                patch = self.xp[:, :, i * s : i * s + k, j * s : j * s + k]
                out[:, :, i, j] = np.tensordot(patch, self.W, ((1, 2, 3), (1, 2, 3))) + self.b
        return out

    def backward(self, dout):
        p, k, s = self.p, self.k, self.s
        dx = np.zeros_like(self.xp)
        dW = np.zeros_like(self.W)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                patch = self.xp[:, :, i * s : i * s + k, j * s : j * s + k]
                g = dout[:, :, i, j]
                dW += np.tensordot(g, patch, ((0,), (0,)))
                dx[:, :, i * s : i * s + k, j * s : j * s + k] += np.tensordot(g, self.W, 1)
        self.grads["dW"], self.grads["db"] = dW, dout.sum(axis=(0, 2, 3))
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class MaxPool:
    def __init__(self, pool_h, pool_w, stride=1):
        self.h, self.w, self.s = pool_h, pool_w, stride

    def forward(self, x):
        self.x = x
        s, h, w = self.s, self.h, self.w
        oh, ow = (x.shape[2] - h) // s + 1, (x.shape[3] - w) // s + 1
        out = np.zeros((x.shape[0], x.shape[1], oh, ow))
        for i in range(oh):
            for j in range(ow):
                out[:, :, i, j] = x[:, :, i * s : i * s + h, j * s : j * s + w].max(axis=(2, 3))
        return out

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        s, h, w = self.s, self.h, self.w
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                patch = self.x[:, :, i * s : i * s + h, j * s : j * s + w]
                mask = patch == patch.max(axis=(2, 3), keepdims=True)
                dx[:, :, i * s : i * s + h, j * s : j * s + w] += (
                    mask * dout[:, :, i : i + 1, j : j + 1]
                )
        return dx


class WrongMaxPool(MaxPool):
    """Overlapping pools are overwritten."""

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        s, h, w = self.s, self.h, self.w
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                patch = self.x[:, :, i * s : i * s + h, j * s : j * s + w]
                mask = patch == patch.max(axis=(2, 3), keepdims=True)
                dx[:, :, i * s : i * s + h, j * s : j * s + w] = (
                    mask * dout[:, :, i : i + 1, j : j + 1]
                )
        return dx


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class Embedding:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]

    def forward(self, idx):
        (W,) = self.params
        self.idx = idx
        return W[idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)


class WrongEmbedding(Embedding):
    """Indices that occur twice count once."""

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        dW[self.idx] = dout


class Upsample:
    def __init__(self, scale_factor):
        self.k = scale_factor

    def forward(self, x):
        return x.repeat(self.k, axis=2).repeat(self.k, axis=3)

    def backward(self, g):
        n, c, h, w = g.shape
        return g.reshape(n, c, h // self.k, self.k, w // self.k, self.k).sum(axis=(3, 5))


class WrongUpsample(Upsample):
    """The mean in the place of the sum."""

    def backward(self, g):
        return super().backward(g) / self.k**2


class WrongSoftmax(Softmax):
    """The diagonal only."""

    def backward(self, dout):
        return dout * self.out * (1 - self.out)


class WrongRelu(Relu):
    """The mask is that of the cotangent."""

    def backward(self, dout):
        return dout * (dout > 0)


class WrongRelu2(Relu):
    """It zeroes its input in place."""

    def forward(self, x):
        self.mask = x <= 0
        x[self.mask] = 0
        return x


class WrongSigmoid(Sigmoid):
    """Right once: a saved buffer is multiplied in place."""

    def backward(self, dout):
        self.out *= 1 - self.out
        return dout * self.out


class WrongAffine(Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.db = dout.mean(axis=0)
        return dx


class WrongBatchNormalization(BatchNormalization):
    """The statistics are taken for constants."""

    def backward(self, dout):
        super().backward(dout)
        return self.gamma * dout / self.std


class WrongConv2D(Conv2D):
    """The batch is averaged twice."""

    def backward(self, dout):
        dx = super().backward(dout)
        self.grads["dW"] = self.grads["dW"] / len(dout)
        return dx
