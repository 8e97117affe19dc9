"""A probe: the point, the outputs there, and what the backward claims for a few cotangents."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from gradcheck import ExerciseError, Pair
from gradcheck.adapters import adapt
from gradcheck.cases.probe import KEEPS_STATE, take
from gradcheck.grid import on_grid


def normal(*shape: int) -> Tensor:
    """Draw a tensor in float64."""
    return torch.randn(shape, dtype=torch.float64)


def pair(forward: Any, backward: Any = lambda g, x: g, *inputs: Any) -> Any:
    """Adapt two functions, at a vector unless inputs are given."""
    return adapt(Pair(forward, backward, "demo"), inputs or (normal(3),), {})


def test_the_functions_are_called_no_more_than_needed() -> None:
    """The forward once for the outputs; a step for the first draw, an earlier one for others."""
    calls: list[str] = []

    def forward(x: Tensor) -> Tensor:
        calls.append("forward")
        return 2 * x

    def backward(grad_output: Tensor, x: Tensor) -> Tensor:
        calls.append("backward")
        return 2 * grad_output

    take(pair(forward, backward), seeds=(1, 2, 3))
    assert calls == ["forward", *["forward", "backward"] * 5]


def test_a_draw_follows_from_its_seed() -> None:
    """Another seed asks with another cotangent, and the claim answers that one."""
    probe = take(pair(lambda x: 2 * x, lambda g, x: 2 * g), seeds=(1, 1, 2))
    first, again, other = probe.draws
    assert torch.equal(first.cotangents[0], again.cotangents[0])
    assert not torch.equal(first.cotangents[0], other.cotangents[0])
    for draw in probe.draws:
        assert draw.claims[0] is not None
        assert torch.equal(draw.claims[0], 2 * draw.cotangents[0])


def test_only_the_first_backward_is_that_of_a_fresh_object() -> None:
    """Before each other one there was a step elsewhere: a cache that is filled once shows."""

    class Stale:
        kept: Any = None

        def forward(self, x: Tensor) -> Tensor:
            self.kept = x if self.kept is None else self.kept
            return x.square()

        def backward(self, grad_output: Tensor) -> Any:
            return 2 * grad_output * self.kept

    probe = take(adapt(Stale(), (normal(3),), {}), seeds=(1, 1, 1))
    fresh, second, third = (draw.claims[0] for draw in probe.draws)
    assert fresh is not None
    assert second is not None
    assert third is not None
    assert not bool((fresh == second).any())
    assert torch.equal(second, third)


def test_the_point_lies_on_the_grid() -> None:
    """The forward, the backward and every witness see the same one."""
    x = normal(50)
    probe = take(pair(lambda x: x, lambda g, x: x, x), seeds=(1,))
    assert torch.equal(probe.values[0], on_grid(x))
    assert torch.equal(probe.outputs[0], on_grid(x))
    assert probe.draws[0].claims[0] is not None
    assert torch.equal(probe.draws[0].claims[0], on_grid(x))


def test_the_outputs_are_kept_even_if_the_forward_reuses_its_memory() -> None:
    """A layer may return the same buffer each time."""
    buffer = torch.zeros(3, dtype=torch.float64)
    subject = pair(buffer.copy_, lambda g, x: buffer.zero_())
    probe = take(subject, seeds=(1,))
    assert torch.equal(probe.outputs[0], probe.values[0])


def test_nothing_is_recorded_for_autograd() -> None:
    """The functions run as their author runs them, and no graph is kept."""
    enabled: list[bool] = []

    def forward(x: Tensor) -> Tensor:
        enabled.append(torch.is_grad_enabled())
        return x * torch.ones(3, dtype=torch.float64, requires_grad=True)

    probe = take(pair(forward), seeds=(1,))
    assert not any(enabled)
    assert not probe.outputs[0].requires_grad


def test_an_excused_leaf_has_no_claim() -> None:
    """Whatever the backward returned for it."""

    class Squares:
        def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
            self.difference = prediction - target
            return self.difference.square().sum()

        def backward(self) -> tuple[Tensor, Tensor]:
            return 2 * self.difference, -2 * self.difference

    subject = adapt(Squares(), (normal(3), normal(3)), {})
    prediction, target = subject.leaves
    excused = replace(subject, leaves=(prediction, replace(target, unclaimed="for a reason")))
    probe = take(excused, seeds=(1,))
    claim, nothing = probe.draws[0].claims
    assert claim is not None
    assert nothing is None
    assert float(probe.draws[0].cotangents[0]) == 1


def test_a_claim_is_kept_exactly_as_it_came() -> None:
    """In its own dtype and shape: whether it fits is another's question."""
    odd = torch.ones(7, dtype=torch.float16)
    (claim,) = take(pair(lambda x: x, lambda g, x: odd), seeds=(1,)).draws[0].claims
    assert claim is not None
    assert claim.dtype == odd.dtype
    assert torch.equal(claim, odd)
    (claim,) = take(pair(lambda x: x, lambda g, x: "odd"), seeds=(1,)).draws[0].claims
    assert claim == "odd"


