"""Backwards on which torch's own check and ours differ: the README's first comparison.

`python -m tests.peers` asks both and writes the table into the README, between the markers
`<!-- peers -->` and `<!-- /peers -->`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair, Verdict
from tests import places

PLACE = "peers"
X = torch.linspace(-2, 2, 12, dtype=torch.float64)


class Row(NamedTuple):
    """A Function with its input, and what is right to say of it."""

    words: str
    pair: Pair
    x: Tensor
    verdict: Verdict


def tanh_scaled_by(factor: float) -> Pair:
    """A tanh whose backward is off by a factor."""
    return Pair(torch.tanh, lambda g, x: factor * g * (1 - torch.tanh(x) ** 2))


def small_square(claim: float) -> Pair:
    """1e-6 x², whose gradient is claimed to be this many times the right one."""
    return Pair(lambda x: 1e-6 * x * x, lambda g, x: claim * 2e-6 * x * g)


def tanh_in_float32_inside() -> Pair:
    """A tanh whose backward computes in float32 and returns float64."""
    return Pair(torch.tanh, lambda g, x: (g.float() * (1 - torch.tanh(x.float()) ** 2)).double())


ROWS = (
    Row("a gradient 1.0009 times too large", tanh_scaled_by(1.0009), X, Verdict.REFUTED),
    Row("a gradient 1.000001 times too large", tanh_scaled_by(1 + 1e-6), X, Verdict.REFUTED),
    Row("a gradient of zero for 10⁻⁶ x²", small_square(0.0), X, Verdict.REFUTED),
    Row("float32 arithmetic inside", tanh_in_float32_inside(), X, Verdict.REFUTED),
    Row("a right gradient, float32 inputs", tanh_scaled_by(1.0), X.float(), Verdict.VERIFIED),
)


def torch_passes(pair: Pair, x: Tensor) -> bool:
    """Whether torch.autograd.gradcheck, as it is called by default, accepts the pair."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return pair.forward(x)  # type: ignore[no-any-return]

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
            return pair.backward(*grad_outputs, *ctx.saved_tensors)  # type: ignore[no-any-return]

    leaf = x.clone().requires_grad_()
    call: Callable[..., Any] = Function.apply
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Input .* requires gradient and is not a double")
        return bool(torch.autograd.gradcheck(call, (leaf,), raise_exception=False))


def table() -> str:
    """What both say of each row, in Markdown."""
    lines = [
        "| a `torch.autograd.Function` with | `torch.autograd.gradcheck` | gradcheck |",
        "|---|---|---|",
    ]
    for row in ROWS:
        theirs = "passes" if torch_passes(row.pair, row.x) else "fails"
        lines.append(f"| {row.words} | {theirs} | {gradcheck.check(row.pair, row.x).verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    places.write(PLACE, table())
