"""Batch: what is right for several is right for one, and for none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair
from gradcheck.contracts.batch import batch_size, first_samples

X = torch.linspace(-1, 1.25, 12, dtype=torch.float64).reshape(4, 3)


def answer(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any
) -> tuple[str, str]:
    """The verdict on batches alone, and the words."""
    return said(gradcheck.check(Pair(forward, backward), *inputs or (X,), contracts=("batch",)))


def said(result: gradcheck.Result) -> tuple[str, str]:
    """The same of any result."""
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["batch"]
    return str(found[0].verdict), found[0].message


def test_a_deviation_of_one_sample_divides_by_zero_and_is_no_mistake() -> None:
    """Torch's own gradient is NaN there, too."""

    def std(x: Tensor) -> Tensor:
        return x.std(0, correction=0)

    def std_backward(grad_output: Tensor, x: Tensor) -> Tensor:
        return grad_output * (x - x.mean(0)) / (len(x) * std(x))

    told = answer(std, std_backward)
    assert told == ("waived", "for a batch of one the gradient of input is NaN or infinite")


@pytest.mark.parametrize(
    ("inputs", "size"),
    [
        ((X,), 4),
        ((X, X[:, 0]), 4),
        ((X, torch.arange(7)), 4),
        ((X.numpy(), X), 4),
        ((X, X.T), None),
        ((X[:1],), None),
        ((X, torch.tensor(1.0)), None),
        ((torch.tensor(1.0),), None),
        ((torch.arange(3),), None),
    ],
    ids=["one", "two", "indices", "array", "differ", "single", "scalar", "scalars", "no leaf"],
)
def test_the_batch_is_the_leading_axis_that_all_leaves_share(inputs: Any, size: int | None) -> None:
    """Of two or more samples."""
    assert batch_size(inputs) == size


def test_everything_of_that_length_is_cut() -> None:
    """Class indices and masks too; what has another length, or none, stays."""
    inputs = (X, torch.arange(4), np.ones(4), torch.arange(3), 4, None)
    assert [len(x) if hasattr(x, "__len__") else x for x in first_samples(inputs, 4, 1)] == [
        *(1, 1, 1, 3),
        *(4, None),
    ]


def test_a_sum_over_the_batch_is_verified() -> None:
    """One sample, and none."""
    assert answer(lambda x: x - x.sum(0), lambda g, x: g - g.sum(0)) == ("verified", "")


def test_what_squeezes_one_sample_away_is_refuted() -> None:
    """Right for four, which is all that was given."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return g - g.squeeze().sum(0)

    assert answer(lambda x: x - x.sum(0), backward) == (
        "refuted",
        "the gradient of input is right for the batch, and wrong for one sample",
    )


def test_a_gradient_of_another_size_for_one_sample_is_refuted() -> None:
    """With its shape."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return 2 * g if len(g) > 1 else 2 * g[0, :2]

    words = "for a batch of one the gradient of input has shape (2,)"
    assert answer(lambda x: 2 * x, backward) == ("refuted", words)


def test_indices_are_cut_with_the_inputs() -> None:
    """A loss of class indices, one for each sample."""
    classes = torch.tensor([0, 2, 1, 1])

    def forward(x: Tensor, classes: Tensor) -> Tensor:
        return x[torch.arange(len(x)), classes] ** 2

    def backward(g: Tensor, x: Tensor, classes: Tensor) -> tuple[Tensor, None]:
        gradient = torch.zeros_like(x)
        rows = torch.arange(len(x))
        gradient[rows, classes] = 2 * g * x[rows, classes]
        return gradient, None

    assert answer(forward, backward, X, classes)[0] == "verified"


def test_a_kink_that_one_sample_lies_on_is_nobodys_fault() -> None:
    """Its own mean is the sample itself: the absolute difference has two slopes there."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        signed = g * torch.where(x >= x.mean(0), 1.0, -1.0)
        return signed - signed.mean(0)

    assert answer(lambda x: (x - x.mean(0)).abs(), backward)[0] != "refuted"


class Hungry:
    """It wants two samples at least, in its forward or only in its backward."""

    def __init__(self, *, late: bool) -> None:
        self.late = late

    def forward(self, x: Tensor) -> Tensor:
        """Twice."""
        if len(x) < 2 and not self.late:
            raise ValueError("too few")
        return 2 * x

    def backward(self, grad: Tensor) -> Tensor:
        """Twice."""
        if len(grad) < 2:
            raise ValueError("too few")
        return 2 * grad


@pytest.mark.parametrize("late", [False, True])
def test_what_refuses_one_sample_is_waived_with_its_words(late: bool) -> None:
    """A backward that fails where its forward does not is refuted where more is promised."""
    verdict, words = said(gradcheck.check(Hungry(late=late), X, contracts=("batch",)))
    assert verdict == "waived"
    assert "raised ValueError: too few" in words
    promising = type("Hungry", (Hungry,), {"torch_conventions": True})(late=late)
    verdict, _ = said(gradcheck.check(promising, X, contracts=("batch",)))
    assert verdict == ("refuted" if late else "waived")


@pytest.mark.parametrize("promises", [False, True])
def test_nothing_gives_nothing(promises: bool) -> None:
    """A mean over no samples is NaN: refuted only where torch's way is promised."""

    class Shift:
        torch_conventions = promises

        def __init__(self) -> None:
            self.shift = torch.nn.Parameter(torch.zeros(3))

        def named_parameters(self) -> Any:
            return [("shift", self.shift)]

        def forward(self, x: Tensor) -> Tensor:
            return x + self.shift

        def backward(self, grad: Tensor) -> Tensor:
            self.shift.grad = grad.mean(0) * len(grad)
            return grad.clone()

    verdict, words = said(gradcheck.check(Shift(), X, contracts=("batch",)))
    assert verdict == ("refuted" if promises else "waived")
    assert words.startswith("for an empty batch the gradient of shift is not that of nothing")


def test_what_is_wrong_for_the_whole_batch_is_not_blamed_on_its_size() -> None:
    """Its numbers are refuted, once."""
    assert answer(lambda x: 2 * x, lambda g, x: 3 * g) == (
        "waived",
        "no gradient of the whole batch is verified, of which one sample could be a part",
    )
