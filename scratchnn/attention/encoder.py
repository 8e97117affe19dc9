"""TransformerEncoderLayer: attention, then a small network for each place, with two ways round."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.activations.gated import GELU
from scratchnn.activations.rectified import ReLU
from scratchnn.attention.multihead import MultiheadAttention
from scratchnn.dropout import Dropout
from scratchnn.errors import ArgumentError
from scratchnn.linear import Linear
from scratchnn.module import Module
from scratchnn.normalisation.layer import LayerNorm

ACTIVATIONS = {"relu": ReLU, "gelu": GELU}


class TransformerEncoderLayer(Module):
    """One layer of a transformer's encoder, A attention and F a network for each place.

        y₁ = norm₁(x + A(x)),   y = norm₂(y₁ + F(y₁)),   F = W₂ φ(W₁ y₁ + b₁) + b₂
        y₁ = x + A(norm₁(x)),   y = y₁ + F(norm₂(y₁))                     with norm_first

    Shapes   src (L, N, E), or (N, L, E) with batch_first, or (L, E);  src_mask (L, L) or
             (N·heads, L, L),  src_key_padding_mask (N, L)  ->  y as src
    VJP      the parts backwards, last to first; where x went two ways, both gradients are added
    Raises   ArgumentError for another activation; what its parts raise. A forward or backward that
             fails halfway forgets every pending forward
    Source   torch.nn.TransformerEncoderLayer; Vaswani and others (2017), "Attention is all you
             need", NIPS; Xiong and others (2020), arXiv:2002.04745, for norm_first

    >>> import torch
    >>> layer = TransformerEncoderLayer(4, 2, dim_feedforward=8)
    >>> layer(torch.ones(3, 5, 4)).shape
    torch.Size([3, 5, 4])
    >>> layer.backward(torch.ones(3, 5, 4)).shape
    torch.Size([3, 5, 4])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ArgumentError(f"activation={activation!r}: expected 'relu' or 'gelu'")
        self.self_attn = MultiheadAttention(
            d_model,
            nhead,
            dropout,
            bias,
            batch_first=batch_first,
            device=device,
            dtype=dtype,
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device=device, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device=device, dtype=dtype)
        eps = layer_norm_eps
        self.norm1 = LayerNorm(d_model, eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps, bias=bias, device=device, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = ACTIVATIONS[activation]()
        self.norm_first = norm_first

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
    ) -> Tensor:
        """Return y."""
        masks = (src_key_padding_mask, src_mask)
        try:
            if self.norm_first:
                middle = src + self._attend(self.norm1(src), *masks)
                y = middle + self._feed(self.norm2(middle))
            else:
                middle = self.norm1(src + self._attend(src, *masks))
                y = self.norm2(middle + self._feed(middle))
        except BaseException:
            self.forget()
            raise
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return x̄; every part adds its parameters' gradients."""
        self.saved(grad_output)
        try:
            if self.norm_first:
                middle = grad_output + self.norm2.backward(self._feed_back(grad_output))
                return middle + self.norm1.backward(self._attend_back(middle))
            last = self.norm2.backward(grad_output)
            first = self.norm1.backward(last + self._feed_back(last))
            return first + self._attend_back(first)
        except BaseException:
            self.forget()
            raise

    def _attend(self, x: Tensor, padding: Tensor | None, mask: Tensor | None) -> Tensor:
        y, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask)
        return self.dropout1.forward(y)

    def _attend_back(self, grad: Tensor) -> Tensor:
        query, key, value = self.self_attn.backward(self.dropout1.backward(grad))
        return query + key + value

    def _feed(self, x: Tensor) -> Tensor:
        wide = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2.forward(self.linear2(wide))

    def _feed_back(self, grad: Tensor) -> Tensor:
        wide = self.linear2.backward(self.dropout2.backward(grad))
        return self.linear1.backward(self.activation.backward(self.dropout.backward(wide)))
