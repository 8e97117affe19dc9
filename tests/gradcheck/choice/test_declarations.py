"""Cases that a project declares, and deviations that it means: judged for all the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import gradcheck
from gradcheck import campaign
from gradcheck.choice.declarations import strays
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import CommandError
from gradcheck.intention import Intention
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.targets.resolve import resolve

LAYERS = """
import torch
class Reverse:
    def forward(self, x): return 1.0 * x
    def backward(self, g): return -g
class Round:
    def forward(self, x): return torch.round(x)
    def backward(self, g): return g
class Averaging:
    def __init__(self, n_in, n_out): self.w, self.b = torch.randn(n_in, n_out), torch.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.w + self.b
    def backward(self, g):
        self.dw, self.db = self.x.T @ g / len(g), g.mean(0)
        return g @ self.w.T
class AveragingTwice(Averaging):
    def backward(self, g):
        gx = super().backward(g)
        self.db = self.db / len(g)
        return gx
class Secret:
    def __init__(self, key): self.factor = {"sesame": 2.0}[key]
    def forward(self, x): return self.factor * x
    def backward(self, g): return self.factor * g
"""
DECLARED = """
[tool.gradcheck.cases."layers.py:Reverse"]
expect = "reversal"
[tool.gradcheck.cases.Round]
expect = "straight-through"
[tool.gradcheck.cases."layers.py:Averaging"]
convention = "batch_mean"
[[tool.gradcheck.cases."layers.py:AveragingTwice"]]
init = "3, 2"
input = ["4,3"]
convention = "batch_mean"
[tool.gradcheck.cases."layers.py:Secret"]
init = "'sesame'"
input = "4,5"
"""
IN_PYTHON = """
import torch
from layers import Reverse, Secret
CASES = {
    "Secret": [{"make": lambda: (Secret("sesame"), [torch.ones(2, 3)])}],
    "Reverse": {"expect": {"input": -1}},
}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with layers, in which nothing is declared yet."""
    (tmp_path / "layers.py").write_text(LAYERS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["Reverse", "Round", "Averaging"])
def test_without_a_word_a_deviation_is_not_verified(name: str) -> None:
    """Nobody can know that it is meant."""
    assert gradcheck.check(f"layers.py:{name}").verdict != Verdict.VERIFIED


@pytest.mark.parametrize("name", ["Reverse", "Round", "Averaging", "Secret"])
def test_what_is_declared_is_no_failure(name: str, project: Path) -> None:
    """In pyproject.toml, under the target's name as it is typed, or its class's."""
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    result = gradcheck.check(f"layers.py:{name}")
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert name == "Secret" or any("declared" in note for note in result.notes)


def test_the_rest_is_checked_all_the_same(project: Path) -> None:
    """A convention excuses what follows it, and nothing else."""
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    result = gradcheck.check("layers.py:AveragingTwice")
    assert {finding.leaf for finding in result.refutations} == {"b"}


def test_cases_can_be_declared_in_python(project: Path) -> None:
    """With instances and inputs of any make."""
    (project / "gradcheck_cases.py").write_text(IN_PYTHON, encoding="utf-8")
    result = gradcheck.check("layers.py:Secret")
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert result.findings[0].case == "input (2, 3)"
    assert gradcheck.check("layers.py:Reverse").verdict == Verdict.VERIFIED


def test_a_test_says_what_it_expects() -> None:
    """A multiple, of one leaf or of all inputs; a wrong one is refuted."""
    half = gradcheck.Pair(lambda x: x * x, lambda g, x: -0.5 * 2 * x * g)
    x = torch.randn(3)
    assert gradcheck.check(half, x, expect=-0.5).verdict == Verdict.VERIFIED
    assert gradcheck.check(half, x, expect={"input": -0.5}).verdict == Verdict.VERIFIED
    assert gradcheck.check(half, x, expect=-0.25).verdict == Verdict.REFUTED
    assert gradcheck.check(half, x).verdict == Verdict.REFUTED


def test_a_straight_through_that_is_none_is_refuted() -> None:
    """What is meant to hand the cotangent on must do so."""
    wrong = gradcheck.Pair(torch.round, lambda g, x: g * (x > 0))
    result = gradcheck.check(wrong, torch.randn(5), expect="straight-through")
    assert result.verdict == Verdict.REFUTED


def test_a_surrogate_is_not_judged_and_all_else_is() -> None:
    """What stands in for a gradient is none; that of another leaf is checked as ever."""
    step = gradcheck.Pair(
        lambda x, w: (x > 0).to(x) * w, lambda g, x, w: (g * w / (1 + x.abs()), g * (x > 0))
    )
    x, w = torch.randn(5), torch.randn(5)
    assert gradcheck.check(step, x, w).verdict == Verdict.REFUTED
    result = gradcheck.check(step, x, w, expect={"x": "surrogate"})
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert "declared surrogate" in result.unverified["x"]
    assert "declared: x is given a surrogate of its gradient" in result.explain()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("expekt = 1", "did you mean expect?"),
        ("expect = 0", "a number that is not zero"),
        ("expect = 'nothing'", "write straight-through"),
        ("convention = 'mine'", "choose from batch_mean, batch_sum"),
        ("input = 'five'", r'cases."Reverse": .* is no shape'),
        ("expect = 'gradient of nowhere'", "there is no module nowhere"),
    ],
)
def test_a_slip_in_a_declaration_is_told(line: str, told: str, project: Path) -> None:
    """With what may be written."""
    text = f"[tool.gradcheck.cases.Reverse]\n{line}\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=told):
        gradcheck.check("layers.py:Reverse")


def test_a_table_that_is_called_otherwise_is_told(project: Path) -> None:
    """With the name that was meant."""
    text = "[tool.gradcheck.case.Reverse]\nexpect = 'reversal'\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match="no setting case: did you mean cases"):
        gradcheck.check("layers.py:Reverse")


def test_a_declaration_for_nobody_is_told_where_somebody_is_called_nearly_so(project: Path) -> None:
    """A slip in a name would else be silent."""
    text = "[tool.gradcheck.cases]\nRevers.expect = -1\nOther.expect = -1\nRound.expect = -1\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    names = ["layers.py:Reverse", "layers.py:Round"]
    assert strays(names) == ['cases."Revers" names no target: did you mean layers.py:Reverse?']


def test_a_project_is_asked_from_another_folder_too(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it declares lies beside what it declares it for."""
    (project / "pyproject.toml").write_text(DECLARED, encoding="utf-8")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert gradcheck.check(str(project / "layers.py:Reverse")).verdict == Verdict.VERIFIED


