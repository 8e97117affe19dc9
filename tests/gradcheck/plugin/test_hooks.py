"""The pytest plugin, in test runs of its own: light, honest in colour, and good company."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from gradcheck.campaign import check_case, check_target
from gradcheck.choice.choose import cases_of
from gradcheck.options import Options
from gradcheck.targets.resolve import resolve

ROOT = Path(__file__).parents[2]
FILES = {
    "layers": """
        class Double:
            def forward(self, x): return 2 * x
            def backward(self, grad_output): return 2 * grad_output

        class Triple:
            def forward(self, x): return 3 * x
            def backward(self, grad_output): return 2 * grad_output
    """,
    "recipe": """
        from types import SimpleNamespace

        class Recipe:
            def __init__(self, slip): self.slip = slip
            def start(self, seed, dtype):
                return SimpleNamespace(model=SimpleNamespace(state_dict=dict))
            def train_in_torch(self, start):
                return [SimpleNamespace(loss=loss) for loss in (3.0, 2.0)]
            def train(self, start):
                return [SimpleNamespace(loss=loss + self.slip) for loss in (3.0, 2.0)]

        right, wrong = Recipe(0.0), Recipe(0.5)
    """,
    "unclear": """
        class Waves:
            def forward(self, x):
                self.x = x
                return (1e12 * x).sin().reshape(-1)
            def backward(self, grad_output):
                return 1e12 * grad_output.reshape(self.x.shape) * (1e12 * self.x).cos()
    """,
    "unbuilt": """
        class Puzzle:
            def __init__(self, zork): self.zork = zork.size
            def forward(self, x): return 2 * x
            def backward(self, grad_output): return 2 * grad_output
    """,
}
DOUBLE, TRIPLE = (f"gradcheck::layers.py:{name}::input (4, 5)" for name in ("Double", "Triple"))


def installed() -> bool:
    """Tell whether pytest finds the plugin by itself; from a bare checkout it must be named."""
    return any(point.value == "gradcheck.plugin.hooks" for point in entry_points(group="pytest11"))


# In this process the package is long imported, too late for pytest to rewrite its asserts.
PLUGINS = ["-p", "no:benchmark", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
if not installed():
    PLUGINS += ["-p", "gradcheck.plugin.hooks"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a folder with a few layers, in which pytest finds the plugin."""
    monkeypatch.delitem(sys.modules, "layers", raising=False)  # of another test's folder
    pytester.makepyfile(**FILES)
    pytester.syspathinsert()
    return pytester


def run(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    """Run pytest in this process: torch is there already."""
    return suite.runpytest_inprocess(*PLUGINS, *words)


def test_each_module_and_case_is_a_test(suite: pytest.Pytester) -> None:
    """With a node id that says which, and the file of the module beside it."""
    result = run(suite, "--gradcheck", "layers.py", "--gradcheck", "scratchnn.Linear", "-v")
    result.assert_outcomes(passed=7, failed=1)
    told = result.stdout.str()
    assert f"{DOUBLE} PASSED" in told
    assert f"{TRIPLE} FAILED" in told
    assert "gradcheck::scratchnn.Linear::in_features=5, out_features=3, bias=False; input" in told
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_failure_is_the_explanation_and_nothing_else(suite: pytest.Pytester) -> None:
    """No frames of the checker: what is wrong, who says so, and where to look."""
    result = run(suite, "--gradcheck", "layers.py:Triple")
    result.stdout.fnmatch_lines(
        [
            "*_ layers.py:Triple: input (4, 5) _*",
            "layers.py:Triple  refuted",
            "*look at*layers.py:7  Triple.backward",
            f"FAILED {TRIPLE}*",
        ]
    )
    assert "gradcheck/" not in result.stdout.str().replace("rootdir", "")


def test_a_case_draws_what_it_draws_on_the_command_line(suite: pytest.Pytester) -> None:
    """The third case by itself is the third case among all: the same claim to the last digit."""
    suite.makepyfile(
        wide="""
        import torch
        class Linear:
            def __init__(self, in_features, out_features):
                self.weight = torch.randn(out_features, in_features)
                self.weight_grad = None
            def parameters(self): return []
            def forward(self, x): return x @ self.weight.T
            def backward(self, grad_output): return 2 * grad_output @ self.weight
        """
    )
    (target,) = resolve(str(suite.path / "wide.py") + ":Linear")
    cases = cases_of(target)
    whole = check_target(target, Options())
    alone = check_case(target, cases[2], Options(), number=2)
    among = [finding for finding in whole.findings if finding.case == cases[2].label]
    assert len(cases) > 2
    assert alone.findings[0].comparisons[0].projections == among[0].comparisons[0].projections


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (["-k", "Double"], {"passed": 1, "deselected": 1}),
        (["-m", "gradcheck"], {"passed": 1, "failed": 1}),
        (["-m", "not gradcheck"], {"deselected": 2}),
        (["--deselect", TRIPLE], {"passed": 1, "deselected": 1}),
    ],
)
def test_selection_works_as_for_any_test(
    suite: pytest.Pytester, words: list[str], outcomes: dict[str, int]
) -> None:
    """By words of the name, by the marker, by the node id."""
    run(suite, "--gradcheck", "layers.py", *words).assert_outcomes(**outcomes)


