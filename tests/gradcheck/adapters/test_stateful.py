"""A private copy of somebody's object, driven as a function of its leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.stateful import Stateful
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.subject import Claims, Leaf, Role, Subject, Values, after_a_step, copies, vjp

SIZES = st.integers(1, 4)


class _Parameter:
    def __init__(self, data: Tensor) -> None:
        self.data = data
        self.grad: Tensor | None = None


class _Scale:
    """y = n w x, with w a parameter and n the number of forwards so far: not yet a function."""

    def __init__(self, w: Tensor) -> None:
        self.w = _Parameter(w)
        self.seen: list[Tensor] = []

    def named_parameters(self) -> Iterator[tuple[str, _Parameter]]:
        yield "w", self.w

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return len(self.seen) * self.w.data * x

    def backward(self, grad_output: Tensor) -> Tensor:
        gradient = grad_output * self.seen[-1] * len(self.seen)
        self.w.grad = gradient if self.w.grad is None else self.w.grad + gradient
        return grad_output * self.w.data * len(self.seen)


def driven(instance: Any, *inputs: Any) -> Subject:
    """Drive an instance at these inputs; what backward returns are the inputs' gradients."""
    arguments = Arguments.of(instance.forward, inputs)
    stateful = Stateful(instance, arguments, torch.float64, returned=lambda returned: returned)
    return stateful.subject(arguments.leaves(), {})


def parameters(subject: Subject) -> list[Leaf]:
    """Its leaves that are parameters."""
    return [leaf for leaf in subject.leaves if leaf.role == Role.PARAMETER]


def normal(*shape: int) -> Tensor:
    """Draw a tensor in float64."""
    return torch.randn(shape, dtype=torch.float64)


def after(subject: Subject, values: Values, u: Values, before: Values) -> Claims:
    """What is claimed after a step at other values."""
    _, backward = after_a_step(subject, values, u, lambda: copies(before))
    return backward()


@given(SIZES)
def test_a_forward_with_a_memory_becomes_a_function(size: int) -> None:
    """Equal values give equal outputs, whatever was called before."""
    subject = driven(_Scale(torch.ones(size)), torch.ones(size))
    x, w = normal(size), normal(size)
    for _ in range(3):
        (y,) = subject.forward((x, w))
        assert torch.equal(y, w * x)
        after(subject, (w, x), (y,), (y, x))


@given(SIZES)
def test_gradients_do_not_leak_into_the_next_call(size: int) -> None:
    """A layer accumulates; here every backward starts from nothing, whatever the user had."""
    layer = _Scale(torch.ones(size))
    layer.w.grad = torch.full((size,), 9.0)
    subject = driven(layer, torch.ones(size))
    x, w, u = normal(size), normal(size), normal(size)
    for _ in range(3):
        of_input, of_weight = vjp(subject, (x, w), (u,))
        assert of_input is not None
        assert of_weight is not None
        assert torch.equal(of_input, u * w)
        assert torch.equal(of_weight, u * x)


@given(SIZES)
def test_an_earlier_step_leaves_its_traces(size: int) -> None:
    """Where it is asked for: a cache that is filled once, and the second call of two."""

    class Stale(_Scale):
        def backward(self, grad_output: Tensor) -> Tensor:
            return grad_output * self.seen[0]

    subject = driven(Stale(torch.ones(size)), torch.ones(size))
    x, w, u, earlier = normal(size), normal(size), normal(size), normal(size)
    fresh, stale = vjp(subject, (x, w), (u,))[0], after(subject, (x, w), (u,), (earlier, w))[0]
    assert fresh is not None
    assert stale is not None
    assert torch.equal(fresh, u * x)
    assert torch.equal(stale, u * earlier)


@given(SIZES)
def test_an_earlier_step_leaves_no_gradient_and_no_weight(size: int) -> None:
    """Those are set anew: what the backward adds, it adds to nothing."""
    subject = driven(_Scale(torch.ones(size)), torch.ones(size))
    x, w, u = normal(size), normal(size), normal(size)
    gradient, stored = after(subject, (x, w), (u,), (normal(size), normal(size)))
    assert gradient is not None
    assert stored is not None
    assert torch.equal(gradient, 2 * u * w)  # twice: it is the second forward
    assert torch.equal(stored, 2 * u * x)


def test_what_a_backward_writes_to_stays_inside() -> None:
    """Neither the point, nor the cotangent, nor the weights asked for."""

    class Greedy(_Scale):
        def backward(self, grad_output: Tensor) -> Tensor:
            self.w.data.zero_()
            self.seen[-1].zero_()
            return grad_output.zero_()

    subject = driven(Greedy(torch.ones(2)), torch.ones(2))
    given_in = [normal(2) for _ in range(5)]
    before = [tensor.clone() for tensor in given_in]
    x, w, u, *earlier = given_in
    after(subject, (x, w), (u,), (earlier[0], earlier[1]))
    assert all(map(torch.equal, given_in, before))


