"""Embedding: a table with a row for each word."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.errors import ArgumentError, DtypeError
from scratchnn.module import Module
from scratchnn.parameter import Parameter


class Embedding(Module):
    """The rows of a table:  y = W[i].

    Shapes   i (...) of integers,  W (num_embeddings, embedding_dim)  ->  y (..., embedding_dim)
    VJP      W̄[j] = Σ ȳ over all places where i = j: a word that comes twice gets both.  A whole
             number has no gradient: backward returns None
    Raises   ArgumentError for an index that is no row, or a size below 1; DtypeError if i holds no
             integers
    Source   torch.nn.Embedding; Bengio, Ducharme, Vincent, Jauvin (2003), "A neural probabilistic
             language model", JMLR 3

    The row at padding_idx starts at zero, and gets no gradient. Torch's max_norm changes the table
    inside the forward, and its scale_grad_by_freq is no derivative: both are left out.

    >>> import torch
    >>> layer = Embedding(4, 2)
    >>> layer(torch.tensor([[0, 3, 3]])).shape
    torch.Size([1, 3, 2])
    >>> layer.backward(torch.ones(1, 3, 2))
    >>> layer.weight.grad
    tensor([[1., 1.],
            [0., 0.],
            [0., 0.],
            [2., 2.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if num_embeddings < 1 or embedding_dim < 1:
            raise ArgumentError(
                f"Embedding({num_embeddings}, {embedding_dim}): expected two sizes of at least 1"
            )
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ArgumentError(
                f"padding_idx={padding_idx}: expected a row from {-num_embeddings} to "
                f"{num_embeddings - 1}"
            )
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        shape = (num_embeddings, embedding_dim)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        init.normal(self.weight.data)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def forward(self, input: Tensor) -> Tensor:
        """Return W[i]."""
        if input.dtype not in (torch.int64, torch.int32):
            raise DtypeError(f"the input of Embedding is {input.dtype}: convert it with .long()")
        flat = input.reshape(-1)
        if flat.numel() and not 0 <= int(flat.min()) <= int(flat.max()) < self.num_embeddings:
            raise ArgumentError(
                f"Embedding: the input has rows from {int(flat.min())} to {int(flat.max())}, "
                f"expected 0 … {self.num_embeddings - 1}"
            )
        y = self.weight.data.index_select(0, flat).reshape(*input.shape, self.embedding_dim)
        self.save(flat, output=y)
        return y

    def backward(self, grad_output: Tensor) -> None:
        """Add ȳ to the rows of W̄ that it belongs to; the indices have no gradient."""
        (flat,) = self.saved(grad_output)
        rows = grad_output.reshape(-1, self.embedding_dim)
        if self.padding_idx is not None:
            rows = rows.masked_fill((flat == self.padding_idx).unsqueeze(1), 0)
        self.weight.accumulate(torch.zeros_like(self.weight.data).index_add_(0, flat, rows))

    def extra_repr(self) -> str:
        """Return the sizes, as torch prints them."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
