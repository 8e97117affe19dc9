"""What a forward takes is felt out: each argument in turn becomes what gets the call further."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from gradcheck.cases.felt import DONE, FITS, Smooth, Step, felt
from gradcheck.cases.plan import Plan
from tests.gradcheck.cases.test_calls import fitting


def found_for(forward: Callable[..., Any], **told: Any) -> Plan:
    """Return the plan that is felt out for a forward of any arguments."""
    asked = list(inspect.signature(forward).parameters.values())

    def reach(inputs: Any, *, slopes: bool) -> Step:
        step = fitting(forward)(inputs)
        return (FITS,) if slopes and step == (DONE,) else step

    found = felt(asked, told, told, ["fast", "sum"], reach)
    assert found is not None
    assert found[1][0] >= DONE
    return found[0]


def only(kind: type, value: object) -> None:
    """Raise where an argument is no such thing."""
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")


def with_switch(x: Tensor, upside_down: bool) -> Tensor:
    """Compute."""
    return -x if upside_down else x


def with_none(x: Tensor, sizes: Any) -> Tensor:
    """Compute."""
    only(type(None), sizes)
    return x.exp()


def with_word(x: Tensor, how: Any) -> Tensor:
    """Compute."""
    result: Tensor = {"sum": x.sum, "fast": x.mean}[how](0)
    return result


def with_function(x: Tensor, shape_with: Any) -> Tensor:
    """Compute."""
    result: Tensor = shape_with(x) + x
    return result


def with_mask(x: Tensor, keep: Tensor) -> Tensor:
    """Compute."""
    return torch.where(keep, x, 0.0)


def with_lengths(x: Tensor, lengths: Tensor) -> Tensor:
    """Compute."""
    return torch.stack([row[:n].sum() for row, n in zip(x, lengths.tolist(), strict=True)])


def with_matrices(x: Tensor) -> Tensor:
    """Compute."""
    result: Tensor = torch.linalg.cholesky(x)
    return result


def with_indices(table: Tensor, places: Tensor) -> Tensor:
    """Compute."""
    return torch.nn.functional.embedding(places, table)


def with_many(*parts: Tensor) -> Tensor:
    """Compute."""
    return torch.cat(parts)


@pytest.mark.parametrize(
    ("forward", "name", "given"),
    [
        (with_switch, "upside_down", True),
        (with_none, "sizes", None),
        (with_word, "how", "fast"),
        (with_function, "shape_with", "a smooth function"),
        (with_mask, "keep", torch.bool),
        (with_lengths, "lengths", torch.int64),
        (with_matrices, "x", "positive definite"),
        (with_indices, "places", torch.int64),
        (with_many, "parts0", "real"),
    ],
)
def test_what_gets_further_stays(forward: Callable[..., Any], name: str, given: object) -> None:
    """A flag, nothing, a word, a function, a mask, lengths, matrices, indices, any number."""
    plan = found_for(forward)
    values = dict(zip(plan.names, plan.draw(0), strict=True))
    value = values[name]
    kinds = dict(zip(plan.free, plan.kinds, strict=True))
    seen = value.dtype if isinstance(given, torch.dtype) else kinds.get(name) or value
    assert repr(seen) == repr(given) or str(seen) == given


def test_what_is_told_stays_as_it_is() -> None:
    """Who names a constant means it."""
    assert found_for(with_switch, upside_down=False).constants == {"upside_down": False}


def test_several_that_were_felt_out_are_guessed() -> None:
    """They may have to fit in ways that no error tells of, as a function may; one need not."""
    assert found_for(with_mask).is_guessed
    assert found_for(with_function).is_guessed
    assert not found_for(with_switch).is_guessed


def test_a_number_hides_nothing_where_a_tensor_worked() -> None:
    """Slopes that fit only where one weight is zero prove nothing: the tensor stays."""

    def reach(inputs: Any, *, slopes: bool) -> Step:
        del slopes
        return (DONE,) if all(isinstance(x, Tensor) for x in inputs) else (FITS,)

    asked = list(inspect.signature(with_mask).parameters.values())
    found = felt(asked, {}, {}, [], reach)
    assert found is not None
    assert found[1] == (DONE,)


def test_a_smooth_function_takes_anything() -> None:
    """Whatever a forward hands to what it was given."""
    smooth = Smooth()
    assert smooth(torch.ones(2), torch.ones(()), "x", mode=1).shape == (2,)
    assert smooth(3) == 3
    assert smooth().shape == (6, 6)
    assert not list(smooth.parameters())
