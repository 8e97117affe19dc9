"""Wrong backwards of normalisation, softmax, attention, recurrence and embedding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tests.causes.mutant import Mutant, drawn, pair

EPS = 1e-5


def statistics(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return x normalised along an axis, and its standard deviation."""
    spread = (x.var(axis, correction=0, keepdim=True) + EPS).sqrt()
    return (x - x.mean(axis, keepdim=True)) / spread, spread


def normed(axis: int) -> Callable[..., Tensor]:
    """Return the forward of a normalisation over an axis, with weight and bias on the last."""
    return lambda x, weight, bias: statistics(x, axis)[0] * weight + bias


def norm_backward(axis: int, *, mean: float = 1, variance: float = 1) -> Callable[..., Any]:
    """Return its backward, the two inner terms with a factor each."""

    def backward(g: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Any:
        del bias
        x_hat, spread = statistics(x, axis)
        inner = g * weight
        centred = inner - mean * inner.mean(axis, keepdim=True)
        grad = centred - variance * x_hat * (inner * x_hat).mean(axis, keepdim=True)
        return grad / spread, (g * x_hat).sum(0), g.sum(0)

    return backward


def norm_with(axis: int, change: Callable[..., tuple[Any, ...]]) -> Callable[..., Any]:
    """Return the right gradients, changed."""

    def backward(g: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Any:
        found = norm_backward(axis)(g, x, weight, bias)
        return change(found, g, x, weight)

    return backward


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attend."""
    return torch.softmax(q @ k.T / math.sqrt(q.shape[-1]), -1) @ v


def attention_backward(
    change: Callable[[dict[str, Tensor]], tuple[Tensor, ...]],
) -> Callable[..., Any]:
    """Return its backward, assembled from the inner gradients as told."""

    def backward(g: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Any:
        scale = 1 / math.sqrt(q.shape[-1])
        share = torch.softmax(q @ k.T * scale, -1)
        inner = g @ v.T
        scores = share * (inner - (inner * share).sum(-1, keepdim=True))
        return change(
            {"scores": scores, "share": share, "q": q, "k": k, "g": g}
            | {"dq": scores @ k * scale, "dk": scores.T @ q * scale, "dv": share.T @ g}
        )

    return backward


def cell(x: Tensor, start: Tensor, inner: Tensor, outer: Tensor) -> Tensor:
    """Run a tanh cell over the first axis, and return every state."""
    states, state = [], start
    for step in x:
        state = torch.tanh(step @ inner + state @ outer)
        states.append(state)
    return torch.stack(states)


def cell_backward(change: str) -> Callable[..., Any]:
    """Return its backward with one mistake, or none."""

    def backward(g: Tensor, x: Tensor, start: Tensor, inner: Tensor, outer: Tensor) -> Any:
        states = cell(x, start, inner, outer)
        d_inner, d_outer = torch.zeros_like(inner), torch.zeros_like(outer)
        d_x, d_state = torch.zeros_like(x), torch.zeros_like(start)
        for t in reversed(range(len(x))):
            before = states[t - 1] if t else start
            d_sum = (g[t] + d_state) * (1 - states[t] ** 2)
            if change == "overwritten":
                d_inner = x[t].T @ d_sum
            else:
                d_inner += x[t].T @ d_sum
            d_outer += before.T @ d_sum
            d_x[t] = d_sum @ inner.T
            d_state = d_sum @ (outer if change == "not transposed" else outer.T)
            if change == "truncated":
                d_state = torch.zeros_like(start)
        if change == "averaged":
            d_inner = d_inner / len(x)
        if change == "negative":
            d_outer = -d_outer
        if change == "forgotten":
            d_state = torch.zeros_like(start)
        if change == "last step":
            d_x[-1] = 0
        return d_x, d_state, d_inner, d_outer

    return backward


def embedding_inputs() -> tuple[Any, ...]:
    """Return a table and indices, some of them twice."""
    return (*drawn(((6, 3),))(), torch.tensor([[1, 4, 1], [5, 1, 2]]))


def embedded(change: str) -> Callable[..., Any]:
    """Return the backward of a look-up with one mistake."""

    def backward(g: Tensor, table: Tensor, index: Tensor) -> Any:
        rows, flat = g.reshape(-1, g.shape[-1]), index.reshape(-1)
        found = torch.zeros_like(table)
        if change == "overwritten":
            for row, place in zip(rows, flat, strict=True):
                found[place] = row
            return found, None
        found.index_add_(0, (flat + (change == "off by one")) % len(table), rows)
        if change == "mean":
            count = torch.bincount(flat, minlength=len(table)).clamp(min=1)
            found = found / count[:, None]
        if change == "first index":
            found[1] = 0
        if change == "batch":
            found = found / len(index)
        return found, None

    return backward


def look_up(table: Tensor, index: Tensor) -> Tensor:
    """Look rows up."""
    return table[index]


ROWS = ((4, 6), (6,), (6,))
HEADS = ((5, 3), (5, 3), (5, 3))
STEPS = ((4, 2, 3), (2, 5), (3, 5), (5, 5))


def norm(name: str, cause: str, axis: int, backward: Callable[..., Any]) -> Mutant:
    """Make a mutant of a normalisation."""
    return pair("normalisation", name, cause, normed(axis), backward, drawn(ROWS))


def attend(name: str, cause: str, change: Callable[[dict[str, Tensor]], Any]) -> Mutant:
    """Make a mutant of attention."""
    return pair("attention", name, cause, attention, attention_backward(change), drawn(HEADS))


def soft(name: str, cause: str, backward: Callable[..., Any], *, log: bool = False) -> Mutant:
    """Make a mutant of softmax."""
    forward = torch.log_softmax if log else torch.softmax
    return pair("attention", name, cause, lambda x: forward(x, -1), backward, drawn(((4, 6),)))


def step(name: str, cause: str, change: str) -> Mutant:
    """Make a mutant of the cell."""
    return pair("recurrence", name, cause, cell, cell_backward(change), drawn(STEPS))


def looked_up(name: str, cause: str, change: str) -> Mutant:
    """Make a mutant of the look-up."""
    return pair("embedding", name, cause, look_up, embedded(change), embedding_inputs)


MUTANTS: tuple[Mutant, ...] = (
    norm(
        "layer: mean and variance are constants",
        "missing_term",
        -1,
        norm_backward(-1, mean=0, variance=0),
    ),
    norm(
        "layer: the term through the variance is absent",
        "missing_term",
        -1,
        norm_backward(-1, variance=0),
    ),
    norm(
        "layer: the term through the mean is absent", "missing_term", -1, norm_backward(-1, mean=0)
    ),
    norm(
        "batch: mean and variance are constants",
        "missing_term",
        0,
        norm_backward(0, mean=0, variance=0),
    ),
    norm(
        "batch: the inner sums are not divided",
        "missing_term",
        0,
        norm_backward(0, mean=4, variance=4),
    ),
    norm(
        "batch: the weight is left out of the input's gradient",
        "factor",
        0,
        lambda g, x, w, b: (
            norm_backward(0)(g, x, torch.ones_like(w), b)[0],
            *norm_backward(0)(g, x, w, b)[1:],
        ),
    ),
    norm(
        "batch: divided by the variance, not by its root",
        "factor",
        0,
        norm_with(0, lambda f, g, x, w: (f[0] / statistics(x, 0)[1], f[1], f[2])),
    ),
    norm(
        "batch: the weight's gradient is that of the first sample",
        "batch_reduction",
        0,
        norm_with(0, lambda f, g, x, w: (f[0], g[0] * statistics(x, 0)[0][0], f[2])),
    ),
    norm(
        "layer: the bias gets a mean",
        "factor",
        -1,
        norm_with(-1, lambda f, g, x, w: (f[0], f[1], g.mean(0))),
    ),
    norm(
        "layer: weight and bias are exchanged",
        "permutation",
        -1,
        norm_with(-1, lambda f, g, x, w: (f[0], f[2], f[1])),
    ),
    soft(
        "softmax: the diagonal alone",
        "missing_term",
        lambda g, x: g * (p := torch.softmax(x, -1)) * (1 - p),
    ),
    soft("softmax: without the sum", "missing_term", lambda g, x: g * torch.softmax(x, -1)),
    soft(
        "softmax: the sum runs over the batch",
        "missing_term",
        lambda g, x: (p := torch.softmax(x, -1)) * (g - (g * p).sum(0, keepdim=True)),
    ),
    soft(
        "log-softmax: the sum is not weighted",
        "missing_term",
        lambda g, x: g - g.sum(-1, keepdim=True),
        log=True,
    ),
    soft("softmax: passed through", "ignores_cotangent", lambda g, x: g),
    attend(
        "the scale is left out of q", "factor", lambda d: (d["scores"] @ d["k"], d["dk"], d["dv"])
    ),
    attend("q and k are exchanged", "permutation", lambda d: (d["dk"], d["dq"], d["dv"])),
    attend(
        "the shares are not transposed for v",
        "transpose",
        lambda d: (d["dq"], d["dk"], d["share"] @ d["g"]),
    ),
    attend("v gets nothing", "zero", lambda d: (d["dq"], d["dk"], torch.zeros_like(d["dv"]))),
    attend("the sign of k", "sign", lambda d: (d["dq"], -d["dk"], d["dv"])),
    step("the weight is overwritten in each step", "accumulation", "overwritten"),
    step("the gradient stops at each step", "missing_term", "truncated"),
    step("the weight is averaged over the steps", "factor", "averaged"),
    step("the recurrent weight has the wrong sign", "sign", "negative"),
    step("the first state gets nothing", "zero", "forgotten"),
    step("the recurrent weight is not transposed", "transpose", "not transposed"),
    step("the last step's input gets nothing", "slice", "last step"),
    looked_up("an index that comes twice is overwritten", "accumulation", "overwritten"),
    looked_up("the gradients of an index are averaged", "factor", "mean"),
    looked_up("every index is one too high", "permutation", "off by one"),
    looked_up("one row gets nothing", "slice", "first index"),
    looked_up("divided by the batch", "factor", "batch"),
)
