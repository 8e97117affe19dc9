"""Thirty tests as people write them for torch's gradcheck: only the import is another.

Each passes with torch's own functions, too, which the last test of the file shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 as everybody calls it
from torch import Tensor

from gradcheck.compat import GradcheckError, gradcheck, gradgradcheck

DTYPE = torch.float64


def rand(*shape: int, complex_: bool = False) -> Tensor:
    """A random leaf."""
    dtype = torch.complex128 if complex_ else DTYPE
    return torch.randn(*shape, dtype=dtype, requires_grad=True)


class Cube(torch.autograd.Function):
    """x³, which can be differentiated twice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Save x."""
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Use it."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] * 3 * x**2


class Scaled(torch.autograd.Function):
    """a x and exp x, with a constant a: a number, a None and two outputs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, a: float) -> tuple[Tensor, Tensor]:
        """Save x and a."""
        ctx.save_for_backward(x)
        ctx.a = a
        return a * x, x.exp()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:
        """Nothing for a."""
        (x,) = ctx.saved_tensors
        first, other = grad_outputs
        return ctx.a * first + other * x.exp(), None


def norm(x: Tensor) -> Tensor:
    """The length of every row."""
    return x.pow(2).sum(dim=-1).sqrt()


def tilted(kind: Any) -> Any:
    """A Function of the same forward, with a backward that is off by a ten-thousandth."""

    class Tilted(kind):  # type: ignore[misc]
        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            claims = kind.backward(ctx, *grad_outputs)
            first, *others = claims if isinstance(claims, tuple) else (claims,)
            return (first * (1 + 1e-4), *others)

    return Tilted


LINEAR = torch.nn.Linear(3, 2).to(DTYPE)
LABELS = torch.tensor([0, 2, 1])

FIRST: dict[str, tuple[Callable[..., Any], Callable[[], tuple[Any, ...]]]] = {
    "sin": (torch.sin, lambda: (rand(5),)),
    "tanh": (torch.tanh, lambda: (rand(2, 3),)),
    "relu": (F.relu, lambda: (rand(9),)),
    "softplus": (F.softplus, lambda: (rand(4),)),
    "matmul": (torch.matmul, lambda: (rand(3, 4), rand(4, 2))),
    "broadcast": (torch.add, lambda: (rand(3, 1), rand(4))),
    "one of two inputs": (torch.mul, lambda: (rand(3), torch.ones(3, dtype=DTYPE))),
    "linear": (F.linear, lambda: (rand(5, 3), rand(2, 3), rand(2))),
    "module": (LINEAR, lambda: (rand(5, 3),)),
    "conv2d": (F.conv2d, lambda: (rand(1, 2, 5, 4), rand(3, 2, 3, 3), rand(3))),
    "max pool": (lambda x: F.max_pool2d(x, 2), lambda: (rand(1, 2, 4, 6),)),
    "layer norm": (lambda x: F.layer_norm(x, (5,)), lambda: (rand(3, 5),)),
    "cross entropy": (lambda x: F.cross_entropy(x, LABELS), lambda: (rand(3, 4),)),
    "indexing": (lambda x: x[1:, ::2], lambda: (rand(3, 5),)),
    "several outputs": (torch.svd, lambda: (rand(3, 3),)),
    "values and indices": (lambda x: x.max(dim=1), lambda: (rand(3, 4),)),
    "scalar": (lambda x: x.square().sum(), lambda: (rand(4),)),
    "inverse": (torch.linalg.inv, lambda: (rand(3, 3),)),
    "complex abs": (torch.abs, lambda: (rand(4, complex_=True),)),
    "complex product": (torch.mul, lambda: (rand(3, complex_=True), rand(3, complex_=True))),
    "fft": (torch.fft.rfft, lambda: (rand(6),)),
    "own function": (Cube.apply, lambda: (rand(4),)),
    "own function with a constant": (lambda x: Scaled.apply(x, 2.5), lambda: (rand(4),)),
    "method": (Tensor.exp, lambda: (rand(3),)),
    "norm": (norm, lambda: (rand(3, 4),)),
}
SECOND = {
    name: FIRST[name]
    for name in ("sin", "matmul", "own function", "conv2d", "complex product", "norm")
}


@pytest.mark.parametrize("name", FIRST)
def test_gradcheck_passes(name: str) -> None:
    """As in anybody's tests."""
    function, inputs = FIRST[name]
    assert gradcheck(function, inputs(), eps=1e-6)


@pytest.mark.parametrize("name", SECOND)
def test_gradgradcheck_passes(name: str) -> None:
    """The same for double backward."""
    function, inputs = SECOND[name]
    assert gradgradcheck(function, inputs())


@pytest.mark.parametrize("name", ["sin", "matmul", "fft", "complex product"])
def test_forward_mode_passes(name: str) -> None:
    """The same for forward mode."""
    function, inputs = FIRST[name]
    assert gradcheck(function, inputs(), check_forward_ad=True, check_batched_grad=True)


BROKEN: dict[str, Callable[..., Any]] = {
    "own function": tilted(Cube).apply,
    "own function with a constant": lambda x: tilted(Scaled).apply(x, 2.5),
    "matmul": lambda x, w: tilted(Cube).apply(x) @ w,
    "scalar": lambda x: tilted(Cube).apply(x).sum(),
    "several outputs": lambda x: (x.sin(), tilted(Cube).apply(x)),
    "layer norm": lambda x: F.layer_norm(tilted(Cube).apply(x), (5,)),
    "norm": lambda x: norm(tilted(Cube).apply(x)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_one_whose_backward_is_broken_by_1e_4_fails(name: str) -> None:
    """Which torch lets pass, wherever in a function the broken backward stands."""
    inputs = FIRST[name][1]()
    assert torch.autograd.gradcheck(BROKEN[name], inputs)
    with pytest.raises(GradcheckError, match="refuted"):
        gradcheck(BROKEN[name], inputs)


@pytest.mark.parametrize("name", FIRST)
def test_torch_passes_them_too(name: str) -> None:
    """They are tests that somebody has today."""
    function, inputs = FIRST[name]
    assert torch.autograd.gradcheck(function, inputs())
