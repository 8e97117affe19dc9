"""SGD repeats torch.optim.SGD, step by step and to the bit."""

from __future__ import annotations

import platform
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.overrides import TorchFunctionMode

from scratchnn import SGD, ArgumentError, Linear, Parameter, Tanh

RATES = st.sampled_from([0.0, 1e-3, 0.1, 1.0, 3.0])


@given(
    lr=RATES,
    momentum=st.sampled_from([0.0, 0.5, 0.9, 1.0]),
    dampening=st.sampled_from([0.0, 0.3, 1.0, -0.5]),
    weight_decay=st.sampled_from([0.0, 1e-4, 0.1]),
    nesterov=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    steps=st.integers(1, 5),
)
def test_every_step_is_that_of_torch(
    *,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    dtype: torch.dtype,
    steps: int,
) -> None:
    """For every combination of arguments, over several steps, with gradients that change."""
    nesterov = nesterov and momentum > 0 and dampening == 0
    start = torch.randn(7, 3, dtype=dtype)
    ours, theirs = Parameter(start.clone()), torch.nn.Parameter(start.clone())
    mine = SGD([ours], lr, momentum, dampening, weight_decay, nesterov)
    yours = torch.optim.SGD([theirs], lr, momentum, dampening, weight_decay, nesterov)
    for _ in range(steps):
        gradient = torch.randn(7, 3, dtype=dtype)
        mine.zero_grad()
        ours.accumulate(gradient)
        theirs.grad = gradient.clone()
        mine.step()
        yours.step()
        bar = 8 * torch.finfo(dtype).eps
        torch.testing.assert_close(ours.data, theirs.detach(), rtol=bar, atol=bar)
        if platform.machine() in {"x86_64", "AMD64"}:
            assert torch.equal(theirs, ours.data)


def test_the_default_arguments_are_those_of_torch() -> None:
    """So that a script can change frameworks by its imports."""
    group = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))]).param_groups[0]
    ours = SGD([Parameter(torch.ones(1))])
    for name in ("lr", "momentum", "dampening", "weight_decay", "nesterov"):
        assert getattr(ours, name) == group[name]


def test_a_parameter_without_gradient_is_skipped() -> None:
    """Not even its weight decays, and its velocity waits, as in torch."""
    ours, theirs = Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))
    mine = SGD([ours], lr=0.1, momentum=0.9, weight_decay=0.1)
    yours = torch.optim.SGD([theirs], lr=0.1, momentum=0.9, weight_decay=0.1)
    for gradient in (None, torch.ones(2), None, torch.ones(2)):
        mine.zero_grad()
        yours.zero_grad()
        if gradient is not None:
            ours.accumulate(gradient)
            theirs.grad = gradient.clone()
        mine.step()
        yours.step()
        assert torch.equal(theirs, ours.data)


def test_skipping_one_parameter_does_not_skip_the_next() -> None:
    """A frozen first layer must not freeze the others."""
    first, second = Parameter(torch.ones(1)), Parameter(torch.ones(1))
    second.accumulate(torch.ones(1))
    SGD([first, second], lr=1).step()
    assert (float(first.data), float(second.data)) == (1, 0)


