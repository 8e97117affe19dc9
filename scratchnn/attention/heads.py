"""Scaled dot-product attention of several heads: A = softmax(Q Kᵀ/√d + M),  O = A V.

Backwards, from the last to the first, with the softmax's own VJP in between:

    V̄ = Aᵀ Ō,   Ā = Ō Vᵀ,   S̄ = A ∘ (Ā - Σ Ā A),   Q̄ = S̄ K/√d,   K̄ = S̄ᵀ Q/√d

Without the factor 1/√d the scores of d random products have a variance of d, and the softmax
saturates, whose gradient then vanishes.

Source: Vaswani and others (2017), "Attention is all you need", NIPS, section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.activations.softmax import softmax_vjp
from scratchnn.dropout import keep


@dataclass(frozen=True)
class Attention:
    """What one attention keeps for its backward.

    Shapes   q (N·heads, L, d) with 1/√d inside,  k and v (N·heads, S, d),
             shares (N·heads, L, S) before dropout, and the mask of dropout

    >>> import torch
    >>> q, k, v = torch.ones(1, 1, 1), torch.ones(1, 2, 1), torch.tensor([[[1.0], [3.0]]])
    >>> _, _, attention = attend(q, k, v, None, 0.0)
    >>> q_bar, k_bar, v_bar = attention.vjp(torch.ones(1, 1, 1), None)
    >>> q_bar.flatten(), k_bar.flatten(), v_bar.flatten()
    (tensor([0.]), tensor([-0.5000,  0.5000]), tensor([0.5000, 0.5000]))
    """

    q: Tensor
    k: Tensor
    v: Tensor
    shares: Tensor
    mask: Tensor

    def vjp(self, grad: Tensor, grad_weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Return Q̄, K̄ and V̄ from Ō and, where the weights were used as well, their cotangent."""
        weights_bar = grad @ self.v.transpose(1, 2)
        if grad_weights is not None:
            weights_bar = weights_bar + grad_weights
        v_bar = (self.shares * self.mask).transpose(1, 2) @ grad
        scores_bar = softmax_vjp(self.shares, weights_bar * self.mask, -1)
        scale = 1 / math.sqrt(self.q.shape[-1])
        return scores_bar @ self.k * scale, scores_bar.transpose(1, 2) @ self.q, v_bar


def attend(
    q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None, dropout: float
) -> tuple[Tensor, Tensor, Attention]:
    """Return O (N·heads, L, d), the weights (N·heads, L, S), and what the backward needs.

    `hidden` is added to the scores, -∞ where a key must not be seen; a query that may see none
    gets zeros, where a softmax over nothing would be NaN.

    >>> import torch
    >>> one = torch.ones(1, 1, 1)
    >>> output, weights, _ = attend(one, torch.ones(1, 2, 1), torch.ones(1, 2, 1), None, 0.0)
    >>> weights
    tensor([[[0.5000, 0.5000]]])
    """
    q = q * math.sqrt(1 / q.shape[-1])
    if hidden is None:
        shares = torch.softmax(q @ k.transpose(1, 2), dim=-1)
    else:
        shares = torch.softmax(torch.baddbmm(hidden, q, k.transpose(1, 2)), dim=-1)
        blind = (hidden == -math.inf).all(dim=-1, keepdim=True)
        shares = shares.masked_fill(blind, 0)
    mask = keep(shares, dropout)
    weights = shares * mask
    return weights @ v, weights, Attention(q, k, v, shares, mask)


def split(x: Tensor, heads: int) -> Tensor:
    """Return (L, N, E) as (N·heads, L, E/heads).

    >>> import torch
    >>> split(torch.ones(5, 3, 4), heads=2).shape
    torch.Size([6, 5, 2])
    """
    length, samples, features = x.shape
    return x.reshape(length, samples * heads, features // heads).transpose(0, 1)


def join(x: Tensor, heads: int) -> Tensor:
    """Return (N·heads, L, d) as (L, N, d·heads): the transpose of `split`, and its inverse.

    >>> import torch
    >>> join(torch.ones(6, 5, 2), heads=2).shape
    torch.Size([5, 3, 4])
    """
    rows, length, size = x.shape
    return x.transpose(0, 1).reshape(length, rows // heads, size * heads)
