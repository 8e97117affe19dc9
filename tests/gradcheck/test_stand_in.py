"""A function that stands in for a forward: the claim is its gradient, or it is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.errors import CommandError, ExerciseError
from gradcheck.records import Verdict

SPIKES = """
import numpy as np
import torch

def soft(x, slope=3.0):
    return torch.sigmoid(slope * x)

class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x > 0).to(x)
    @staticmethod
    def backward(ctx, grad_output):
        y = torch.sigmoid(3.0 * ctx.saved_tensors[0])
        return 3.0 * y * (1 - y) * grad_output

class WrongSpike(Spike):
    @staticmethod
    def backward(ctx, grad_output):
        y = torch.sigmoid(3.0 * ctx.saved_tensors[0])
        return y * (1 - y) * grad_output

class Sign:
    def forward(self, x):
        self.x = x
        return np.sign(x)
    def backward(self, g):
        return g * (1 - np.tanh(self.x) ** 2)

class WrongSign(Sign):
    def backward(self, g):
        return g * (1 - np.tanh(self.x))
"""
DECLARED = """
[tool.gradcheck.cases]
Spike.expect = "gradient of spikes.soft"
WrongSpike.expect = "gradient of spikes.py:soft"
Sign.expect = "gradient of numpy.tanh"
WrongSign.expect = "gradient of numpy.tanh"
"""


def step(claim: Any) -> gradcheck.Pair:
    """A step with a slope of somebody's choice."""
    return gradcheck.Pair(lambda x: (x > 0).to(x), claim)


def soft_sign(x: Tensor) -> Tensor:
    """Smooth, and with a slope of 1 / (1 + |x|)²."""
    return x / (1 + x.abs())


@pytest.mark.parametrize("name", ["Spike", "WrongSpike", "Sign", "WrongSign"])
def test_the_claim_is_the_gradient_of_what_is_named_or_it_is_wrong(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pyproject.toml, by a dotted name or in a file; on tensors and on arrays."""
    (tmp_path / "spikes.py").write_text(SPIKES, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    result = gradcheck.check(f"spikes.py:{name}")
    expected = Verdict.REFUTED if name.startswith("Wrong") else Verdict.VERIFIED
    assert result.verdict == expected, result.explain()
    assert any("the gradient of" in note for note in result.notes)


def test_in_python_the_function_itself_is_given() -> None:
    """And the verdict is a proof of that gradient, not leave to give any."""
    right = step(lambda g, x: g / (1 + x.abs()) ** 2)
    wrong = step(lambda g, x: g / (1 + x.abs()))
    x = torch.randn(5)
    result = gradcheck.check(right, x, expect=soft_sign)
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert "declared: input is given the gradient of soft_sign" in result.notes
    assert gradcheck.check(wrong, x, expect=soft_sign).verdict == Verdict.REFUTED
    assert gradcheck.check(right, x, expect=torch.tanh).verdict == Verdict.REFUTED


def test_what_is_promised_beside_the_numbers_is_still_asked() -> None:
    """A backward that writes to its cotangent breaks its word, whatever it is the gradient of."""

    def writing(g: Tensor, x: Tensor) -> Tensor:
        return g.div_((1 + x.abs()) ** 2)

    result = gradcheck.check(step(writing), torch.randn(5), expect=soft_sign)
    assert "purity" in {finding.check for finding in result.refutations}


def test_a_function_of_another_shape_cannot_stand_in() -> None:
    """It is told what it returns, and what the forward does."""
    with pytest.raises(ExerciseError, match=r"returns \[\(\)\], and the forward \[\(5,\)\]"):
        gradcheck.check(step(lambda g, x: g), torch.randn(5), expect=lambda x: soft_sign(x).sum())


def test_a_function_that_raises_is_named() -> None:
    """In one line, without a traceback."""

    def broken(x: Tensor) -> Tensor:
        raise ValueError("no")

    with pytest.raises(ExerciseError, match="broken raised ValueError: no"):
        gradcheck.check(step(lambda g, x: g), torch.randn(5), expect=broken)


def test_it_speaks_for_no_parameters() -> None:
    """The function would not see them."""

    class Scaled:
        def __init__(self) -> None:
            self.w = np.array([2.0, 3.0])

        def forward(self, x: Any) -> Any:
            self.x = x
            return np.sign(x) * self.w

        def backward(self, g: Any) -> Any:
            self.dw = (g * np.sign(self.x)).sum(0)
            return g * self.w

    with pytest.raises(ExerciseError, match="there is w, which is no argument of it"):
        gradcheck.check(Scaled(), np.array([[1.0, -2.0]]), expect=np.tanh)


def test_it_stands_in_for_the_whole_forward() -> None:
    """One leaf alone cannot be given it."""
    with pytest.raises(CommandError, match="write expect = that alone"):
        gradcheck.check(step(lambda g, x: g), torch.randn(5), expect={"x": soft_sign})


def test_what_is_no_function_is_refused() -> None:
    """By its name."""
    with pytest.raises(CommandError, match=r"math\.pi, which is no function"):
        gradcheck.check(step(lambda g, x: g), torch.randn(5), expect="gradient of math.pi")
