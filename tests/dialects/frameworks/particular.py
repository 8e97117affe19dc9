"""What a constructor or an input must be in particular: a word, the batch's size, a column."""

import torch


class Layer:
    """Its activation is one of the words that it knows, and must be told."""

    def __init__(self, in_size, units, acti):
        self.w = torch.empty(units, in_size).normal_()
        if acti == "tanh":
            self.f, self.df = torch.tanh, lambda y: 1 - y**2
        elif acti == "sigmoid":
            self.f, self.df = torch.sigmoid, lambda y: y * (1 - y)

    def forward(self, x):
        self.x, self.y = x, self.f(x @ self.w.t())
        return self.y

    def backward(self, g):
        dz = g * self.df(self.y)
        self.dw = dz.t() @ self.x
        return dz @ self.w


class WrongLayer(Layer):
    def backward(self, g):
        self.dw = g.t() @ self.x
        return g @ self.w


class Centred:
    """Features first; divided by the batch size that it was told."""

    def __init__(self, batchSize, input_size):
        self.n, self.d = batchSize, input_size

    def forward(self, x):
        assert x.shape == (self.d, self.n)
        return x - x.sum(1, keepdim=True) / self.n

    def backward(self, g):
        return g - g.sum(1, keepdim=True) / self.n


class WrongCentred(Centred):
    def backward(self, g):
        return g - g / self.n


class Columns:
    """Each sample is a column."""

    def __init__(self, in_size, out_size):
        self.w = torch.empty(out_size, in_size).normal_()
        self.dw = torch.zeros(out_size, in_size)

    def forward(self, x):
        self.x = x.view(x.size(0), -1, 1)
        return self.w.matmul(self.x)

    def backward(self, g):
        self.dw.add_(g.matmul(self.x.transpose(1, 2)).sum(0))
        return self.w.t().matmul(g)


class WrongColumns(Columns):
    def backward(self, g):
        super().backward(g)
        return 2 * self.w.t().matmul(g)


class Attention:
    """It is handed its weights, called by what they make."""

    def __init__(self, weights_keys, weights_queries, weights_values):
        self.wk, self.wq, self.wv = weights_keys, weights_queries, weights_values

    def forward(self, x):
        self.x = x
        self.k, self.q, self.v = x @ self.wk, x @ self.wq, x @ self.wv
        self.a = self.q @ self.k.transpose(1, 2)
        return self.a @ self.v

    def backward(self, g):
        da = g @ self.v.transpose(1, 2)
        dv = self.a.transpose(1, 2) @ g
        dq, dk = da @ self.k, da.transpose(1, 2) @ self.q
        turned = self.x.transpose(1, 2)
        self.dwk, self.dwq, self.dwv = ((turned @ d).sum(0) for d in (dk, dq, dv))
        return dk @ self.wk.t() + dq @ self.wq.t() + dv @ self.wv.t()


class WrongAttention(Attention):
    def backward(self, g):
        super().backward(g)
        return g @ self.wv.t()