def test_the_users_object_is_never_touched() -> None:
    """Neither its parameters, nor their gradients, nor what it waits for."""
    weight, waiting, stored = torch.ones(2), torch.ones(2), torch.full((2,), 9.0)
    layer = _Scale(weight)
    layer.seen.append(waiting)
    layer.w.grad = stored
    subject = driven(layer, torch.ones(2))
    after(subject, (normal(2), normal(2)), (normal(2),), (normal(2), normal(2)))
    assert layer.w.data is weight
    assert layer.w.grad is stored
    assert layer.seen == [waiting]
    assert [t.tolist() for t in (weight, waiting, stored)] == [[1, 1], [1, 1], [9, 9]]


def test_a_parameter_is_a_leaf_in_float64() -> None:
    """Under its author's name, with the values that it has."""
    (leaf,) = parameters(driven(_Scale(torch.tensor([0.1, 3.0])), torch.ones(2)))
    assert (leaf.name, leaf.role, leaf.unclaimed) == ("w", "parameter", "")
    assert leaf.value.dtype == torch.float64
    assert torch.equal(leaf.value, torch.tensor([0.1, 3.0]).double())


def test_parameters_without_names_are_numbered() -> None:
    """In the order in which they are listed."""

    class Numbered(_Scale):
        named_parameters = None  # type: ignore[assignment] # has none, as far as one can see

        def parameters(self) -> list[_Parameter]:
            return [self.w, _Parameter(torch.zeros(1))]

    leaves = parameters(driven(Numbered(torch.ones(2)), torch.ones(2)))
    assert [leaf.name for leaf in leaves] == ["parameter0", "parameter1"]


def test_what_holds_no_data_and_gradient_is_no_parameter() -> None:
    """A framework may list names, numbers or arrays under that word."""

    class Listing(_Scale):
        def named_parameters(self) -> Iterator[tuple[str, Any]]:
            yield from {"size": 3, "name": "w", "array": np.ones(2), "none": None}.items()

    (found,) = parameters(driven(Listing(torch.ones(2)), torch.ones(2)))
    assert found.name == "w"  # by its structure, as if nothing had been listed


def test_an_object_without_parameters_has_none() -> None:
    """An activation lists nothing."""

    class Double:
        def forward(self, x: Tensor) -> Tensor:
            return 2 * x

        def backward(self, grad_output: Tensor) -> Tensor:
            return 2 * grad_output

    subject = driven(Double(), torch.ones(2))
    assert not parameters(subject)
    assert subject.forward((torch.ones(2),))[0].tolist() == [2, 2]


def test_nothing_stored_claims_zero() -> None:
    """As in torch: a parameter that backward passes over does not contribute."""

    class Forgetful(_Scale):
        def backward(self, grad_output: Tensor) -> Tensor:
            return grad_output

    subject = driven(Forgetful(torch.ones(2)), torch.ones(2))
    _, stored = vjp(subject, (normal(2), normal(2)), (normal(2),))
    assert stored is not None
    assert stored.tolist() == [0, 0]


def test_an_object_that_cannot_be_copied_is_refused() -> None:
    """A check that worked on the original would change it."""
    layer = _Scale(torch.ones(2))
    layer.lock = threading.Lock()  # type: ignore[attr-defined] # the point: no copy of it exists
    with pytest.raises(ExerciseError, match=r"^_Scale cannot be copied \(TypeError: .*lock"):
        driven(layer, torch.ones(2))


def test_an_error_names_the_method() -> None:
    """A forward that fails cannot be tried; a backward that fails can, elsewhere perhaps."""
    subject = driven(_Scale(torch.ones(2)), torch.ones(2))
    with pytest.raises(ExerciseError, match=r"^_Scale\.forward raised RuntimeError: ") as failed:
        subject.forward((normal(3), normal(2)))
    assert not isinstance(failed.value, BackwardError)
    with pytest.raises(BackwardError, match=r"^_Scale\.backward raised RuntimeError: "):
        vjp(subject, (normal(2), normal(2)), (normal(3),))


@pytest.mark.parametrize("returned", [np.ones(2), (np.ones(2), None, "g")], ids=["one", "three"])
def test_what_backward_returns_becomes_tensors(returned: Any) -> None:
    """One value or a tuple of them; arrays are converted, None and the rest are kept."""

    class Returning(_Scale):
        def backward(self, grad_output: Any) -> Any:
            return returned

    subject = driven(Returning(torch.ones(2)), torch.ones(2))
    first, *rest, _ = vjp(subject, (normal(2), normal(2)), (normal(2),))
    assert first is not None
    assert torch.equal(first, torch.ones(2, dtype=torch.float64))
    assert rest == ([None, "g"] if isinstance(returned, tuple) else [])


def test_the_source_is_that_of_the_backward() -> None:
    """Of the class that wrote it, also where it is inherited."""
    child = driven(type("Child", (_Scale,), {})(torch.ones(2)), torch.ones(2))
    source = child.source
    assert source is not None
    assert (Path(source.file).resolve(), source.function) == (Path(__file__), "_Scale.backward")
