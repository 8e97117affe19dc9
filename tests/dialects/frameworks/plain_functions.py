"""Functions whose names alone say that they belong together; no class, no cache of their own."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_prime(x):
    return sigmoid(x) * (1 - sigmoid(x))


def tangent(x):
    return np.tanh(x)


def d_tangent(y):
    return 1 - y**2


def Wrongtangent(x):
    return np.tanh(x)


def Wrongtangent_derivative(y):
    return 1 - y


def relu(z):
    return np.maximum(0, z)


def relu_backward(da, z):
    return np.where(z > 0, da, 0)


def leaky(x, slope=0.1):
    return np.where(x > 0, x, slope * x)


def leaky_backward(dout, x, slope=0.1):
    return dout * np.where(x > 0, 1, slope)


def Wrongleaky(x, slope=0.1):
    return leaky(x, slope)


def Wrongleaky_backward(dout, x):
    return leaky_backward(dout, x)


def Wrongbent(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def Wrongbent_prime(x):
    return np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / np.size(y_true)


def Wrongmse(y_true, y_pred):
    return mse(y_true, y_pred)


def Wrongmse_prime(y_true, y_pred):
    return y_pred - y_true


def affine_forward_slow(x, w, b):
    return x @ w + b, (x, w, b)


def affine_backward_slow(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def softmax_loss(x, y):
    logits = x - x.max(axis=1, keepdims=True)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(chances[rows, y]).mean()
    chances[rows, y] -= 1
    return loss, chances / len(x)


def Wrongsoftmax_loss(x, y):
    loss, gradient = softmax_loss(x, y)
    return loss, gradient * len(x)


def hinge(x):
    """No partner: the other takes something else."""
    return np.maximum(0, 1 - x)


def hinge_grad(weights, x, rate):
    return weights - rate * x


def linear_forward(a_prev, w, b):
    """Each sample is a column."""
    return w @ a_prev + b, (a_prev, w, b)


def linear_backward(dz, cache):
    a_prev, w, b = cache
    return w.T @ dz, dz @ a_prev.T, dz.sum(axis=1, keepdims=True)


def Wronglinear_forward(a_prev, w, b):
    return linear_forward(a_prev, w, b)


def Wronglinear_backward(dz, cache):
    """A mean over the batch in the layer, which is a convention of some and not declared here."""
    da, dw, db = linear_backward(dz, cache)
    return da, dw / dz.shape[1], db / dz.shape[1]


def logistic(x):
    return 1 / (1 + np.exp(-x))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Two outputs and a cache; each output has a cotangent."""
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    i, f, o, g = logistic(i), logistic(f), logistic(o), np.tanh(g)
    c = f * prev_c + i * g
    h = o * np.tanh(c)
    return h, c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, c)


def lstm_step_backward(dh, dc, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    dc = dc + dh * o * (1 - t**2)
    gates = (dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dh * t * o * (1 - o))
    da = np.hstack([*gates, dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def Wronglstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    return lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)


def Wronglstm_step_backward(dh, dc, cache):
    """What flows in along the cell is forgotten."""
    return lstm_step_backward(dh, 0 * dc, cache)


def temporal_affine_forward(x, w, b):
    rows = x.reshape(-1, x.shape[2])
    n, t, _ = x.shape
    return (rows @ w + b).reshape(n, t, -1), (rows, w, x.shape)


def temporal_affine_backward(dout, cache):
    rows, w, shape = cache
    flat = dout.reshape(len(rows), -1)
    return (flat @ w.T).reshape(shape), rows.T @ flat, flat.sum(axis=0)


def word_embedding_forward(x, W):
    return W[x], (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


def Wrongword_embedding_forward(x, W):
    return word_embedding_forward(x, W)


def Wrongword_embedding_backward(dout, cache):
    """A word that comes twice keeps one of the two."""
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW
