"""Wrong backwards of NumPy layers, as courses and books write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.causes.mutant import Mutant

Array = Any


class Dense:
    """A layer that keeps its gradients beside its weights."""

    def __init__(self, n_in: int = 5, n_out: int = 3) -> None:
        rng = np.random.default_rng(0)
        self.W = rng.standard_normal((n_in, n_out))
        self.b = rng.standard_normal(n_out)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def parameters(self) -> list[tuple[Array, Array]]:
        """List weights with their gradients."""
        return [(self.W, self.dW), (self.b, self.db)]

    def forward(self, x: Array) -> Array:
        """Return x W + b."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        self.dW = self.x.T @ grad
        self.db = grad.sum(0)
        return grad @ self.W.T


class NotTransposed(Dense):
    """The weight is not transposed, which a square one allows."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        super().backward(grad)
        return grad @ self.W


class WeightTransposed(Dense):
    """The weight's gradient is that of the transpose."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        dx = super().backward(grad)
        self.dW = grad.T @ self.x
        return dx


class BiasOverFeatures(Dense):
    """The bias sums over the features, and there are as many samples."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        dx = super().backward(grad)
        self.db = grad.sum(1)
        return dx


class Averaged(Dense):
    """Both gradients are divided by the batch."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        dx = super().backward(grad)
        self.dW = self.dW / len(grad)
        self.db = self.db / len(grad)
        return dx


class Decayed(Dense):
    """A decay of the weight is folded in."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        dx = super().backward(grad)
        self.dW = self.dW + 0.01 * self.W
        return dx


class FirstBatchKept(Dense):
    """The input is kept only once."""

    x: Array

    def forward(self, x: Array) -> Array:
        """Return x W + b."""
        if not hasattr(self, "x"):
            self.x = x
        return x @ self.W + self.b


class BiasGetsNothing(Dense):
    """The bias is forgotten."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        dx = super().backward(grad)
        self.db = np.zeros_like(self.b)
        return dx


class Clipped(Dense):
    """The cotangent is clipped."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return super().backward(np.clip(grad, -1, 1))


class Sigmoid:
    """A layer that keeps its output."""

    def forward(self, x: Array) -> Array:
        """Return 1 / (1 + e⁻ˣ)."""
        self.x = x
        self.y: Array = 1 / (1 + np.exp(-x))
        return self.y


class SigmoidOfInput(Sigmoid):
    """The formula for y is given x."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * self.x * (1 - self.x)


class SigmoidAlone(Sigmoid):
    """The local derivative alone."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        del grad
        return self.y * (1 - self.y)


class SigmoidHalf(Sigmoid):
    """One factor of y (1 - y)."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * self.y


class SigmoidInFloat32(Sigmoid):
    """Computed in float32."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        y = self.y.astype(np.float32)
        return (grad.astype(np.float32) * y * (1 - y)).astype(np.float64)


class SigmoidReversed(Sigmoid):
    """The sign."""

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * self.y * (self.y - 1)


class Softmax:
    """Over the last axis."""

    def forward(self, x: Array) -> Array:
        """Return the shares."""
        e = np.exp(x - x.max(-1, keepdims=True))
        self.y: Array = e / e.sum(-1, keepdims=True)
        return self.y

    def backward(self, grad: Array) -> Array:
        """Return the diagonal's part."""
        return grad * self.y * (1 - self.y)


class Relu:
    """With the mask of the output, which is never negative."""

    def forward(self, x: Array) -> Array:
        """Return what is positive."""
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * (self.y >= 0)


def _array(*shape: int) -> Callable[[], tuple[Any, ...]]:
    return lambda: (np.random.default_rng(1).standard_normal(shape),)


def _of(cause: str, target: object, *shape: int) -> Mutant:
    kind = type(target)
    name = f"{kind.__name__}: {(kind.__doc__ or '').rstrip('.').lower()}"
    return Mutant(name, cause, target, _array(*shape), "numpy")


MUTANTS: tuple[Mutant, ...] = (
    _of("transpose", NotTransposed(4, 4), 3, 4),
    _of("transpose", WeightTransposed(4, 4), 3, 4),
    _of("batch_reduction", BiasOverFeatures(5, 3), 3, 5),
    _of("factor", Averaged(), 4, 5),
    _of("missing_term", Decayed(), 4, 5),
    _of("stale_cache", FirstBatchKept(), 4, 5),
    _of("zero", BiasGetsNothing(), 4, 5),
    _of("nonlinear_cotangent", Clipped(), 4, 5),
    _of("derivative_argument", SigmoidOfInput(), 4, 5),
    _of("ignores_cotangent", SigmoidAlone(), 4, 5),
    _of("factor", SigmoidHalf(), 4, 5),
    _of("low_precision", SigmoidInFloat32(), 4, 5),
    _of("sign", SigmoidReversed(), 4, 5),
    _of("missing_term", Softmax(), 4, 5),
    _of("ignores_cotangent", Relu(), 4, 5),
)
