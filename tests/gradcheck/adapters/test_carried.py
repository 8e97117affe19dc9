"""What is declared of a Function is undone in the Modules around it, and all the rest is judged."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import gradcheck
from gradcheck.records import Verdict

OPERATIONS = """
import torch
from torch.autograd import Function


class Rounded(Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)
    @staticmethod
    def backward(ctx, g):
        return g


class Spike(Function):
    @staticmethod
    def forward(ctx, x, sharpness):
        ctx.save_for_backward(x)
        ctx.sharpness = sharpness
        return (x > 0).to(x)
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(ctx.sharpness * x)
        return g * ctx.sharpness * s * (1 - s), None


class Reversed(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)
    @staticmethod
    def backward(ctx, g):
        return -0.5 * g


class Filtered(Function):
    @staticmethod
    def forward(ctx, x, taps):
        ctx.save_for_backward(taps)
        return x @ taps
    @staticmethod
    def backward(ctx, g):
        return g @ ctx.saved_tensors[0].T, None


class Counted(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.round().sum()
    @staticmethod
    def backward(ctx, g):
        return g.expand(ctx.shape)


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        return x * x
    @staticmethod
    def backward(ctx, g):
        return g


def smooth(x, sharpness):
    return torch.sigmoid(sharpness * x)


rounded = Rounded.apply
"""
LAYERS = """
import torch
from torch import nn
from operations import Counted, Filtered, Reversed, Spike, Wrong, rounded


class Around(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 3)
        self.scale = nn.Parameter(torch.tensor(0.3))
        self.taps = nn.Parameter(torch.randn(3, 3))


class Quantised(Around):
    def forward(self, x):
        return self.linear(rounded(x / self.scale) * self.scale)


class WrongQuantised(Quantised):
    def forward(self, x):
        return Wrong.apply(super().forward(x))


class Spiking(Around):
    def forward(self, x):
        return Spike.apply(self.linear(x), 2.0)


class Adversary(Around):
    def forward(self, x):
        return self.linear(Reversed.apply(x)) ** 2


class WrongAdversary(Around):
    def forward(self, x):
        return Wrong.apply(self.linear(Reversed.apply(x)))


class Trained(Around):
    def forward(self, x):
        return Filtered.apply(self.linear(x), self.taps)


class Counting(Around):
    def forward(self, x):
        return Counted.apply(self.linear(x))
"""
DECLARED = """
[tool.gradcheck.cases."operations.py:Rounded"]
expect = "straight-through"
[tool.gradcheck.cases.Spike]
expect = "gradient of operations.smooth"
[tool.gradcheck.cases."operations.Reversed"]
expect = -0.5
[tool.gradcheck.cases.Filtered]
expect = { taps = "constant" }
[tool.gradcheck.cases.Counted]
expect = "straight-through"
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with operations and layers around them, in which nothing is declared yet."""
    (tmp_path / "operations.py").write_text(OPERATIONS, encoding="utf-8")
    (tmp_path / "layers.py").write_text(LAYERS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # A function that is declared by its name is imported as Python does, and stays.
    monkeypatch.delitem(sys.modules, "operations", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["Quantised", "Spiking", "Adversary", "Trained"])
def test_a_declaration_of_a_function_holds_in_the_modules_around_it(
    name: str, project: Path
) -> None:
    """Nobody declares a thing twice; what is undone is told."""
    assert gradcheck.check(f"layers.py:{name}").verdict == Verdict.REFUTED
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    result = gradcheck.check(f"layers.py:{name}")
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert any(note.startswith("declared: ") for note in result.notes)


@pytest.mark.parametrize("name", ["WrongQuantised", "WrongAdversary"])
def test_all_else_in_the_module_is_judged_as_ever(name: str, project: Path) -> None:
    """Another Function behind the one that is declared."""
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    result = gradcheck.check(f"layers.py:{name}")
    assert "input" in {finding.leaf for finding in result.refutations}


def test_what_no_argument_can_stand_in_for_is_not_verified(project: Path) -> None:
    """An output of another shape: the Module is to be declared itself."""
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    with pytest.raises(gradcheck.ExerciseError, match="declare the Module around it"):
        gradcheck.check("layers.py:Counting")


def test_what_a_module_declares_itself_goes_before(project: Path) -> None:
    """And is then all that is undone."""
    own = '[tool.gradcheck.cases.Quantised]\nexpect = "surrogate"\n'
    (project / "pyproject.toml").write_text(DECLARED + own, encoding="utf-8")
    notes = gradcheck.check("layers.py:Quantised").notes
    assert any("input is given a surrogate" in note for note in notes)
    assert not any("Rounded" in note for note in notes)