def test_each_parameter_has_a_velocity_of_its_own() -> None:
    """Two parameters that are stepped together do not mix."""
    ours = [Parameter(torch.ones(1)), Parameter(torch.ones(1))]
    optimizer = SGD(ours, lr=1, momentum=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        ours[0].accumulate(torch.tensor([1.0]))
        ours[1].accumulate(torch.tensor([10.0]))
        optimizer.step()
    assert [float(p.data) for p in ours] == [1 - 1 - 1.5, 1 - 10 - 15]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("nesterov", [False, True])
def test_the_gradient_is_left_as_it_was(weight_decay: float, nesterov: bool) -> None:
    """Neither decay nor momentum may leak into it: it may be read, or stepped along, again."""
    weight = Parameter(torch.ones(2))
    optimizer = SGD([weight], 0.1, 0.9, weight_decay=weight_decay, nesterov=nesterov)
    weight.accumulate(torch.full((2,), 3.0))
    for _ in range(3):
        optimizer.step()
    assert weight.grad is not None
    assert torch.equal(torch.full((2,), 3.0), weight.grad)


@pytest.mark.parametrize("settings", [{"dampening": 0.5}, {"nesterov": True}])
def test_gradients_that_come_and_go_step_as_in_torch(settings: dict[str, Any]) -> None:
    """One starts its velocity in the third step, another pauses: each has steps of its own."""
    present = [(True, True, False), (True, False, False), (False, True, True), (True, True, True)]
    starts = [torch.randn(3, 2), torch.randn(4), torch.randn(())]
    ours = [Parameter(start.clone()) for start in starts]
    theirs = [torch.nn.Parameter(start.clone()) for start in starts]
    mine = SGD(ours, 0.1, momentum=0.9, weight_decay=0.1, **settings)
    reference = torch.optim.SGD(theirs, 0.1, momentum=0.9, weight_decay=0.1, **settings)
    for there in present:
        for parameter, peer, given_one in zip(ours, theirs, there, strict=True):
            grad = torch.randn_like(parameter.data) if given_one else None
            parameter.grad, peer.grad = grad, None if grad is None else grad.clone()
        mine.step()
        reference.step()
        assert all(torch.equal(a.data, b.data) for a, b in zip(ours, theirs, strict=True))


def test_many_parameters_are_stepped_in_as_few_calls_as_one() -> None:
    """A call costs more than the numbers of a small weight."""
    assert calls_of_a_step(10) == calls_of_a_step(1) == 3


class Counter(TorchFunctionMode):
    """Counts what is called of torch, but for the reading of attributes."""

    calls: int = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        self.calls += func.__name__ != "__get__"
        return func(*args, **(kwargs or {}))


def calls_of_a_step(parameters: int) -> int:
    """How often a step with momentum calls torch, once its velocities are there."""
    weights = [Parameter(torch.ones(2)) for _ in range(parameters)]
    optimizer = SGD(weights, 0.1, momentum=0.9)
    for weight in weights:
        weight.accumulate(torch.ones(2))
    optimizer.step()
    counter = Counter()
    with counter:
        optimizer.step()
    return counter.calls


def test_a_step_changes_the_weights_in_place() -> None:
    """Whoever holds the tensor sees the step."""
    weight = Parameter(torch.ones(2))
    tensor = weight.data
    weight.accumulate(torch.ones(2))
    SGD([weight], lr=1).step()
    assert torch.equal(torch.zeros(2), tensor)


def test_zero_grad_clears_what_it_was_given() -> None:
    """And nothing else."""
    given_, other = Linear(2, 2), Linear(2, 2)
    for layer in (given_, other):
        layer.backward(torch.ones_like(layer(torch.ones(1, 2))))
    SGD(given_.parameters()).zero_grad()
    assert given_.weight.grad is None
    assert other.weight.grad is not None


@pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_negative_and_nan_settings_are_refused(name: str, value: float) -> None:
    """Torch refuses the negative ones; a NaN would turn every weight into NaN."""
    with pytest.raises(ArgumentError, match=rf"SGD\({name}={value}\): expected a number"):
        SGD([Parameter(torch.ones(1))], **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("momentum", "dampening"), [(0.0, 0.0), (0.9, 0.1)])
def test_nesterov_needs_momentum_and_no_dampening(momentum: float, dampening: float) -> None:
    """As in torch; the text repeats all three."""
    with pytest.raises(ArgumentError, match=f"momentum={momentum}, dampening={dampening}"):
        SGD([Parameter(torch.ones(1))], 0.1, momentum, dampening, nesterov=True)


def test_no_parameters_are_refused() -> None:
    """A model without weights, or a generator that was read before."""
    with pytest.raises(ArgumentError, match=r"SGD got no parameters: pass model\.parameters"):
        SGD(Tanh().parameters())


def test_a_parameter_given_twice_is_refused() -> None:
    """It would be stepped twice; torch only warns."""
    weight = Parameter(torch.ones(1))
    with pytest.raises(ArgumentError, match="twice"):
        SGD([weight, weight])


@pytest.mark.parametrize("wrong", [torch.ones(1), torch.nn.Parameter(torch.ones(1)), ("weight", 1)])
def test_anything_but_parameters_is_refused(wrong: object) -> None:
    """The text says what to pass."""
    with pytest.raises(TypeError, match=r"pass model\.parameters\(\)"):
        SGD([wrong])  # type: ignore[list-item]


def test_repr_shows_every_setting() -> None:
    """One line for a log."""
    assert repr(SGD([Parameter(torch.ones(1))], lr=0.5)) == (
        "SGD(lr=0.5, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False)"
    )
