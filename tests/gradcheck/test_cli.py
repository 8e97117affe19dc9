"""The command line: words in, one screen or one document out, and an exit code to trust."""

from __future__ import annotations

import importlib
import json
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import gradcheck
from gradcheck.cli import exit_code, main
from gradcheck.records import CONTRACTS, Finding, Record, Run, Verdict

FILES = {
    "right.py": """
class Double:
    def forward(self, x): return 2 * x
    def backward(self, grad_output): return 2 * grad_output
""",
    "wrong.py": """
class Double:
    def forward(self, x): return 2 * x
    def backward(self, grad_output): return 3 * grad_output
""",
    # Finite differences cannot follow it: asked alone, they leave it open.
    "unclear.py": """
class Waves:
    def forward(self, x):
        self.x = x
        return (1e12 * x).sin()
    def backward(self, grad_output): return 1e12 * grad_output * (1e12 * self.x).cos()
""",
    "failing.py": """
class Failing:
    def forward(self, x): raise ValueError("no such luck")
    def backward(self, grad_output): return grad_output
""",
    "scaled.py": """
SIZE = 6
class Scale:
    def __init__(self, size, factor=2.0):
        self.factor = factor
    def forward(self, x): return self.factor * x
    def backward(self, grad_output): return self.factor * grad_output
""",
    "secret.py": """
class Secret:
    def __init__(self, size):
        self.factor = {"sesa" + "me": 2.0}[size]
    def forward(self, x): return self.factor * x
    def backward(self, grad_output): return self.factor * grad_output
""",
    "squash.py": """
class Squash:
    def forward(self, x):
        self.y = x.tanh()
        return self.y
    def backward(self, grad_output): return grad_output * (1 - self.y ** 2)
""",
}


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int | str | None
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        found, end = json.JSONDecoder().raw_decode(self.out)
        assert self.out[end:] == "\n"
        assert isinstance(found, dict)
        return found


Command = Callable[..., Answer]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Run commands in a folder with a few files."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Answer:
        with pytest.raises(SystemExit) as left:
            main(words)
        return Answer(left.value.code, *capsys.readouterr())

    yield run
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def timeless(text: str) -> str:
    """Leave out how long it took."""
    return re.sub(r"[\d.]+ s\b", "s", text)


# Exit codes.


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["right.py"], 0),
        (["right.py:Double", "scratchnn.Tanh"], 0),
        (["wrong.py"], 1),
        (["right.py", "wrong.py"], 1),
        (["wrong.py", "failing.py"], 1),
        (["failing.py"], 2),
        (["right.py", "failing.py"], 2),
        (["failing.py", "unclear.py", "--witness", "numeric"], 2),
        (["unclear.py", "--witness", "numeric"], 3),
        (["right.py", "unclear.py", "--witness", "numeric"], 3),
        (["wrong.py", "unclear.py", "--witness", "numeric"], 1),
    ],
)
def test_the_exit_code_tells_the_outcome(words: list[str], code: int, command: Command) -> None:
    """0 all verified, 1 refuted, 2 could not be run, 3 undecided: the gravest counts."""
    answer = command(*words)
    assert answer.code == code
    assert answer.err == ""
    assert answer.out


