"""Each fault meets the fate that it deserves, and no file is touched."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import pipeline
from gradcheck.adapters import rules
from gradcheck.choice.wishes import Wishes
from gradcheck.cli import main
from gradcheck.faults import LEFT_OUT, NOTICED, Fate, Injection, settled
from gradcheck.injection import trial
from gradcheck.injection.apart import apart
from gradcheck.injection.sharpness import sharpness_of
from gradcheck.options import Options
from gradcheck.report.injection import render
from gradcheck.targets.resolve import Target, resolve
from tests.gradcheck.injection import targets

NUMBERS = Options(contracts=())
LEAVES = ["input", "weight", "bias"]
ONE_CASE = Wishes(shapes=((2, 3),))


def injected(kind: type, wishes: Wishes = ONE_CASE) -> Injection:
    """Put all faults into one class."""
    return trial.inject(Target(kind.__name__, kind), NUMBERS, wishes)


@pytest.fixture(scope="module")
def linear() -> Injection:
    """Return what was found of our Linear, in one case."""
    (target,) = resolve("scratchnn.Linear")
    promises = Options(contracts=("accumulation",))
    return trial.inject(target, promises, Wishes("3, 2", ((4, 3),)))


@pytest.fixture(scope="module")
def branching() -> Injection:
    """Return what was found of a class with a line that never runs."""
    return injected(targets.Branching)


def test_every_fault_that_changes_a_gradient_is_noticed(linear: Injection) -> None:
    """In the claims of each leaf and in the source."""
    assert linear.passed
    assert not linear.of(Fate.SURVIVED, Fate.UNSEEN)
    assert {fault.kind for fault in linear.of(*NOTICED)} == {"claim", "source"}
    assert {fault.leaf for fault in linear.of(Fate.REFUTED)} >= {"input", "weight", "bias"}


def test_what_changes_no_gradient_is_equivalent(linear: Injection) -> None:
    """A matrix that is not square is not transposed."""
    found = {(fault.leaf, fault.what) for fault in linear.of(Fate.EQUIVALENT) if fault.leaf}
    assert found == {
        (leaf, "transposed, where it is square") for leaf in ("input", "weight", "bias")
    }


def test_an_overwritten_accumulation_is_noticed_by_its_contract(linear: Injection) -> None:
    """The numbers of a first backward are right."""
    (fault,) = [f for f in linear.faults if f.what == "self.grad += grad → self.grad = grad"]
    assert (fault.fate, fault.cause) == (Fate.REFUTED, "accumulation")


def test_each_leaf_has_its_smallest_error(linear: Injection) -> None:
    """All are seen far below what float32 rounds to."""
    assert [one.leaf for one in linear.sharpness] == LEAVES
    for one in linear.sharpness:
        assert one.whole is not None
        assert 1e-15 < one.whole <= 1e-9


def test_no_file_is_touched(linear: Injection, tmp_path: Path) -> None:
    """Byte for byte, and nothing lies beside it."""
    del linear
    file = tmp_path / "layers.py"
    file.write_text(Path(targets.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    (target,) = resolve(f"{file}:Scale")
    assert trial.inject(target, NUMBERS, ONE_CASE).passed
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".py"] == ["layers.py"]


def test_a_line_that_never_runs_is_a_survivor(branching: Injection) -> None:
    """Nothing is known of it; that is no equivalence."""
    survived = branching.of(Fate.SURVIVED)
    assert {fault.why for fault in survived} == {trial.NEVER_RUNS}
    assert not branching.passed


def test_a_target_that_is_wrong_already_says_so() -> None:
    """What would be missed is asked of what is verified."""

    class Wrong(targets.Scale):
        def backward(self, grad: Tensor) -> Tensor:
            return grad * 4.0

    found = injected(Wrong)
    assert (found.verdict, found.faults, found.passed) == ("refuted", (), False)
    assert "1.33333 times" in found.why


@pytest.mark.proof
def test_a_target_that_cannot_be_called_does_not_stop_the_others() -> None:
    """Each has its answer."""
    broken = Target("Broken", 3)
    found = list(trial.run([broken, Target("Scale", targets.Scale)], NUMBERS, ONE_CASE))
    assert [one.passed for one in found] == [False, True]
    assert "no hand-written backward" in found[0].why


@pytest.mark.proof
def test_a_line_of_a_helper_that_others_run_is_left_to_them() -> None:
    """Average pooling pads with zeros; the convolution pads in other ways, too, and runs them."""
    pooling = trial.inject(resolve("scratchnn.AvgPool2d")[0], NUMBERS, Wishes("2, padding=1"))
    left = pooling.of(Fate.ELSEWHERE)
    assert {fault.place for fault in left if fault.place} >= {"padding.py:64"}
    assert pooling.passed
    assert not settled([pooling, Injection("another", "verified")])[0].passed
    noticed = tuple(replace(fault, fate=Fate.REFUTED) for fault in left)
    assert settled([pooling, Injection("conv", "verified", noticed)])[0].passed


def test_an_optimizer_is_left_out_and_fails_nothing() -> None:
    """It has no backward; the table says so below."""
    found = list(trial.run(resolve("scratchnn.SGD"), NUMBERS))
    assert [(one.verdict, one.passed) for one in found] == [(LEFT_OUT, True)]
    assert "left out: it has no backward" in render(found)
    table = render([*found, Injection("a.B", "verified")]).splitlines()
    assert table[2:5] == [
        "| a.B | 0 | 0 | 0 | 0 | 0 | 0 |",
        "",
        "Left out, having no backward: scratchnn.SGD.",
    ]


def test_a_check_that_sees_nothing_lets_faults_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault injection is itself seen to fail: with no witness that differs, nothing is refuted."""
    blind = pipeline.check_cases

    def unchanged(*arguments: object, change: object = None, **rest: object) -> object:
        return blind(*arguments, **rest)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(trial, "check_cases", unchanged)
    found = injected(targets.Scale)
    survived = [fault for fault in found.of(Fate.SURVIVED) if fault.kind == "claim"]
    assert len(survived) > 10
    assert all("found right" in fault.why for fault in survived)


