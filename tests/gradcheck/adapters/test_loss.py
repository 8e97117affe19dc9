"""A loss as a subject: the prediction's gradient is claimed, the target's is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck import ExerciseError
from gradcheck.adapters import loss
from gradcheck.adapters.loss import UNCLAIMED
from gradcheck.subject import Subject, vjp


class _Squares:
    """Σ (prediction - target)², seeded by itself."""

    def forward(self, prediction: Any, target: Any) -> Any:
        self.difference = prediction - target
        return (self.difference**2).sum()

    def backward(self) -> Any:
        return 2 * self.difference


class _Scaled(_Squares):
    def backward(self, grad_output: Any = 1.0) -> Any:
        return 2 * grad_output * self.difference


class _Picked:
    """Minus the picked element of each row."""

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        self.shape, self.target = prediction.shape, target
        return -prediction.gather(1, target[:, None]).sum()

    def backward(self) -> Tensor:
        return -torch.zeros(self.shape).scatter(1, self.target[:, None], 1.0)


def adapted(instance: Any, *inputs: Any) -> Subject:
    """Adapt an instance with no options."""
    return loss.adapt(instance, inputs, {}, torch.float64)


def normal(*shape: int) -> Tensor:
    """Draw a tensor in float64."""
    return torch.randn(shape, dtype=torch.float64)


def test_only_the_prediction_has_a_claim() -> None:
    """The target is moved and watched like any leaf, and its missing gradient is excused."""
    p, t = normal(4, 3), normal(4, 3)
    subject = adapted(_Squares(), p, t)
    assert [(leaf.name, leaf.unclaimed) for leaf in subject.leaves] == [
        ("prediction", ""),
        ("target", UNCLAIMED),
    ]
    claim, nothing = vjp(subject, (p, t), (torch.ones((), dtype=torch.float64),))
    assert claim is not None
    assert torch.equal(claim, 2 * (p - t))
    assert nothing is None


@pytest.mark.parametrize(("factor", "verdict"), [(-2, "verified"), (-3, "refuted")])
def test_a_gradient_of_the_target_that_is_returned_is_a_claim_too(
    factor: int, verdict: str
) -> None:
    """Whoever returns two gradients has both of them checked."""

    class Both(_Squares):
        def backward(self) -> Any:
            return 2 * self.difference, factor * self.difference

    result = gradcheck.check(Both(), normal(4, 3), normal(4, 3))
    found = {f.leaf: f.verdict for f in result.findings if f.check == "gradient"}
    assert found == {"prediction": "verified", "target": verdict}


def test_a_loss_that_seeds_itself_gets_no_cotangent() -> None:
    """Then all cotangents are ones, and the subject says so."""
    p, t, u = normal(4, 3), normal(4, 3), torch.tensor(7.0, dtype=torch.float64)
    assert not adapted(_Squares(), p, t).free_cotangent
    scaled = adapted(_Scaled(), p, t)
    assert scaled.free_cotangent
    claim = vjp(scaled, (p, t), (u,))[0]
    assert claim is not None
    assert torch.allclose(claim, 14 * (p - t))


def test_class_indices_are_constants() -> None:
    """They have no gradient at all, so there is one leaf."""
    subject = adapted(_Picked(), normal(4, 3), torch.tensor([0, 2, 1, 1]))
    assert [leaf.name for leaf in subject.leaves] == ["prediction"]
    p = normal(4, 3)
    assert float(subject.forward((p,))[0]) == pytest.approx(
        -float(p[0, 0] + p[1, 2] + p[2, 1] + p[3, 1])
    )
    (claim,) = vjp(subject, (p,), (torch.ones(()),))
    assert claim is not None
    assert claim.sum() == -4


def test_a_loss_may_claim_both_gradients() -> None:
    """What it says of the target is passed on, for whoever wants to know."""

    class Both(_Squares):
        def backward(self) -> Any:
            return 2 * self.difference, -2 * self.difference

    p, t = normal(4, 3), normal(4, 3)
    first, second = vjp(adapted(Both(), p, t), (p, t), (torch.ones(()),))
    assert first is not None
    assert second is not None
    assert torch.equal(first, -second)


def test_a_loss_in_numpy_is_given_arrays() -> None:
    """Its value, a NumPy number, and its gradient, an array, are read as tensors."""
    subject = adapted(_Scaled(), np.ones((4, 3)), np.zeros((4, 3)))
    values = tuple(leaf.value for leaf in subject.leaves)
    assert [float(y) for y in subject.forward(values)] == [12.0]
    claim = vjp(subject, values, (torch.ones((), dtype=torch.float64),))[0]
    assert claim is not None
    assert claim.tolist() == [[2, 2, 2]] * 4


def test_a_layer_is_no_loss() -> None:
    """Its backward must be given a cotangent, or its forward takes one argument."""
    assert not loss.recognises(scratchnn.Linear)
    assert not loss.recognises(scratchnn.Tanh())
    assert loss.recognises(scratchnn.MSELoss)
    assert loss.recognises(_Squares())


@pytest.mark.parametrize("name", ["MSELoss", "L1Loss"])
def test_our_losses_are_read_by_their_structure(name: str) -> None:
    """Nothing in the adapter knows their names."""
    renamed = type("Renamed", (getattr(scratchnn, name),), {})
    subject = adapted(renamed(), normal(4, 3), normal(4, 3))
    assert [leaf.name for leaf in subject.leaves] == ["input", "target"]
    assert (subject.name, [leaf.unclaimed for leaf in subject.leaves]) == (
        "Renamed",
        ["", UNCLAIMED],
    )


def test_a_loss_of_zero_at_a_prediction_of_zero_is_no_prediction_handed_on() -> None:
    """Equal by chance at one point, and not the same tensor."""
    zero = torch.zeros(1, dtype=torch.float64)
    result = gradcheck.check(scratchnn.MSELoss(reduction="none"), zero, zero.clone())
    assert result.verdict == gradcheck.Verdict.VERIFIED


def test_a_loss_of_one_number_is_copied_once() -> None:
    """It averages nothing and keeps no output: it can be read in one way."""
    copies = []

    class Counted(_Squares):
        def __deepcopy__(self, memo: Any) -> Counted:
            copies.append(1)
            return Counted()

    adapted(Counted(), normal(4, 3), normal(4, 3))
    assert len(copies) == 1


class _Numbered(_Squares):
    def backward(self) -> Any:
        return 0


def test_a_number_for_a_gradient_is_refuted_as_no_tensor() -> None:
    """Whichever of its arguments it is taken for."""
    x, t = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    (finding,) = gradcheck.check(_Numbered(), x, t).refutations
    assert "is a int, not a tensor" in finding.message


class _OfThree:
    """Two gradients for three arguments, in an order of its own."""

    def forward(self, prediction: Any, target: Any, extra: Any) -> Any:
        self.kept = prediction, target, extra
        return ((prediction - target) ** 2).sum() + (extra**3).sum()

    def backward(self) -> Any:
        prediction, target, extra = self.kept
        return 3 * extra**2, 2 * (prediction - target)


class _WrongOfThree(_OfThree):
    def backward(self) -> Any:
        of_extra, of_prediction = super().backward()
        return 2 * of_extra, of_prediction


@pytest.mark.parametrize(("kind", "factor"), [(_OfThree, 1), (_WrongOfThree, 2)])
def test_of_fewer_gradients_than_arguments_each_is_of_the_one_that_it_fits(
    kind: Any, factor: int
) -> None:
    """A wrong one is of what the right ones leave over."""
    subject = adapted(kind(), *torch.randn(3, 4, 5, dtype=torch.float64))
    prediction, target, extra = values = tuple(leaf.value for leaf in subject.leaves)
    claims = vjp(subject, values, (torch.ones((), dtype=torch.float64),))
    assert [bool(leaf.unclaimed) for leaf in subject.leaves] == [False, True, False]
    assert claims[1] is None
    assert torch.equal(claims[0], 2 * (prediction - target))  # type: ignore[arg-type] # a tensor
    assert torch.equal(claims[2], factor * 3 * extra**2)  # type: ignore[arg-type] # the same


class _BeforeSigmoid:
    """The gradient of what the prediction is the sigmoid of."""

    def fn(self, a: Any, y: Any) -> Any:
        return 0.5 * ((a - y) ** 2).sum()

    def delta(self, z: Any, a: Any, y: Any) -> Any:
        return (a - y) * a * (1 - a) + 0 * z


class _BeforeNothing(_BeforeSigmoid):
    def delta(self, z: Any, a: Any, y: Any) -> Any:
        return (a - y) * a + 0 * z


def test_the_activation_before_a_loss_is_the_one_whose_slope_fits() -> None:
    """Its leaf is what the loss is not given, and its gradient is."""
    subject = adapted(_BeforeSigmoid(), *torch.randn(2, 4, 3, dtype=torch.float64))
    assert [leaf.name for leaf in subject.leaves if not leaf.unclaimed] == ["z"]
    assert any("taken for the sigmoid of z" in note for note in subject.notes)


def test_a_gradient_before_no_known_activation_is_not_judged() -> None:
    """Its author may mean another: who knows what it is the gradient of?"""
    with pytest.raises(ExerciseError, match="through none of those that were tried"):
        adapted(_BeforeNothing(), *torch.randn(2, 4, 3, dtype=torch.float64))
