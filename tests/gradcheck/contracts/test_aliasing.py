"""Aliasing: whose memory a gradient may not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck import Pair

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Variable:
    """A parameter."""

    def __init__(self) -> None:
        self.data, self.grad = torch.ones(2, 3), None


def layer(store: Callable[[Any, Tensor], Any], base: type = object) -> Any:
    """A layer  y = x + first + second, whose gradients are all the cotangent, stored as told."""

    class Add(base):  # type: ignore[misc] # any base is meant
        def __init__(self) -> None:
            self.first, self.second = Variable(), Variable()

        def named_parameters(self, prefix: str = "") -> Any:
            return [("first", self.first), ("second", self.second)]

        def forward(self, x: Tensor) -> Tensor:
            return x + self.first.data + self.second.data

        def backward(self, grad: Tensor) -> Tensor:
            returned = store(self, grad)
            return grad.clone() if returned is None else returned

    return Add()


def answer(target: Any, x: Any = X) -> tuple[str, str]:
    """The verdict on aliasing alone, and the words."""
    result = gradcheck.check(target, x, contracts=("aliasing",), reference="none")
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["aliasing"]
    return str(found[0].verdict), found[0].message


def stored(first: Callable[[Tensor], Tensor], second: Callable[[Tensor], Tensor]) -> Any:
    """Store both, made from the cotangent as told."""

    def store(layer: Any, grad: Tensor) -> None:
        layer.first.grad, layer.second.grad = first(grad), second(grad)

    return store


def test_copies_are_verified() -> None:
    """And may be slices of one buffer that do not meet."""

    def halves(layer: Any, grad: Tensor) -> None:
        both = torch.stack([grad, grad], dim=-1)
        layer.first.grad, layer.second.grad = both[..., 0], both[..., 1]

    assert answer(layer(stored(torch.clone, torch.clone)))[0] == "verified"
    assert answer(layer(halves))[0] == "verified"


@pytest.mark.parametrize("base", [object, scratchnn.Module])
def test_a_stored_gradient_is_nobody_elses_memory(base: type) -> None:
    """Whoever adds to it would change the cotangent, or the other gradient."""

    def one(layer: Any, grad: Tensor) -> None:
        layer.first.grad = layer.second.grad = grad.clone()

    def returned(layer: Any, grad: Tensor) -> Tensor:
        layer.first.grad, layer.second.grad = grad.clone(), grad.clone()
        gradient: Tensor = layer.second.grad
        return gradient

    cotangent = layer(stored(torch.clone, lambda g: g.view(2, 3)), base)
    words = "the stored gradient of second is the memory of grad_output itself"
    if base is object:
        assert answer(cotangent) == ("waived", f"{words}: a convention of its own")
    else:
        assert answer(cotangent) == ("refuted", words)
    words = "the stored gradient of first is also that of second"
    if base is object:
        assert answer(layer(one)) == ("waived", f"{words}: a convention of its own")
    else:
        assert answer(layer(one, base)) == ("refuted", words)
    words = "the returned gradient of input is also that of second"
    assert answer(layer(returned, base)) == ("refuted", words)


def test_a_stored_gradient_is_no_expanded_number() -> None:
    """`+=` on it would fail."""

    class Mean(scratchnn.Module):
        def __init__(self) -> None:
            self.shift = scratchnn.Parameter(torch.zeros(3))

        def forward(self, x: Tensor) -> Tensor:
            return x.mean() + self.shift.data.mean()

        def backward(self, grad: Tensor) -> Tensor:
            self.shift.grad = (grad / 3).expand(3)
            return (grad / 6).expand(2, 3)

    verdict, words = answer(Mean())
    assert verdict == "refuted"
    assert words.startswith("the stored gradient of shift is one number expanded")


def test_a_gradient_is_no_input_and_no_weight() -> None:
    """Of whatever value: who changes it in place would change the input."""
    pair = Pair(lambda x: (x * x).sum() / 2, lambda g, x: x)
    assert answer(pair) == (
        "refuted",
        "the returned gradient of input is the memory of input itself",
    )


@pytest.mark.parametrize("x", [X, X.numpy()], ids=["tensor", "array"])
def test_returning_the_cotangent_is_a_convention_unless_more_is_promised(x: Any) -> None:
    """It may be a view, and an array too."""
    verdict, words = answer(Pair(lambda x: x.reshape(6) + 1, lambda g, x: g.reshape(2, 3)), x)
    assert verdict == "waived"
    assert (
        words == "the gradient of input is grad_output itself, not a copy: a convention of its own"
    )

    def hand_on(layer: Any, grad: Tensor) -> Tensor:
        layer.first.grad, layer.second.grad = grad.clone(), grad.clone()
        return grad

    assert answer(layer(hand_on))[0] == "waived"
    assert answer(layer(hand_on, scratchnn.Module))[0] == "refuted"
