"""Functions of an engine of its own are called with a context, and never made an instance of."""

from typing import Any

import numpy as np
import pytest

from gradcheck.adapters import adapt, context, is_function, is_hand_written
from gradcheck.adapters.context import Context
from gradcheck.subject import vjp


class Scale:
    """Keeps what it is given, and asks it for ``data``."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: float) -> Any:
        """Say how often the context was used."""
        assert not hasattr(ctx, "used"), "a context of an earlier forward"
        ctx.used = factor
        return x.data * factor

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """A constant has no gradient."""
        return grad * ctx.used, None


class Plain:
    """The same names, of an instance."""

    def forward(self, x: Any) -> Any:
        """Return it."""
        return x

    def backward(self, grad: Any) -> Any:
        """Return it."""
        return grad


class Wanted:
    """Computes only the gradients that are wanted, as torch's Functions may."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        """Keep both."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """One for each that asks."""
        a, b = ctx.saved_tensors
        first, second = ctx.needs_input_grad[:2]
        return grad * b if first else None, grad * a if second else None


def test_every_gradient_is_wanted() -> None:
    """Of an engine that asks before it computes one."""
    subject = adapt(Wanted, [np.full((2, 3), 2.0), np.full((2, 3), 3.0)], {})
    values = tuple(leaf.value for leaf in subject.leaves)
    first, second = vjp(subject, values, subject.forward(values))
    assert first is not None
    assert second is not None
    assert float(first[0, 0]) == 6 * 3.0
    assert float(second[0, 0]) == 6 * 2.0


def test_each_forward_has_a_context_of_its_own() -> None:
    """What an earlier one has kept is not there."""
    subject = adapt(Scale, [np.ones((2, 3)), 0.5], {})
    values = tuple(leaf.value for leaf in subject.leaves)
    (output,) = subject.forward(values)
    subject.forward(values)
    (claim,) = vjp(subject, values, (output,))
    assert claim is not None
    assert claim.tolist() == (0.5 * output).tolist()


def test_a_constant_is_no_leaf_and_its_none_no_claim() -> None:
    """There are two arguments, and one gradient."""
    subject = adapt(Scale, [np.ones((2, 3)), 0.5], {})
    assert [leaf.name for leaf in subject.leaves] == ["x"]


@pytest.mark.parametrize(("kind", "expected"), [(Scale, True), (Plain, False), (Scale(), False)])
def test_only_a_class_whose_methods_take_a_context_is_one(kind: Any, expected: bool) -> None:
    """A layer's methods take an instance."""
    assert context.recognises(kind) is expected
    assert is_function(kind) is expected


def test_it_is_hand_written() -> None:
    """It is of no kind of torch's own."""
    assert is_hand_written(Scale)


def test_the_stand_in_keeps_under_every_usual_name() -> None:
    """Authors call it what they like."""
    kept = Context()
    kept.save_for_backward(1, 2)
    assert kept.saved_tensors == kept.saved_values == kept.saved == (1, 2)
