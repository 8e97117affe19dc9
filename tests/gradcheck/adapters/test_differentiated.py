"""A plain function is checked through torch's own graph, and hand-written Functions in it."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import is_listed, recognised
from gradcheck.adapters.graph import AUTOGRADS_OWN


class Wrong(torch.autograd.Function):
    """x², whose backward forgets the two."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return x²."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Return x, not 2 x."""
        return grad_outputs[0] * ctx.saved_tensors[0]


def squares(x: Tensor, *, power: int = 2) -> dict[str, Any]:
    """Return outputs in a dictionary, one without a gradient."""
    return {"y": Wrong.apply(x) if power == 2 else x**power, "n": torch.arange(3)}


def test_a_function_of_torch_is_verified() -> None:
    """By finite differences alone: the claim is autograd's own, which is no second witness."""
    result = gradcheck.check(torch.nn.functional.softplus, torch.randn(5))
    assert result.verdict == gradcheck.Verdict.VERIFIED
    (finding,) = (f for f in result.findings if f.check == "gradient")
    assert AUTOGRADS_OWN in [comparison.note for comparison in finding.comparisons]


def test_a_wrong_function_inside_is_refuted_and_pointed_at() -> None:
    """By two witnesses, at the line of its own backward."""
    result = gradcheck.check(squares, torch.randn(4))
    assert result.verdict == gradcheck.Verdict.REFUTED
    (finding,) = result.refutations[:1]
    assert finding.source is not None
    assert finding.source.function == "Wrong.backward"
    opinions = {c.witness: str(c.opinion) for c in finding.comparisons}
    assert opinions["numeric"] == opinions["autograd"] == "differs"


def test_a_part_of_a_function_is_a_function() -> None:
    """With its constants filled in."""
    result = gradcheck.check(functools.partial(squares, power=3), torch.randn(4))
    assert result.verdict == gradcheck.Verdict.VERIFIED


def test_a_detached_input_is_not_passed_over() -> None:
    """The outputs move with it, and no gradient comes back."""
    result = gradcheck.check(lambda x, w: x.detach() * w, torch.randn(3), torch.randn(3))
    assert result.verdict != gradcheck.Verdict.VERIFIED or "x" in result.unverified


def test_functions_stand_for_themselves_but_are_not_listed_in_a_file() -> None:
    """Most functions of a file are no backward that somebody wrote."""
    assert recognised(squares)
    assert not is_listed(squares)


def test_a_function_without_a_gradient_is_refused() -> None:
    """There is nothing to check."""
    with pytest.raises(gradcheck.ExerciseError, match="no output that has a gradient"):
        gradcheck.check(torch.argsort, torch.randn(3))
