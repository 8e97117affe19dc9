"""Modules under any order of calls: they do what a list of pending forwards would do."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 torch's own name for it
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from torch import Tensor

import scratchnn

WIDTH = 3
MAKERS: dict[str, Any] = {
    "Linear": lambda: scratchnn.Linear(WIDTH, WIDTH),
    "LayerNorm": lambda: scratchnn.LayerNorm(WIDTH),
    "Residual": lambda: scratchnn.Residual(scratchnn.Linear(WIDTH, WIDTH)),
    "Tanh": scratchnn.Tanh,
    "Sigmoid": scratchnn.Sigmoid,
    "Softmax": lambda: scratchnn.Softmax(dim=1),
}
State = dict[str, Tensor]


def expected(kinds: list[str], state: State, x: Tensor) -> Tensor:
    """What torch computes with these weights."""
    for number, kind in enumerate(kinds):
        own = [state[name] for name in state if name.startswith(f"{number}.")]
        if kind == "Linear":
            x = F.linear(x, *own)
        elif kind == "Residual":
            x = x + F.linear(x, *own)
        elif kind == "LayerNorm":
            x = F.layer_norm(x, (WIDTH,), own[0], own[1])
        else:
            x = {"Tanh": torch.tanh, "Sigmoid": torch.sigmoid}.get(
                kind, lambda y: torch.softmax(y, dim=1)
            )(x)
    return x


class Calls(RuleBasedStateMachine):
    """A module, and beside it its weights, its gradients and the forwards that wait."""

    @initialize(kinds=st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=4))
    def build(self, kinds: list[str]) -> None:
        """Stack a few layers."""
        torch.manual_seed(len(kinds))
        self.kinds = kinds
        self.module = scratchnn.Sequential(*(MAKERS[kind]() for kind in kinds)).to(
            dtype=torch.float64
        )
        self.state: State = {n: t.clone() for n, t in self.module.state_dict().items()}
        self.grads: dict[str, Tensor | None] = dict.fromkeys(self.state)
        self.waiting: list[tuple[Tensor, bool]] = []  # the input, and whether it can be answered
        self.training = True

    @rule(seed=st.integers(0, 99), batch=st.integers(0, 4))
    def forward(self, seed: int, batch: int) -> None:
        """The output is torch's; in training mode it waits for its backward."""
        x = torch.randn(batch, WIDTH, generator=torch.Generator().manual_seed(seed)).double()
        y = self.module(x)
        torch.testing.assert_close(y, expected(self.kinds, self.state, x))
        if self.training:
            self.waiting.append((x, True))

    @rule(seed=st.integers(0, 99))
    def backward(self, seed: int) -> None:
        """The last forward is answered; where none can be, it says so and changes nothing."""
        x, answerable = self.waiting[-1] if self.waiting else (torch.zeros(2, WIDTH), False)
        u = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed)).double()
        if not (self.training and answerable):
            refusals = (scratchnn.errors.BackwardBeforeForward, scratchnn.errors.SavedTensorError)
            with pytest.raises(refusals):
                self.module.backward(u)
            return
        self.waiting.pop()
        leaves = [t.clone().requires_grad_() for t in (x, *self.state.values())]
        weights = dict(zip(self.state, leaves[1:], strict=True))
        grads = torch.autograd.grad(expected(self.kinds, weights, leaves[0]), leaves, u)
        torch.testing.assert_close(self.module.backward(u), grads[0])
        for name, grad in zip(self.state, grads[1:], strict=True):
            before = self.grads[name]
            self.grads[name] = grad if before is None else before + grad

    @precondition(lambda self: self.training and self.waiting)
    @rule()
    def backward_with_a_cotangent_that_does_not_fit(self) -> None:
        """It is refused before anything is taken."""
        x, _ = self.waiting[-1]
        with pytest.raises(scratchnn.errors.ScratchError):
            self.module.backward(torch.zeros(x.shape[0] + 1, WIDTH, dtype=torch.float64))
        with pytest.raises(scratchnn.errors.ScratchError):
            self.module.backward(torch.zeros(x.shape, dtype=torch.float32))

    @rule()
    def zero_grad(self) -> None:
        """Every gradient is forgotten."""
        self.module.zero_grad()
        self.grads = dict.fromkeys(self.state)

    @rule(mode=st.booleans())
    def train(self, mode: bool) -> None:
        """Forwards of before still wait."""
        assert self.module.train(mode) is self.module
        self.training = mode

    @rule(seed=st.integers(0, 99))
    def load_state_dict(self, seed: int) -> None:
        """New weights: what waited was computed with others, and can no longer be answered."""
        draws = torch.Generator().manual_seed(seed)
        self.state = {
            n: torch.randn(t.shape, generator=draws).double() for n, t in self.state.items()
        }
        self.module.load_state_dict(self.state)
        if self.state:
            self.waiting = [(x, False) for x, _ in self.waiting]

    @rule()
    def load_what_does_not_fit(self) -> None:
        """All or nothing: it is refused, and changes no weight."""
        state = {**self.state, "stranger": torch.zeros(1)}
        with pytest.raises(scratchnn.errors.ScratchError):
            self.module.load_state_dict(state)

    @rule()
    def forget(self) -> None:
        """Nothing waits any more."""
        self.module.forget()
        self.waiting.clear()

    @rule()
    def go_on_with_a_copy(self) -> None:
        """A copy has the weights and gradients, and no forward behind it."""
        self.module = copy.deepcopy(self.module)
        self.waiting.clear()

    @invariant()
    def weights_and_gradients_are_those_expected(self) -> None:
        """After every call."""
        if not hasattr(self, "module"):
            return
        assert all(child.training == self.training for child in self.module.children())
        held = self.module.state_dict()
        assert list(held) == list(self.state)
        assert all(torch.equal(held[name], value) for name, value in self.state.items())
        for name, parameter in self.module.named_parameters():
            assert (parameter.grad is None) == (self.grads[name] is None), name
            if parameter.grad is not None:
                torch.testing.assert_close(parameter.grad, self.grads[name])


@pytest.mark.parametrize(
    "examples", [25, pytest.param(2_000, marks=pytest.mark.proof)], ids=["few", "many"]
)
def test_a_module_is_a_list_of_pending_forwards(examples: int) -> None:
    """Forward, backward, zero_grad, train, eval, state, forget, copy, in any order."""
    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 beside its use

    chosen = settings(max_examples=examples, stateful_step_count=25)
    run_state_machine_as_test(Calls, settings=chosen)
