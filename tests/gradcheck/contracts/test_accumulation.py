"""Accumulation: adding is torch's way, overwriting a convention, anything else a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Variable:
    """A parameter."""

    def __init__(self) -> None:
        self.data: Tensor = torch.tensor([1.0, 2.0, 3.0])
        self.grad: Any = None


def add(parameter: Any, gradient: Tensor) -> None:
    """As torch does."""
    parameter.grad = gradient if parameter.grad is None else parameter.grad + gradient


def overwrite(parameter: Any, gradient: Tensor) -> None:
    """As others do."""
    parameter.grad = gradient


def add_twice(parameter: Any, gradient: Tensor) -> None:
    """As nobody should, from the second time on."""
    parameter.grad = gradient if parameter.grad is None else parameter.grad + 2 * gradient


def layer(
    first: Callable[[Any, Tensor], None],
    second: Callable[[Any, Tensor], None],
    base: type = object,
    clear: Callable[[Any], None] | None = None,
) -> Any:
    """A layer  y = x · factor + shift  whose two gradients are stored as told."""

    class Affine(base):  # type: ignore[misc] # any base is meant
        def __init__(self) -> None:
            self.factor, self.shift = Variable(), Variable()

        def named_parameters(self, prefix: str = "") -> Any:
            return [("factor", self.factor), ("shift", self.shift)]

        def forward(self, x: Tensor) -> Tensor:
            self.x = x
            return x * self.factor.data + self.shift.data

        def backward(self, grad: Tensor) -> Tensor:
            first(self.factor, (grad * self.x).sum(0))
            second(self.shift, grad.sum(0))
            return grad * self.factor.data

    if clear is not None:
        Affine.zero_grad = clear
    return Affine()


def cleared(layer: Any) -> None:
    """Forget both."""
    layer.factor.grad = layer.shift.grad = None


def half_cleared(layer: Any) -> None:
    """Forget one."""
    layer.factor.grad = None


def answer(target: Any) -> tuple[str, str]:
    """The verdict on accumulation alone, and the words."""
    result = gradcheck.check(target, X, contracts=("accumulation",), reference="none")
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["accumulation"]
    return str(found[0].verdict), found[0].message


@pytest.mark.parametrize("clear", [None, cleared])
def test_adding_is_verified_for_everybody(clear: Any) -> None:
    """With a way to clear or without."""
    assert answer(layer(add, add, clear=clear))[0] == "verified"
    assert answer(layer(add, add, scratchnn.Module, cleared))[0] == "verified"


def test_overwriting_is_a_convention_unless_more_is_promised() -> None:
    """One that a module of scratchnn does not have."""
    verdict, words = answer(layer(overwrite, overwrite))
    assert verdict == "waived"
    assert words.endswith("overwrites the gradient of factor and shift instead of adding to it: "
                          "a convention of its own")  # fmt: skip
    assert answer(layer(overwrite, overwrite, scratchnn.Module, cleared))[0] == "refuted"


def test_one_that_overwrites_beside_one_that_adds_needs_something_that_clears() -> None:
    """Else one of them is wrong in every step but the first."""
    assert answer(layer(add, overwrite, clear=cleared))[0] == "waived"
    verdict, words = answer(layer(add, overwrite))
    assert verdict == "refuted"
    assert "shift is overwritten, while that of factor adds up and nothing clears it" in words


@pytest.mark.parametrize("base", [object, scratchnn.Module])
def test_what_neither_adds_nor_overwrites_is_refuted_everywhere(base: type) -> None:
    """No convention counts twice."""
    assert answer(layer(add, add_twice, base, cleared)) == (
        "refuted",
        "the gradient of shift after two backwards is not the sum of both",
    )


def test_zero_grad_clears_every_gradient() -> None:
    """One that it forgets is three times too large in the third step."""
    assert answer(layer(add, add, clear=half_cleared)) == (
        "refuted",
        "the gradient of shift is not cleared by zero_grad",
    )


def test_a_backward_that_fails_after_zero_grad_is_refuted() -> None:
    """None cannot be added to."""

    def add_in_place(parameter: Any, gradient: Tensor) -> None:
        parameter.grad += gradient

    target = layer(add_in_place, add_in_place, clear=cleared)
    for parameter in (target.factor, target.shift):
        parameter.grad = torch.zeros(3)
    verdict, words = answer(target)
    assert verdict == "refuted"
    assert words.startswith("after zero_grad the next backward fails: Affine.backward raised Type")


def test_without_parameters_there_is_nothing_to_add_to() -> None:
    """As in an activation."""
    assert answer(scratchnn.Tanh()) == ("waived", "it has no parameters")


def test_a_forward_that_changes_from_call_to_call_cannot_be_asked() -> None:
    """The second gradient belongs to another function."""

    class Drifting(scratchnn.Linear):
        steps = 0

        def forward(self, x: Tensor) -> Tensor:
            self.steps += 1
            return super().forward(x * self.steps)

    words = "the forward itself gives something else in a second call"
    assert answer(Drifting(3, 2)) == ("waived", words)


def test_a_layer_that_adds_up_is_called_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice, and once after zero_grad: what is lost in rounding is no question for it."""
    calls: list[Tensor] = []
    forward = scratchnn.Linear.forward

    def counted(layer: scratchnn.Linear, x: Tensor) -> Tensor:
        calls.append(x)
        return forward(layer, x)

    monkeypatch.setattr(scratchnn.Linear, "forward", counted)

    def cost(*contracts: str) -> int:
        calls.clear()
        options: Any = {"witnesses": ("autograd",), "dtype": "float64", "contracts": contracts}
        assert gradcheck.check(scratchnn.Linear(3, 2), X, **options).passed
        return len(calls)

    assert cost("accumulation", "purity") - cost("purity") == 3


class Overwriting:
    """Two factors, each of whose gradients depends on the other, overwritten and cleared."""

    def __init__(self, size: int) -> None:
        self.one, self.two = Variable(), Variable()
        self.one.data = torch.linspace(1, 2, size)
        self.two.data = torch.linspace(-2, 1.5, size)

    def named_parameters(self) -> Any:
        """Return both."""
        return [("one", self.one), ("two", self.two)]

    def zero_grad(self) -> None:
        """Forget both gradients."""
        self.one.grad = self.two.grad = None

    def forward(self, x: Tensor) -> Tensor:
        """Return x · one · two."""
        self.x = x
        return x * self.one.data * self.two.data

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return the gradient of x, and store those of the factors."""
        overwrite(self.one, (grad_output * self.x * self.two.data).sum(dim=0))
        overwrite(self.two, (grad_output * self.x * self.one.data).sum(dim=0))
        return grad_output * self.one.data * self.two.data


def test_what_is_overwritten_and_cleared_is_a_convention_at_any_weights() -> None:
    """To see how far rounding goes the object is called anew, which clears nothing."""
    result = gradcheck.check(Overwriting, init="5", contracts="accumulation")
    assert result.passed
    assert "overwrites the gradient of one and two" in result.unverified["accumulation"]
