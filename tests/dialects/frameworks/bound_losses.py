"""Losses that hand their gradient to a model, or are given the target again; of a few sizes."""

import torch


class Module:
    def forward(self, *inputs):
        raise NotImplementedError

    def backward(self, *gradients):
        raise NotImplementedError


class Linear(Module):
    def __init__(self, n_in, n_out):
        self.w = torch.empty(n_in, n_out).normal_()

    def forward(self, x):
        self.x = x
        return x.mm(self.w)

    def backward(self, g):
        self.dw = self.x.t().mm(g)
        return g.mm(self.w.t())


class BoundLoss(Module):
    def __init__(self, model):
        self.model = model

    def forward(self, prediction, target):
        self.d = prediction - target
        return (self.d**2).mean()

    def backward(self):
        self.model.backward(2 * self.d / self.d.numel())


class WrongBoundLoss(BoundLoss):
    def backward(self):
        self.model.backward(2 * self.d / len(self.d))


class LossThatReturnsItself(BoundLoss):
    def forward(self, prediction, target):
        self.loss = super().forward(prediction, target)
        return self

    def backward(self):
        return self.model.backward(2 * self.d / self.d.numel())


class WrongLossThatReturnsItself(LossThatReturnsItself):
    def backward(self):
        return self.model.backward(-2 * self.d / self.d.numel())


class LossOfASoftmax(Module):
    """What its forward goes through is a part of it, and no model."""

    class Softmax:
        def forward(self, x):
            self.y = x.softmax(1)
            return self.y

        def backward(self, g):
            return self.y * (g - (g * self.y).sum(1, keepdim=True))

    def __init__(self):
        self.softmax = self.Softmax()

    def forward(self, prediction, target):
        self.target = target
        self.p = self.softmax.forward(prediction)
        return -(target * self.p.log()).sum()

    def backward(self):
        return self.softmax.backward(-self.target / self.p)


class WrongLossOfASoftmax(LossOfASoftmax):
    def backward(self):
        return 2 * self.softmax.backward(-self.target / self.p)


class LossGivenItsTarget(Module):
    def forward(self, inp, targets):
        self.inp = inp
        return (inp - targets).pow(2).sum()

    def backward(self, targets):
        return 2 * (self.inp - targets)


class WrongLossGivenItsTarget(LossGivenItsTarget):
    def backward(self, targets):
        return self.inp - targets


class LossOfAnyNumber(Module):
    """Both of its methods take what they are given."""

    def forward(self, *given):
        return (given[0] - given[1]).pow(2).sum()

    def backward(self, *given):
        return 2 * (given[0] - given[1])


class WrongLossOfAnyNumber(LossOfAnyNumber):
    def backward(self, *given):
        return given[0] - given[1]


class LossUnderOtherNames(Module):
    """The stubs that it inherits are not its own."""

    def loss_value(self, predictions, actuals):
        return ((predictions - actuals) ** 2).mean()

    def loss_grad(self, predictions, actuals):
        return 2 * (predictions - actuals) / predictions.numel()


class WrongLossUnderOtherNames(LossUnderOtherNames):
    def loss_grad(self, predictions, actuals):
        return 2 * (predictions - actuals)


class CrossEntropyOfTwo(Module):
    """Written for two classes."""

    def forward(self, x, target):
        self.p = x.exp() / x.exp().sum(1).repeat(2, 1).t()
        self.target = target
        return -(target * self.p.log()).sum(1).mean()

    def backward(self):
        return (self.p - self.target) / len(self.p)


class WrongCrossEntropyOfTwo(CrossEntropyOfTwo):
    def backward(self):
        return self.p - self.target


class LossOfImages(Module):
    def forward(self, pred, target):
        self.d = pred - target
        return (self.d**2).mean()

    def backward(self):
        n, c, h, w = (self.d.size(i) for i in range(4))
        return 2 * self.d / (n * c * h * w)


class WrongLossOfImages(LossOfImages):
    def backward(self):
        n, c, h, _ = (self.d.size(i) for i in range(4))
        return 2 * self.d / (n * c * h)


class LossOfAColumn(Module):
    """Of one logit for each sample, beside a row of labels."""

    def forward(self, prediction, target):
        self.p, self.t = 1 / (1 + (-prediction.view(-1)).exp()), target
        return -(target * self.p.log() + (1 - target) * (1 - self.p).log()).mean()

    def backward(self):
        return ((self.p - self.t) / len(self.t)).unsqueeze(1)


class WrongLossOfAColumn(LossOfAColumn):
    def backward(self):
        return (self.p - self.t).unsqueeze(1)
