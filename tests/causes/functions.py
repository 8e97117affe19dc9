"""Wrong backwards of ``torch.autograd.Function``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from tests.causes.mutant import Mutant, drawn, positive


def function(
    name: str,
    cause: str,
    forward: Callable[..., Tensor],
    backward: Callable[..., Any],
    inputs: Callable[[], tuple[Any, ...]],
) -> Mutant:
    """Make a Function of a forward and of a backward that is given the saved inputs."""

    class Made(Function):
        """One operator."""

        @staticmethod
        def forward(ctx: Any, *given: Tensor) -> Tensor:
            """Compute."""
            ctx.save_for_backward(*given)
            return forward(*given)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            """Differentiate."""
            return backward(grad_outputs[0], *ctx.saved_tensors)

    return Mutant(name, cause, Made, inputs, "Function")


ORDER = torch.tensor([2, 0, 3, 1, 4])
GRID = ((4, 5),)

MUTANTS: tuple[Mutant, ...] = (
    function(
        "mean: not divided",
        "factor",
        lambda x: x.mean(1),
        lambda g, x: g[:, None].expand_as(x),
        drawn(GRID),
    ),
    function(
        "sum: divided",
        "factor",
        lambda x: x.sum(1),
        lambda g, x: g[:, None].expand_as(x) / x.shape[1],
        drawn(GRID),
    ),
    function(
        "running sum: not reversed",
        "transpose",
        lambda x: x.cumsum(1),
        lambda g, x: g.cumsum(1),
        drawn(GRID),
    ),
    function(
        "reordered: in the same order again",
        "permutation",
        lambda x: x[:, ORDER],
        lambda g, x: g[:, ORDER],
        drawn(GRID),
    ),
    function(
        "norm: the radial part is forgotten",
        "missing_term",
        lambda x: x / x.norm(dim=1, keepdim=True),
        lambda g, x: g / x.norm(dim=1, keepdim=True),
        drawn(GRID),
    ),
    function(
        "product: factors exchanged",
        "permutation",
        torch.mul,
        lambda g, a, b: (g * a, g * b),
        drawn((*GRID, *GRID)),
    ),
    function(
        "matrices: the second is not transposed",
        "transpose",
        torch.matmul,
        lambda g, a, b: (g @ b, a.T @ g),
        drawn(((3, 4), (4, 4))),
    ),
    function(
        "power: the exponent stays up", "factor", lambda x: x**3, lambda g, x: g * x**2, drawn(GRID)
    ),
    function(
        "rolled: the wrong way",
        "permutation",
        lambda x: x.roll(1, 1),
        lambda g, x: g.roll(1, 1),
        drawn(GRID),
    ),
    function(
        "halves exchanged",
        "permutation",
        lambda a, b: torch.cat([a, b], 1),
        lambda g, a, b: (g[:, 3:], g[:, :3]),
        drawn(((4, 3), (4, 3))),
    ),
    function("a stub", "zero", torch.tanh, lambda g, x: torch.zeros_like(x), drawn(GRID)),
    function(
        "reciprocal: the sign", "sign", torch.reciprocal, lambda g, x: g / x**2, positive(GRID)
    ),
    function(
        "norm: of all, its square",
        "factor",
        lambda x: x.square().sum().sqrt(),
        lambda g, x: g * x,
        drawn(GRID),
    ),
    function(
        "outer: one factor's sum is missing",
        "batch_reduction",
        lambda x, s: x * s,
        lambda g, x, s: (g * s, (g * x)[0]),
        drawn(((4, 5), (5,))),
    ),
    function(
        "where: sides exchanged",
        "branch",
        lambda x: torch.where(x > 0, x, 0),
        lambda g, x: torch.where(x > 0, 0, g),
        drawn(GRID),
    ),
    function("lower triangle: all passes", "slice", torch.tril, lambda g, x: g, drawn(((5, 5),))),
    function("diagonal forgotten", "slice", torch.tril, lambda g, x: g.tril(-1), drawn(((5, 5),))),
    function(
        "scaled by 0.7 twice", "factor", lambda x: 0.7 * x, lambda g, x: 0.49 * g, drawn(GRID)
    ),
)
