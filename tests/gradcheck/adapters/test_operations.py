"""Operations of an engine whose values know how to hand their gradient back."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.adapters.operations import operations_in, operations_of
from gradcheck.adapters.values import engine_of
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.targets.resolve import resolve

FRAMEWORK = Path(__file__).parents[2] / "dialects" / "frameworks" / "closures.py"
NAMES = [target.name.rpartition(":")[2] for target in resolve(str(FRAMEWORK))]


class Whole:
    """An array whose backward begins at one number alone, as a loss is."""

    def __init__(self, data: Any, parents: tuple[Any, ...] = ()) -> None:
        self.data = np.asarray(data, dtype=float)
        self.grad: Any = np.zeros_like(self.data)
        self.parents = parents
        self.hand_back: Any = lambda: None

    def __mul__(self, other: Whole) -> Whole:
        """The product."""
        out = Whole(self.data * other.data, (self, other))

        def hand_back() -> None:
            self.grad += out.grad * other.data
            other.grad += out.grad * self.data

        out.hand_back = hand_back
        return out

    def sum(self) -> Whole:
        """All together."""
        out = Whole(self.data.sum(), (self,))

        def hand_back() -> None:
            self.grad += out.grad

        out.hand_back = hand_back
        return out

    def backward(self) -> None:
        """From a single number down."""
        if self.data.size != 1:
            raise RuntimeError("not a single number")
        self.grad = np.ones_like(self.data)
        self._walk()

    def _walk(self) -> None:
        self.hand_back()
        for parent in self.parents:
            parent._walk()


class Tape(Whole):
    """Its gradients are values, and so is what its backward is given."""

    def double(self) -> Tape:
        """Twice the number."""
        out = Tape(self.data * 2.0, (self,))

        def hand_back() -> None:
            self.grad = Tape(np.multiply(out.grad.data, 2.0))

        out.hand_back = hand_back
        return out

    def backward(self, grad: Any = None) -> None:
        """From a gradient that is a value."""
        assert isinstance(grad, Tape)
        self.grad = grad
        self._walk()


class Layer:
    """A layer that writes a closure is a layer."""

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = rate
        self.grad = 0.0

    def forward(self, x: Any) -> Any:
        """Keep how to go back."""
        self.pull: Any = lambda grad: self.rate * grad
        return self.rate * x

    def backward(self, grad_output: Any) -> Any:
        """Go there."""
        return self.pull(grad_output)


def checked(name: str) -> gradcheck.Result:
    """One operation of the framework."""
    return gradcheck.check(f"{FRAMEWORK}:{name}")


def test_every_operation_that_is_written_out_is_a_target() -> None:
    """What is composed of others, or ends the graph, is none."""
    assert {"Scalar.__mul__", "Listed.exp", "Array.T", "squashed"} <= {*NAMES}
    assert not {"Scalar.__neg__", "Listed.detached", "Array.add_grad"} & {*NAMES}


def test_a_class_stands_for_its_operations() -> None:
    """Where only the engine is named."""
    found = [target.name.rpartition(":")[2] for target in resolve(f"{FRAMEWORK}:Listed")]
    assert found == ["Listed.__add__", "Listed.__mul__", "Listed.exp", "Listed.backward"]


def test_a_layer_is_no_engine() -> None:
    """Whatever closures it writes."""
    assert operations_of(Layer) == {}


def test_a_value_used_twice_shows_a_gradient_that_overwrites() -> None:
    """As a product with itself, or as two outputs that are added."""
    (product,) = {one.case for one in checked("WrongOverwriting.__mul__").refutations}
    assert product is not None
    assert product.startswith("other='self'")
    (twice,) = {one.case for one in checked("WrongOverwriting.tanh").refutations}
    assert twice is not None
    assert twice.startswith("uses=2")


def test_a_walk_is_asked_about_a_value_that_is_reached_by_two_ways() -> None:
    """Of other lengths: the order of the walk decides."""
    assert checked("Array.backward").verdict == "verified"
    (found, *_) = checked("WrongWalk.backward").refutations
    assert found.source is not None
    assert found.source.function == "WrongWalk.backward"


def test_of_a_walk_along_wrong_sums_nothing_is_said(tmp_path: Path) -> None:
    """Its own order may well be right."""
    text = FRAMEWORK.read_text(encoding="utf-8")
    wrong = text.replace("other.grad += out.grad\n", "other.grad = out.grad\n")
    assert wrong != text
    path = tmp_path / "sums.py"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ExerciseError, match="its sums have wrong gradients"):
        gradcheck.check(f"{path}:Scalar.backward")


def test_a_refutation_names_the_closure() -> None:
    """And its line."""
    (found, *_) = checked("WrongSquashed").refutations
    assert found.source is not None
    line = FRAMEWORK.read_text(encoding="utf-8").splitlines()[found.source.line - 1]
    assert "lambda: x.add_grad(y * (1 + y)" in line


@pytest.mark.parametrize("name", ["Scalar.__mul__", "Listed.__mul__"])
def test_numbers_are_asked_one_by_one(name: str) -> None:
    """Of an engine that holds one in each value."""
    result = gradcheck.check(f"{FRAMEWORK}:{name}", np.array([1.0, 2.0]), np.array([3.0, -4.0]))
    assert result.verdict == "verified", result.explain()


def test_a_backward_that_begins_at_one_number_is_given_the_sum() -> None:
    """By the engine's own operations, where nothing else is taken."""
    module = ModuleType(__name__)
    vars(module).update(Whole=Whole)
    found = operations_in(module)
    assert found.keys() == {"Whole.__mul__", "Whole.sum"}
    layer: Any = found["Whole.__mul__"]()
    layer.forward(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    first, second = layer.backward(np.array([10.0, 100.0]))
    assert first.tolist() == [30.0, 400.0]
    assert second.tolist() == [10.0, 200.0]


def test_a_backward_may_be_given_a_value() -> None:
    """Where its gradients are values of the engine."""
    layer: Any = operations_of(Tape)["Tape.double"]()
    layer.forward(np.array([1.0, 2.0]))
    (gradient,) = layer.backward(np.array([10.0, 100.0]))
    assert gradient.tolist() == [20.0, 200.0]


def test_a_walk_that_sets_no_one_is_not_taken_for_begun() -> None:
    """Else what lay there before would be the claim."""
    engine = engine_of(Whole)
    assert engine is not None
    value = engine.value(np.ones(1))
    value.backward = lambda: None
    with pytest.raises(BackwardError, match="begins with no gradient of one"):
        engine.seeds[0](value, np.ones(1))
