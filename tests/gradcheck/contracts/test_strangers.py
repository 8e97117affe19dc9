"""Other people's right code, in the dialects that they speak: no contract refutes any of it.

Where a promise is kept otherwise than in torch it is waived, and the reason says how.
"""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import gradcheck

X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)
A = X.numpy()


class Variable:
    """A parameter: data and gradient."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.grad: Any = None


class Overwriting:
    """Each backward stores its gradients anew, and only the last forward is kept."""

    def __init__(self) -> None:
        self.weight, self.bias = Variable(torch.randn(5, 3)), Variable(torch.randn(3))

    def parameters(self) -> list[Variable]:
        return [self.weight, self.bias]

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.weight.data + self.bias.data

    def backward(self, grad: Any) -> Any:
        self.weight.grad = self.x.T @ grad
        self.bias.grad = grad.sum(0)
        return grad @ self.weight.data.T


class AddingInPlace(Overwriting):
    """Gradients start at zeros, `+=` adds, `zero_grad` fills with zeros."""

    def __init__(self) -> None:
        super().__init__()
        for parameter in self.parameters():
            parameter.grad = torch.zeros_like(parameter.data)

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad[...] = 0

    def backward(self, grad: Any) -> Any:
        self.weight.grad += self.x.T @ grad
        self.bias.grad += grad.sum(0)
        return grad @ self.weight.data.T


class OneMatrix(Overwriting):
    """Weight and bias are columns of one gradient, side by side in memory."""

    def backward(self, grad: Any) -> Any:
        ones = torch.ones(len(self.x), 1, dtype=self.x.dtype)
        both = grad.T @ torch.cat([self.x, ones], 1)
        self.weight.grad, self.bias.grad = both[:, :-1].T, both[:, -1]
        return grad @ self.weight.data.T


class Views(Overwriting):
    """`view` wants its tensor in one piece."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.view(-1).view(x.shape))


class Identity:
    """The very cotangent is the gradient."""

    def forward(self, x: Any) -> Any:
        return x

    def backward(self, grad: Any) -> Any:
        return grad


class Flat:
    """A view of the cotangent is the gradient."""

    def forward(self, x: Any) -> Any:
        self.shape = x.shape
        return x.reshape(-1)

    def backward(self, grad: Any) -> Any:
        return grad.reshape(self.shape)


class Mask:
    """A mask from the global generator."""

    def forward(self, x: Any) -> Any:
        self.mask = (torch.rand(x.shape) < 0.7) / 0.7
        return x * self.mask

    def backward(self, grad: Any) -> Any:
        return grad * self.mask


class InPlace:
    """It says that it works in place."""

    inplace = True

    def forward(self, x: Any) -> Any:
        self.mask = x > 0
        return x.mul_(self.mask)

    def backward(self, grad: Any) -> Any:
        return grad * self.mask


class Kept:
    """Results are left in attributes, and returned too."""

    def forward(self, x: Any) -> Any:
        self.output = torch.tanh(x)
        return self.output

    def backward(self, grad: Any) -> Any:
        self.dinputs = grad * (1 - self.output**2)
        return self.dinputs


class Queue:
    """The first forward is answered first."""

    def __init__(self) -> None:
        self.queue: list[Any] = []

    def forward(self, x: Any) -> Any:
        self.queue.append(x)
        return x * x

    def backward(self, grad: Any) -> Any:
        return 2 * self.queue.pop(0) * grad


class Hungry:
    """A batch of one has no variance, and it says so."""

    def forward(self, x: Any) -> Any:
        if len(x) < 2:
            raise ValueError("more than one sample wanted")
        self.x = x - x.mean(0)
        return self.x

    def backward(self, grad: Any) -> Any:
        if len(grad) < 2:
            raise ValueError("more than one sample wanted")
        return grad - grad.mean(0)


class RunningMean:
    """It keeps a mean of all batches, which its forward changes and does not use."""

    def __init__(self) -> None:
        self.mean = torch.zeros(5)

    def forward(self, x: Any) -> Any:
        self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
        return x - x.mean(0)

    def backward(self, grad: Any) -> Any:
        return grad - grad.mean(0)


class Single:
    """Everything is float32, whatever comes; exactly representable, for the numbers' sake."""

    def forward(self, x: Any) -> Any:
        return 2 * x.float()

    def backward(self, grad: Any) -> Any:
        return 2 * grad.float()


class Unlisted:
    """torch.nn's own name, attributes called as there, and a list that speaks another dialect."""

    def __init__(self) -> None:
        self.weight = torch.randn(5, 3)
        self.dweight = torch.zeros(5, 3)

    def parameters(self) -> list[tuple[Any, Any]]:
        return [(self.weight, self.dweight)]

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.weight

    def backward(self, grad: Any) -> Any:
        self.dweight = self.x.T @ grad
        return grad @ self.weight.T


