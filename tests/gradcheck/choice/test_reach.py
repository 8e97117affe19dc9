"""How far a call of a Function comes: each next thing that is right takes it further."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.cases.case import given
from gradcheck.cases.felt import DONE, FITS, FLAT, RAN, STOPPED, Step
from gradcheck.choice.reach import codes_of, reach_of

X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)


class Mixed(Function):
    """Wants a pair and a word, and another pair behind."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, pair: Any, word: Any) -> Tensor:
        """Compute."""
        first, second = pair
        ctx.save_for_backward(x)
        ctx.word = word
        result: Tensor = (first * x**2 + second) / word.count("o")
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        share = 1 / len(ctx.word[2:])
        return 2 * share * x * grad_outputs[0], None, None


def step(*inputs: Any, slopes: bool = False) -> Step:
    """Return how far a call comes."""
    return reach_of(given(Mixed, inputs), [*codes_of(Mixed)], slopes=slopes)


def test_each_right_argument_takes_it_further() -> None:
    """Within the forward, within one of its lines, into the backward, and through."""
    steps = [
        step(2, (1, 2), "foot"),  # no tensor at all
        step(X, 5, "foot"),  # no pair
        step(X, (1, 2), 5),  # no word
        step(X, (1, 2), "fit"),  # nothing that is finite
        step(X, (1, 2), "oo"),  # a backward that divides by zero
        step(X, (1, 2), "foot"),
    ]
    assert steps == sorted(steps)
    assert [one[0] for one in steps] == [STOPPED, STOPPED, STOPPED, FLAT, RAN, DONE]
    assert len(set(steps)) == len(steps)


def test_slopes_are_asked_where_that_is_wished() -> None:
    """Where nothing is steep, nothing fits."""
    assert step(X, (1, 2), "foot", slopes=True) == (FITS,)
    assert step(X, (2, 2), "foot", slopes=True) == (DONE,)
    assert step(torch.zeros_like(X), (2, 2), "foot", slopes=True) == (DONE,)


class Keeping(Function):
    """Keeps what must be a tensor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Any) -> Tensor:
        """Compute."""
        result: Tensor = 1.0 * scale * x
        ctx.save_for_backward(x, scale)
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        x, scale = ctx.saved_tensors
        return scale * grad_outputs[0], (x * grad_outputs[0]).sum()


def test_what_torch_refuses_behind_the_forward_is_further_than_any_place_in_it() -> None:
    """Only what is kept is no tensor."""
    codes = [*codes_of(Keeping)]
    inside, behind = (reach_of(given(Keeping, inputs), codes) for inputs in ((X, "word"), (X, 2.0)))
    assert inside[0] == behind[0] == STOPPED
    assert inside < behind
    assert reach_of(given(Keeping, (X, torch.tensor(2.0))), codes) == (DONE,)


class Constant(Keeping):
    """Whatever it is given, and a gradient of zero, or one that stands in."""

    slope = 0.0

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Any) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x, scale)
        return torch.zeros_like(x)

    @classmethod
    def backward(cls, ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx
        return cls.slope * grad_outputs[0], None


class Standing(Constant):
    """Claims something for what is constant."""

    slope = 1.0


def test_zeros_for_what_nothing_moves_say_nothing() -> None:
    """As where a stand-in computed; what is claimed for it all the same is there to be judged."""
    inputs = X, torch.tensor(2.0)
    assert reach_of(given(Constant, inputs), [*codes_of(Constant)]) == (FLAT,)
    assert reach_of(given(Standing, inputs), [*codes_of(Standing)]) == (DONE,)


class Padded(Function):
    """Hands all to one function of torch, which wants whole numbers and then a number."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, widths: Any, filled: Any) -> Tensor:
        """Compute."""
        ctx.widths = widths
        return torch.nn.functional.pad(x, widths, value=filled)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        back = tuple(-one for one in ctx.widths)
        return torch.nn.functional.pad(grad_outputs[0], back), None, None


def test_what_torch_refuses_later_is_further() -> None:
    """Of the arguments of one call the first that is wrong is named, and the place decides."""
    codes = [*codes_of(Padded)]
    steps = [reach_of(given(Padded, (X, *more)), codes) for more in ((X, X), ((1, 2), X))]
    assert steps[0] < steps[1] < reach_of(given(Padded, (X, (1, 2), 3.0)), codes)
    assert gradcheck.check(Padded).passed


class Euler(Function):
    """Calls what it is given, step by step; its backward forgets to."""

    @staticmethod
    def forward(ctx: Any, field: Any, y: Tensor, steps: Any) -> Tensor:
        """Compute."""
        ctx.save_for_backward(y)
        for _ in range(steps):
            y = y + field(y)
        return y.clone()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        return None, grad_outputs[0], None


def test_what_is_called_is_given_a_function_and_no_loop_of_no_steps() -> None:
    """Where nothing is ever called, handing the gradient on is right."""
    result = gradcheck.check(Euler)
    assert "field=a smooth function" in result.findings[0].case
    assert result.verdict == "undecided", result.explain()
