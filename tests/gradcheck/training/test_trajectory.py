"""An optimizer is verified where every step is torch's, and a broken one goes red."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import scratchnn
from gradcheck.adapters import rules
from gradcheck.campaign import check_target
from gradcheck.errors import ExerciseError
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.result import Result
from gradcheck.targets.resolve import Target, resolve
from scratchnn.optim.optimizer import History, Tensors


def checked(kind: type) -> Result:
    """Check an optimizer as the command line does."""
    return check_target(Target(kind.__name__, kind), Options())


@pytest.mark.parametrize("name", ["SGD", "Adagrad"])
def test_the_optimizers_of_scratchnn_are_verified(name: str) -> None:
    """For the defaults, every setting by itself, and several together."""
    result = checked(getattr(scratchnn, name))
    assert result.verdict == Verdict.VERIFIED, result.explain()
    assert len(result.findings) >= 12
    assert all(finding.check == "trajectory" for finding in result.findings)


class NoCorrection(scratchnn.Adam):
    """Without the division by 1 - β₁ᵗ and 1 - β₂ᵗ."""

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """As if it were late."""
        for history in histories:
            history.steps += 10**6
        super().update(weights, grads, histories)
        for history in histories:
            history.steps -= 10**6


class InsideTheRoot(scratchnn.Adagrad):
    """Epsilon under the root."""

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """With no other setting."""
        for weight, grad, history in zip(weights, grads, histories, strict=True):
            total = history.tensor("total", weight, self.initial_accumulator_value)
            total.addcmul_(grad, grad)
            weight.addcdiv_(grad, (total + self.eps).sqrt(), value=-self.lr)


class Coupled(scratchnn.AdamW):
    """The decay of Adam under the name of AdamW."""

    decoupled = False


class Slightly(scratchnn.SGD):
    """A step that is too long by one part in 10¹¹."""

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Hardly."""
        super().update(weights, [grad * (1 + 1e-11) for grad in grads], histories)


class Inner(scratchnn.SGD):
    """Damps the first step as well, which torch does not."""

    def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
        """Start from zero."""
        for weight, history in zip(weights, histories, strict=True):
            history.tensor("velocity", weight)
        super().update(weights, grads, histories)


@pytest.mark.parametrize("kind", [NoCorrection, InsideTheRoot, Coupled, Slightly, Inner])
def test_a_broken_optimizer_is_refuted(kind: type) -> None:
    """And the text says where it leaves torch's way."""
    result = checked(kind)
    assert result.verdict == Verdict.REFUTED
    assert "is the first that leaves torch's way" in result.explain()


def test_a_weight_that_is_no_number_is_refuted() -> None:
    """Not passed over by a maximum."""

    class SGD(scratchnn.SGD):
        """One step to nowhere."""

        def update(self, weights: Tensors, grads: Tensors, histories: list[History]) -> None:
            super().update(weights, grads, histories)
            if histories[0].steps == 100:
                weights[0].fill_(float("nan"))

    assert checked(SGD).verdict == Verdict.REFUTED


def test_an_optimizer_that_raises_says_why() -> None:
    """With the settings that it was given."""

    class SGD:
        """Takes nothing."""

        def __init__(self, params: Any, lr: float) -> None:
            raise KeyError("w")

        def step(self) -> None:
            """Never."""

    with pytest.raises(ExerciseError, match=r"SGD\(\) raised KeyError"):
        checked(SGD)


def test_only_update_rules_of_parameters_are_recognised() -> None:
    """Not torch's own, nor what only bears such a name."""

    class Adam:
        """Is given weights at each step."""

        def __init__(self, params: Any) -> None:
            self.params = params

        def step(self, grads: Any) -> None:
            """Another dialect."""

    assert rules.recognises(scratchnn.Adam)
    assert not rules.recognises(scratchnn.Optimizer)
    assert not rules.recognises(torch.optim.Adam)
    assert not rules.recognises(Adam)
    assert not rules.recognises(scratchnn.Linear)


def test_a_package_lists_its_optimizers() -> None:
    """A package is verified with them."""
    names = {target.name for target in resolve("scratchnn")}
    assert {f"scratchnn.{name}" for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad")} <= names
