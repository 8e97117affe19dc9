"""What looks right where two sizes are the same: at a square, or at inputs of one shape."""

import numpy as np


class AddBias:
    def forward(self, x, b):
        return x + b

    def backward(self, grad):
        return grad.copy(), grad.sum(axis=0).reshape(-1)


class WrongAddBias:
    def forward(self, x, b):
        return x + b

    def backward(self, grad):
        return grad.copy(), grad.copy()


class Plus:
    """Elementwise: nothing is said to be stretched."""

    def forward(self, a, b):
        return a + b

    def backward(self, grad):
        return grad.copy(), grad.copy()


class Columns:
    """A softmax of columns, whose backward is that of the cross-entropy behind it."""

    def forward(self, scores):
        powers = np.exp(scores - scores.max(axis=0, keepdims=True))
        self.p = powers / powers.sum(axis=0, keepdims=True)
        return self.p

    def backward(self, labels):
        return (self.p - labels) / labels.shape[1]


class WrongColumns(Columns):
    def backward(self, labels):
        return (self.p - labels) / labels.shape[0]


class Corners:
    """It hears four columns, and there may be four rows."""

    def forward(self, boxes):
        self.boxes = boxes
        self.wide, self.high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        return self.wide * self.high / 2

    def backward(self, grad):
        wide, high = grad * self.wide / 2, grad * self.high / 2
        return np.stack([-high, -wide, high, wide], axis=1)


class WrongCorners(Corners):
    def backward(self, grad):
        return super().backward(grad) * len(grad) / 4
