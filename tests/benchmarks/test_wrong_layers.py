"""The mutants of scratchnn's layers, shown to torch's check as well."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import gradcheck
from gradcheck.adapters import adapt, is_loss
from gradcheck.cases.case import constructed
from gradcheck.cases.inference import cases_for, siblings_of
from gradcheck.cases.probe import take
from gradcheck.subject import Subject, Values, vjp
from gradcheck.targets.resolve import resolve
from tests.benchmarks.board import Board, Row
from tests.benchmarks.checkers import NUMERIC, REFUTED, torch_check

FOLDER = Path(__file__).parents[1] / "mutants"
PROMISES = "contracts.py"  # whose mutants have right numbers, and are checked as instances
X = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))


def mutants_of(*files: Path) -> list[type]:
    """Return the wrong layers of some files."""
    found = [target.object for path in sorted(files) for target in resolve(str(path))]
    return [mutant for mutant in found if inspect.isclass(mutant)]


WRONG = mutants_of(
    *(
        path
        for path in FOLDER.glob("*.py")
        if not path.name.startswith("test_") and path.name != PROMISES
    )
)
BROKEN = mutants_of(FOLDER / PROMISES)
MUTANTS = {Row.MUTANTS: WRONG, Row.PROMISES: BROKEN}


def subjects(mutant: Any) -> list[Subject]:
    """Return a layer in the very cases in which gradcheck checks it."""
    if mutant in BROKEN:
        return [adapt(mutant.example(), (X,), {})]
    specs = cases_for(mutant, init=None, shapes=(), inputs=2 if is_loss(mutant) else 1)
    made = [constructed(mutant, spec, siblings_of(mutant)) for spec in specs]
    return [adapt(*case.make(0), case.options) for case in made]


def function_of(subject: Subject, claimed: list[int]) -> Callable[..., Any]:
    """Return a layer as a torch.autograd.Function of those leaves that have a gradient."""

    def values_of(leaves: tuple[torch.Tensor, ...]) -> Values:
        values = [leaf.value for leaf in subject.leaves]
        for position, leaf in zip(claimed, leaves, strict=True):
            values[position] = leaf
        return tuple(values)

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *leaves: torch.Tensor) -> Any:
            ctx.save_for_backward(*leaves)
            outputs = subject.forward(values_of(leaves))
            return outputs if len(outputs) > 1 else outputs[0]

        @staticmethod
        def backward(ctx: Any, *grad_outputs: torch.Tensor) -> Any:
            claims = vjp(subject, values_of(ctx.saved_tensors), grad_outputs)
            factor = 1.0 if subject.free_cotangent else grad_outputs[0]
            return tuple(factor * claim for claim in claims if claim is not None)

    call: Callable[..., Any] = Function.apply
    return call


def torch_refutes(mutant: Any, *, fast: bool) -> bool:
    """Whether torch's check fails, or raises, in one of the cases."""
    for subject in subjects(mutant):
        try:
            claims = take(subject, (0,)).draws[0].claims
            claimed = [position for position, claim in enumerate(claims) if claim is not None]
            leaves = tuple(subject.leaves[position].value for position in claimed)
            if torch_check(function_of(subject, claimed), leaves, fast=fast) == REFUTED:
                return True
        except Exception:  # noqa: BLE001 whatever a wrong backward makes torch raise, it is seen
            return True
    return False


def we_refute(mutant: Any, options: dict[str, Any]) -> bool:
    """Whether gradcheck refutes."""
    target = (mutant.example(), X) if mutant in BROKEN else (mutant,)
    return gradcheck.check(*target, **options).verdict == REFUTED


CHECKS: dict[str, Callable[[type], bool]] = {
    "gradcheck, numeric alone": lambda mutant: we_refute(mutant, NUMERIC),
    "gradcheck": lambda mutant: we_refute(mutant, {}),
    "torch slow": lambda mutant: torch_refutes(mutant, fast=False),
    "torch fast": lambda mutant: torch_refutes(mutant, fast=True),
}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("row", MUTANTS, ids=["gradients", "promises"])
def test_mutants_that_are_refuted(board: Board, row: Row, name: str) -> None:
    """Ours refutes them all."""
    missed = [mutant.__name__ for mutant in MUTANTS[row] if not CHECKS[name](mutant)]
    board.put(row, name, f"{len(MUTANTS[row]) - len(missed)} of {len(MUTANTS[row])}")
    assert name != "gradcheck" or missed == []


@pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
def test_torch_accepts_the_right_layers_when_asked_in_this_way(fast: bool) -> None:
    """What refutes a mutant is its mistake: every class that one is made from passes.

    But for SELU, on whose kink torch's check refutes what torch's own SELU gives.
    """
    right = {mutant.__mro__[1] for mutant in WRONG}
    assert {one.__name__ for one in right if torch_refutes(one, fast=fast)} <= {"SELU"}