class NumpyTanh:
    """Arrays in, arrays out."""

    def forward(self, x: Any) -> Any:
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad: Any) -> Any:
        return grad * (1 - self.y**2)


class NumpyPromoting(NumpyTanh):
    """A factor in double precision makes all of it double."""

    def backward(self, grad: Any) -> Any:
        return np.float64(1) * super().backward(grad).astype(np.float64)


class NumpyReLU:
    """A mask, and fancy indexing."""

    def forward(self, x: Any) -> Any:
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, grad: Any) -> Any:
        out = grad.copy()
        out[self.mask] = 0
        return out


class SumOfSquares:
    """A loss whose backward takes no cotangent."""

    def forward(self, prediction: Any, target: Any) -> Any:
        self.difference = prediction - target
        return (self.difference**2).sum() / 2

    def backward(self) -> Any:
        return self.difference


class MeanOfSquares:
    """A loss that is a Python float."""

    def forward(self, prediction: Any, target: Any) -> float:
        self.difference = prediction - target
        return float((self.difference**2).mean())

    def backward(self) -> Any:
        return 2 * self.difference / self.difference.numel()


class Chain:
    """Layers in a list, parameters of all."""

    def __init__(self) -> None:
        self.layers: list[Any] = [AddingInPlace(), Kept()]

    def parameters(self) -> Any:
        return self.layers[0].parameters()

    def zero_grad(self) -> None:
        self.layers[0].zero_grad()

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad: Any) -> Any:
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class LayerNorm:
    """Terms that cancel, sums over axes."""

    def forward(self, x: Any) -> Any:
        centred = x - x.mean(-1, keepdim=True)
        self.spread = (centred**2).mean(-1, keepdim=True).add(1e-5).sqrt()
        self.normed = centred / self.spread
        return self.normed

    def backward(self, grad: Any) -> Any:
        along = (grad * self.normed).mean(-1, keepdim=True)
        return (grad - grad.mean(-1, keepdim=True) - self.normed * along) / self.spread


class TorchFunction(torch.nn.Module):
    """torch's own parameters, and a backward beside autograd's."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(5, 3))
        self.shift = torch.nn.Buffer(torch.ones(5))

    def forward(self, x: Any) -> Any:
        self.x = x + self.shift
        return self.x @ self.weight

    def backward(self, grad: Any) -> Any:
        with torch.no_grad():
            self.weight.grad = self.x.T @ grad
            return grad @ self.weight.T


Linear = type("Linear", (Unlisted,), {})

LAYERS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    kind.__name__: (kind, (X,))
    for kind in (
        Overwriting,
        AddingInPlace,
        OneMatrix,
        Views,
        Identity,
        Flat,
        Mask,
        InPlace,
        Kept,
        Queue,
        Hungry,
        RunningMean,
        Single,
        Unlisted,
        Linear,
        Chain,
        LayerNorm,
        TorchFunction,
    )
} | {
    "NumpyTanh": (NumpyTanh, (A,)),
    "NumpyPromoting": (NumpyPromoting, (A.astype(np.float32),)),
    "NumpyReLU": (NumpyReLU, (A,)),
    "SumOfSquares": (SumOfSquares, (X, X.flip(0))),
    "MeanOfSquares": (MeanOfSquares, (X, X.flip(0))),
}
CONVENTIONS = {
    "Overwriting": ("accumulation", "a second backward overwrites the gradient of"),
    "AddingInPlace": ("call_order", "it keeps only its last forward"),
    "Views": ("layout", "given a transposed input it fails: Views.forward raised RuntimeError"),
    "Identity": ("aliasing", "is grad_output itself, not a copy: a convention of its own"),
    "Flat": ("aliasing", "is grad_output itself, not a copy: a convention of its own"),
    "InPlace": ("purity", "it declares itself as working in place"),
    "Queue": ("call_order", "after two forwards, the backward answers the first of them"),
    "Hungry": ("batch", "a batch of one: Hungry.forward raised ValueError: more than one sample"),
    "Single": ("dtype", "it computes in a dtype of its own"),
    "NumpyPromoting": ("dtype", "NumPy promotes"),
    "SumOfSquares": ("linearity", "the backward takes no cotangent"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_right_code_is_not_refuted(name: str) -> None:
    """The verdict is what the gradients give, and no contract fails to be asked."""
    kind, inputs = LAYERS[name]
    bare = gradcheck.check(kind(), *inputs, contracts=())
    result = gradcheck.check(kind(), *inputs)
    assert result.verdict == bare.verdict == "verified", result.explain()
    assert "could not be asked" not in result.explain()


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_is_waived_and_told(name: str) -> None:
    """In one line that says what is done otherwise."""
    kind, inputs = LAYERS[name]
    contract, reason = CONVENTIONS[name]
    assert reason in gradcheck.check(kind(), *inputs).unverified[contract]
