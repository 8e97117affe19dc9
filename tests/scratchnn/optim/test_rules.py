"""Adam, AdamW, RMSprop, Adagrad and both forms of momentum: each beside torch.optim."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchnn
from scratchnn import SGD, Adagrad, Adam, AdamW, ArgumentError, Parameter, RMSprop, optim

SHARE = st.floats(0, 0.99)
SIZE = st.floats(1e-6, 1.0)
COMMON = {"lr": st.floats(1e-5, 0.5), "weight_decay": st.one_of(st.just(0.0), SIZE)}
ADAM = {
    **COMMON,
    "betas": st.tuples(SHARE, SHARE),
    "eps": st.floats(1e-9, 0.1),
    "amsgrad": st.booleans(),
}
OPTIONS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "SGD": st.fixed_dictionaries({**COMMON, "momentum": SHARE, "dampening": SHARE}),
    "Adam": st.fixed_dictionaries(ADAM),
    "AdamW": st.fixed_dictionaries(ADAM),
    # Where alpha is nearly 0, s - m² cancels, and what is left is rounding.
    "RMSprop": st.fixed_dictionaries(
        {
            **COMMON,
            "alpha": st.floats(0.5, 0.99),
            "eps": st.floats(1e-4, 0.1),
            "momentum": SHARE,
            "centered": st.booleans(),
        }
    ),
    "Adagrad": st.fixed_dictionaries(
        {**COMMON, "lr_decay": SIZE, "initial_accumulator_value": SIZE, "eps": st.floats(1e-9, 0.1)}
    ),
}


@settings(max_examples=8)
@pytest.mark.parametrize("name", OPTIONS)
@given(data=st.data())
def test_two_hundred_steps_are_those_of_torch(name: str, data: st.DataObject) -> None:
    """For any settings: in float64 to 1e-12 of the largest weight."""
    options = data.draw(OPTIONS[name])
    start = torch.randn(4, 3, dtype=torch.float64)
    ours, theirs = Parameter(start.clone()), torch.nn.Parameter(start.clone())
    mine = getattr(scratchnn, name)([ours], **options)
    yours = getattr(torch.optim, name)([theirs], **options)
    for step in range(200):
        gradient = torch.randn(4, 3, dtype=torch.float64)
        mine.zero_grad()
        yours.zero_grad()
        if step % 7:  # without a gradient neither steps, nor does a count or a mean
            ours.accumulate(gradient)
            theirs.grad = gradient.clone()
        mine.step()
        yours.step()
        bar = 1e-12 * max(1.0, float(theirs.detach().abs().max()))
        torch.testing.assert_close(ours.data, theirs.detach(), rtol=0, atol=bar)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_default_arguments_are_those_of_torch(name: str) -> None:
    """So that a script can change frameworks by its imports."""
    group = getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))]).param_groups[0]
    ours = getattr(scratchnn, name)([Parameter(torch.ones(1))])
    shared = [key for key in group if key != "params" and hasattr(ours, key)]
    assert len(shared) >= 5
    assert {key: getattr(ours, key) for key in shared} == {key: group[key] for key in shared}


@pytest.mark.parametrize("name", OPTIONS)
def test_the_gradient_is_left_as_it_was(name: str) -> None:
    """Nothing leaks into it, with all settings in use."""
    weight = Parameter(torch.ones(2))
    weight.accumulate(torch.full((2,), 3.0))
    optimizer = getattr(scratchnn, name)([weight], lr=0.1, weight_decay=0.5)
    for _ in range(3):
        optimizer.step()
    assert weight.grad is not None
    assert torch.equal(torch.full((2,), 3.0), weight.grad)


@pytest.mark.parametrize("nesterov", [False, True])
def test_both_forms_of_momentum_agree_while_lr_stays(nesterov: bool) -> None:
    """What is inside v as lr v then is the same number times v."""
    ways = [walk([0.1] * 50, nesterov=nesterov, sutskever=form) for form in (False, True)]
    torch.testing.assert_close(*ways, rtol=1e-12, atol=1e-12)


def test_the_forms_of_momentum_part_where_lr_changes() -> None:
    """Sutskever's keeps the old lr in v:  v₂ = μ lr₁ g + lr₂ g,  torch's has  lr₂ (μ g + g)."""
    torch_form, sutskever = (walk([1.0, 0.5], sutskever=form, grad=1.0) for form in (False, True))
    assert float(torch_form) == pytest.approx(-1 - 0.5 * 1.5)
    assert float(sutskever) == pytest.approx(-1 - (0.5 * 1.0 + 0.5))


def walk(rates: list[float], *, grad: float | None = None, **options: Any) -> torch.Tensor:
    """Step with these learning rates, one after another; return the weight."""
    generator = torch.Generator().manual_seed(0)
    weight = Parameter(torch.zeros((), dtype=torch.float64))
    optimizer = SGD([weight], momentum=0.5, **options)
    for lr in rates:
        optimizer.lr = lr
        optimizer.zero_grad()
        value = torch.randn((), generator=generator, dtype=torch.float64)
        weight.accumulate(value if grad is None else torch.full_like(value, grad))
        optimizer.step()
    return weight.data


@pytest.mark.parametrize("kind", [Adam, AdamW, RMSprop, Adagrad])
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_negative_and_nan_settings_are_refused(kind: type[optim.Optimizer], value: float) -> None:
    """The text names the setting."""
    with pytest.raises(ArgumentError, match=rf"{kind.__name__}\(eps={value}\): expected a number"):
        kind([Parameter(torch.ones(1))], eps=value)  # type: ignore[call-arg]


@pytest.mark.parametrize("betas", [(1.0, 0.9), (0.9, -0.1), (float("nan"), 0.9)])
def test_betas_outside_their_range_are_refused(betas: tuple[float, float]) -> None:
    """With β = 1 nothing is ever learned, and 1 - βᵗ is 0."""
    with pytest.raises(ArgumentError, match=r"expected two in \[0, 1\)"):
        Adam([Parameter(torch.ones(1))], betas=betas)


def test_repr_shows_every_setting() -> None:
    """One line for a log."""
    weight = [Parameter(torch.ones(1))]
    assert repr(AdamW(weight, lr=0.5)) == (
        "AdamW(lr=0.5, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False)"
    )
    assert "centered=False" in repr(RMSprop(weight))
    assert "lr_decay=0.0" in repr(Adagrad(weight))
    assert "sutskever=True" in repr(SGD(weight, sutskever=True))
