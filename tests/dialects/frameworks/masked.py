"""Masks in float32, outputs in whatever is given: what is read in float64 has no float32 to ask."""

import torch


class ReLU:
    def forward(self, x):
        self.x = x
        return x.clone().masked_fill_(x < 0, 0)

    def backward(self, grad):
        return (self.x > 0).float() * grad


class WrongReLU(ReLU):
    def backward(self, grad):
        return torch.sign(self.x).float() * grad
