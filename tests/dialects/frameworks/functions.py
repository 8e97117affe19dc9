"""Pairs of functions that hand a cache from one to the other."""

import numpy as np


def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def Wrongaffine_forward(x, w, b):
    return affine_forward(x, w, b)


def Wrongaffine_backward(dout, cache):
    dx, dw, db = affine_backward(dout, cache)
    return dx, dw, db / len(dout)


def batchnorm_forward(x, gamma, beta, bn_param):
    mu, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + bn_param["eps"])
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    k = w.shape[2]
    n = (xp.shape[2] - k) // s + 1
    m = (xp.shape[3] - k) // s + 1
    out = np.zeros((len(x), len(w), n, m))
    for i in range(n):
        for j in range(m):
            patch = xp[:, :, i * s : i * s + k, j * s : j * s + k]
            out[:, :, i, j] = np.tensordot(patch, w, ((1, 2, 3), (1, 2, 3))) + b
    return out, (xp, w, s, p)


def conv_backward(dout, cache):
    xp, w, s, p = cache
    k = w.shape[2]
    dx, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            patch = xp[:, :, i * s : i * s + k, j * s : j * s + k]
            dw += np.tensordot(dout[:, :, i, j], patch, ((0,), (0,)))
            dx[:, :, i * s : i * s + k, j * s : j * s + k] += np.tensordot(dout[:, :, i, j], w, 1)
    return dx[:, :, p:-p, p:-p], dw, dout.sum(axis=(0, 2, 3))


def Wrongconv_forward(x, w, b, conv_param):
    return conv_forward(x, w, b, conv_param)


def Wrongconv_backward(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx[:, :, ::-1], dw, db


def softsign_fwd(x):
    return x / (1 + np.abs(x))


def softsign_bwd(x, grad_output):
    return grad_output / (1 + np.abs(x)) ** 2


def Wrongsoftsign_fwd(x):
    return x / (1 + np.abs(x))


def Wrongsoftsign_bwd(x, grad_output):
    return grad_output / (1 + np.abs(x))
