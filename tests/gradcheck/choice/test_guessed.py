"""What is wrong at inputs that were found by trying decides nothing; what is right there is."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.adapters.bodies import BASE
from gradcheck.cases.case import Case, given
from gradcheck.options import Options
from gradcheck.pipeline import check_cases
from gradcheck.records import Verdict

X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)


class Cubed(BASE):
    """Right."""

    factor = 3.0

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        """Compute."""
        vars(ctx)["x"] = x
        return x**3

    @classmethod
    def backward(cls, ctx: object, *grad_outputs: Tensor) -> Tensor:
        """Differentiate."""
        x: Tensor = vars(ctx)["x"]
        return cls.factor * x**2 * grad_outputs[0]


class WrongCubed(Cubed):
    """With another factor."""

    factor = 2.0


def case_of(function: type, *, guessed: bool) -> Case:
    """Return the case of a Function at one input, whose author may mean another."""
    return replace(given(function, (X,)), guessed=guessed)


def test_what_is_wrong_there_is_undecided_and_told() -> None:
    """With what was found, and what to say instead; but where inputs are known, it is refuted."""
    known = check_cases("Wrong", [case_of(WrongCubed, guessed=False)], Options())
    assert known.verdict == Verdict.REFUTED
    record = check_cases("Wrong", [case_of(WrongCubed, guessed=True)], Options())
    assert record.verdict == Verdict.UNDECIDED
    (message,) = [one.message for one in record.findings if one.check == "gradient"]
    assert "its author may mean others: name them with --input" in message
    assert "0.666667 times the true one" in message


class Summed(Cubed):
    """Right in its numbers, and of another shape."""

    @classmethod
    def backward(cls, ctx: object, *grad_outputs: Tensor) -> Tensor:
        """Differentiate."""
        return super().backward(ctx, *grad_outputs).sum(dim=0)


def test_another_shape_decides_no_more_than_other_numbers() -> None:
    """It may be that of what its author means."""
    known = check_cases("Summed", [case_of(Summed, guessed=False)], Options())
    assert known.verdict == Verdict.REFUTED
    record = check_cases("Summed", [case_of(Summed, guessed=True)], Options())
    assert record.verdict == Verdict.UNDECIDED


def test_what_is_right_there_is_verified() -> None:
    """No other input makes a right gradient out of luck."""
    record = check_cases("Right", [case_of(Cubed, guessed=True)], Options())
    assert record.verdict == Verdict.VERIFIED