def test_of_several_files_one_without_a_backward_costs_only_a_note(command: Command) -> None:
    """As with ``gradcheck layers/*.py``; where none has any, there was nothing to check."""
    Path("plain.py").write_text("WIDTH = 3\n", encoding="utf-8")
    answer = command("plain.py", "right.py")
    assert answer.code == 0
    assert "verified" in answer.out
    assert answer.err.startswith("note: plain.py defines nothing with a forward and a backward")
    assert command("plain.py", "plain.py").code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["wrong.py:Duoble"], "wrong.py defines no Duoble: did you mean Double?"),
        (["scratchnn.Linaer"], "scratchnn has no Linaer: did you mean Linear?"),
        (["nowhere.py"], "there is no file nowhere.py"),
        (["scaled.py", "--init", "3,,"], '--init "3,," is no list of arguments'),
        (["scaled.py", "--init", "WIDTH"], '--init "WIDTH": WIDTH raised NameError'),
        (["right.py", "--input", "five"], '--input "five" is no shape: write it as in 4,5'),
        (["right.py", "--resolution", "0"], "resolution=0.0: expected a relative error between"),
        (["right.py", "--miss-probability", "2"], "miss_probability=2.0: expected a chance"),
    ],
)
def test_a_slip_costs_one_line(words: list[str], told: str, command: Command) -> None:
    """What is wrong and how to mend it, on standard error; nothing is checked."""
    answer = command(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"error: {told}")
    assert "Traceback" not in answer.err
    assert answer.err.count("\n") <= 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["right.py", "--sead", "3"], "--seed"),
        (["right.py", "--format", "xml"], "'text', 'json'"),
        (["right.py", "--witness", "oracle"], "'numeric', 'autograd', 'reference'"),
        (["right.py", "--seed", "-1"], "--seed"),
        (["right.py", "--timeout", "-1"], "--timeout"),
        (["right.py", "--seed", "many"], "--seed"),
        (["right.py", "--resolution", "fine"], "--resolution"),
        (["right.py", "--miss-probability", "none"], "--miss-probability"),
        (["right.py", "--input"], "--input"),
        (["--list"], "TARGET"),
    ],
)
def test_a_wrong_option_is_refused(words: list[str], told: str, command: Command) -> None:
    """With the choices there are, or the nearest spelling."""
    answer = command(*words)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_no_words_at_all_are_answered_with_the_usage(command: Command) -> None:
    """Whoever tries it out learns how it goes, in one screen; nothing was checked."""
    answer = command()
    assert answer.code == 2
    assert (answer.out + answer.err).startswith("Usage: gradcheck ")
    assert "Examples:" in answer.out + answer.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_names_every_option_and_exit_code(option: str, command: Command) -> None:
    """On standard output, since it was asked for."""
    answer = command(option)
    assert (answer.code, answer.err) == (0, "")
    for name in ("init", "input", "reference", "witness", "seed", "report", "format", "list"):
        assert f"--{name} " in answer.out
    for name in ("dtype", "contract", "resolution", "miss-probability", "traceback"):
        assert f"--{name} " in answer.out
    for code in ("0  all verified", "1  something refuted", "2  the command", "3  nothing refuted"):
        assert f"\n    {code}" in answer.out


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 3),
        (["verified"], 0),
        (["verified", "undecided"], 3),
        (["verified", "refuted", "undecided"], 1),
        (["exercise", "undecided", "verified"], 2),
        (["exercise", "refuted"], 1),
    ],
)
def test_the_gravest_outcome_decides(verdicts: list[str], code: int) -> None:
    """A refutation outweighs all else, and what could not be run outweighs a doubt."""
    findings = [
        Finding("exercise", None, Verdict.UNDECIDED)
        if verdict == "exercise"
        else Finding("gradient", "w", Verdict(verdict))
        for verdict in verdicts
    ]
    assert exit_code(Run(tuple(Record("Dense", (finding,)) for finding in findings))) == code


# What is printed.


def test_text_is_the_explanation(command: Command) -> None:
    """The same text that `result.explain()` gives."""
    explained = gradcheck.check("wrong.py:Double", shrink=True).explain()
    assert timeless(command("wrong.py:Double").out) == timeless(explained) + "\n"


def test_several_targets_are_counted(command: Command) -> None:
    """The last line says how many had which outcome."""
    *_, last = command("right.py", "wrong.py", "failing.py").out.splitlines()
    assert timeless(last) == "1 verified, 1 refuted, 1 undecided (could not be run) in s"


