"""Backwards whose forwards stand in the file beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def convolutionBackward(grad: Array, image: Array, filt: Array) -> tuple[Array, Array, Array]:
    number, _, high, wide = filt.shape
    d_image, d_filt = np.zeros(image.shape), np.zeros(filt.shape)
    for i in range(grad.shape[1]):
        for j in range(grad.shape[2]):
            for f in range(number):
                d_filt[f] += grad[f, i, j] * image[:, i : i + high, j : j + wide]
                d_image[:, i : i + high, j : j + wide] += grad[f, i, j] * filt[f]
    return d_image, d_filt, grad.sum(axis=(1, 2)).reshape(number, 1)


def softenBackward(grad: Array, x: Array) -> Array:
    return grad / (1 + np.exp(-x))


def WrongSoftenBackward(grad: Array, x: Array) -> Array:
    return grad / (1 + np.exp(x))
