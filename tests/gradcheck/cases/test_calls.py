"""What a forward is called with, by its parameters' names and by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any

import pytest
import torch
from torch import Tensor

from gradcheck.cases.calls import call_for
from gradcheck.cases.felt import DONE, FLAT, STOPPED, Reach, Step
from gradcheck.errors import ExerciseError


def fitting(forward: Callable[..., Any]) -> Reach:
    """How far a forward comes with these arguments: it returns numbers, or stops somewhere."""

    def reach(inputs: Sequence[Any]) -> Step:
        try:
            return (DONE,) if torch.isfinite(forward(*inputs)).all() else (FLAT,)
        except (RuntimeError, TypeError, LookupError, ValueError, AttributeError) as error:
            return (STOPPED, *(one.tb_lasti for one in islice(walked(error), 1, None)))

    return reach


def walked(error: Exception) -> Iterator[TracebackType]:
    """Yield each step of its traceback."""
    place = error.__traceback__
    while place is not None:
        yield place
        place = place.tb_next


def shapes(forward: Callable[..., Any], **wishes: Any) -> list[Any]:
    """Draw the arguments that are found: the shape of each tensor, a constant as it is."""
    call = call_for("Demo", forward, fitting(forward), **wishes)
    return [tuple(x.shape) if isinstance(x, Tensor) else x for x in call.draw(0)]


@pytest.mark.parametrize(
    ("forward", "found"),
    [
        (lambda x: x.exp(), [(4, 5)]),
        (lambda x: torch.nn.functional.max_pool2d(x, 2), [(2, 3, 6, 5)]),
        (lambda x, weight: x @ weight.T, [(4, 5), (3, 5)]),
        (lambda x, w: torch.einsum("bgi,gio->bgo", x, w), [(4, 5, 3), (5, 3, 2)]),
        (lambda x, y, w: torch.einsum("bi,oij,bj->bo", x, w, y), [(4, 5), (4, 2), (3, 5, 2)]),
        (lambda a, b: torch.linalg.solve(a, b).exp(), [(4, 4), (4, 3)]),
        (lambda x, weight: x @ weight, [(4, 5), (5, 3)]),
        (lambda x, weight: x * weight, [(4, 5), (5,)]),
        (lambda a, b: a * b, [(4, 5), (4, 5)]),
        (
            lambda x, w, bias=None: x @ w.T + (bias if bias is not None else 0),
            [(4, 5), (3, 5), (3,)],
        ),
        (lambda x, w, stride: torch.conv2d(x, w, None, stride), [(2, 3, 7, 6), (4, 3, 3, 2), 2]),
        (lambda x, alpha=0.25: alpha * x, [(4, 5), 0.25]),
        (lambda logits, target: logits.gather(1, target[:, None]), [(4, 5), (4,)]),
        (lambda prediction, target: (prediction - target) ** 2, [(4, 5), (4, 5)]),
        (lambda q, k, v: q @ k.mT @ v, [(2, 4, 5), (2, 6, 5), (2, 6, 3)]),
        (lambda a, b, c, d: a + b + c + d, [(4, 5)] * 4),
    ],
)
def test_inputs_are_found_from_the_signature(forward: Any, found: list[Any]) -> None:
    """Those shapes first that hide the least; constants by name or default."""
    assert shapes(forward) == found


def test_an_annotation_says_what_a_name_does_not() -> None:
    """An int is no tensor, whatever it is called."""

    def forward(x: Tensor, times: int, flag: bool) -> Tensor:
        return x * times if flag is True else x

    assert shapes(forward) == [(4, 5), 2, True]


def test_two_ends_of_a_range_differ() -> None:
    """Between two that are one number lies nothing: whatever is claimed there is zero."""

    def forward(x: Tensor, grad_min: float, grad_max: float, q_low: int, q_high: int) -> Tensor:
        return x.clamp(grad_min, grad_max) + x.clamp(q_low, q_high)

    assert shapes(forward) == [(4, 5), -0.5, 0.5, 0, 3]


def test_a_forward_for_positive_numbers_gets_some() -> None:
    """A logarithm, a square root."""

    def forward(x: Tensor) -> Tensor:
        return x.log()

    call = call_for("Demo", forward, fitting(forward))
    assert call.label == "x (4, 5), positive"
    assert bool((call.draw(3)[0] > 0).all())


def test_what_the_user_says_goes_first() -> None:
    """Shapes in order, constants by name or as the last arguments."""

    def forward(x: Tensor, weight: Tensor, stride: int = 1) -> Tensor:
        return torch.conv1d(x, weight, stride=stride)

    wishes = {"shapes": ((2, 3, 8), (4, 3, 3)), "init": ((), {"stride": 3})}
    assert shapes(forward, **wishes) == [(2, 3, 8), (4, 3, 3), 3]
    assert shapes(forward, shapes=((2, 3, 8), (4, 3, 3)), init=((2,), {})) == [
        (2, 3, 8),
        (4, 3, 3),
        2,
    ]


def test_draws_follow_from_the_seed() -> None:
    """The same twice, others for another seed, in float64."""
    call = call_for("Demo", lambda x: x, fitting(lambda x: x))
    assert torch.equal(call.draw(1)[0], call.draw(1)[0])
    assert not torch.equal(call.draw(1)[0], call.draw(2)[0])
    assert call.draw(1)[0].dtype == torch.float64
    assert call.label == "x (4, 5)"


def test_what_cannot_be_found_is_asked_for_in_one_line() -> None:
    """With all that must be said, to be pasted."""

    def forward(x: Tensor, weight: Tensor, stride: int, spec: Any) -> Tensor:
        return spec.of(x, weight, stride)  # type: ignore[no-any-return]

    with pytest.raises(ExerciseError) as refused:
        call_for(
            "ops.py:Demo",
            forward,
            lambda inputs, **_: (STOPPED, len(inputs)),
            why=lambda inputs: f"of {len(inputs)}, one is no spec",
        )
    told = str(refused.value)
    assert told.startswith("ops.py:Demo.forward wants x, weight, stride, spec, and nothing")
    assert "fits (what came furthest: of 4, one is no spec): give a shape" in told
    assert told.endswith('as in --input 4,5 --input 3,5 --input 3 --init "stride=2"')
