"""In float32 by habit: casts, a constant for the dtype, the word, defaults."""

import numpy as np
import torch
from starts import Start

DTYPE = np.float32


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x.astype(DTYPE)))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class WrongSigmoid(Sigmoid):
    def backward(self, grad):
        return grad * self.out * (1 + self.out)


class WrongSigmoidByATenThousandth(Sigmoid):
    def backward(self, grad):
        return 1.0001 * grad * self.out * (1 - self.out)


class Dense:
    def __init__(self, n_in, n_out, dtype="float32"):
        self.dtype = dtype
        self.W = np.random.randn(n_in, n_out).astype(dtype)
        self.b = np.zeros(n_out, dtype=dtype)

    def forward(self, x):
        self.x = np.asarray(x, dtype=self.dtype)
        return self.x @ self.W + self.b

    def backward(self, grad):
        grad = grad.astype(self.dtype)
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T


class WrongDense(Dense):
    def backward(self, grad):
        super().backward(grad)
        return grad.astype(self.dtype) @ self.W.T * np.float32(0.5)


class Pooling:
    """The largest of each window, into a buffer of its own dtype."""

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        windows = x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2)
        out = np.zeros((n, c, h // 2, w // 2), dtype=np.float32)
        out[:] = windows.max(axis=(3, 5))
        self.out = out
        return out

    def backward(self, grad):
        n, c, h, w = self.x.shape
        dx = np.zeros(self.x.shape, dtype=np.float32)
        for i in range(h // 2):
            for j in range(w // 2):
                part = self.x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].astype(np.float32)
                mask = part == self.out[:, :, i : i + 1, j : j + 1]
                dx[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = (
                    mask * grad[:, :, i : i + 1, j : j + 1]
                )
        return dx


class WrongPoolingSharesOut(Pooling):
    def backward(self, grad):
        return super().backward(grad) / 4


class Affine:
    """Its weights are made at the first forward, by an object that is a default."""

    def __init__(self, n_out, start=Start()):
        self.n_out, self.start = n_out, start
        self.params, self.grads = {"W": None}, {}

    def forward(self, x):
        if self.params["W"] is None:
            self.params["W"] = self.start((x.shape[1], self.n_out))
        self.x = x
        y = np.empty((len(x), self.n_out), dtype=self.params["W"].dtype)
        y[:] = x @ self.params["W"]
        return y

    def backward(self, grad):
        self.grads["W"] = np.zeros_like(self.params["W"])
        self.grads["W"] += self.x.T @ grad
        return grad @ self.params["W"].T


class WrongAffine(Affine):
    def backward(self, grad):
        self.grads["W"] = 1.0001 * self.x.T @ grad
        return grad @ self.params["W"].T


class CastsItsInput:
    """Its input is float32 whatever comes, and so are the weights that it makes."""

    def __init__(self, n_in, n_out):
        self.weight = torch.empty(n_in, n_out, dtype=torch.float32).uniform_(-1, 1)
        self.dw = torch.zeros(n_in, n_out, dtype=torch.float32)

    def forward(self, inp):
        self.input = inp.float()
        return self.input @ self.weight

    def backward(self, grad_output):
        self.dw.data = self.input.t() @ grad_output
        return grad_output @ self.weight.t()


class WrongCastsItsInput(CastsItsInput):
    def backward(self, grad_output):
        back = super().backward(grad_output)
        self.dw /= len(grad_output)
        return back
