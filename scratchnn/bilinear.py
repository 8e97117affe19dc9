"""Bilinear: a form of two inputs that is linear in each."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.errors import ArgumentError, ShapeError, check_dtype, check_shape
from scratchnn.module import Module
from scratchnn.parameter import Parameter


class Bilinear(Module):
    """The form  y_o = x₁ᵀ W_o x₂ + b_o.

    Shapes   x₁ (..., in1),  x₂ (..., in2),  W (out, in1, in2),  b (out,)  ->  y (..., out)
    VJP      x̄₁ = Σ_o ȳ_o W_o x₂,   x̄₂ = Σ_o ȳ_o W_oᵀ x₁,
             W̄_o = Σ ȳ_o x₁ x₂ᵀ,   b̄ = Σ ȳ       (the last two over all leading axes)
    Raises   ShapeError if the inputs do not fit W or each other; DtypeError if they differ from it;
             ArgumentError for a size below 1
    Source   torch.nn.Bilinear

    Each is one product of matrices. With the outer products P = ȳ ⊗ x₁ and Q = ȳ ⊗ x₂ as rows, and
    W as a matrix (out·in1, in2) or (out·in2, in1), they are  x̄₁ = Q W,  x̄₂ = P W,  W̄ = Pᵀ x₂.

    >>> import torch
    >>> layer = Bilinear(3, 4, 2)
    >>> layer(torch.ones(5, 3), torch.ones(5, 4)).shape
    torch.Size([5, 2])
    >>> [tuple(grad.shape) for grad in layer.backward(torch.ones(5, 2))]
    [(5, 3), (5, 4)]
    >>> layer.bias.grad
    tensor([5., 5.])
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        sizes = (in1_features, in2_features, out_features)
        if min(sizes) < 1:
            raise ArgumentError(f"Bilinear{sizes}: expected three sizes of at least 1")
        self.in1_features, self.in2_features, self.out_features = sizes
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias: Parameter | None = None
        init.fan_in_uniform(self.weight.data, in1_features)
        if bias:
            self.bias = Parameter(torch.empty(out_features, device=device, dtype=dtype))
            init.fan_in_uniform(self.bias.data, in1_features)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Return x₁ᵀ W x₂ + b."""
        for x, size in ((input1, self.in1_features), (input2, self.in2_features)):
            if x.dim() == 0 or x.shape[-1] != size:
                raise ShapeError(
                    f"an input of Bilinear is {tuple(x.shape)}, expected (..., {size}): "
                    f"the weight is {tuple(self.weight.data.shape)}"
                )
            check_dtype("an input of Bilinear", x, self.weight.data.dtype)
        leading = input1.shape[:-1]
        check_shape("input2 without its last axis", input2.shape[:-1], leading, "as input1")
        first, second = _rows(input1), _rows(input2)
        weight = self.weight.data
        # (m, in2) times (in2, out·in1), then each block of in1 times x₁.
        mixed = second @ weight.reshape(-1, self.in2_features).T
        blocks = mixed.reshape(len(second), self.out_features, self.in1_features)
        y = (blocks @ first.unsqueeze(2)).squeeze(2)
        if self.bias is not None:
            y = y + self.bias.data
        y = y.reshape(*leading, self.out_features)
        self.save(input1, input2, weight, output=y)
        return y

    def backward(self, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        """Add W̄ and b̄, and return x̄₁ and x̄₂."""
        input1, input2, weight = self.saved(grad_output)
        first, second, grad = _rows(input1), _rows(input2), _rows(grad_output).unsqueeze(2)
        with_first = (grad * first.unsqueeze(1)).reshape(len(grad), -1)
        with_second = (grad * second.unsqueeze(1)).reshape(len(grad), -1)
        self.weight.accumulate((with_first.T @ second).reshape(weight.shape))
        if self.bias is not None:
            self.bias.accumulate(grad.sum(dim=(0, 2)))
        grad1 = with_second @ weight.transpose(1, 2).reshape(-1, self.in1_features)
        grad2 = with_first @ weight.reshape(-1, self.in2_features)
        return grad1.reshape(input1.shape), grad2.reshape(input2.shape)

    def extra_repr(self) -> str:
        """Return the sizes, as torch prints them."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


def _rows(x: Tensor) -> Tensor:
    """Flatten the leading axes:  (..., n)  ->  (m, n)."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
