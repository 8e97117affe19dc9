"""Clipping: gradients that together are too long, made shorter."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.parameter import Parameter

# Against a division by zero; torch adds the same.
TINY = 1e-6


def clip_grad_norm_(
    parameters: Iterable[Parameter], max_norm: float, norm_type: float = 2.0
) -> Tensor:
    """Multiply all gradients by one factor, so that their common norm is at most max_norm.

    The direction of the step stays, unlike where each element is clipped. Returns the norm before.

        ‖g‖ = (Σ |gᵢ|ᵖ)^(1/p) over all elements of all gradients,   g = g min(1, max / (‖g‖ + 1e-6))

    Raises   ArgumentError for a max_norm below 0, or NaN
    Source   torch.nn.utils.clip_grad_norm_; Pascanu, Mikolov, Bengio (2013), "On the difficulty of
             training recurrent neural networks", ICML

    >>> weight, bias = Parameter(torch.zeros(1)), Parameter(torch.zeros(1))
    >>> weight.accumulate(torch.tensor([3.0]))
    >>> bias.accumulate(torch.tensor([4.0]))
    >>> clip_grad_norm_([weight, bias], max_norm=1.0)
    tensor(5.)
    >>> weight.grad, bias.grad
    (tensor([0.6000]), tensor([0.8000]))
    """
    if not max_norm >= 0:
        raise ArgumentError(f"clip_grad_norm_(max_norm={max_norm}): expected at least 0")
    grads = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not grads:
        return torch.tensor(0.0)
    norm = _norm(torch.stack([_norm(grad, norm_type) for grad in grads]), norm_type)
    factor = (max_norm / (norm + TINY)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(factor)
    return norm


def _norm(x: Tensor, p: float) -> Tensor:
    if p == math.inf:
        return x.abs().max() if x.numel() else x.new_zeros(())
    norm: Tensor = torch.linalg.vector_norm(x, p)
    return norm
