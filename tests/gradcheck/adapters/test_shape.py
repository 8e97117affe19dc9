"""What a class or an instance offers, and which adapter speaks for it."""

from __future__ import annotations

import abc
from typing import Any

import pytest
import torch

from gradcheck import ExerciseError, Pair
from gradcheck.adapters import ADAPTERS, adapt, is_loss, recognised
from gradcheck.adapters.shape import (
    has_forward_and_backward,
    required_arguments,
    takes_argument,
)


class _Layer:
    def forward(self, x: Any) -> Any:
        return 1

    def backward(self, grad_output: Any) -> Any:
        return 1


class _Loss:
    def forward(self, prediction: Any, target: Any) -> Any:
        return 1

    def backward(self, grad_output: Any = None) -> Any:
        return 1


class _PlainLoss:
    def forward(self, prediction: Any, target: Any) -> Any:
        return 1

    def backward(self) -> Any:
        return 1


class _Static:
    @staticmethod
    def forward(x: Any) -> Any:
        return 1

    @classmethod
    def backward(cls, grad_output: Any) -> Any:
        return 1


class _Variadic:
    def forward(self, *xs: Any) -> Any:
        return 1

    def backward(self, grad_output: Any, *more: Any, scale: float = 1) -> Any:
        return 1


class _ForwardOnly:
    def forward(self, x: Any) -> Any: ...


class _Attributes:
    forward = 3
    backward = "g"


class _Abstract(abc.ABC):
    @abc.abstractmethod
    def forward(self, x: Any) -> Any: ...
    @abc.abstractmethod
    def backward(self, grad_output: Any) -> Any: ...


KINDS = [_Layer, _Loss, _PlainLoss, _Static, _Variadic]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["forward", "backward"])
def test_a_class_and_its_instance_look_the_same(kind: type, method: str) -> None:
    """`self` is nobody's argument, in whichever of the two it is not yet bound."""
    instance = kind()
    assert required_arguments(kind, method) == required_arguments(instance, method)
    assert takes_argument(kind, method) == takes_argument(instance, method)
    assert recognised(kind) == recognised(instance)
    assert is_loss(kind) == is_loss(instance)


@pytest.mark.parametrize(
    ("kind", "forward", "backward"),
    [(_Layer, 1, 1), (_Loss, 2, 0), (_PlainLoss, 2, 0), (_Static, 1, 1), (_Variadic, 0, 1)],
)
def test_arguments_that_must_be_given_are_counted(kind: type, forward: int, backward: int) -> None:
    """Those with a default, behind a star or with a keyword only need not be."""
    assert required_arguments(kind, "forward") == forward
    assert required_arguments(kind, "backward") == backward


def test_an_argument_that_may_be_given_is_seen() -> None:
    """A loss that takes a cotangent can be asked about any, not only about ones."""
    assert takes_argument(_Loss, "backward")
    assert takes_argument(_Variadic, "forward")
    assert not takes_argument(_PlainLoss, "backward")


def test_a_builtin_without_a_signature_needs_nothing() -> None:
    """Python cannot say what it takes, and asking is no error."""
    kind = type("Builtin", (), {"forward": torch.mul, "backward": torch.mul})
    assert required_arguments(kind(), "backward") == 0


@pytest.mark.parametrize("thing", [_ForwardOnly, _Attributes, _Abstract, 3, None, torch.ones(2)])
def test_what_lacks_a_written_forward_or_backward_is_not_recognised(thing: object) -> None:
    """One of the two is missing, is no function, or is left abstract."""
    assert not has_forward_and_backward(thing)
    assert not recognised(thing)


@pytest.mark.parametrize(
    ("target", "adapter"),
    [
        (_Layer(), "module"),
        (_Static(), "module"),
        (_Variadic(), "module"),
        (_Loss(), "loss"),
        (_PlainLoss(), "loss"),
        (Pair(abs, max), "pair"),
    ],
)
def test_exactly_one_adapter_speaks_for_a_target(target: object, adapter: str) -> None:
    """Whatever the order in which they are asked."""
    speaking = [one.__name__ for one in ADAPTERS if one.recognises(target)]
    assert speaking == [f"gradcheck.adapters.{adapter}"]


def test_a_target_that_nobody_recognises_is_told_what_is_expected() -> None:
    """All three forms that are known."""
    with pytest.raises(ExerciseError, match="_ForwardOnly is no hand-written backward") as told:
        adapt(_ForwardOnly(), [torch.ones(2)], {})
    for form in ("backward(grad_output)", "backward()", "gradcheck.Pair(forward, backward)"):
        assert form in str(told.value)


@pytest.mark.parametrize("inputs", [[], [torch.tensor([1])], [3, "x"]])
def test_a_target_without_a_leaf_is_refused(inputs: list[Any]) -> None:
    """Nothing to check must not look like a pass."""
    with pytest.raises(ExerciseError, match="there is no gradient to check"):
        adapt(Pair(abs, max, "absolute"), inputs, {})
