"""The arguments of one call of a plain function: which are constants, and what the others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.cases.feeds import DRAWS, FIXED, MOVES, in_dtype
from gradcheck.cases.libraries import as_arrays
from gradcheck.cases.point import generator, inputs
from gradcheck.cases.spec import REAL, Shape, Spec

DOMAINS: dict[str, Callable[[Tensor], Tensor]] = {
    "": lambda x: x,
    "positive": lambda x: x.abs() + 0.5,
    "between 0 and 1": torch.sigmoid,
}
"""From normal numbers to those that a forward may take instead, in the order to try them."""
_CLASSES = 3


@dataclass(frozen=True)
class Plan:
    """Which arguments are constants, and what the others are.

    Attributes:
        names: Of all arguments, in order.
        constants: Name → value.
        shapes: One for each of the others.
        labels: The names of those that are class indices.
        domain: From normal numbers to those that the forward takes.
        dtype: Of its floating-point numbers, where it is not float64.
        kinds: What each of the others holds, where that is said one by one.
    """

    names: tuple[str, ...]
    constants: Mapping[str, Any]
    shapes: tuple[Shape, ...]
    labels: frozenset[str] = frozenset()
    domain: str = ""
    dtype: str = ""
    kinds: tuple[str, ...] = ()

    @property
    def free(self) -> list[str]:
        """The names of those that are no constants."""
        return [name for name in self.names if name not in self.constants]

    @property
    def is_guessed(self) -> bool:
        """Whether its author may mean other inputs: they were felt out, and are several.

        A mask and its scores, a signal and its filter, a function and its inverse must fit in ways
        that no error tells of.
        """
        felt = len(self.kinds) > 1 or any(kind != REAL for kind in self.kinds)
        return felt or (bool(self.kinds) and any(map(callable, self.constants.values())))

    def draw(self, seed: int) -> tuple[Any, ...]:
        """All arguments, in order."""
        values = dict(zip(self.free, self._drawn(seed), strict=True))
        given = tuple(self.constants.get(name, values.get(name)) for name in self.names)
        return in_dtype(given, self.dtype)

    def _drawn(self, seed: int) -> list[Any]:
        """What is no constant."""
        if self.kinds:
            each = enumerate(zip(self.shapes, self.kinds, strict=True))
            drawn = [DRAWS[kind](shape, generator(seed, n)) for n, (shape, kind) in each]
            return _asking(drawn, self.kinds) if FIXED in self.kinds else drawn
        pairs = zip(self.free, inputs(self.shapes, seed), strict=True)
        return [
            _labels(tensor, seed) if name in self.labels else _moved(tensor, self.domain)
            for name, tensor in pairs
        ]

    @property
    def label(self) -> str:
        """The constants and the shapes in words."""
        words = [f"{name}={value!r}" for name, value in self.constants.items()]
        kinds = self.kinds or (REAL,) * len(self.shapes)
        words += [
            f"{name} {shape}"
            + (" of class indices" if name in self.labels else "" if kind == REAL else f" {kind}")
            for name, shape, kind in zip(self.free, self.shapes, kinds, strict=True)
        ]
        words += [self.domain] if self.domain else []
        words += [f"in {self.dtype}"] if self.dtype else []
        return ", ".join(words)


@dataclass(frozen=True)
class Call:
    """The arguments of one call, drawn anew from a seed.

    Attributes:
        plan: What each of them is.
        arrays: Whether they are NumPy arrays.
    """

    plan: Plan
    arrays: bool = False

    @property
    def label(self) -> str:
        """For the reader: the constants and the shapes."""
        return self.plan.label

    def draw(self, seed: int) -> tuple[Any, ...]:
        """All arguments, in order."""
        drawn = self.plan.draw(seed)
        return as_arrays(drawn) if self.arrays else drawn

    @property
    def spec(self) -> Spec:
        """Its constants and shapes, as of what is constructed."""
        real = not self.plan.labels and not self.plan.domain
        kinds = self.plan.kinds or (REAL if real else "",) * len(self.plan.shapes)
        return Spec(self.plan.constants, self.plan.shapes, kinds=kinds, arrays=self.arrays)

    def at(self, spec: Spec) -> Call:
        """The same with other constants, shapes, or moved."""
        domain = next((kind for kind in spec.kinds if kind in MOVES), self.plan.domain)
        plan = replace(self.plan, constants=spec.options, shapes=spec.shapes, domain=domain)
        if self.plan.kinds:
            plan = replace(plan, kinds=spec.kinds, domain="")
        plan = replace(plan, dtype=spec.dtype)
        return replace(self, plan=plan)


def _asking(drawn: list[Any], kinds: Sequence[str]) -> list[Any]:
    """Where some are fixed, the others say that they ask for a gradient."""
    return [
        one.requires_grad_() if kind != FIXED and one.is_floating_point() else one
        for one, kind in zip(drawn, kinds, strict=True)
    ]


def _moved(tensor: Tensor, domain: str) -> Tensor:
    return {**DOMAINS, **MOVES}[domain](tensor)


def _labels(tensor: Tensor, seed: int) -> Tensor:
    return torch.randint(0, _CLASSES, tuple(tensor.shape), generator=generator(seed, 7))