def test_bisection_finds_the_smallest_error_that_shows() -> None:
    """And none where nothing shows."""
    x = torch.ones(3, dtype=torch.float64)
    seen = sharpness_of("x", lambda _, change: bool((change(x) - x).abs().max() > 3e-8))
    assert (seen.whole, seen.element) == (1e-7, 1e-7)
    assert sharpness_of("x", lambda *_: False).whole is None


def test_claims_of_another_shape_are_infinitely_apart() -> None:
    """And those that are missing."""
    one = torch.ones(2)
    assert apart([[(one,)], [(one,)]], [[(torch.ones(3),)], []]) == [float("inf")] * 2


def test_the_command_prints_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """With the share that was noticed, and the smallest error of each leaf."""
    with pytest.raises(SystemExit) as stopped:
        main(["scratchnn.Tanh", "--inject", "--input", "2,3", "--contract", "none"])
    lines = capsys.readouterr().out.splitlines()
    assert stopped.value.code == 0
    assert lines[0].startswith("scratchnn.Tanh  ")
    assert "(100 %)" in lines[0]
    assert any(line.split()[:1] == ["input"] for line in lines)
    assert len(lines) < 25


@pytest.mark.proof
def test_several_targets_are_a_table_in_markdown_and_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's table is this one."""
    names = [f"{targets.__file__}:Scale", f"{targets.__file__}:Deep"]
    with pytest.raises(SystemExit):
        main(
            [
                *names,
                "--inject",
                "--contract",
                "none",
                "--format",
                "json",
                "--report",
                str(tmp_path),
            ]
        )
    plain = json.loads(capsys.readouterr().out)
    assert [len(one["sharpness"]) for one in plain["injections"]] == [1, 1]
    table = (tmp_path / "injection.md").read_text(encoding="utf-8").splitlines()
    assert table[0].startswith("| target | faults |")
    assert len(table) == 4
    assert json.loads((tmp_path / "injection.json").read_text(encoding="utf-8")) == plain


def test_survivors_are_listed_with_the_reason(branching: Injection) -> None:
    """So that somebody can judge it."""
    assert f"grad * 9.0 → grad  ({trial.NEVER_RUNS})" in render([branching])
    assert gradcheck.check(targets.Branching(), torch.ones(2, 2)).verdict == "verified"


@pytest.mark.proof
@pytest.mark.parametrize(
    "name", [target.name for target in resolve("scratchnn") if not rules.recognises(target.object)]
)
def test_every_fault_in_our_own_backwards_is_noticed(name: str) -> None:
    """In all cases and with all promises; what is left changes no gradient."""
    (target,) = resolve(name)
    found = trial.inject(target, Options())
    assert found.passed, render([found])
