"""Losses in all their shapes."""

import numpy as np
import torch


class MeanSquaredError:
    def __call__(self, y_true, y_pred):
        return self.loss(y_true, y_pred)

    def loss(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2)

    def gradient(self, y_true, y_pred):
        return 2 * (y_pred - y_true) / y_pred.size


class WrongMeanSquaredError(MeanSquaredError):
    """Forward a mean, gradient not divided."""

    def gradient(self, y_true, y_pred):
        return 2 * (y_pred - y_true)


class CrossEntropy:
    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)


class SoftmaxWithLoss:
    def __init__(self):
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        if self.t.size == self.y.size:
            self.t = self.t.argmax(axis=1)
        return -np.log(self.y[np.arange(len(x)), self.t] + 1e-30).sum() / len(x)

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dx * dout / len(dx)


class WrongSoftmaxWithLoss(SoftmaxWithLoss):
    def backward(self, dout=1):
        return super().backward(dout) * len(self.y)


class LossMSE:
    def forward(self, prediction, target):
        self.d = prediction - target
        return self.d.pow(2).mean()

    def backward(self):
        return 2 * self.d / self.d.numel()


class WrongLossMAE:
    """The opposite sign."""

    def forward(self, prediction, target):
        self.d = prediction - target
        return self.d.abs().mean()

    def backward(self):
        return -torch.sign(self.d) / self.d.numel()


class CategoricalCrossentropy:
    def forward(self, y_pred, y_true):
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            return -np.log(p[range(len(p)), y_true])
        return -np.log((p * y_true).sum(axis=1))

    def backward(self, dvalues, y_true):
        if len(y_true.shape) == 1:
            y_true = np.eye(dvalues.shape[1])[y_true]
        self.dinputs = -y_true / dvalues / len(dvalues)


class SoftmaxAndCategoricalCrossentropy:
    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return -np.log((self.output * y_true).sum(axis=1)).mean()

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / len(dvalues)


class LabelCrossEntropy:
    def __call__(self, logits, labels):
        shifted = logits - logits.max(axis=1, keepdims=True)
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        n = len(labels)
        loss = -np.log(p[np.arange(n), labels]).mean()
        p[np.arange(n), labels] -= 1
        return loss, p / n


class WrongLabelCrossEntropyLoss(LabelCrossEntropy):
    def __call__(self, logits, labels):
        loss, grad = super().__call__(logits, labels)
        return loss, grad * len(labels)


class MSE:
    @staticmethod
    def loss(y_true, y_pred):
        return np.mean(np.power(y_true - y_pred, 2))

    @staticmethod
    def loss_prime(y_true, y_pred):
        return 2 * (y_pred - y_true) / np.size(y_true)


class HuberLoss:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, pred, target):
        self.d = pred - target
        a = np.abs(self.d)
        return np.where(a <= self.delta, 0.5 * a**2, self.delta * (a - 0.5 * self.delta)).sum()

    def backward(self):
        return np.clip(self.d, -self.delta, self.delta)


class WrongHuberLoss(HuberLoss):
    def backward(self):
        return np.where(np.abs(self.d) <= self.delta, self.d, self.delta)


class BinaryCrossEntropy:
    def forward(self, pred, target):
        self.p, self.t = pred, target
        return -(target * torch.log(pred) + (1 - target) * torch.log(1 - pred)).mean()

    def backward(self):
        return (self.p - self.t) / (self.p * (1 - self.p)) / self.p.numel()


class Strict:
    """It refuses a target that is not one-hot, and a prediction that is no distribution."""

    def __call__(self, y, y_pred):
        assert np.array_equal(y, y.astype(bool))
        assert np.allclose(y_pred.sum(1), 1)
        return -np.sum(y * np.log(y_pred))

    def grad(self, y, y_pred):
        return -y / y_pred


class WrongStrict(Strict):
    def grad(self, y, y_pred):
        return y_pred - y


