"""Options that are None, or nothing, as long as nobody weighs, smooths or cools."""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class ClassWeighted:
    def __init__(self, class_weights=None):
        self.class_weights = class_weights

    def weights(self, labels):
        return np.ones(len(labels)) if self.class_weights is None else self.class_weights[labels]

    def forward(self, scores, labels):
        self.p, self.labels = softmax(scores), labels
        chosen = self.p[np.arange(len(labels)), labels]
        return -np.mean(self.weights(labels) * np.log(chosen))

    def backward(self):
        slope = self.p.copy()
        slope[np.arange(len(slope)), self.labels] -= 1
        return self.weights(self.labels)[:, None] * slope / len(slope)


class WrongClassWeighted(ClassWeighted):
    def backward(self):
        slope = self.p.copy()
        slope[np.arange(len(slope)), self.labels] -= 1
        return slope / len(slope)


class SampleWeighted:
    def forward(self, prediction, target, sample_weight=None):
        self.weight, self.gap = sample_weight, prediction - target
        each = (self.gap**2).sum(axis=1)
        return np.mean(each if sample_weight is None else sample_weight * each)

    def backward(self):
        slope = 2 * self.gap / len(self.gap)
        return slope if self.weight is None else slope * self.weight[:, None]


class WrongSampleWeighted(SampleWeighted):
    def backward(self):
        return 2 * self.gap / len(self.gap)


class ElementWeighted:
    def forward(self, prediction, target, weight=None):
        self.weight = np.ones_like(prediction) if weight is None else weight
        self.gap = prediction - target
        return np.sum(self.weight * self.gap**2)

    def backward(self):
        return 2 * self.weight * self.gap


class WrongElementWeighted(ElementWeighted):
    def backward(self):
        return 2 * self.gap


class Smoothed:
    def __init__(self, eps=0.0):
        self.eps = eps

    def forward(self, scores, target):
        self.p = softmax(scores)
        self.q = (1 - self.eps) * target + self.eps / target.shape[1]
        return -np.mean(np.sum(self.q * np.log(self.p), axis=1))

    def backward(self):
        return (self.p - self.q) / len(self.p)


class WrongSmoothed(Smoothed):
    def forward(self, scores, target):
        self.target = target
        return super().forward(scores, target)

    def backward(self):
        return (self.p - self.target) / len(self.p)


class SmoothedByOne:
    """One number smooths all classes: shares that add up to one are all that it is right for."""

    def __init__(self, smoothing=None):
        self.smoothing = smoothing

    def forward(self, scores, target):
        self.p, self.q = softmax(scores), target
        if self.smoothing is not None:
            self.q = (1 - self.smoothing) * target + self.smoothing / target.shape[1]
        return -np.mean(np.sum(self.q * np.log(self.p), axis=1))

    def backward(self):
        return (self.p - self.q) / len(self.p)


class WrongSmoothedByOne(SmoothedByOne):
    def backward(self):
        return (self.p - self.q.round()) / len(self.p)


class Cooled:
    def forward(self, x, temperature=1.0):
        self.temperature = temperature
        self.p = softmax(x / temperature)
        return self.p

    def backward(self, dout):
        inner = dout - (dout * self.p).sum(axis=1, keepdims=True)
        return self.p * inner / self.temperature


class WrongCooled(Cooled):
    def backward(self, dout):
        return super().backward(dout) * self.temperature


class Projected:
    """Most of what may be given is no number; a clip is nothing that the forward reads."""

    def __init__(self, n_in, n_out, scale=None, clip=None, activation=None, init_weight=None):
        self.weight = np.random.randn(n_in, n_out) if init_weight is None else init_weight
        self.scale, self.clip, self.activation = scale, clip, activation

    def forward(self, x):
        self.x = x
        y = x @ self.weight
        y = y if self.activation is None else self.activation(y)
        return y if self.scale is None else y * self.scale

    def backward(self, dout):
        dout = dout if self.scale is None else dout * self.scale
        self.dweight = self.x.T @ dout
        return dout @ self.weight.T


class WrongProjected(Projected):
    def backward(self, dout):
        self.dweight = self.x.T @ dout
        return dout @ self.weight.T


class Attending:
    """What stands beside has the shape of the input, and no gradient of its own."""

    def forward(self, x, bias=None, scale=None):
        self.scale = 1.0 if scale is None else scale
        scores = x * self.scale if bias is None else x * self.scale + bias
        self.p = softmax(scores)
        return self.p

    def backward(self, dout):
        return self.scale * self.p * (dout - (dout * self.p).sum(axis=1, keepdims=True))


class WrongAttending(Attending):
    def backward(self, dout):
        return self.p * (dout - (dout * self.p).sum(axis=1, keepdims=True))
