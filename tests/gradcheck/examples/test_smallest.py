"""What is refuted is shown at the smallest example, as lines that refute it again when pasted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import __main__
import gradcheck
from gradcheck import GradientError
from gradcheck.campaign import check_target
from gradcheck.examples.snippet import MOST_NUMBERS
from gradcheck.options import Options
from gradcheck.result import Result
from gradcheck.targets.resolve import resolve

FILES = {
    "layers.py": """
import torch
import scratchnn
class Dense(scratchnn.Linear):
    def backward(self, grad_output):
        grad_input = super().backward(grad_output)
        self.bias.grad = self.bias.grad / len(grad_output)
        return grad_input
class Chain(scratchnn.Sequential):
    def backward(self, grad_output):
        return -super().backward(grad_output)
class Norm(scratchnn.LayerNorm):
    def backward(self, grad_output):
        return super().backward(grad_output) + 1e-3 * grad_output.mean()
""",
    "arrays.py": """
import numpy as np
class Affine:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T * 2
class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)
    def backward(self, dout):
        return dout * (self.x < 0)
class Strided:
    def __init__(self, stride=1):
        self.w, self.stride = np.random.randn(3), stride
    def forward(self, x):
        self.x, count = x, (x.shape[1] - 3) // self.stride + 1
        starts = [i * self.stride for i in range(count)]
        return np.stack([x[:, at:at + 3] @ self.w for at in starts], axis=1)
    def backward(self, dout):
        dx, self.dw = np.zeros_like(self.x), np.zeros_like(self.w)
        for i in range(dout.shape[1]):
            dx[:, i:i + 3] += dout[:, i, None] * self.w
            self.dw += dout[:, i] @ self.x[:, i * self.stride:i * self.stride + 3]
        return dx
""",
    "losses.py": """
import torch
class MSE:
    def forward(self, input, target):
        self.difference = input - target
        return (self.difference ** 2).mean()
    def backward(self):
        return self.difference / self.difference.numel()
class CrossEntropy:
    def forward(self, logits, labels):
        self.p, self.labels = torch.softmax(logits, -1), labels
        return -self.p[torch.arange(len(labels)), labels].log().mean()
    def backward(self):
        grad = self.p.clone()
        grad[torch.arange(len(self.labels)), self.labels] -= 1
        return grad
""",
    "functions.py": """
import torch
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y
    @staticmethod
    def backward(ctx, grad_output):
        return grad_output * ctx.saved_tensors[0] ** 2
""",
    "promises.py": """
class Double:
    def forward(self, x): return 2 * x
    def backward(self, grad_output): return grad_output.mul_(2)
""",
}
NAMES = (
    *("layers.py:Dense", "layers.py:Chain", "layers.py:Norm", "arrays.py:Affine", "arrays.py:Relu"),
    "arrays.py:Strided",
    *("losses.py:MSE", "losses.py:CrossEntropy", "functions.py:Exp", "promises.py:Double"),
)


# One sample would hide a mean; one number of the right sign shows the rest.
SMALLEST = {
    "layers.py:Dense": "x = torch.tensor([[1.0], [1.0]], dtype=torch.float64)",
    "layers.py:Chain": "scratchnn.ReLU()",
    "arrays.py:Relu": "x = np.array([[1.0]])",
    "arrays.py:Strided": "stride=2",
    "functions.py:Exp": "x = torch.tensor([[1.0]], dtype=torch.float64)",
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where the files are."""
    for name, source in FILES.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def checked(name: str) -> Result:
    """Return what is found, with the smallest example."""
    (target,) = resolve(name)
    contracts = ("purity",) if name.startswith("promises") else ()
    return check_target(target, Options(contracts=contracts, shrink=True))


def pasted(text: str) -> str:
    """Return the refutation that the lines raise in a fresh namespace."""
    with pytest.raises(GradientError) as raised:
        exec(text, {})  # noqa: S102 it is what a user would do
    return str(raised.value)


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_refute_the_same_leaf_again(name: str) -> None:
    """Whatever dialect it is written in; and there is little to read."""
    result = checked(name)
    assert result.example, result.explain()
    again = pasted(result.example)
    subject = result.refutations[0].leaf or result.refutations[0].check
    assert f"  {subject}: " in again
    assert len(result.example.splitlines()) <= 10
    assert SMALLEST.get(name, "") in result.example


def test_the_lines_work_in_a_process_of_their_own() -> None:
    """Pasted into a fresh Python."""
    example = checked("functions.py:Exp").example
    command = [sys.executable, "-c", example]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "GradientError: functions.py:Exp  refuted" in run.stderr


def test_what_is_right_has_no_example() -> None:
    """There is nothing to repeat."""
    assert not gradcheck.check("scratchnn.Tanh", contracts=(), shrink=True).example


def double(x: Any) -> Any:
    """A forward."""
    return 2 * x


def triple(g: Any, x: Any) -> Any:
    """Not its backward."""
    return 3 * g


def test_an_object_without_a_name_is_told_apart_by_a_comment() -> None:
    """There is no line that leads to it; the inputs are small all the same."""
    pair = gradcheck.Pair(double, lambda g, x: 3 * g)
    example = gradcheck.check(pair, torch.ones(4, 5), contracts=(), shrink=True).example
    assert "# target is the Pair that was checked" in example
    assert "gradcheck.check(target, x" in example
    with pytest.raises(GradientError):
        exec(example, {"target": pair})  # noqa: S102 the same


def test_without_shrinking_the_example_is_the_check_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the user's own inputs, where they are few; else nothing is said."""
    wrong = resolve("functions.py:Exp")[0].object
    few, many = torch.ones(2), torch.ones(MOST_NUMBERS + 1)
    assert not gradcheck.check(wrong, few, contracts=()).example  # no import leads to it
    monkeypatch.setattr(__main__, "wrong", gradcheck.Pair(double, triple), raising=False)
    pair = __main__.wrong
    assert "torch.tensor([1.0, 1.0])" in gradcheck.check(pair, few, contracts=()).example
    assert not gradcheck.check(pair, many, contracts=()).example
    by_name = gradcheck.check("arrays.py:Relu", contracts=()).example
    assert by_name.endswith('gradcheck.check("arrays.py:Relu", contracts=()).raise_if_refuted()')


def test_without_hypothesis_simple_examples_are_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra: whoever has it not loses the odd example, and nothing else."""
    for name in [*sys.modules]:
        if name.partition(".")[0] == "hypothesis" or name.startswith("gradcheck.strategies"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    assert "np.array([[1.0]])" in checked("arrays.py:Relu").example
