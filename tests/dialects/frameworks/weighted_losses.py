"""Losses that look at some of their elements, or at each by a weight of its own."""

import numpy as np
import torch


class MaskedSquares:
    """A mask of each element."""

    def forward(self, pred, target, mask):
        self.gap = (pred - target) * mask
        self.mask = mask
        return np.sum(self.gap**2) / np.sum(mask)

    def backward(self):
        return 2 * self.gap / np.sum(self.mask)


class WrongMaskedSquares(MaskedSquares):
    """Averaged over what is hidden, too."""

    def backward(self):
        return 2 * self.gap / self.mask.size


class WrongUnmasked(MaskedSquares):
    """What is hidden has a gradient."""

    def forward(self, pred, target, mask):
        value = super().forward(pred, target, mask)
        self.gap = pred - target
        return value


class WeightedEntropy:
    """A weight of each element, for logits."""

    def forward(self, logits, labels, weight):
        self.logits, self.labels, self.weight = logits, labels, weight
        softplus = logits.clamp(min=0) + torch.log1p(torch.exp(-logits.abs()))
        return (weight * (softplus - logits * labels)).mean()

    def backward(self):
        return self.weight * (torch.sigmoid(self.logits) - self.labels) / self.logits.numel()


class WrongWeightedEntropy(WeightedEntropy):
    def backward(self):
        return (torch.sigmoid(self.logits) - self.labels) / self.logits.numel()


class PixelEntropy:
    """Scores of each class at each place, ``(N, C, H, W)``, and a label at each, ``(N, H, W)``."""

    def forward(self, scores, labels):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        batch, classes, height, width = scores.shape
        self.truth = np.moveaxis(np.eye(classes)[labels], -1, 1)
        self.count = batch * height * width
        return -np.sum(self.truth * np.log(self.p)) / self.count

    def backward(self):
        return (self.p - self.truth) / self.count


class WrongPixelEntropy(PixelEntropy):
    """Averaged over the images, and summed over their places."""

    def backward(self):
        return (self.p - self.truth) / len(self.p)


class ClassWeights:
    """A weight of each class, if it is told any."""

    def __init__(self, class_weights=None):
        self.class_weights = class_weights

    def forward(self, logits, labels):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.rows, self.labels = np.arange(len(labels)), labels
        told = self.class_weights
        self.w = np.ones(len(labels)) if told is None else np.asarray(told)[labels]
        return -np.sum(self.w * np.log(self.p[self.rows, labels])) / self.w.sum()

    def backward(self):
        d = self.p.copy()
        d[self.rows, self.labels] -= 1
        return d * self.w[:, None] / self.w.sum()


class WrongClassWeights(ClassWeights):
    """They are forgotten."""

    def backward(self):
        d = self.p.copy()
        d[self.rows, self.labels] -= 1
        return d / self.w.sum()
