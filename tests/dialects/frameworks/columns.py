"""Losses whose samples are columns: a target is one-hot down a column."""

import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


class SoftmaxCrossEntropy:
    def loss(self, target, logits):
        return -np.sum(target * np.log(softmax(logits))) / logits.shape[-1]

    def gradient(self, target, logits):
        return (softmax(logits) - target) / logits.shape[-1]


class WrongSoftmaxCrossEntropy(SoftmaxCrossEntropy):
    def gradient(self, target, logits):
        return (softmax(logits) - target) / logits.shape[0]


class SquaredError:
    """Of one sample, a column: the loss of several would be a matrix."""

    def __call__(self, target, prediction):
        difference = target - prediction
        return difference.T @ difference / 2

    def derivative(self, target, prediction):
        return prediction - target


class WrongSquaredError(SquaredError):
    def derivative(self, target, prediction):
        return 2 * (prediction - target)


class Softmax:
    """Of one column: its transpose is a row, as that of a list of numbers is none."""

    def forward(self, x):
        e = np.exp(x - max(x))
        self.out = e / np.sum(e)
        return self.out

    def backward(self, grad):
        return np.dot((np.identity(np.size(self.out)) - self.out.T) * self.out, grad)


class WrongSoftmax(Softmax):
    def backward(self, grad):
        return self.out * (1 - self.out) * grad
