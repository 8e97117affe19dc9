"""Tensors made without a dtype inside a backward: that of everything else is meant."""

import torch


class Module:
    def forward(self, *inputs):
        raise NotImplementedError

    def backward(self, *gradients):
        raise NotImplementedError


class Linear(Module):
    def __init__(self, n_in, n_out):
        self.w = torch.empty(n_out, n_in).normal_()
        self.b = torch.zeros(n_out)
        self.dw, self.db = torch.zeros(n_out, n_in), torch.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x.mm(self.w.t()) + self.b

    def backward(self, g):
        self.dw.add_(g.t().mm(self.x))
        self.db.add_(g.t().mv(torch.ones(g.shape[0])))
        return g.mm(self.w)

    def zero_grad(self):
        """New tensors, to which the next backward adds."""
        self.dw, self.db = torch.empty(self.w.shape).fill_(0), torch.zeros(len(self.b))


class WrongLinear(Linear):
    def backward(self, g):
        super().backward(g)
        return g.mm(self.w) + torch.ones(g.shape[0], self.w.shape[1])


class Upsample(Module):
    """Into a buffer of zeros."""

    def __init__(self, scale_factor):
        self.factor = scale_factor

    def forward(self, x):
        return x.repeat_interleave(self.factor, dim=2).repeat_interleave(self.factor, dim=3)

    def backward(self, g):
        n, c, h, w = g.shape
        dx = torch.zeros(n, c, h // self.factor, w // self.factor)
        for i in range(h):
            for j in range(w):
                dx[:, :, i // self.factor, j // self.factor] += g[:, :, i, j]
        return dx


class WrongUpsample(Upsample):
    def backward(self, g):
        return super().backward(g) / self.factor**2


class Chain(Module):
    """A chain that returns nothing: no layer stands before it."""

    def __init__(self, *args):
        self.parts = list(args)

    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x

    def backward(self, g):
        for part in reversed(self.parts):
            g = part.backward(g)


class WrongChain(Chain):
    def backward(self, g):
        for part in reversed(self.parts):
            g = part.backward(0.5 * g)


class OpenChain(Chain):
    """What it is given has no name."""

    def backward(self, *gradients):
        g = gradients[0]
        for part in reversed(self.parts):
            g = part.backward(g)


class Model(Module):
    """Of a fixed net, whose backward it calls."""

    def __init__(self):
        self.net = Chain(Linear(4, 3), Linear(3, 2))

    def forward(self, x):
        return self.net.forward(x)

    def backward(self, g):
        return self.net.backward(g)


class WrongModel(Model):
    def backward(self, g):
        return self.net.backward(2 * g)


class Dropout(Module):
    """The mask is drawn once for all, as torch's is not."""

    def __init__(self, p, input_size):
        self.mask = (torch.rand(input_size) > p).float()

    def forward(self, x):
        return x * self.mask

    def backward(self, g):
        return g * self.mask


class TwoBiases(Module):
    """Both have one gradient, and it is one tensor."""

    def __init__(self, n_in, n_out):
        self.w = torch.empty(n_out, n_in).normal_()
        self.b, self.c = torch.zeros(n_out), torch.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x.mm(self.w.t()) + self.b + self.c

    def backward(self, g):
        self.dw = g.t().mm(self.x)
        self.db = g.sum(0)
        self.dc = self.db
        return g.mm(self.w)
