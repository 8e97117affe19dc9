"""What becomes of an operator, right and wrong, of first and of second order."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nested import rebuilt
from gradcheck.compat import GradcheckError, gradcheck
from gradcheck.compat.engine import run
from gradcheck.modes.second_order import second
from tests.proofs.operators import elementwise, matrices, networks, reductions
from tests.proofs.operators.drawing import Operator

TILT = 1e-5
_TABLES = (elementwise, reductions, matrices, networks)
REAL: tuple[Operator, ...] = tuple(one for table in _TABLES for one in table.REAL)
# Torch has no second derivative of these.
ONLY_ONCE = {"hardsigmoid", "embedding_bag", "attention", "multi_margin_loss", "ctc_loss"}
COMPLEX: tuple[Operator, ...] = tuple(one for table in _TABLES for one in table.COMPLEX)


class Answer(StrEnum):
    """Of one check."""

    VERIFIED = "verified"
    LOOSE = "verified within torch's tolerance, with a warning"
    UNDECIDED = "undecided"
    REFUTED = "refuted"


@dataclass(frozen=True)
class Task:
    """One function with its inputs, of first or of second order."""

    name: str
    function: Callable[..., Any]
    inputs: tuple[Tensor, ...]

    @property
    def has_gradient(self) -> bool:
        """Whether some gradient is another number than zero: else nothing in it can be tilted."""
        leaves, outputs = run(self.function, self.inputs)
        draws = torch.Generator().manual_seed(2)
        weights = [torch.randn(y.shape, dtype=y.dtype, generator=draws) for y in outputs]
        found: Sequence[Tensor | None] = torch.autograd.grad(
            outputs, leaves, weights, allow_unused=True
        )
        return any(bool(gradient.any()) for gradient in found if gradient is not None)


def first_order(operators: Iterable[Operator]) -> Iterator[Task]:
    """The operators themselves."""
    for one in operators:
        yield Task(one.name, one.function, one.inputs())


def second_order(operators: Iterable[Operator]) -> Iterator[Task]:
    """Their backwards, as functions of inputs and cotangents, as far as these depend on them."""
    for one in operators:
        if one.name in ONLY_ONCE:
            continue
        inputs = one.inputs()
        draws = torch.Generator().manual_seed(1)
        cotangents = tuple(
            torch.randn(y.shape, dtype=y.dtype, generator=draws).requires_grad_()
            for y in run(one.function, inputs)[1]
        )
        yield Task(f"{one.name}, twice", second(one.function, len(inputs)), (*inputs, *cotangents))


def tilted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with a gradient that is too large by a hundred-thousandth."""

    def call(*arguments: Any) -> Any:
        return rebuilt(function(*arguments), _tilt)

    return call


def _tilt(y: Tensor) -> Tensor:
    return y + TILT * (y - y.detach()) if y.is_floating_point() or y.is_complex() else y


def answer(task: Task, *, wrong: bool = False) -> Answer:
    """What is said of it, or of its tilted gradient."""
    function = tilted(task.function) if wrong else task.function
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            gradcheck(function, task.inputs)
        except GradcheckError as error:
            head = str(error).splitlines()[0]
            return Answer.UNDECIDED if "undecided" in head else Answer.REFUTED
    loose = any("passes within" in str(warning.message) for warning in said)
    return Answer.LOOSE if loose else Answer.VERIFIED


@contextmanager
def quiet() -> Iterator[None]:
    """Torch warns of some of its own functions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def tally(answers: dict[str, Answer]) -> str:
    """How often each was given."""
    counts = Counter(answers.values()).most_common()
    return "\n".join(f"{count:4} {said}" for said, count in counts)
