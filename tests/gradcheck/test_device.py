"""Another device: the same answer as on the CPU, and one line where there is none.

Most of it is asked of a device that refuses to meet the CPU and has its numbers all the same; what
only a GPU can show is asked where there is one.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import gradcheck
import scratchnn
from gradcheck.cli import main
from gradcheck.errors import CommandError, ExerciseError
from tests.elsewhere import device
from tests.mutants import linear as mutants

PACKAGE = Path(gradcheck.__file__).parent
GPU = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="torch finds no GPU here: asked where there is one"
)


class Cube(torch.autograd.Function):
    """Right, with a weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        """Return w x³."""
        ctx.save_for_backward(x, w)
        return w * x**3

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return both gradients."""
        x, w = ctx.saved_tensors
        return 3 * grad_outputs[0] * w * x**2, (grad_outputs[0] * x**3).sum()


class Forgetful:
    """Makes its mask in the backward, without naming a device."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the input."""
        self.x = x
        return x * torch.ones(x.shape[-1], dtype=x.dtype)

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return the cotangent."""
        return grad_output * torch.ones(grad_output.shape[-1], dtype=grad_output.dtype)


def exit_code(*words: str) -> object:
    """Run the command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


def told(result: gradcheck.Result) -> list[tuple[Any, ...]]:
    """Return what is found, without its last digits."""
    return [(f.check, f.leaf, f.verdict, f.cause, f.case) for f in result.findings]


@pytest.mark.parametrize(
    ("name", "init"),
    [
        ("Linear", "5, 3"),
        ("BatchNorm1d", "5"),
        ("CrossEntropyLoss", "label_smoothing=0.1"),
        ("Dropout", "0.5"),
        ("MaxPool2d", "2"),
    ],
)
def test_a_class_has_the_same_answer_elsewhere(name: str, init: str) -> None:
    """Instance, inputs, directions and torch's counterpart are there."""
    here = gradcheck.check(f"scratchnn.{name}", init=init)
    with device() as there:
        result = gradcheck.check(f"scratchnn.{name}", init=init, device=there)
    assert told(result) == told(here)
    assert result.unverified == here.unverified
    assert f"checked on {there}" in result.notes


@pytest.mark.parametrize("mutant", [mutants.WeightReshaped, mutants.BiasAveraged])
def test_a_mistake_has_the_same_cause_elsewhere(mutant: Any) -> None:
    """Diagnosis draws and measures there as well."""
    here = gradcheck.check(mutant, init="5, 3")
    with device() as there:
        result = gradcheck.check(mutant, init="5, 3", device=there)
    assert result.verdict == gradcheck.Verdict.REFUTED
    assert told(result) == told(here)


@pytest.mark.parametrize(
    ("target", "shapes"),
    [
        (scratchnn.Linear(3, 2), ((4, 3),)),
        (nn.Linear(3, 2), ((4, 3),)),
        (Cube, ((4, 3), ())),
        (gradcheck.Pair(torch.sin, lambda g, x: g * x.cos()), ((4, 3),)),
    ],
    ids=["module", "torch module", "function", "pair"],
)
def test_an_instance_is_checked_where_it_is_or_where_it_is_wanted(
    target: Any, shapes: tuple[tuple[int, ...], ...]
) -> None:
    """Given there, without a word; or given here and moved, itself untouched."""
    inputs = [torch.randn(shape, requires_grad=True) for shape in shapes]
    here = gradcheck.check(target, *inputs)
    assert here.passed
    with device() as there:
        moved = gradcheck.check(target, *inputs, device=there)
        assert all(x.device.type == "cpu" for x in inputs)
        if isinstance(target, scratchnn.Module | nn.Module):
            target = target.to(device=there)
        given = gradcheck.check(target, *[x.detach().to(there) for x in inputs])
    assert told(moved) == told(here)
    assert [(f.check, f.leaf, f.verdict) for f in given.findings] == [
        (f.check, f.leaf, f.verdict) for f in here.findings
    ]


def test_what_is_made_without_naming_a_device_is_made_there() -> None:
    """As by who has set torch's default device."""
    x = torch.randn(4, 3)
    with device() as there:
        assert gradcheck.check(Forgetful(), x, device=there).passed
        with pytest.raises(ExerciseError, match="same device"):
            gradcheck.check(Forgetful(), x.to(there))


def test_what_computes_with_numpy_stays_on_the_cpu() -> None:
    """There is nothing else for it: said, not guessed."""
    x = torch.randn(4, 3).numpy()
    with device() as there, pytest.raises(ExerciseError, match="NumPy computes on the CPU alone"):
        gradcheck.check(gradcheck.Pair(lambda x: 2 * x, lambda g, x: 2 * g), x, device=there)


@pytest.mark.parametrize("name", ["cuba", "meta", *([] if torch.cuda.is_available() else ["cuda"])])
def test_a_device_that_is_not_there_is_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code of a wrong command, and no traceback."""
    assert exit_code("scratchnn.Tanh", "--device", name) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith(f"error: device {name} cannot be used")
    assert "Traceback" not in said
    with pytest.raises(CommandError, match=f"device {name} cannot be used"):
        gradcheck.check("scratchnn.Tanh", device=name)


def test_the_command_line_takes_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    """And says in the answer where it was checked."""
    with device() as there:
        assert exit_code("scratchnn.Tanh", "--input", "2,3", "--device", there) == 0
    assert f"checked on {there}" in capsys.readouterr().out


@GPU
@pytest.mark.parametrize("name", ["Linear", "Conv2d", "LSTM", "CrossEntropyLoss", "Dropout"])
def test_a_gpu_gives_the_answer_of_the_cpu(name: str) -> None:
    """Also where random numbers are drawn, by a generator of its own."""
    here, there = (gradcheck.check(f"scratchnn.{name}", device=d) for d in (None, "cuda"))
    assert told(there) == told(here)


@GPU
def test_a_module_of_ten_to_the_eight_weights_is_checked_on_a_gpu() -> None:
    """In float32, judged in float64: 0.8 GB a leaf."""
    layer = scratchnn.Linear(10_000, 10_000, device="cuda")
    assert gradcheck.check(layer, torch.randn(4, 10_000, device="cuda")).passed


# Where tensors are made that meet those of a target; elsewhere inputs are drawn, and moved.
CHECKING = ("adapters", "contracts", "diagnosis", "modes", "witnesses")
CHECKING_TOO = ("norms.py", "grid.py", "subject.py", "cases/point.py", "cases/precision.py")
MAKERS = {"arange", "empty", "eye", "full", "linspace", "ones", "zeros", "tensor"}
DRAWERS = {"rand", "randn", "randint", "randperm"}


def nowhere(path: Path) -> list[str]:
    """Return the places where a file makes a tensor and names no device."""
    calls = [
        one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Call)
    ]
    return [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for call in calls
        if ast.unparse(call.func).removeprefix("torch.") in MAKERS | DRAWERS
        and ast.unparse(call.func).startswith("torch.")
        and all(keyword.arg != "device" for keyword in call.keywords)
    ]


def test_no_tensor_is_made_without_saying_where() -> None:
    """A default device may be set, by a user or by us, and meets what is drawn on the CPU."""
    files = [path for name in CHECKING for path in (PACKAGE / name).rglob("*.py")]
    files += [PACKAGE / name for name in CHECKING_TOO]
    assert [place for path in files for place in nowhere(path)] == []
