"""Where some inputs may be longer than the others, they are: keys and values beside queries."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target


class Attention:
    """softmax(q kᵀ) v."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend."""
        self.q, self.k, self.v = q, k, v
        self.a = torch.softmax(q @ k.mT, -1)
        return self.a @ v

    def scores(self, grad: Tensor) -> Tensor:
        """The gradient before the softmax."""
        da = grad @ self.v.mT
        return self.a * (da - (da * self.a).sum(-1, keepdim=True))

    def backward(self, grad: Tensor) -> tuple[Tensor, ...]:
        """Differentiate."""
        ds = self.scores(grad)
        return ds @ self.k, ds.mT @ self.q, self.a.mT @ grad


class WrongAttention(Attention):
    """Takes the number of keys for that of queries."""

    def scores(self, grad: Tensor) -> Tensor:
        """Scale by what is 1 where there are as many."""
        return super().scores(grad) * self.k.shape[-2] / self.q.shape[-2]


class Beside:
    """Lays its inputs side by side, and was told that each is one half."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Concatenate."""
        return torch.cat([a, b], 1)

    def backward(self, grad: Tensor) -> tuple[Tensor, ...]:
        """Cut in the middle."""
        return grad.chunk(2, 1)


def labels(target: Any) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_as_many_keys_as_queries_hide_which_of_them_was_counted() -> None:
    """And values of as many features as keys, how many each has."""
    assert labels(Attention) == [
        "input (4, 5), (4, 5), (4, 5)",
        "input (4, 5), (6, 5), (6, 5)",
        "input (4, 5), (4, 5), (4, 7)",
    ]
    assert gradcheck.check(Attention).verdict == "verified"
    found = gradcheck.check(WrongAttention)
    assert {one.case for one in found.refutations} == {"input (4, 5), (6, 5), (6, 5)"}


def test_inputs_whose_gradients_come_out_in_one_shape_are_meant_to_have_one() -> None:
    """Nobody promised more."""
    assert labels(Beside) == ["input (4, 5), (4, 5)"]
    assert gradcheck.check(Beside).verdict == "verified"
