"""Complaints about what can be handed to a check, and what a function may do with it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 torch's own custom

from gradcheck.compat import GradcheckError
from gradcheck.compat import gradcheck as torchlike
from gradcheck.compat.dependence import DependenceWarning
from tests.complaints.functions import function, leaf


def test_pytorch_38586_an_expanded_input() -> None:
    """Its elements share their memory: a step along one moved all."""
    vector = torch.randn(1, dtype=torch.float64).expand(2).requires_grad_()
    matrix = leaf(2, 2).detach()
    with pytest.raises(RuntimeError, match="stride 0"):
        torch.autograd.gradcheck(lambda v: (matrix @ v).sum(), (vector,))
    assert torchlike(lambda v: (matrix @ v).sum(), (vector,))


def weighted(items: list[Tensor], weight: Tensor) -> Tensor:
    """A function of a list."""
    return torch.stack([item * weight for item in items]).sum(0)


def test_pytorch_85317_a_list_of_tensors() -> None:
    """Torch looks for tensors among the arguments only, and finds none in the list."""
    items = [leaf(3), leaf(3, seed=1)]
    with pytest.raises((ValueError, IndexError)):
        torch.autograd.gradcheck(weighted, (items, leaf(3).detach()))  # type: ignore[arg-type] # so
    assert torchlike(weighted, (items, leaf(3, seed=2)))


class Scale(torch.autograd.Function):
    """The thread's function, which works in place."""

    wrong = 1.0

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        """Multiply x where it stands."""
        ctx.factor = factor
        ctx.mark_dirty(x)
        return x.mul_(factor)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Return the factor times grad_output."""
        return grad_outputs[0] * ctx.factor * Scale.wrong, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        """Multiply the tangent where it stands."""
        return tangents[0].mul_(ctx.factor)


@pytest.mark.parametrize("mode", [{}, {"check_forward_ad": True, "check_backward_ad": False}])
def test_pytorch_97332_a_function_that_works_in_place(
    mode: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step was taken from where the last one had left the input: 1e98 for 3."""
    inputs = (leaf(4, 3) * 1, 3)
    assert torchlike(Scale.apply, inputs, **mode)
    monkeypatch.setattr(Scale, "wrong", 1.001)
    if not mode:
        with pytest.raises(GradcheckError, match="refuted"):
            torchlike(Scale.apply, inputs)


def test_pytorch_121842_inputs_that_depend_on_each_other() -> None:
    """With y = 3 x, torch compares ∂(x·y)/∂x = y with d(x·3x)/dx = 6 x, and calls it a mismatch."""
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(torch.dot, (x, 3 * x))
    with pytest.warns(DependenceWarning, match="input 1 is computed from input 0"):
        assert torchlike(torch.dot, (x, 3 * x))


def test_pytorch_194869_outputs_that_have_no_gradient() -> None:
    """In fast mode, an output before the wrong one that has none led to an IndexError."""

    def mixed(x: Tensor) -> tuple[Tensor, ...]:
        wrong: Tensor = function(lambda y: 2 * y, lambda g, _: 3 * g).apply(x)
        return torch.zeros_like(x), wrong, torch.arange(3)

    assert torchlike(lambda x: (torch.zeros_like(x), 2 * x, torch.arange(3)), (leaf(3),))
    with pytest.raises(GradcheckError, match=r"1\.5 times the true one"):
        torchlike(mixed, (leaf(3),), fast_mode=True)


def test_pytorch_114333_dropout() -> None:
    """Each call drew another mask; here every call starts from the same state."""
    images = leaf(2, 4, 3, 3)
    with pytest.raises(RuntimeError):
        torch.autograd.gradcheck(lambda x: F.dropout2d(x, 0.5), (images,))
    assert torchlike(lambda x: F.dropout2d(x, 0.5), (images,))
