"""Purity: what is written to, by whom, and what is allowed."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


def answer(target: Any, *inputs: Any) -> tuple[str, str, str | None]:
    """The verdict on purity alone, the words, the leaf."""
    result = gradcheck.check(target, *inputs or (X,), contracts=("purity",), reference="none")
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["purity"], None
    return str(found[0].verdict), found[0].message, found[0].leaf


def written(y: Tensor, tensor: Any) -> Tensor:
    """The first, after the second was written to."""
    tensor[0, 0] += 1e-9
    return y


@pytest.mark.parametrize("inputs", [(X, X.flip(0)), (X.numpy(), X.flip(0).numpy())])
def test_each_that_is_written_to_is_named(inputs: Any) -> None:
    """A billionth in one element is enough; arrays are written to as tensors are."""

    def right(g: Any, a: Any, b: Any) -> Any:
        return g * b, g * a

    forward = Pair(lambda a, b: written(a * b, b), right)
    assert answer(forward, *inputs) == ("refuted", "the forward writes to b", "b")
    backward = Pair(lambda a, b: a * b, lambda g, a, b: written(right(g, a, b), a))
    assert answer(backward, *inputs) == ("refuted", "the backward writes to a", "a")
    cotangent = Pair(lambda a, b: a * b, lambda g, a, b: written(right(g, a, b), g))
    assert answer(cotangent, *inputs)[1].startswith("the backward writes to grad_output")


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_the_method_that_writes_is_the_one_to_look_at(method: str) -> None:
    """Not always the backward."""

    class Writing:
        def forward(self, x: Tensor) -> Tensor:
            self.x = x
            return written(2 * x, x) if method == "forward" else 2 * x

        def backward(self, grad: Tensor) -> Tensor:
            return written(2 * grad, self.x) if method == "backward" else 2 * grad

    result = gradcheck.check(Writing(), X, contracts=("purity",), reference="none")
    (finding,) = result.refutations
    assert finding.source is not None
    assert finding.source.function.endswith(f"Writing.{method}")


class Scale:
    """A layer  y = x · factor  that steps by itself, or does worse."""

    def __init__(self, step: float = 0.0, drift: float = 0.0) -> None:
        self.weight = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
        self.step, self.drift = step, drift

    def parameters(self) -> Any:
        return [self.weight]

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x * self.weight

    def backward(self, grad: Tensor) -> Tensor:
        returned = grad * self.weight.detach()
        self.weight.grad = (grad * self.x).sum(0)
        self.weight.sub_(self.step * self.weight.grad + self.drift)
        return returned


def test_a_step_inside_the_backward_is_a_convention() -> None:
    """Some teach it so; a weight that moves elsewhere is a mistake."""
    assert answer(Scale())[0] == "verified"
    assert answer(Scale(step=0.1))[:2] == (
        "waived",
        "the backward updates the weights itself: a convention of its own",
    )
    assert answer(Scale(drift=0.1))[:2] == ("refuted", "the backward writes to weight")


@pytest.mark.parametrize("inplace", [True, False])
def test_a_layer_that_says_so_may_write_to_its_input(inplace: bool) -> None:
    """And to nothing else."""

    class Double:
        def __init__(self) -> None:
            self.inplace = inplace

        def forward(self, x: Tensor) -> Tensor:
            return x.mul_(2)

        def backward(self, grad: Tensor) -> Tensor:
            return 2 * grad

    verdict, words, _ = answer(Double())
    assert verdict == ("waived" if inplace else "refuted")
    assert words == (
        "it declares itself as working in place" if inplace else "the forward writes to input"
    )


def test_a_nan_among_the_inputs_is_not_taken_for_a_change() -> None:
    """It equals nothing, itself included."""
    x = torch.tensor([1.0, float("nan"), 2.0], dtype=torch.float64)
    pair = Pair(torch.nansum, lambda g, x: g * (~x.isnan()).to(x.dtype))
    assert answer(pair, x)[0] == "verified"
    spoiled = Pair(lambda x: written(x.nansum(), x[None]), lambda g, x: g * (~x.isnan()).double())
    assert answer(spoiled, x)[0] == "refuted"
