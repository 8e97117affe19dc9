"""Options that nobody must give, and inputs that are rarely large: where mistakes are not seen."""

import numpy as np


class Filtering:
    """A convolution whose constructor is content with two sizes."""

    def __init__(self, n_in, n_out, size=3, stride=1, padding=0):
        self.W = 0.3 * np.random.randn(n_out, n_in, size, size)
        self.size, self.stride, self.padding = size, stride, padding

    def places(self, rows, columns):
        for i in range((rows - self.size) // self.stride + 1):
            for j in range((columns - self.size) // self.stride + 1):
                top, left = self.stride * i, self.stride * j
                yield i, j, slice(top, top + self.size), slice(left, left + self.size)

    def forward(self, x):
        p = self.padding
        self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = self.x.shape[2:]
        high, wide = ((n - self.size) // self.stride + 1 for n in (rows, columns))
        y = np.zeros((len(x), len(self.W), high, wide))
        for i, j, down, across in self.places(rows, columns):
            y[:, :, i, j] = np.einsum("nchw,fchw->nf", self.x[:, :, down, across], self.W)
        return y

    def backward(self, grad):
        self.dW, dx = np.zeros_like(self.W), np.zeros_like(self.x)
        for i, j, down, across in self.places(*self.x.shape[2:]):
            self.dW += np.einsum("nf,nchw->fchw", grad[:, :, i, j], self.x[:, :, down, across])
            dx[:, :, down, across] += np.einsum("nf,fchw->nchw", grad[:, :, i, j], self.W)
        p = self.padding
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]


class WrongFilteringStride(Filtering):
    """The weight's gradient is right at a stride of one."""

    def backward(self, grad):
        dx = super().backward(grad)
        stride, self.stride = self.stride, 1
        self.dW = np.zeros_like(self.W)
        high, wide = grad.shape[2:]
        for i, j, down, across in self.places(*self.x.shape[2:]):
            if i < high and j < wide:
                self.dW += np.einsum("nf,nchw->fchw", grad[:, :, i, j], self.x[:, :, down, across])
        self.stride = stride
        return dx


class WrongFilteringPadding(Filtering):
    """The gradient of the padding is handed on with that of the input."""

    def backward(self, grad):
        padding, self.padding = self.padding, 0
        dx = super().backward(grad)
        self.padding = padding
        return dx


class Bend:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))

    def backward(self, grad):
        return grad * np.where(self.x > 0, 1, self.alpha * np.exp(np.minimum(self.x, 0)))


class WrongBend(Bend):
    def backward(self, grad):
        return grad * np.where(self.x > 0, 1, np.exp(np.minimum(self.x, 0)))


class Ceiling:
    def forward(self, x):
        self.x = x
        return np.clip(x, 0, 6)

    def backward(self, grad):
        return grad * ((self.x > 0) & (self.x < 6))


class WrongCeiling(Ceiling):
    def backward(self, grad):
        return grad * (self.x > 0)


class Penalised:
    """What is folded into the gradient by agreement stays at its default."""

    def __init__(self, n_in, n_out, reg=0.0, lr=0.1):
        self.W = np.random.randn(n_in, n_out)
        self.reg, self.lr = reg, lr

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, grad):
        self.dW = self.x.T @ grad + self.reg * self.W
        return grad @ self.W.T


def bend_forward(x, slope=1.0):
    return np.where(x > 0, x, slope * x), (x, slope)


def bend_backward(grad, cache):
    x, slope = cache
    return grad * np.where(x > 0, 1, slope)


def Wrongbend_forward(x, slope=1.0):
    return bend_forward(x, slope)


def Wrongbend_backward(grad, cache):
    return grad


def ceiling_forward(x):
    return np.clip(x, 0, 6), x


def ceiling_backward(grad, x):
    return grad * (x > 0) * (x < 6)


def Wrongceiling_forward(x):
    return ceiling_forward(x)


def Wrongceiling_backward(grad, x):
    return grad * (x > 0)