def test_a_recipe_is_one_test_that_trains_it(suite: pytest.Pytester) -> None:
    """Beside torch, as on the command line; its failure names the epoch."""
    names = ("--gradcheck", "recipe.py:right", "--gradcheck", "recipe.py:wrong")
    result = run(suite, *names, "-v")
    result.assert_outcomes(passed=1, failed=1)
    told = result.stdout.str()
    assert "gradcheck::recipe.py:right::trained beside torch PASSED" in told
    assert "gradcheck::recipe.py:wrong::trained beside torch FAILED" in told
    assert "epoch 2 of 2 differs most: 2.5 here, 2 in torch" in told


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        (DOUBLE, {"passed": 1}),
        ("gradcheck::layers.py:Triple", {"failed": 1}),
        ("gradcheck::layers.py", {"passed": 1, "failed": 1}),
        (f"{DOUBLE} #2", {}),
    ],
)
def test_a_node_id_can_be_typed_again(
    suite: pytest.Pytester, name: str, outcomes: dict[str, int]
) -> None:
    """As any that pytest prints: that one test runs, and no file is collected beside it."""
    suite.makepyfile(test_other="def test_other(): pass")
    run(suite, name).assert_outcomes(**outcomes)


def test_what_failed_last_can_be_run_alone(suite: pytest.Pytester) -> None:
    """`--lf` remembers the tests of targets, and forgets none of the others."""
    suite.makepyfile(test_other="def test_other(): pass")
    assert run(suite, "--gradcheck", "layers.py").ret == 1
    run(suite, "--gradcheck", "layers.py", "--lf").assert_outcomes(failed=1, deselected=2)


def test_tests_of_targets_stand_beside_the_others(suite: pytest.Pytester) -> None:
    """The suite goes on: one run, one exit code."""
    suite.makepyfile(test_other="def test_other(): pass")
    run(suite, "--gradcheck", "layers.py").assert_outcomes(passed=2, failed=1)


def test_workers_share_the_tests(suite: pytest.Pytester) -> None:
    """With pytest-xdist, also where node ids were typed and no file is meant."""
    suite.makepyfile(test_other="def test_other(): pass")
    result = suite.run(sys.executable, "-m", "pytest", *PLUGINS, "-n", "1", "-v", DOUBLE, TRIPLE)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines_random([f"*PASSED {DOUBLE}*", f"*FAILED {TRIPLE}*"])


def test_junit_tells_target_case_and_verdict(suite: pytest.Pytester) -> None:
    """One testcase for each, with what was found as its properties."""
    run(suite, "--gradcheck", "layers.py", "--junitxml", "junit.xml")
    cases = [*ET.parse(suite.path / "junit.xml").iter("testcase")]  # noqa: S314 pytest's own
    assert [case.get("classname") for case in cases] == [
        "gradcheck.layers.py:Double",
        "gradcheck.layers.py:Triple",
    ]
    assert {case.get("name") for case in cases} == {"input (4, 5)"}
    found = [{p.get("name"): p.get("value") for p in case.iter("property")} for case in cases]
    assert [properties["verdict"] for properties in found] == ["verified", "refuted"]
    assert all(properties.keys() == {"verdict", "seed", "resolution"} for properties in found)
    (failure,) = cases[1].iter("failure")
    assert (failure.text or "").startswith("layers.py:Triple  refuted")


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [(None, "failed"), ("fail", "failed"), ("skip", "skipped"), ("xfail", "xfailed")],
)
@pytest.mark.parametrize("where", ["option", "settings"])
def test_what_is_undecided_goes_the_way_that_is_chosen(
    suite: pytest.Pytester, policy: str | None, outcome: str, where: str
) -> None:
    """Red unless somebody says otherwise: nobody knows that the gradient is right."""
    suite.makepyfile(
        test_waves="""
        import torch, unclear
        def test_waves(gradcheck):
            gradcheck.assert_verified(unclear.Waves(), torch.ones(3, 2), witnesses=["numeric"])
        """
    )
    settings = '[tool.gradcheck]\nwitnesses = ["numeric"]\n'
    if policy and where == "settings":
        settings += f'[tool.pytest.ini_options]\ngradcheck_undecided = "{policy}"\n'
    suite.makepyprojecttoml(settings)
    words = [f"--gradcheck-undecided={policy}"] if policy and where == "option" else []
    result = run(suite, "--gradcheck", "unclear.py", "-rsxX", *words)
    result.assert_outcomes(**{outcome: 2})
    if outcome == "skipped":
        result.stdout.fnmatch_lines(["SKIPPED*unclear.py:Waves is undecided: no witness could*"])