def test_a_shape_may_be_a_list_of_sizes(project: Path) -> None:
    """As TOML has them."""
    text = "[tool.gradcheck.cases.Reverse]\ninput = [2, 3]\nexpect = -1\n"
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    assert gradcheck.check("layers.py:Reverse").findings[0].case == "input (2, 3)"


def test_the_case_is_that_of_the_inputs_which_are_given() -> None:
    """Not what would have been drawn."""
    x = torch.ones(7, 9)
    result = gradcheck.check("layers.py:Averaging", x, init="9, 1", convention="batch_mean")
    assert result.findings[0].case == "9, 1; input (7, 9)"


def test_a_declaration_file_that_raises_is_told(project: Path) -> None:
    """In one line."""
    (project / "gradcheck_cases.py").write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"gradcheck_cases.py raised ZeroDivisionError"):
        gradcheck.check("layers.py:Reverse")


def test_a_leaf_that_is_not_there_is_told() -> None:
    """With those that are."""
    pair = gradcheck.Pair(lambda x: -x, lambda g, x: g)
    with pytest.raises(CommandError, match="expect names w, which is no leaf"):
        gradcheck.check(pair, torch.ones(2), expect={"w": -1.0})


def test_the_package_is_known_by_name_in_init() -> None:
    """As one would write it in Python."""
    wishes = Wishes("scratchnn.Linear(3, 2), scratchnn.Tanh()", ((4, 3),))
    (result,) = campaign.run(resolve("scratchnn.Sequential"), Options(), wishes)
    assert result.verdict == Verdict.VERIFIED, result.explain()


def test_nothing_declared_changes_nothing() -> None:
    """It is the very subject."""
    assert not Intention()