@pytest.mark.parametrize("targets", [["wrong.py"], ["right.py", "wrong.py", "failing.py"]])
def test_json_is_one_document_and_nothing_else(targets: list[str], command: Command) -> None:
    """For a program that reads standard output to its end."""
    answer = command(*targets, "--format", "json")
    assert answer.code == 1
    assert answer.err == ""
    results = answer.document["results"]
    assert [result["target"].split(":")[0] for result in results] == targets
    assert answer.document["verdict"] == "refuted"
    assert answer.document["versions"].keys() == {"gradcheck", "torch"}


def test_the_targets_can_be_listed(command: Command) -> None:
    """One name in each line, which can be typed again; nothing is built or called."""
    answer = command("failing.py", "scaled.py", "scratchnn.Tanh", "--list")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "failing.py:Failing\nscaled.py:Scale\nscratchnn.Tanh\n"


# What can be chosen.


def test_the_seed_changes_the_draws_and_is_told(command: Command) -> None:
    """Equal seeds give equal documents, but for the time they took."""

    def drawn(seed: str) -> dict[str, Any]:
        (result,) = command("wrong.py", "--format", "json", "--seed", seed).document["results"]
        assert result["seed"] == int(seed)
        return {key: value for key, value in result.items() if key not in {"seconds", "seed"}}

    assert drawn("5") == drawn("5")
    assert drawn("5") != drawn("6")
    assert "\n  seed 5, " in command("wrong.py", "--seed", "5").out


@pytest.mark.parametrize(
    ("words", "case"),
    [
        (["--init", "3"], "3; input (4, 3)"),
        (["--init", "size=3, factor=0.5"], "size=3, factor=0.5; input (4, 3)"),
        (["--init", "SIZE"], "6; input (4, 6)"),
        (["--init", "3", "--input", "7,2"], "3; input (7, 2)"),
        (["--init", "3", "--input", "2x3x4"], "3; input (2, 3, 4)"),
    ],
)
def test_arguments_and_shapes_can_be_said(words: list[str], case: str, command: Command) -> None:
    """As in Python; constants of the file itself are known."""
    answer = command("scaled.py:Scale", *words)
    assert answer.code == 0
    assert f"1 case  {case}\n" in answer.out


def test_only_the_contracts_that_are_named_are_examined(command: Command) -> None:
    """One, several, none."""
    words = ["right.py", "--format", "json"]
    for names in ([], ["purity"], ["purity", "layout"]):
        options = [word for name in names or ["none"] for word in ("--contract", name)]
        (result,) = command(*words, *options).document["results"]
        checks = {finding["check"] for finding in result["findings"]}
        assert checks & set(CONTRACTS) == set(names)


def test_none_stands_alone_among_contracts(command: Command) -> None:
    """Beside another it contradicts it, and that is said."""
    for words in (("none", "linearity"), ("linearity", "none")):
        answer = command("right.py", *(w for name in words for w in ("--contract", name)))
        assert answer.code == 2
        assert "contract none: it stands alone, or leave it out to name others" in answer.err


def test_where_an_error_of_the_target_came_from_can_be_shown(command: Command) -> None:
    """Only on demand: a refusal costs one line."""
    assert "Traceback" not in command("failing.py").err
    answer = command("failing.py", "--traceback")
    assert answer.code == 2
    assert "Traceback" in answer.err
    assert "no such luck" in answer.err
    assert "failing.py" in answer.err


def test_an_unknown_contract_costs_one_line(command: Command) -> None:
    """With the nearest spelling."""
    answer = command("right.py", "--contract", "pure")
    assert answer.code == 2
    assert "did you mean purity?" in answer.err


def test_what_must_be_said_is_asked_for(command: Command) -> None:
    """The option is shown as one would type it."""
    answer = command("secret.py:Secret")
    assert answer.code == 2
    assert '--init "size=5" --input 4,5' in answer.out


def test_only_the_witnesses_that_are_named_are_asked(command: Command) -> None:
    """One or several."""
    words = ["right.py", "--format", "json", "--contract", "none", "--witness", "numeric"]
    for more in ([], ["--witness", "autograd"]):
        (result,) = command(*words, *more).document["results"]
        finding, *_ = result["findings"]
        assert [c["witness"] for c in finding["comparisons"]] == ["numeric", *more[1:]]


