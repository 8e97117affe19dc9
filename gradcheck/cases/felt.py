"""What a forward takes, felt out: one argument becomes another thing, and what gets further stays.

A name says little, and a table of shapes knows no masks, flags, functions or lengths.  But code
that is given the wrong thing stops where it uses it: the later it stops, the more is right.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from gradcheck.cases.feeds import FIXED
from gradcheck.cases.plan import Plan
from gradcheck.cases.spec import REAL, Shape

Step = tuple[int, ...]
"""How far a call came: the larger, the further."""

STOPPED, FLAT, RAN, DONE, FITS = range(5)
"""The first of a step: its forward raises; nothing that it returns has a gradient; its backward
raises; it does not; what it claims are slopes of the forward, which is asked where a plan is
guessed.  The others say how far it was in each function that was called."""

Reach = Callable[..., Step]
"""How far a call with these arguments comes; with ``slopes``, whether its claims are some."""

SECONDS = 2.5
_ROUNDS = 6
_STARTS: tuple[Shape, ...] = ((4, 6), (2, 4, 6, 8), (3, 4, 6), (4, 4), (2, 4, 4), (6,))
_OTHER = 3
_SIDE = 6
_DOMAINS = ("positive", "in (0, 1)", "positive definite", "negative definite")


class Smooth(nn.Module):
    """A function, and a module, of any arguments: where a forward calls what it is given.

    >>> Smooth()(torch.zeros(2), torch.zeros(()), mode="any")
    tensor([0., 0.])
    """

    def forward(self, *inputs: Any, **_: Any) -> Any:
        """The hyperbolic tangent of the largest tensor and of what fits on it.

        Of nothing, a square matrix, as of who only hands a weight out.
        """
        tensors = [x for x in inputs if isinstance(x, torch.Tensor) and x.is_floating_point()]
        if not tensors:
            return inputs[0] if inputs else torch.eye(_SIDE, dtype=torch.float64, device="cpu")
        largest = max(tensors, key=torch.Tensor.numel)
        fitting = [x for x in tensors if x.shape in {largest.shape, torch.Size()}]
        total: torch.Tensor = torch.stack([x.expand_as(largest) for x in fitting]).sum(0)
        return torch.tanh(total)

    def __repr__(self) -> str:
        """For the label of a case."""
        return "a smooth function"


@dataclass(frozen=True)
class Fed:
    """What one argument is given: a tensor of a kind and a shape, or a constant."""

    kind: str = ""
    shape: Shape = ()
    constant: Any = None


def felt(
    parameters: Sequence[inspect.Parameter],
    begun: Mapping[str, Any],
    told: Mapping[str, Any],
    words: Sequence[str],
    reach: Reach,
) -> tuple[Plan, Step] | None:
    """The plan that gets furthest, and how far; None where there is nothing to give.

    Args:
        parameters: To be filled, in their order; one that takes any number stands for several.
        begun: The constants to begin with, by name.
        told: Those of them that are not to be changed.
        words: What a word among the arguments may be.
        reach: Asked about each candidate.
    """
    best: tuple[Plan, Step] | None = None
    namings = [*_namings(parameters)]
    for names in namings:
        until = time.thread_time() + SECONDS / len(namings)
        free = [name for name in names if name not in told]
        for shape in _STARTS if free else ():
            feeds = {n: Fed(constant=begun[n]) if n in begun else Fed(REAL, shape) for n in names}
            climb = _Climb(names, free, words, reach, until)
            found = climb.from_(feeds)
            if best is None or found[1] > best[1]:
                best = found
            if _is_enough(*best):
                return best
            if time.thread_time() > until:
                break
    return best


@dataclass(frozen=True)
class _Climb:
    """One search, from one beginning upwards."""

    names: Sequence[str]
    free: Sequence[str]
    words: Sequence[str]
    reach: Reach
    until: float

    def from_(self, feeds: dict[str, Fed]) -> tuple[Plan, Step]:
        """Until nothing gets further: the best change of one argument, for each in turn."""
        step = self._step(feeds)
        for _ in range(_ROUNDS):
            before = step
            if _is_enough(self._plan(feeds), step):
                break
            for name in self.free:
                for other in _others(name, feeds, self.words):
                    changed = {**feeds, name: other}
                    if step[0] == DONE and not _hides_nothing(other, feeds[name]):
                        continue
                    if (there := self._step(changed)) > step:
                        feeds, step = changed, there
                    found = self._plan(feeds), step
                    if _is_enough(*found) or time.thread_time() > self.until:
                        return found
            if step == before:
                break
        return self._plan(feeds), step

    def _step(self, feeds: Mapping[str, Fed]) -> Step:
        plan = self._plan(feeds)
        return self.reach(plan.draw(0), slopes=plan.is_guessed)

    def _plan(self, feeds: Mapping[str, Fed]) -> Plan:
        tensors = [feeds[name] for name in self.names if feeds[name].kind]
        return Plan(
            tuple(self.names),
            {name: feeds[name].constant for name in self.names if not feeds[name].kind},
            tuple(one.shape for one in tensors),
            kinds=tuple(one.kind for one in tensors),
        )


def _hides_nothing(other: Fed, before: Fed) -> bool:
    """Whether what is wrong in one case would be wrong in the other, if both are meant.

    A number, a zero or an axis of one may hide it: slopes that fit only there prove nothing.
    """
    return bool(other.kind and before.kind and other.shape) and 1 not in other.shape


def _is_enough(plan: Plan, step: Step) -> bool:
    return step[0] == FITS or (step[0] == DONE and not plan.is_guessed)


def _namings(parameters: Sequence[inspect.Parameter]) -> Iterator[tuple[str, ...]]:
    """The names of the arguments; with one, two and three in the place of any number."""
    fixed = tuple(p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL)
    more = next((p for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL), None)
    if more is None:
        yield fixed
        return
    for count in (1, 0, 2, 3):
        yield (*fixed, *(f"{more.name}{number}" for number in range(count)))


def _others(name: str, feeds: Mapping[str, Fed], words: Sequence[str]) -> Iterator[Fed]:
    """What else an argument may be, the likeliest first."""
    shapes = list(dict.fromkeys(one.shape for one in feeds.values() if one.kind and one.shape))
    near = list(dict.fromkeys(shape for one in shapes for shape in _near(one)))
    own = feeds[name].shape if feeds[name].kind else (shapes[0] if shapes else ())
    yield from (Fed(kind, own) for kind in (*_DOMAINS, FIXED))
    yield from (Fed(REAL, shape) for shape in near)
    yield from (Fed(constant=value) for value in (True, False, Smooth(), None, 2, 0.375, 1, -1))
    yield from (Fed(REAL, shape) for shape in ((), (1,)))
    axes = [shape for shape in near if shape]
    yield from (Fed(kind, shape) for kind in ("indices", "mask", "0 or 1") for shape in axes)
    yield from (Fed("labels", shape) for shape in shapes)
    yield from (Fed("lengths", shape) for shape in shapes)
    yield from (Fed(constant=word) for word in words)
    yield from (Fed(constant=shape) for shape in shapes)
    yield from (Fed(constant=value) for value in (0, 3, 4, (1, 0), (2, 2), (1, 1), (-1,)))
    yield from (Fed(constant=value) for value in (torch.float64, torch.device("cpu")))
    if feeds[name].kind:
        yield from (Fed(kind, shape) for kind in ("positive", "in (0, 1)") for shape in near)
        yield from (Fed(feeds[name].kind, shape) for shape in _STARTS)


def _near(shape: Shape) -> Iterator[Shape]:
    """The shapes of what may stand beside a tensor: a weight, a bias, a row, a number."""
    last = shape[-1]
    yield shape
    yield from ((last,), shape[:-1], shape[:1])
    if len(shape) > 1:
        yield from ((_OTHER, last), (last, _OTHER), (last, last), (*shape[:-2], last, _OTHER))
        yield from ((*shape[:-1], 1), (shape[1],), (*shape[:-1], _OTHER), shape[:2], shape[1:])
        yield from ((*shape[:-2], shape[-1], shape[-2]), (*shape[:-2], last, last))
    else:
        yield from ((last, last), (_OTHER, last), (last, _OTHER))
    yield from ((*shape, _OTHER), (1, *shape), (*shape, last))
    if len(shape) > 2:
        yield from ((_OTHER, shape[1], *(2,) * (len(shape) - 2)), (_OTHER,))
