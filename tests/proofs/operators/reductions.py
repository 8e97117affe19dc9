"""What sums, sorts, chooses and rearranges."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 as everybody calls it

from tests.proofs.operators.drawing import between, normal, table

GRID, CUBE, ROW = normal(3, 4), normal(2, 3, 4), normal(5)
PLACES = torch.tensor([[0, 2, 1, 1], [2, 2, 0, 1]])
ORDER = torch.tensor([2, 0, 1])
MASK = torch.tensor([[True, False, True, True]] * 3)

REDUCTIONS = table(
    {
        "sum": (torch.sum, GRID),
        "sum over axes": (lambda x: x.sum(dim=(0, 2)), CUBE),
        "mean": (lambda x: x.mean(dim=1, keepdim=True), GRID),
        "prod": (lambda x: x.prod(dim=0), GRID),
        "prod with zeros": (lambda x: (x * (torch.arange(4) > 1)).prod(dim=1), GRID),
        "var": (torch.var, GRID),
        "std": (lambda x: x.std(dim=0, unbiased=False), GRID),
        "var_mean": (lambda x: torch.var_mean(x, dim=1), GRID),
        "logsumexp": (lambda x: x.logsumexp(dim=1), GRID),
        "amax": (lambda x: x.amax(dim=1), GRID),
        "amin": (lambda x: x.amin(dim=0), GRID),
        "aminmax": (lambda x: tuple(torch.aminmax(x, dim=1)), GRID),
        "max": (lambda x: x.max(dim=1), GRID),
        "min": (lambda x: x.min(dim=0), GRID),
        "median": (lambda x: x.median(dim=1), GRID),
        "nanmedian": (lambda x: x.nanmedian(dim=1), GRID),
        "kthvalue": (lambda x: x.kthvalue(2, dim=1), GRID),
        "sort": (lambda x: x.sort(dim=1, descending=True), GRID),
        "topk": (lambda x: x.topk(2, dim=1), GRID),
        "cumsum": (lambda x: x.cumsum(dim=1), GRID),
        "cumprod": (lambda x: x.cumprod(dim=1), GRID),
        "cummax": (lambda x: x.cummax(dim=1), GRID),
        "cummin": (lambda x: x.cummin(dim=0), GRID),
        "logcumsumexp": (lambda x: x.logcumsumexp(dim=1), GRID),
        "nansum": (torch.nansum, GRID),
        "nanmean": (torch.nanmean, GRID),
        "quantile": (lambda x: x.quantile(0.3, dim=1), GRID),
        "diff": (torch.diff, GRID),
        "trapezoid": (torch.trapezoid, GRID),
        "cumulative_trapezoid": (torch.cumulative_trapezoid, GRID),
        "gradient": (lambda x: torch.gradient(x)[0], GRID),
        "norm": (torch.linalg.vector_norm, GRID),
        "norm of order 3": (lambda x: torch.linalg.vector_norm(x, 3, dim=1), GRID),
        "largest norm": (lambda x: torch.linalg.vector_norm(x, float("inf"), dim=1), GRID),
        "renorm": (lambda x: torch.renorm(x, 2, 0, 0.5), GRID),
        "dist": (torch.dist, GRID, GRID),
        "cov": (torch.cov, GRID),
        "corrcoef": (torch.corrcoef, GRID),
    }
)
SHAPES = table(
    {
        "reshape": (lambda x: x.reshape(4, 3), GRID),
        "transpose": (lambda x: x.t(), GRID),
        "permute": (lambda x: x.permute(2, 0, 1), CUBE),
        "flip": (lambda x: x.flip(0, 1), GRID),
        "roll": (lambda x: x.roll(2, dims=1), GRID),
        "rot90": (torch.rot90, GRID),
        "expand": (lambda x: x.expand(3, 5), ROW),
        "repeat": (lambda x: x.repeat(2, 3), ROW),
        "tile": (lambda x: x.tile(2, 2), ROW),
        "repeat_interleave": (lambda x: x.repeat_interleave(2, dim=1), GRID),
        "cat": (lambda x, y: torch.cat([x, y]), GRID, GRID),
        "stack": (lambda x, y: torch.stack([x, y], dim=1), GRID, GRID),
        "split": (lambda x: x.split(3, dim=1), GRID),
        "chunk": (lambda x: x.chunk(2), GRID),
        "unbind": (torch.unbind, GRID),
        "gather": (lambda x: x.gather(0, PLACES), GRID),
        "index_select": (lambda x: x.index_select(0, ORDER[:2]), GRID),
        "take": (lambda x: x.take(PLACES), GRID),
        "take_along_dim": (lambda x: x.take_along_dim(PLACES, dim=0), GRID),
        "masked_select": (lambda x: x.masked_select(MASK), GRID),
        "masked_fill": (lambda x: x.masked_fill(MASK, 2.0), GRID),
        "masked_scatter": (lambda x, y: x.masked_scatter(MASK, y), GRID, GRID),
        "scatter": (lambda x, y: x.scatter(0, PLACES[:1], y), GRID, normal(1, 4)),
        "scatter_add": (lambda x, y: x.scatter_add(0, PLACES, y), GRID, normal(2, 4)),
        "index_add": (lambda x, y: x.index_add(0, ORDER, y), GRID, GRID),
        "index_put": (lambda x, y: x.index_put((ORDER[:2],), y), GRID, normal(2, 4)),
        "indexing": (lambda x: x[ORDER, ORDER], GRID),
        "slicing": (lambda x: x[1:, ::2], GRID),
        "narrow": (lambda x: x.narrow(1, 1, 2), GRID),
        "select": (lambda x: x.select(1, 2), GRID),
        "diag": (torch.diag, ROW),
        "diagonal": (lambda x: x.diagonal(1), GRID),
        "diag_embed": (torch.diag_embed, ROW),
        "tril": (torch.tril, GRID),
        "triu": (lambda x: x.triu(1), GRID),
        "unfold": (lambda x: x.unfold(0, 3, 1), ROW),
        "as_strided": (lambda x: x.as_strided((3, 3), (1, 1)), ROW),
        "meshgrid": (lambda x, y: torch.meshgrid(x, y, indexing="ij"), ROW, normal(3)),
        "pad": (lambda x: F.pad(x, (1, 2)), GRID),
        "reflected pad": (lambda x: F.pad(x, (1, 2), mode="reflect"), GRID),
        "replicated pad": (lambda x: F.pad(x, (1, 2), mode="replicate"), GRID),
        "circular pad": (lambda x: F.pad(x, (1, 2), mode="circular"), GRID),
        "trace": (torch.trace, GRID),
        "in place": (lambda x: x.mul_(2).sin_(), GRID),
        "interpolated between": (lambda x: torch.bucketize(x, torch.arange(3.0)) * x, GRID),
        "of a distribution": (
            lambda p: torch.distributions.Bernoulli(p).entropy(),
            between(0.1, 0.9, 4),
        ),
    }
)

REAL = (*REDUCTIONS, *SHAPES)
_COMPLEX = (
    "sum mean prod cumsum cumprod norm dist var std diff reshape transpose permute flip expand cat "
    "stack gather indexing diag diagonal tril scatter_add index_add trace masked_fill"
)
COMPLEX = tuple(one.of_complex() for one in REAL if one.name in _COMPLEX.split())