def test_a_resolution_that_is_not_reached_leaves_it_open(command: Command) -> None:
    """What is right stays undecided, with the reason; what is wrong is refuted all the same."""
    assert command("right.py", "--resolution", "1e-9").code == 0
    answer = command("right.py", "--resolution", "1e-15")
    assert answer.code == 3
    assert "an error of 1e-15 was asked to show" in " ".join(answer.out.split())
    assert command("wrong.py", "--resolution", "1e-15").code == 1


def test_a_smaller_chance_of_a_miss_follows_more_directions(command: Command) -> None:
    """The document says which chance, and each finding what was measured for it."""
    words = ["squash.py", "--witness", "numeric", "--contract", "none", "--format", "json"]
    measured = []
    for chance in ("1e-3", "1e-9"):
        (result,) = command(*words, "--miss-probability", chance).document["results"]
        finding, *_ = result["findings"]
        (comparison,) = finding["comparisons"]
        assert result["miss_probability"] == finding["miss_probability"] == float(chance)
        measured.append(len(comparison["projections"]))
    assert measured == [4, 12]


def test_the_reference_can_be_left_out_or_named(command: Command) -> None:
    """A named one judges the forward too."""
    assert "\n  output " in command("squash.py", "--reference", "torch.nn.Tanh").out
    assert "\n  output " not in command("squash.py").out
    assert "\n  output " not in command("scratchnn.Tanh", "--reference", "none").out
    answer = command("squash.py", "--reference", "torch.nn.Sigmoid")
    assert answer.code == 1
    assert "[wrong_forward]" in answer.out


@pytest.mark.parametrize(("target", "code"), [("right.py", 0), ("wrong.py", 1), ("failing.py", 2)])
def test_a_report_is_written_whatever_the_outcome(
    target: str, code: int, command: Command, tmp_path: Path
) -> None:
    """It holds what is printed, and does not change the exit code."""
    answer = command(target, "--format", "json", "--report", "out/reports")
    assert answer.code == code
    folder = tmp_path / "out" / "reports"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "index.html",
        "report.json",
        "report.schema.json",
        "junit.xml",
        "summary.md",
        "badge.svg",
        "badge.json",
    }
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == answer.document


def test_a_report_that_cannot_be_written_is_told(command: Command) -> None:
    """The answer itself is not lost."""
    answer = command("right.py", "--report", "right.py")
    assert answer.code == 2
    assert answer.out.startswith("right.py:Double  verified")
    assert answer.err.startswith("error: the report cannot be written to right.py: ")


# Where it is started from.


def test_the_words_come_from_the_process_by_default(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for the installed command."""
    monkeypatch.setattr(sys, "argv", ["gradcheck", "right.py", "--list"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert capsys.readouterr().out == "right.py:Double\n"


def test_the_package_can_be_run(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m gradcheck` is the same program, under the same name."""
    monkeypatch.setattr(sys, "argv", ["somewhere/gradcheck/__main__.py", "--help"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("gradcheck", run_name="__main__")
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: gradcheck ")


def test_a_pipe_gets_no_bar_and_no_colour(command: Command) -> None:
    """Progress is for a terminal."""
    answer = command("right.py", "wrong.py", "scratchnn.Tanh")
    assert answer.err == ""
    assert "\x1b" not in answer.out


def test_what_a_target_is_taken_for_can_be_asked(command: Command) -> None:
    """The adapter, the methods, the case and the leaves; nothing is judged."""
    answer = command("scaled.py", "secret.py", "--explain-adapter")
    assert (answer.code, answer.err) == (0, "")
    assert "scaled.py:Scale\n  adapter   module: " in answer.out
    assert "  kind      layer: forward(x), its gradient from backward\n" in answer.out
    assert ": what the backward returns\n" in answer.out
    assert "  stopped   Secret wants size" in answer.out
