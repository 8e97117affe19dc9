"""Call order: to which forward a backward belongs, and what is said where it has none."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck import Pair

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Square:
    """The derivative depends on what the forward saw; `take` says which forward that is."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return x * x

    def backward(self, grad: Tensor) -> Any:
        return 2 * self.take() * grad

    def take(self) -> Any:
        raise NotImplementedError


class LastFirst(Square):
    """As torch."""

    def take(self) -> Any:
        return self.seen.pop()


class FirstFirst(Square):
    """A queue."""

    def take(self) -> Any:
        return self.seen.pop(0)


class Last(Square):
    """One attribute."""

    def take(self) -> Any:
        return self.seen[-1]


class First(Square):
    """The first forward for ever; an earlier training step has already shown that it is wrong."""

    def take(self) -> Any:
        return self.seen[0]


class All(Square):
    """The list grows and is never taken from."""

    def take(self) -> Any:
        return sum(self.seen)


class UsedUp(Square):
    """The first backward writes to what the second would need."""

    def take(self) -> Any:
        kept = self.seen[-1].clone()
        self.seen[-1] = kept * 0.5
        return kept


class NeverFails(Square):
    """A backward before any forward gets zeros."""

    def take(self) -> Any:
        return self.seen.pop() if self.seen else 0.0


class SaysWhy(Square):
    """An error of its own."""

    def take(self) -> Any:
        if not self.seen:
            raise RuntimeError("call forward first")
        return self.seen.pop()


def promising(kind: type) -> Any:
    """The same, by somebody who promises torch's conventions."""
    return type(kind.__name__, (kind,), {"torch_conventions": True})()


def answer(target: Any) -> tuple[str, str]:
    """The verdict on the order of calls alone, and the words."""
    result = gradcheck.check(target, X, contracts=("call_order",), reference="none")
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["call_order"]
    return str(found[0].verdict), found[0].message


@pytest.mark.parametrize(
    "target",
    [
        LastFirst(),
        SaysWhy(),
        promising(SaysWhy),
        scratchnn.Tanh(),
        scratchnn.Sequential(scratchnn.Linear(3, 3), scratchnn.ReLU()),
        Pair(torch.sin, lambda g, x: g * x.cos()),
    ],
    ids=["stack", "says why", "promising", "Tanh", "Sequential", "pair"],
)
def test_the_last_forward_first_and_an_error_for_none_is_verified(target: Any) -> None:
    """Plain functions keep nothing that could be stale."""
    assert answer(target) == ("verified", "")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Last, "it keeps only its last forward: an earlier one gets a wrong gradient"),
        (FirstFirst, "after two forwards, the backward answers the first of them"),
        (NeverFails, "a second backward on one forward gives another gradient"),
    ],
)
def test_what_others_are_free_to_do_is_refuted_where_more_is_promised(
    kind: type, told: str
) -> None:
    """One attribute, or a queue, serves a training loop; a wrong answer serves nobody."""
    verdict, words = answer(kind())
    assert verdict == ("refuted" if kind is NeverFails else "waived")
    assert words.startswith(told)
    assert answer(promising(kind))[0] == "refuted"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (All, "after two forwards, the backward gives the gradient of neither"),
        (UsedUp, "a second backward on one forward gives another gradient of input"),
    ],
)
def test_a_gradient_of_nothing_is_refuted_everywhere(kind: type, told: str) -> None:
    """Silently wrong is no convention."""
    verdict, words = answer(kind())
    assert verdict == answer(promising(kind))[0] == "refuted"
    assert words.startswith(told)


def test_an_error_that_python_raises_by_itself_tells_nothing() -> None:
    """`pop from empty list` is good enough, unless more is promised."""
    assert answer(LastFirst())[0] == "verified"
    verdict, words = answer(promising(LastFirst))
    assert verdict == "refuted"
    assert "fails without saying why: LastFirst.backward raised IndexError" in words


def test_an_answer_before_any_forward_is_refuted_where_more_is_promised() -> None:
    """Zeros are no gradient, though later calls are answered as they should be."""

    class ZerosAtFirst(SaysWhy):
        def backward(self, grad: Tensor) -> Any:
            return super().backward(grad) if hasattr(self, "called") else 0 * grad

        def forward(self, x: Tensor) -> Tensor:
            self.called = True
            return super().forward(x)

    words = "a backward before any forward is answered with some gradient"
    assert answer(ZerosAtFirst()) == ("waived", f"{words}: a convention of its own")
    assert answer(promising(ZerosAtFirst)) == ("refuted", words)


def test_a_backward_that_needs_no_forward_may_come_first() -> None:
    """Its answer is right."""

    class Double:
        torch_conventions = True

        def forward(self, x: Tensor) -> Tensor:
            return 2 * x

        def backward(self, grad: Tensor) -> Tensor:
            return 2 * grad

    assert answer(Double())[0] == "verified"


def test_stored_gradients_of_two_backwards_are_told_apart() -> None:
    """They add up: each is read into a gradient that starts anew."""

    class Stale(scratchnn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            self.x = x
            return super().forward(x)

        def backward(self, grad_output: Tensor) -> Tensor:
            returned = super().backward(grad_output)
            self.weight.grad = grad_output.T @ self.x
            return returned

    assert answer(Stale(3, 2)) == (
        "refuted",
        "it keeps only its last forward: an earlier one gets a wrong gradient",
    )


def test_a_forward_that_depends_on_earlier_ones_is_not_asked() -> None:
    """Which of them its backward belongs to is another question there."""

    class Recurrent(Last):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x + 0.5 * len(self.seen))

    verdict, words = answer(Recurrent())
    assert verdict == "waived"
    assert words == "the forward itself depends on what was called before"
