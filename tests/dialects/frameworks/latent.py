"""Losses of four arguments, with gradients of three: of the one that they begin with, of none."""

import numpy as np


class LatentLoss:
    def forward(self, x, x_hat, mean, log_var):
        self.kept = x, x_hat, mean, log_var
        rebuilt = -np.sum(x * np.log(x_hat) + (1 - x) * np.log(1 - x_hat))
        apart = -0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var))
        return (rebuilt + apart) / len(x)

    def backward(self):
        x, x_hat, mean, log_var = self.kept
        n = len(x)
        d_hat = (x_hat - x) / (x_hat * (1 - x_hat)) / n
        return d_hat, 0.5 * (np.exp(log_var) - 1) / n, mean / n


class WrongLatentLoss(LatentLoss):
    def backward(self):
        d_hat, d_log_var, d_mean = super().backward()
        return d_hat, 2 * d_log_var, d_mean


class AskedLatentLoss:
    def loss(self, y, y_pred, t_mean, t_log_var):
        rebuilt = 0.5 * np.sum((y_pred - y) ** 2)
        return rebuilt - 0.5 * np.sum(1 + t_log_var - t_mean**2 - np.exp(t_log_var))

    def grad(self, y, y_pred, t_mean, t_log_var):
        return y_pred - y, 1.0 * t_mean, 0.5 * (np.exp(t_log_var) - 1)


class WrongAskedLatentLoss(AskedLatentLoss):
    def grad(self, y, y_pred, t_mean, t_log_var):
        return y_pred - y, 1.0 * t_mean, 0.5 * np.exp(t_log_var)
