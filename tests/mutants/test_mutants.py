"""gradcheck refutes every mutant in this folder, and blames exactly the gradients that are wrong.

A mutant is a class of scratchnn with one small mistake of the kind that people make. It subclasses
the correct class, so gradcheck finds its cases by inheritance; `wrong_leaves` says which gradients
must be refuted, or `output` where the forward is wrong and the backward follows it.
"""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import gradcheck
import scratchnn
from gradcheck import Result
from gradcheck.targets.resolve import resolve

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = sorted(
    path
    for path in HERE.glob("*.py")
    if not path.name.startswith("test_") and path.stem != "contracts"  # whose numbers are right
)
MUTANTS: dict[str, Any] = {
    target.object.__name__: target.object for path in FILES for target in resolve(str(path))
}
CORRECT = {
    name: value
    for name, value in vars(scratchnn).items()
    if inspect.isclass(value)
    and issubclass(value, scratchnn.Module)
    and not inspect.isabstract(value)
}

WRONG_FORWARD = {name for name, mutant in MUTANTS.items() if "output" in mutant.wrong_leaves}
WITNESSES = ("numeric", "autograd", "reference")
EACH_AND_ALL = {"all": WITNESSES, **{name: (name,) for name in WITNESSES}}


# The others are asked in the proofs: they take minutes.
QUICK = {name for name, mutant in MUTANTS.items() if inspect.getfile(mutant).endswith("linear.py")}
EACH = [
    pytest.param(mutant, id=name, marks=() if name in QUICK else pytest.mark.proof)
    for name, mutant in MUTANTS.items()
]


@functools.cache
def checked(target: Any, witnesses: tuple[str, ...] = WITNESSES) -> Result:
    """Check a class in its catalogued cases, once for the several claims that read the answer.

    Its numbers alone: a wrong gradient may break a promise as well.
    """
    return gradcheck.check(target, witnesses=witnesses, contracts=())


def refuted_leaves(result: Result) -> set[str | None]:
    """Return the leaves that some refuted finding names."""
    return {finding.leaf for finding in result.refutations}


@pytest.mark.parametrize("mutant", EACH)
def test_a_mutant_is_refuted_for_its_wrong_leaves_and_no_other(mutant: Any) -> None:
    """With all witnesses asked, the refuted findings name exactly the wrong gradients."""
    result = checked(mutant)
    assert result.verdict == "refuted"
    assert refuted_leaves(result) == set(mutant.wrong_leaves)
    if mutant.__name__ not in WRONG_FORWARD:
        assert_the_line_is_named(result, mutant)


def assert_the_line_is_named(result: Result, mutant: Any) -> None:
    """The reader is sent to the first line of the wrong backward, in the file where it stands."""
    _, line = inspect.getsourcelines(mutant.backward)
    for finding in result.refutations:
        assert finding.source is not None
        assert Path(finding.source.file).resolve() == Path(inspect.getfile(mutant))
        assert finding.source.line == line
        assert finding.source.function == f"{mutant.__name__}.backward"


@pytest.mark.parametrize("witness", WITNESSES)
@pytest.mark.parametrize("mutant", EACH)
def test_one_witness_alone_refutes_a_mutant(mutant: Any, witness: str) -> None:
    """Each blames exactly the wrong gradients; of a forward, only torch's counterpart can judge."""
    result = checked(mutant, (witness,))
    if mutant.__name__ in WRONG_FORWARD and witness != "reference":
        assert result.verdict == "verified"
    else:
        assert result.verdict == "refuted"
        assert refuted_leaves(result) == set(mutant.wrong_leaves)


@pytest.mark.parametrize("name", sorted(WRONG_FORWARD))
def test_a_wrong_forward_is_told_from_a_wrong_backward(name: str) -> None:
    """The cause says whose fault it is, and the gradients of that forward are verified."""
    result = checked(MUTANTS[name], tuple(WITNESSES))
    assert {finding.cause for finding in result.refutations} == {"wrong_forward"}
    gradients = [finding for finding in result.findings if finding.check == "gradient"]
    assert gradients
    assert {finding.verdict for finding in gradients} == {gradcheck.Verdict.VERIFIED}


@pytest.mark.parametrize(
    "witnesses",
    [
        pytest.param(names, id=key, marks=() if key == "all" else pytest.mark.proof)
        for key, names in EACH_AND_ALL.items()
    ],
)
@pytest.mark.parametrize("name", sorted(CORRECT))
def test_the_correct_class_is_verified(name: str, witnesses: tuple[str, ...]) -> None:
    """By each witness alone and by all together: what refutes a mutant is its mistake."""
    result = checked(CORRECT[name], witnesses)
    assert result.verdict == "verified"
    assert all(finding.verdict == "verified" for finding in result.findings)


def a_square_layer(mutant: Any) -> scratchnn.Module:
    """Make a layer with as many inputs as outputs."""
    layer: scratchnn.Module = mutant(5, 5)
    return layer


def a_layer_that_has_run(mutant: Any) -> scratchnn.Module:
    """Make a layer that has seen another batch before."""
    layer: scratchnn.Module = mutant(5, 3, dtype=torch.float64)
    layer.backward(layer(torch.randn(4, 5, dtype=torch.float64)))
    return layer


def a_layer_with_loaded_weights(mutant: Any) -> scratchnn.Module:
    """Make a layer whose weights are not those of its constructor any more."""
    layer: scratchnn.Module = mutant(5, 3)
    layer.load_state_dict(scratchnn.Linear(5, 3).state_dict())
    return layer


def test_every_class_with_a_backward_has_mutants() -> None:
    """A new layer or loss comes with at least three wrong versions of itself."""
    assert len(MUTANTS) >= 30
    for name, correct in CORRECT.items():
        wrong = [mutant for mutant in MUTANTS.values() if issubclass(mutant, correct)]
        assert len(wrong) >= 3, f"{name} has {len(wrong)} mutants"


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_states_its_mistake_in_one_line(mutant: Any) -> None:
    """It names its wrong leaves itself, and its docstring is a sentence."""
    assert mutant.__dict__["wrong_leaves"]
    assert mutant.__doc__ is not None
    assert mutant.__doc__.endswith(".")
    assert "\n" not in mutant.__doc__


def test_the_command_line_refutes_a_mutant_by_its_file() -> None:
    """It exits with 1, and the text names the wrong leaf and the line to look at."""
    target = f"{(HERE / 'linear.py').relative_to(ROOT)}:BiasNotSummed"
    command = [sys.executable, "-m", "gradcheck", target]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert f"{target}  refuted" in done.stdout
    assert "\n  bias: " in done.stdout
    assert "\n  weight: " not in done.stdout
    assert "BiasNotSummed.backward" in done.stdout