def test_a_claim_is_not_written_over_by_a_later_backward() -> None:
    """A layer may return the same buffer each time."""
    buffer = torch.zeros(3, dtype=torch.float64)
    subject = pair(lambda x: 2 * x, lambda g, x: torch.mul(g, 2, out=buffer))
    for draw in take(subject, seeds=(1, 2, 3)).draws:
        assert torch.equal(draw.claims[0], 2 * draw.cotangents[0])  # type: ignore[arg-type] # a tensor


class Recurrent:
    """A cell that carries its hidden state on: y = tanh(x + h), and the next h is y."""

    def __init__(self) -> None:
        self.hidden = torch.zeros(3, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        """Make a step."""
        self.hidden = torch.tanh(x + self.hidden)
        return self.hidden

    def backward(self, grad_output: Tensor) -> Tensor:
        """Go back through the last step."""
        return grad_output * (1 - self.hidden**2)


class Growing(Recurrent):
    """A cache to which each step is appended: the second output is longer."""

    def forward(self, x: Tensor) -> Tensor:
        """Return all steps so far."""
        self.hidden = torch.cat([self.hidden, x])
        return self.hidden

    def backward(self, grad_output: Tensor) -> Tensor:
        """Only of a whole cotangent."""
        return (grad_output + 0 * self.hidden)[-3:]


@pytest.mark.parametrize("cell", [Recurrent, Growing])
def test_a_state_that_is_carried_on_makes_every_draw_that_of_a_fresh_object(cell: Any) -> None:
    """After another step the forward is another function, and so is its gradient."""
    x = normal(3)
    probe = take(adapt(cell(), (x,), {}), seeds=(1, 2))
    assert probe.notes == (KEEPS_STATE,)
    for draw in probe.draws:
        fresh = cell()
        fresh.forward(probe.values[0])
        assert torch.equal(draw.claims[0], fresh.backward(*draw.cotangents))  # type: ignore[arg-type] # a tensor


@pytest.mark.parametrize("failing", ["forward", "backward"])
def test_what_fails_after_a_step_is_asked_as_it_is_when_new(failing: str) -> None:
    """Its gradient is another question; that it fails is told."""

    class Once:
        calls: Any = None

        def forward(self, x: Tensor) -> Tensor:
            self._count("forward")
            return 2 * x

        def backward(self, grad_output: Tensor) -> Tensor:
            self._count("backward")
            return 2 * grad_output

        def _count(self, name: str) -> None:
            self.calls = [*(self.calls or []), name]
            if name == failing and self.calls.count(name) > 1:
                raise ValueError("only once")

    probe = take(adapt(Once(), (normal(3),), {}), seeds=(1, 2))
    (note,) = probe.notes
    assert note.startswith("after an earlier step it fails")
    assert "only once" in note
    for draw in probe.draws:
        assert torch.equal(draw.claims[0], 2 * draw.cotangents[0])  # type: ignore[arg-type] # a tensor


def test_a_backward_that_fails_at_once_is_no_backward() -> None:
    """Nothing is left to be asked."""

    def backward(_: Tensor, __: Tensor) -> Tensor:
        raise ValueError("never")

    with pytest.raises(ExerciseError, match="never"):
        take(pair(lambda x: 2 * x, backward), seeds=(1, 2))


def test_a_forward_that_gives_something_else_each_time_is_not_said_to_keep_state() -> None:
    """A stale cache of its backward still shows."""
    calls = iter(range(100))

    class Noisy:
        kept: Any = None

        def forward(self, x: Tensor) -> Tensor:
            self.kept = x if self.kept is None else self.kept
            return x.square() * (1 + 1e-13 * next(calls))

        def backward(self, grad_output: Tensor) -> Any:
            return 2 * grad_output * self.kept

    probe = take(adapt(Noisy(), (normal(3),), {}), seeds=(1, 1))
    fresh, second = (draw.claims[0] for draw in probe.draws)
    assert probe.notes == ()
    assert not torch.equal(fresh, second)  # type: ignore[arg-type] # both are tensors


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_point_without_a_finite_output_is_refused(odd: float) -> None:
    """No derivative can be measured there; the user can choose another point."""
    for forward in (
        lambda x: torch.where(x == x[0], odd, x),
        lambda x: (x, torch.where(x == x[0], odd, x)),
    ):
        with pytest.raises(ExerciseError, match=r"^demo\.forward returned NaN or inf.*choose"):
            take(pair(forward), seeds=(1,))


def test_an_empty_output_is_refused() -> None:
    """There is nothing to check, which must not look like a pass."""
    with pytest.raises(ExerciseError, match="returned an empty output"):
        take(pair(lambda x: x[:0]), seeds=(1,))


def test_one_empty_output_among_others_is_fine() -> None:
    """The others have gradients."""
    probe = take(pair(lambda x: (x, x[:0]), lambda g, x: g[0]), seeds=(1,))
    assert [y.numel() for y in probe.outputs] == [3, 0]