@pytest.mark.parametrize("policy", ["skip", "xfail"])
def test_no_policy_forgives_a_wrong_gradient(suite: pytest.Pytester, policy: str) -> None:
    """What is refuted is red, and so is what cannot be run at all."""
    words = ["--gradcheck", "layers.py:Triple", "--gradcheck", "unbuilt.py"]
    result = run(suite, *words, f"--gradcheck-undecided={policy}")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["Puzzle *--init*"])


def test_a_name_that_leads_nowhere_ends_the_run(suite: pytest.Pytester) -> None:
    """With the nearest spelling: a typing error must not look like an empty suite."""
    result = run(suite, "--gradcheck", "scratchnn.Linaer")
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["scratchnn has no Linaer: did you mean Linear[?]"])


def test_a_case_that_does_not_fit_is_skipped_where_others_do(suite: pytest.Pytester) -> None:
    """As on the command line, where it is listed as not verified; it says why."""
    suite.makepyfile(
        picky="""
        class Tanh:
            def forward(self, x):
                if len(x) == 1: raise ValueError("a batch, please")
                self.y = x.tanh()
                return self.y
            def backward(self, grad_output): return grad_output * (1 - self.y ** 2)
        """
    )
    result = run(suite, "--gradcheck", "picky.py", "-rs")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] >= 1
    assert outcomes.keys() == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["SKIPPED*this case cannot be built, others can:*a batch, please*"])


def test_targets_can_stand_in_the_settings(suite: pytest.Pytester) -> None:
    """Then a plain `pytest` checks them, and one that names a file does not."""
    suite.makepyfile(test_other="def test_other(): pass")
    suite.makepyprojecttoml('[tool.pytest.ini_options]\ngradcheck_targets = ["layers.py:Double"]\n')
    run(suite).assert_outcomes(passed=2)
    run(suite, "test_other.py").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("[tool.gradcheck]\nsead = 7", "has no setting sead: did you mean seed?"),
        ('[tool.gradcheck]\nwitnesses = ["oracle"]', "choose from numeric, autograd, reference"),
        (
            '[tool.pytest.ini_options]\ngradcheck_undecided = "ignore"',
            "gradcheck_undecided=ignore: choose from fail, skip, xfail",
        ),
    ],
)
def test_a_wrong_setting_is_refused(suite: pytest.Pytester, settings: str, told: str) -> None:
    """With the nearest spelling or the choices; nothing passes by mistake."""
    suite.makepyprojecttoml(settings)
    result = run(suite, "--gradcheck", "layers.py:Double")
    assert result.ret != 0
    assert " passed" not in result.stdout.str()
    assert told in result.stdout.str() + result.stderr.str()


def test_the_fixture_shows_the_line_of_the_test(suite: pytest.Pytester) -> None:
    """And below it the explanation, not a way through somebody else's code."""
    suite.makepyfile(
        test_triple="""
        import gradcheck as checks, layers, torch
        def test_fixture(gradcheck):
            gradcheck.assert_verified(layers.Triple(), torch.randn(4, 3))
        def test_function():
            checks.assert_verified(layers.Triple(), torch.randn(4, 3))
        """
    )
    result = run(suite, "test_triple.py")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            ">       gradcheck.assert_verified(layers.Triple(), torch.randn(4, 3))",
            "E       gradcheck.errors.GradientError: Triple  refuted",
            "E*look at*layers.py:7  Triple.backward",
            "test_triple.py:3: GradientError",
            ">       checks.assert_verified(layers.Triple(), torch.randn(4, 3))",
            "test_triple.py:5: GradientError",
        ]
    )


def test_the_seed_is_the_tests_own(suite: pytest.Pytester) -> None:
    """Different for each test, the same in each run, and moved by `--gradcheck-seed`."""
    suite.makepyfile(
        test_seed="""
        from pathlib import Path
        import torch
        def note(gradcheck):
            with Path("seeds").open("a") as file:
                print(gradcheck.seed, gradcheck.generator.initial_seed(), file=file)
        def test_one(gradcheck): note(gradcheck)
        def test_two(gradcheck): note(gradcheck)
        """
    )
    for words in ([], [], ["--gradcheck-seed=1"]):
        run(suite, *words).assert_outcomes(passed=2)
    lines = (suite.path / "seeds").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == lines[2:4]
    assert len({*lines}) == 4
    assert all(len({*line.split()}) == 1 for line in lines)


def test_pytest_imports_no_torch_because_of_it(tmp_path: Path) -> None:
    """Somebody who has it installed and does not use it waits for nothing."""
    code = "import sys, gradcheck.plugin.hooks; print({'torch', 'numpy', 'rich'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"
