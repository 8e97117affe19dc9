"""Layers of graphs: features of nodes, and a matrix of zeros and ones that says which are joined."""

import numpy as np


def normalized(A):
    d = np.linalg.inv(np.sqrt(np.diag(A.sum(axis=1))))
    return d @ A @ d


class Convolved:
    def __init__(self, in_feat, out_feat):
        self.weight = np.random.randn(in_feat, out_feat)
        self.bias = np.zeros((1, out_feat))

    def forward(self, X, A):
        self.A, self.X = A, X
        return normalized(A) @ X @ self.weight + self.bias

    def backward(self, grad, lr):
        L = normalized(self.A)
        dW = (L @ self.X).T @ grad
        db = grad.sum(axis=0, keepdims=True)
        dX = L.T @ grad @ self.weight.T
        self.weight -= lr * dW
        self.bias -= lr * db
        return dX


class WrongConvolved(Convolved):
    def backward(self, grad, lr):
        L = normalized(self.A)
        dW = self.X.T @ grad
        db = grad.sum(axis=0, keepdims=True)
        dX = L.T @ grad @ self.weight.T
        self.weight -= lr * dW
        self.bias -= lr * db
        return dX


class Averaged:
    def __init__(self, in_feat: np.ndarray, out_feat: np.ndarray):
        self.W1 = np.random.randn(in_feat, out_feat)
        self.W2 = np.random.randn(in_feat, out_feat)

    def forward(self, H, adj):
        self.H, self.adj = H, adj
        self.N = adj / (adj.sum(axis=1, keepdims=True) + 1e-8)
        self.NH = self.N @ H
        self.Z = H @ self.W1 + self.NH @ self.W2
        return self.Z * (self.Z > 0)

    def backward(self, g):
        g = g * (self.Z > 0)
        self.dW1 = self.H.T @ g
        self.dW2 = self.NH.T @ g
        return g @ self.W1.T + self.N.T @ g @ self.W2.T


class WrongAveraged(Averaged):
    def backward(self, g):
        g = g * (self.Z > 0)
        self.dW1 = self.H.T @ g
        self.dW2 = self.NH.T @ g
        return g @ self.W1.T + self.N @ g @ self.W2.T


class Attended:
    def __init__(self, in_feat, out_feat, alpha=0.2):
        self.W = np.random.randn(in_feat, out_feat)
        self.a1 = np.random.randn(out_feat)
        self.a2 = np.random.randn(out_feat)
        self.alpha = alpha

    def forward(self, X, A):
        n = X.shape[0]
        self.X = X
        self.H = X @ self.W
        self.att = np.zeros((n, n))
        self.slope = np.zeros((n, n))
        for i in range(n):
            for j in range(n):
                if A[i, j] == 1:
                    s = self.H[i] @ self.a1 + self.H[j] @ self.a2
                    self.slope[i, j] = 1.0 if s > 0 else self.alpha
                    self.att[i, j] = np.exp(s if s > 0 else self.alpha * s)
        self.att /= self.att.sum(axis=1, keepdims=True)
        return self.att @ self.H

    def backward(self, g):
        dH = self.att.T @ g
        datt = g @ self.H.T
        ds = self.att * (datt - (datt * self.att).sum(axis=1, keepdims=True)) * self.slope
        dH += np.outer(ds.sum(axis=1), self.a1) + np.outer(ds.sum(axis=0), self.a2)
        self.da1 = self.H.T @ ds.sum(axis=1)
        self.da2 = self.H.T @ ds.sum(axis=0)
        self.dW = self.X.T @ dH
        return dH @ self.W.T


class WrongAttended(Attended):
    """What one node pays to the others is taken for what they pay to it."""

    def backward(self, g):
        dX = super().backward(g)
        self.da1, self.da2 = self.da2, self.da1
        return dX
