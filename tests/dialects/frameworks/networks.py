"""Whole networks: their backward is told the samples and their targets, and trains the weights.

What stands between the output and the targets is a method of theirs, or the usual loss.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    shares = np.exp(x - x.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


class SelfTaught:
    """Takes its own step, by the squares of what is left; given what it was fed and has answered."""

    def __init__(self, n_in, n_hidden, n_out, lr=0.5):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
        self.lr = lr

    def forward(self, X):
        self.h = sigmoid(X @ self.W1)
        self.out = sigmoid(self.h @ self.W2)
        return self.out

    def backward(self, X, y, output):
        d2 = (y - output) * output * (1 - output)
        d1 = (d2 @ self.W2.T) * self.h * (1 - self.h)
        self.W2 += self.lr * self.h.T @ d2
        self.W1 += self.lr * X.T @ d1

    def train(self, X, y):
        self.backward(X, y, self.forward(X))


class WrongSelfTaught(SelfTaught):
    """The slope of the hidden layer is forgotten."""

    def backward(self, X, y, output):
        d2 = (y - output) * output * (1 - output)
        d1 = d2 @ self.W2.T
        self.W2 += self.lr * self.h.T @ d2
        self.W1 += self.lr * X.T @ d1


class Classifier:
    """Says its loss in a method; its learning rate may be left out."""

    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros((1, n_out))

    def forward(self, X):
        self.a = np.tanh(X @ self.W1 + self.b1)
        return softmax(self.a @ self.W2 + self.b2)

    def compute_loss(self, y_true, y_pred):
        return -np.mean(np.sum(y_true * np.log(y_pred), axis=1))

    def slope(self):
        return 1 - self.a**2

    def backward(self, X, y, y_pred, lr=0.1):
        d2 = (y_pred - y) / len(X)
        d1 = (d2 @ self.W2.T) * self.slope()
        self.W2 -= lr * self.a.T @ d2
        self.b2 -= lr * d2.sum(axis=0, keepdims=True)
        self.W1 -= lr * X.T @ d1
        self.b1 -= lr * d1.sum(axis=0, keepdims=True)


class WrongClassifier(Classifier):
    def slope(self):
        return 1 - self.a


class Columns:
    """One sample at a time, a column; all gradients are returned, in two lists."""

    def __init__(self, sizes):
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(w @ a + b)
        return a

    def backprop(self, x, y):
        seen = [x]
        for b, w in zip(self.biases, self.weights):
            seen.append(sigmoid(w @ seen[-1] + b))
        of_biases = [np.zeros(b.shape) for b in self.biases]
        of_weights = [np.zeros(w.shape) for w in self.weights]
        delta = (seen[-1] - y) * self.slope(seen[-1])
        for back in range(1, len(self.weights) + 1):
            of_biases[-back] = delta
            of_weights[-back] = delta @ seen[-back - 1].T
            delta = (self.weights[-back].T @ delta) * self.slope(seen[-back - 1])
        return of_biases, of_weights

    def slope(self, a):
        return a * (1 - a)


class WrongColumns(Columns):
    def slope(self, a):
        return sigmoid(a) * (1 - sigmoid(a))


class Model:
    """Predicts scores; the gradient of its loss is a dictionary, as its weights are."""

    def __init__(self, input_size, hidden_size, output_size):
        self.params = {
            "W1": np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }

    def predict(self, x):
        self.h = np.maximum(0, x @ self.params["W1"] + self.params["b1"])
        return self.h @ self.params["W2"] + self.params["b2"]

    def loss(self, x, t):
        return -np.sum(t * np.log(softmax(self.predict(x)) + 1e-7)) / len(x)

    def accuracy(self, x, t):
        return np.mean(self.predict(x).argmax(axis=1) == t.argmax(axis=1))

    def gradient(self, x, t):
        d2 = (softmax(self.predict(x)) - t) / len(x)
        d1 = (d2 @ self.params["W2"].T) * (self.h > 0)
        return {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": self.h.T @ d2, "b2": d2.sum(axis=0)}


class WrongModel(Model):
    """Its gradients are those of the sum, and its loss is a mean."""

    def gradient(self, x, t):
        return {name: len(x) * one for name, one in super().gradient(x, t).items()}


class WrongReturnedByModel(Model):
    """What it keeps is right; what it returns is what is used."""

    def gradient(self, x, t):
        self.grads = super().gradient(x, t)
        return {**self.grads, "W1": 2 * self.grads["W1"]}


class Regression:
    """Two gradients, one of a plain number."""

    def __init__(self, n_features):
        self.w = np.random.randn(n_features)
        self.b = 0.0

    def predict(self, X):
        return sigmoid(X @ self.w + self.b)

    def cost(self, X, y):
        p = self.predict(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def compute_gradient(self, X, y):
        p = self.predict(X)
        return X.T @ (p - y) / len(y), np.mean(p - y)


class WrongRegression(Regression):
    def compute_gradient(self, X, y):
        p = self.predict(X)
        return X.T @ (p - y) / len(y), np.sum(p - y)
