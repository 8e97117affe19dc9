"""MultiheadAttention: every place of a sequence looks at all places of another."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.attention.heads import Attention, attend, join, split
from scratchnn.attention.masks import merged
from scratchnn.errors import ArgumentError, ShapeError, check_dtype, check_shape
from scratchnn.linear import Linear
from scratchnn.module import Module
from scratchnn.parameter import Parameter
from scratchnn.sequences import ALONE, as_given, steps_first

Three = tuple[Tensor, Tensor, Tensor]


class MultiheadAttention(Module):
    """Attention  A V,  A = softmax(Q Kᵀ/√d),  in several heads, each with projections of its own.

    Shapes   query (L, N, E),  key (S, N, kdim),  value (S, N, vdim); N first with batch_first, or
             without N; key_padding_mask (N, S); attn_mask (L, S) or (N·heads, L, S)
             ->  (output as query, weights (N, L, S)), or (N, heads, L, S) if they are not averaged
    VJP      in `scratchnn.attention.heads` for the attention itself; around it that of Linear;
             backward(grad_output, grad_weights=None) returns the gradients of query, key and value,
             three also where they are one tensor: its gradient is their sum
    Raises   ArgumentError if the heads do not divide embed_dim; ShapeError or DtypeError for inputs
             or masks that do not fit
    Source   torch.nn.MultiheadAttention, without its add_bias_kv and add_zero_attn; Vaswani and
             others (2017), "Attention is all you need", NIPS, section 3.2

    A mask of booleans hides where it is True, one of numbers is added to the scores. The gradient
    of the part of in_proj_bias that belongs to the keys is zero: it moves all scores of a query
    alike.

    >>> import torch
    >>> layer = MultiheadAttention(4, 2)
    >>> x = torch.ones(3, 5, 4)
    >>> output, weights = layer(x, x, x)
    >>> output.shape, weights.shape
    (torch.Size([3, 5, 4]), torch.Size([5, 3, 3]))
    >>> [tuple(grad.shape) for grad in layer.backward(torch.ones(3, 5, 4))]
    [(3, 5, 4), (3, 5, 4), (3, 5, 4)]
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        *,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if num_heads < 1 or embed_dim < 1 or embed_dim % num_heads:
            raise ArgumentError(
                f"MultiheadAttention({embed_dim}, {num_heads}): expected an embed_dim that is a "
                "multiple of the heads"
            )
        if not 0 <= dropout < 1:
            raise ArgumentError(f"MultiheadAttention(dropout={dropout}): expected 0 ≤ dropout < 1")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.batch_first = batch_first
        sizes = (embed_dim, self.kdim, self.vdim)
        shapes = [(embed_dim, size) for size in sizes]
        self._names = ["q_proj_weight", "k_proj_weight", "v_proj_weight"]
        if len(set(sizes)) == 1:
            self._names, shapes = ["in_proj_weight"], [(3 * embed_dim, embed_dim)]
        for name, shape in zip(self._names, shapes, strict=True):
            setattr(self, name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
        self.in_proj_bias: Parameter | None = None
        if bias:
            zeros = torch.zeros(3 * embed_dim, device=device, dtype=dtype)
            self.in_proj_bias = Parameter(zeros)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device=device, dtype=dtype)
        if self.out_proj.bias is not None:
            init.constant(self.out_proj.bias.data, 0)
        for name in self._names:
            init.glorot_uniform(getattr(self, name).data)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the output, and the weights if they are needed."""
        inputs = self._arranged(query, key, value)
        length, samples = inputs[0].shape[:2]
        hidden = merged(
            attn_mask, key_padding_mask, (samples, self.num_heads, length, len(inputs[1])), query
        )
        weights, biases = self._projections()
        pairs = zip(inputs, weights, biases, strict=True)
        heads = [split(_affine(x, weight, bias), self.num_heads) for x, weight, bias in pairs]
        joined, shares, attention = attend(
            heads[0], heads[1], heads[2], hidden, self.dropout if self.training else 0.0
        )
        y = as_given(self.out_proj(join(joined, self.num_heads)), query.dim(), self.batch_first)
        averaged = average_attn_weights
        self.save(inputs, attention, averaged, query.dim(), *weights, output=y)
        if not need_weights:
            return y, None
        shares = shares.reshape(samples, self.num_heads, *shares.shape[1:])
        shares = shares.mean(dim=1) if averaged else shares
        return y, shares if query.dim() != ALONE else shares.squeeze(0)

    def backward(self, grad_output: Tensor, grad_weights: Tensor | None = None) -> Three:
        """Add the gradients of all projections; return those of query, key and value."""
        inputs, attention, averaged, axes, *weights = self.taken(grad_output)
        try:
            joined = self.out_proj.backward(steps_first(grad_output, self.batch_first))
        except BaseException:
            self.forget()
            raise
        of_weights = self._of_weights(attention, averaged, grad_weights)
        found = [
            join(part, self.num_heads)
            for part in attention.vjp(split(joined, self.num_heads), of_weights)
        ]
        rows = [part.flatten(0, 1) for part in found]
        each = [part.T @ x.flatten(0, 1) for part, x in zip(rows, inputs, strict=True)]
        grads = [torch.cat(each)] if len(self._names) == 1 else each
        for name, part in zip(self._names, grads, strict=True):
            getattr(self, name).accumulate(part)
        if self.in_proj_bias is not None:
            self.in_proj_bias.accumulate(torch.cat([part.sum(dim=0) for part in rows]))
        query, key, value = (
            as_given(part @ weight, axes, self.batch_first)
            for part, weight in zip(found, weights, strict=True)
        )
        return query, key, value

    def _projections(self) -> tuple[list[Tensor], list[Tensor | None]]:
        """Return the three weights and the three biases."""
        parameters = [getattr(self, name).data for name in self._names]
        weights = parameters if len(parameters) == 3 else list(parameters[0].chunk(3))
        if self.in_proj_bias is None:
            return weights, [None] * 3
        return weights, list(self.in_proj_bias.data.chunk(3))

    def _of_weights(
        self, attention: Attention, averaged: bool, grad: Tensor | None
    ) -> Tensor | None:
        """Return the cotangent of the weights of each head."""
        if grad is None:
            return None
        shape = attention.shares.shape
        if not averaged:
            return grad.reshape(shape)
        each = (grad / self.num_heads).reshape(-1, 1, *shape[1:])
        return each.expand(-1, self.num_heads, -1, -1).reshape(shape)

    def _arranged(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        """Return the three inputs as (L, N, features), if they fit the weights and each other."""
        sizes = (self.embed_dim, self.kdim, self.vdim)
        named = {"query": query, "key": key, "value": value}
        for (name, x), size in zip(named.items(), sizes, strict=True):
            if x.dim() not in (2, 3) or x.dim() != query.dim() or x.shape[-1] != size:
                raise ShapeError(
                    f"the {name} of MultiheadAttention is {tuple(x.shape)}, expected "
                    f"(L, N, {size}), or all three without N"
                )
            check_dtype(f"the {name} of MultiheadAttention", x, self.out_proj.weight.data.dtype)
        inputs = [steps_first(x, self.batch_first) for x in named.values()]
        check_shape("value", inputs[2].shape[:2], inputs[1].shape[:2], "one value for each key")
        check_shape("key", inputs[1].shape[1:2], inputs[0].shape[1:2], "as many samples as queries")
        return inputs

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.embed_dim}, {self.num_heads}, dropout={self.dropout}, "
            f"bias={self.in_proj_bias is not None}, kdim={self.kdim}, vdim={self.vdim}, "
            f"batch_first={self.batch_first}"
        )


def _affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return x Wᵀ + b for x (L, N, features)."""
    rows = x.flatten(0, 1)
    y = rows @ weight.T if bias is None else torch.addmm(bias, rows, weight.T)
    return y.reshape(*x.shape[:2], -1)