class SoftmaxWithLoss:
    """Of logits and one-hot rows or labels; nobody hands its backward a cotangent."""

    def forward(self, x, t):
        self.t = t
        self.y = np.exp(x - x.max(axis=1, keepdims=True))
        self.y /= self.y.sum(axis=1, keepdims=True)
        labels = t.argmax(axis=1) if t.ndim == 2 else t
        return -np.log(self.y[np.arange(len(x)), labels]).mean()

    def backward(self, dout=1):
        if self.t.ndim == 2:
            return (self.y - self.t) / len(self.t)
        return self._of_labels()

    def _of_labels(self):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


class WrongSoftmaxWithLoss(SoftmaxWithLoss):
    """Right for one-hot rows."""

    def _of_labels(self):
        return super()._of_labels() * len(self.t)


class HandedARate:
    """Its backward takes what every layer's takes, and needs neither."""

    def forward(self, y_true, y_pred):
        self.y_true, self.y_pred = y_true, y_pred
        return np.mean((y_true - y_pred) ** 2)

    def backward(self, output_gradient, learning_rate):
        return 2 * (self.y_pred - self.y_true) / self.y_true.size


class WrongHandedARate(HandedARate):
    def backward(self, output_gradient, learning_rate):
        return 2 * (self.y_pred - self.y_true) / len(self.y_true)


class BCEWithLogitsLoss:
    """Of two reductions; nobody said that there is a third."""

    def __init__(self, reduction="mean"):
        self.reduction = reduction

    def forward(self, logits, targets):
        self.logits, self.targets = logits, targets
        loss = np.logaddexp(0, logits) - logits * targets
        return loss.sum() if self.reduction == "sum" else loss.mean()

    def backward(self):
        grad = 1 / (1 + np.exp(-self.logits)) - self.targets
        return grad / grad.size if self.reduction == "mean" else grad


class WrongBCEWithLogitsLoss(BCEWithLogitsLoss):
    def backward(self):
        return super().backward() / (len(self.logits) if self.reduction == "sum" else 1)


class GivenItsTarget:
    """Its constructor is told the target; its forward takes what is positive alone."""

    def __init__(self, y):
        self.y = y

    def forward(self, p):
        self.p = p
        return -np.mean(self.y * np.log(p))

    def backward(self, grad_output=1):
        return -grad_output * self.y / self.p / self.p.size


class WrongGivenItsTarget(GivenItsTarget):
    def backward(self, grad_output=1):
        return -grad_output * self.y / self.p


class OverImages:
    """It is summed over the samples of a batch of images, and left apart for each pixel."""

    def forward(self, input, target):
        self.input, self.target = input, target
        return (input - target).pow(2).sum(0) / (input.shape[1] * input.shape[2] * input.shape[3])

    def backward(self):
        size = self.input.shape[1] * self.input.shape[2] * self.input.shape[3]
        return 2 * (self.input - self.target) / size


class WrongOverImages(OverImages):
    def backward(self):
        return 2 * (self.input - self.target) / self.input.shape[1]


class OpenEndedMSE:
    """What its backward may be given, it never looks at: it is the last of a network."""

    def forward(self, *inputs):
        self.inputs = inputs
        predicted, target = inputs
        self.size = predicted.numel()
        return (predicted - target).pow(2).sum() / self.size

    def backward(self, *gradwrtoutput):
        predicted, target = self.inputs
        return 2 * (predicted - target) / self.size


class WrongOpenEndedMSE(OpenEndedMSE):
    def backward(self, *gradwrtoutput):
        predicted, target = self.inputs
        return predicted - target


class OfOneColumn:
    """Its target is multiplied with its prediction as a matrix: several columns would be mixed."""

    def forward(self, inputs, labels):
        self.x, self.y = inputs, labels
        loss = -(labels.T @ inputs.log() + (1 - labels).T @ (1 - inputs).log())
        return loss.sum() / len(labels)

    def backward(self):
        return ((1 - self.y) / (1 - self.x) - self.y / self.x) / len(self.y)


class WrongOfOneColumn(OfOneColumn):
    def backward(self):
        return (1 - self.y) / (1 - self.x) - self.y / self.x
