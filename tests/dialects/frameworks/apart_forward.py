"""The forwards of ``apart_backward.py``, and a pair that stands together."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def convolution(image: Array, filt: Array, bias: Array) -> Array:
    """Of one image, (C, H, W), with filters (F, C, h, w) and a column of biases."""
    number, _, high, wide = filt.shape
    rows, columns = image.shape[1] - high + 1, image.shape[2] - wide + 1
    out = np.zeros((number, rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = image[:, i : i + high, j : j + wide]
            out[:, i, j] = (filt * window).sum(axis=(1, 2, 3)) + bias[:, 0]
    return out


def soften(x: Array) -> Array:
    return np.logaddexp(0, x)


def WrongSoften(x: Array) -> Array:
    return np.logaddexp(0, x)


def cube(x: Array) -> Array:
    return x**3


def cube_backward(grad: Array, x: Array) -> Array:
    return 3 * x**2 * grad
