"""The error bar of finite differences holds: the truth, from 50 digits, never lies outside.

Every formula below is written once and run twice: in float64 by torch, as somebody's forward, and
in 120 decimal digits by mpmath, whose VJP is the claim.  That claim is right up to its rounding to
float64, so its distance from what finite differences measure is the true error of the measurement.

    python -m pytest -m proof tests/proofs/test_calibration.py -s      prints the figures
"""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from mpmath import mp, mpf
from rich import box
from rich.console import Console
from rich.table import Table
from torch import Generator, Tensor

import gradcheck
from gradcheck.comparison import Projection

# A central difference in so many digits is off by its step squared times f'''/f', and by the last
# digit over the step: both below 1e-50 for every function here.
DIGITS = 120
STEP = mpf(10) ** -40

# The contracts call the backward many times over, and say nothing about the bar.
ALONE: dict[str, Any] = {"witnesses": ("numeric",), "contracts": ()}


def _each(function: Callable[[Any], Any]) -> Any:
    """Apply a function of one number to every element of an array of mpmath numbers."""
    return np.frompyfunc(function, 1, 1)


class Plain:
    """The functions in float64, each as torch computes it."""

    exp, expm1, log, log1p, sqrt = torch.exp, torch.expm1, torch.log, torch.log1p, torch.sqrt
    sin, cos, tan, tanh, sinh = torch.sin, torch.cos, torch.tan, torch.tanh, torch.sinh
    atan, atan2, asinh, cosh = torch.atan, torch.atan2, torch.asinh, torch.cosh
    erf, erfc, lgamma, i0 = torch.erf, torch.erfc, torch.lgamma, torch.special.i0
    sigmoid, softplus = torch.sigmoid, torch.nn.functional.softplus

    @staticmethod
    def softmax(x: Tensor) -> Tensor:
        """Softmax over the last axis."""
        return torch.softmax(x, -1)

    @staticmethod
    def logsumexp(x: Tensor) -> Tensor:
        """Logarithm of Σ exp over the last axis."""
        return torch.logsumexp(x, -1)

    @staticmethod
    def layer_norm(x: Tensor) -> Tensor:
        """Layer normalisation over the last axis."""
        return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=1e-5)

    @staticmethod
    def norm(x: Tensor) -> Any:
        """The Euclidean norm of all elements."""
        return torch.linalg.vector_norm(x)

    @staticmethod
    def variance(x: Tensor) -> Tensor:
        """The variance of all elements, which cancels where their mean is large."""
        return x.var(correction=0)

    @staticmethod
    def join(*parts: Tensor) -> Tensor:
        """All elements of the parts, one after the other."""
        return torch.cat([part.reshape(-1) for part in parts])

    @staticmethod
    def constant(value: Tensor) -> Tensor:
        """A tensor that is no leaf."""
        return value


class Exact:
    """The same functions of arrays of mpmath numbers."""

    exp, expm1, log, log1p, sqrt = map(_each, (mp.exp, mp.expm1, mp.log, mp.log1p, mp.sqrt))
    sin, cos, tan, tanh, sinh = map(_each, (mp.sin, mp.cos, mp.tan, mp.tanh, mp.sinh))
    atan, asinh, cosh, erf, erfc = map(_each, (mp.atan, mp.asinh, mp.cosh, mp.erf, mp.erfc))
    lgamma = _each(mp.loggamma)
    i0 = _each(lambda x: mp.besseli(0, x))
    atan2 = np.frompyfunc(mp.atan2, 2, 1)
    sigmoid = _each(lambda x: 1 / (1 + mp.exp(-x)))
    softplus = _each(lambda x: mp.log1p(mp.exp(x)))

    @classmethod
    def softmax(cls, x: Any) -> Any:
        """Softmax over the last axis."""
        return cls.exp(x) / cls.exp(x).sum(axis=-1, keepdims=True)

    @classmethod
    def logsumexp(cls, x: Any) -> Any:
        """Logarithm of Σ exp over the last axis."""
        return cls.log(cls.exp(x).sum(axis=-1))

    @classmethod
    def layer_norm(cls, x: Any) -> Any:
        """Layer normalisation over the last axis."""
        centred = x - x.sum(axis=-1, keepdims=True) / x.shape[-1]
        variance = (centred**2).sum(axis=-1, keepdims=True) / x.shape[-1]
        return centred / cls.sqrt(variance + 1e-5)

    @classmethod
    def norm(cls, x: Any) -> Any:
        """The Euclidean norm of all elements."""
        return mp.sqrt((x**2).sum())

    @staticmethod
    def variance(x: Any) -> Any:
        """The variance of all elements."""
        return ((x - x.sum() / x.size) ** 2).sum() / x.size

    @staticmethod
    def join(*parts: Any) -> Any:
        """All elements of the parts, one after the other."""
        return np.concatenate([np.asarray(part, dtype=object).reshape(-1) for part in parts])

    @staticmethod
    def constant(value: Tensor) -> Any:
        """Exactly the numbers that the tensor holds."""
        numbers = [mpf(float(element)) for element in value.reshape(-1)]
        return np.array(numbers, dtype=object).reshape(tuple(value.shape))


Formula = Callable[..., Any]
"""Plain or Exact, and the leaves → the output."""

Place = Callable[[Generator], Tensor]
"""How to draw a leaf."""


@dataclass(frozen=True)
class Subject:
    """A formula, and where to differentiate it."""

    name: str
    formula: Formula
    places: tuple[Place, ...]

    def pair(self) -> gradcheck.Pair:
        """Return torch's forward with the exact backward."""
        return gradcheck.Pair(functools.partial(self.formula, Plain), self.backward, self.name)

    def backward(self, grad_output: Tensor, *leaves: Tensor) -> tuple[Tensor, ...]:
        """Return the exact VJP, rounded to float64."""
        return _exact_vjp(self.formula, _Key(grad_output), tuple(_Key(leaf) for leaf in leaves))


class _Key:
    """A tensor that can be looked up: two of the same bits are the same."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self._bits = (tuple(tensor.shape), tensor.contiguous().numpy().tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(self._bits)


@functools.lru_cache(maxsize=4096)  # a check asks at one point repeatedly, and mpmath is slow
def _exact_vjp(
    formula: Formula, cotangent: _Key, leaves: tuple[_Key, ...], step: Any = STEP
) -> tuple[Tensor, ...]:
    return tuple(
        torch.tensor(
            [float(number) for number in gradient.reshape(-1)], dtype=torch.float64
        ).reshape(key.tensor.shape)
        for key, gradient in zip(leaves, exact_vjp(formula, cotangent, leaves, step), strict=True)
    )


def exact_vjp(
    formula: Formula, cotangent: _Key, leaves: tuple[_Key, ...], step: Any = STEP
) -> list[Any]:
    """Return the gradients of ⟨cotangent, formula⟩ in mpmath numbers."""
    with mp.workdps(DIGITS):
        values = [Exact.constant(key.tensor) for key in leaves]
        u = Exact.constant(cotangent.tensor)
        gradients = [np.empty(value.shape, dtype=object) for value in values]
        for value, gradient in zip(values, gradients, strict=True):
            for index in np.ndindex(value.shape):
                middle, ends = value[index], []
                for moved in (middle + step, middle - step):
                    value[index] = moved
                    ends.append(np.sum(u * formula(Exact, *values)))
                value[index] = middle
                gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return gradients


def normal(*shape: int, scale: float = 1.0, centre: float = 0.0) -> Place:
    """Draw normal numbers of this scale about a centre."""
    return lambda draws: centre + scale * torch.randn(shape, generator=draws, dtype=torch.float64)


def between(low: float, high: float, *shape: int) -> Place:
    """Draw numbers between two of one sign, every order of magnitude alike."""
    ratio = high / low
    return lambda draws: low * ratio ** torch.rand(shape, generator=draws, dtype=torch.float64)


def _legendre(m: Any, x: Any) -> Any:
    """P₉, by its recurrence."""
    before, now = 1 + 0 * x, x
    for n in range(1, 9):
        before, now = now, ((2 * n + 1) * x * now - n * before) / (n + 1)
    return now


def deep(gain: float, depth: int = 20, width: int = 4) -> Formula:
    """Alternate affine maps and tanh; a gain above 1 makes the composition chaotic."""
    draws = torch.Generator().manual_seed(20)
    weights = [
        gain / math.sqrt(width) * torch.randn(width, width, generator=draws, dtype=torch.float64)
        for _ in range(depth)
    ]
    shifts = [0.1 * torch.randn(width, generator=draws, dtype=torch.float64) for _ in range(depth)]

    def formula(m: Any, x: Any) -> Any:
        for weight, shift in zip(weights, shifts, strict=True):
            x = m.tanh(x @ m.constant(weight) + m.constant(shift))
        return x

    return formula


def _attention(m: Any, q: Any, k: Any, v: Any) -> Any:
    """Scaled dot-product attention."""
    return m.softmax(q @ k.T / 1.5) @ v


def _mixed(m: Any, x: Any) -> Any:
    """Outputs from 1e-12 to 1e12."""
    return m.join(1e12 * m.sin(x), 1e-12 * m.exp(x), m.tanh(x), 1e-6 * x**3)


SUBJECTS = [
    Subject(name, formula, tuple(places))
    for name, formula, *places in (
        # Smooth, at the scale of one.
        ("exp", lambda m, x: m.exp(x), normal(5)),
        ("expm1", lambda m, x: m.expm1(x), normal(5)),
        ("sin", lambda m, x: m.sin(x), normal(5)),
        ("cos", lambda m, x: m.cos(x), normal(5)),
        ("tan", lambda m, x: m.tan(x), between(0.1, 1.4, 5)),
        ("tanh", lambda m, x: m.tanh(x), normal(5)),
        ("sigmoid", lambda m, x: m.sigmoid(x), normal(5, scale=3.0)),
        ("softplus", lambda m, x: m.softplus(x), normal(5, scale=3.0)),
        ("erf", lambda m, x: m.erf(x), normal(5)),
        ("erfc", lambda m, x: m.erfc(x), between(0.5, 4.0, 5)),
        ("gelu", lambda m, x: 0.5 * x * (1 + m.erf(x / math.sqrt(2.0))), normal(5)),
        ("silu", lambda m, x: x * m.sigmoid(x), normal(5, scale=2.0)),
        ("atan", lambda m, x: m.atan(x), normal(5, scale=2.0)),
        ("asinh", lambda m, x: m.asinh(x), normal(5, scale=5.0)),
        ("cosh", lambda m, x: m.cosh(x), normal(5, scale=2.0)),
        ("sinh", lambda m, x: m.sinh(x), normal(5, scale=2.0)),
        ("lgamma", lambda m, x: m.lgamma(x), between(0.5, 8.0, 4)),
        ("bessel i0", lambda m, x: m.i0(x), between(0.5, 8.0, 4)),
        ("log1p", lambda m, x: m.log1p(x), between(1e-3, 1e3, 5)),
        ("bell", lambda m, x: m.exp(-x * x), normal(5)),
        # Sharp.
        ("tanh 50x", lambda m, x: m.tanh(50 * x), normal(5, scale=0.05)),
        ("tanh 50x, wide", lambda m, x: m.tanh(50 * x), normal(5)),
        ("sharp bell", lambda m, x: m.exp(-100 * x * x), normal(5, scale=0.2)),
        ("peak", lambda m, x: 1 / (x * x + 1e-4), normal(5, scale=0.05)),
        ("peak, wide", lambda m, x: 1 / (x * x + 1e-4), normal(5)),
        ("step at 1", lambda m, x: m.sigmoid(1e3 * (x - 1)), normal(5, scale=0.01, centre=1.0)),
        ("sin of 1/x", lambda m, x: m.sin(1 / x), between(0.02, 1.0, 5)),
        ("exp of exp", lambda m, x: m.exp(m.exp(x)), normal(5)),
        # Nearly linear, or nearly a polynomial.
        ("nearly linear", lambda m, x: x + 1e-9 * m.sin(x), normal(5)),
        ("linear", lambda m, x: 3 * x - 1, normal(5, scale=1e3)),
        ("square", lambda m, x: x * x, normal(5)),
        ("ninth power", lambda m, x: x**9, normal(5)),
        ("legendre 9", _legendre, normal(5)),
        ("small bend", lambda m, x: x + 1e-6 * m.sin(1e3 * x), normal(5)),
        # From tiny to huge.
        ("square, huge", lambda m, x: x * x, normal(5, scale=1e9)),
        ("square, tiny", lambda m, x: x * x, normal(5, scale=1e-9)),
        ("cube, huge", lambda m, x: x**3, normal(5, scale=1e6)),
        ("sin, tiny", lambda m, x: m.sin(x), normal(5, scale=1e-9)),
        ("exp, tiny", lambda m, x: m.exp(x), normal(5, scale=1e-6)),
        ("1e12 sin", lambda m, x: 1e12 * m.sin(x), normal(5)),
        ("1e-12 sin", lambda m, x: 1e-12 * m.sin(x), normal(5)),
        ("exp, steep", lambda m, x: m.exp(x), normal(5, scale=8.0)),
        ("log at 1e-6", lambda m, x: m.log(x), between(1e-7, 1e-5, 5)),
        ("log, many scales", lambda m, x: m.log(x), between(1e-6, 1e6, 5)),
        ("sqrt near 0", lambda m, x: m.sqrt(x), between(1e-9, 1e-6, 5)),
        ("sqrt, many scales", lambda m, x: m.sqrt(x), between(1e-6, 1e3, 5)),
        ("reciprocal, huge", lambda m, x: 1 / x, between(1e6, 1e9, 5)),
        ("sin at 1e3", lambda m, x: m.sin(x), normal(5, scale=1e3)),
        ("sin at 1e4", lambda m, x: m.sin(x), normal(5, scale=1e4)),
        ("sin at 1e6", lambda m, x: m.sin(x), normal(5, scale=1e6)),
        ("sin near 1e6", lambda m, x: m.sin(x), normal(5, centre=1e6)),
        ("exp near 20", lambda m, x: m.exp(x), normal(5, scale=0.01, centre=20.0)),
        # Long chains.
        ("20 tanh layers", deep(1.0), normal(3, 4)),
        ("20 chaotic layers", deep(2.5), normal(2, 4)),
        ("8 chaotic layers", deep(4.0, depth=8), normal(2, 4)),
        # Several leaves.
        ("product", lambda m, x, y: x * y, normal(4), normal(4)),
        ("product, apart", lambda m, x, y: x * y, normal(4, scale=1e-6), normal(4, scale=1e6)),
        ("quotient", lambda m, x, y: x / y, normal(4), between(0.1, 10.0, 4)),
        ("atan2", lambda m, x, y: m.atan2(x, y), normal(4), normal(4)),
        ("matrix product", lambda m, x, w: x @ w, normal(3, 4), normal(4, 2)),
        ("affine", lambda m, x, w, b: x @ w + b, normal(3, 3), normal(3, 2), normal(2)),
        ("quadratic form", lambda m, x, a: (x @ a) @ x, normal(3), normal(3, 3)),
        ("attention", _attention, normal(2, 2), normal(2, 2), normal(2, 2)),
        ("softmax", lambda m, x: m.softmax(x), normal(2, 4)),
        ("softmax, peaked", lambda m, x: m.softmax(x), normal(2, 4, scale=10.0)),
        ("log-sum-exp", lambda m, x: m.logsumexp(x), normal(2, 4)),
        ("layer norm", lambda m, x: m.layer_norm(x), normal(2, 5)),
        ("layer norm, tiny", lambda m, x: m.layer_norm(x), normal(2, 5, scale=1e-3)),
        ("layer norm, huge", lambda m, x: m.layer_norm(x), normal(2, 5, scale=1e4)),
        ("layer norm, shifted", lambda m, x: m.layer_norm(x), normal(2, 5, centre=1e3)),
        # Reductions: one output, in which much cancels.
        ("sum of sin", lambda m, x: m.sin(x).sum(), normal(12)),
        ("sum of scales", lambda m, x: (x**3).sum(), between(1e-4, 1e4, 12)),
        ("mean square", lambda m, x, t: ((x - t) ** 2).sum() / 12, normal(12), normal(12)),
        ("norm", lambda m, x: m.norm(x), normal(12)),
        ("variance, shifted", lambda m, x: m.variance(x), normal(8, centre=1e4)),
        ("difference of sums", lambda m, x: m.exp(x).sum() - m.exp(-x).sum(), normal(12)),
        ("cancelling cubes", lambda m, x: (x + 1e3) ** 3 - (x - 1e3) ** 3, normal(6)),
        # Outputs of several scales at once.
        ("mixed scales", _mixed, normal(3)),
        ("mixed leaves", lambda m, x: m.tanh(x), between(1e-9, 1e1, 6)),
    )
]
BY_NAME = {subject.name: subject for subject in SUBJECTS}

# Here the forward rounds inside, far above the last bit of its output.
HIDDEN_ROUNDING = [
    Subject(name, formula, tuple(places))
    for name, formula, *places in (
        ("exp less 1, one number", lambda m, x: m.exp(x) - 1, normal(1, scale=1e-6)),
        ("exp less 1, tiny", lambda m, x: m.exp(x) - 1, normal(5, scale=1e-6)),
        ("1 less cos, tiny", lambda m, x: 1 - m.cos(x), normal(5, scale=1e-3)),
        (
            "naive variance",
            lambda m, x: (x**2).sum() / 8 - (x.sum() / 8) ** 2,
            normal(8, centre=99),
        ),
        ("1 less cos, one number", lambda m, x: 1 - m.cos(x), between(1e-8, 1e-6, 1)),
        ("1 less sigmoid", lambda m, x: 1 - m.sigmoid(x), between(16.0, 24.0, 1)),
        ("expanded cube", lambda m, x: x**3 - 3 * x**2 + 3 * x - 1, normal(5, scale=0.1, centre=1)),
        ("roots apart", lambda m, x: m.sqrt(x + 1) - m.sqrt(x), between(1e3, 1e7, 5)),
        ("there and back", lambda m, x: m.log(m.exp(20 * x)) / 20, normal(5)),
    )
]


@dataclass
class Tally:
    """What was measured, over many derivatives."""

    ratios: list[tuple[float, str]] = field(default_factory=list)
    unbounded: int = 0
    checks: int = 0
    undecided: list[str] = field(default_factory=list)
    refuted: list[str] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)
    forwards: list[int] = field(default_factory=list)

    @property
    def derivatives(self) -> int:
        """How many directional derivatives were compared with the truth."""
        return len(self.ratios)

    @property
    def exceeded(self) -> list[str]:
        """The derivatives whose true error was larger than the bar."""
        return [f"{words}: {ratio:.3g} bars off" for ratio, words in self.ratios if ratio > 1]

    def add(self, subject: Subject, seed: int) -> None:
        """Check one subject at one drawn point."""
        draws = torch.Generator().manual_seed(seed)
        leaves = [place(draws) for place in subject.places]
        result = gradcheck.check(subject.pair(), *leaves, seed=seed, **ALONE)
        words = f"{subject.name}, seed {seed}"
        self.checks += 1
        if result.verdict != "verified":
            (self.refuted if result.verdict == "refuted" else self.undecided).append(words)
        projections: set[Projection] = set()  # one direction through all leaves counts once
        for comparison in (c for finding in result.findings for c in finding.comparisons):
            assert comparison.witness == "numeric"
            projections.update(comparison.projections)
            self.forwards.append(comparison.forwards)
            if comparison.resolution is not None and math.isfinite(comparison.resolution):
                self.resolutions.append(comparison.resolution)
        for projection in projections:
            if math.isfinite(projection.bar):
                self.ratios.append((_bars_off(projection), f"{words}: {projection}"))
            else:
                self.unbounded += 1

    def table(self) -> Table:
        """Return the figures for a reader."""
        worst, where = max(self.ratios)
        table = Table(box=box.MARKDOWN, title="Error bars against 50 digits")
        table.add_column("figure")
        table.add_column("value", justify="right")
        for name, value in (
            ("functions and places", str(len(SUBJECTS))),
            ("directional derivatives with a bar", f"{self.derivatives:,}"),
            ("... whose true error exceeds it", str(len(self.exceeded))),
            ("... without a bar (none can be given)", str(self.unbounded)),
            ("largest true error, in bars", f"{worst:.2g} ({where.partition(':')[0]})"),
            ("median true error, in bars", f"{statistics.median(r for r, _ in self.ratios):.1g}"),
            ("resolution, median", f"{statistics.median(self.resolutions):.1e}"),
            ("resolution, worst", f"{max(self.resolutions):.1e}"),
            ("refuted", f"{len(self.refuted)} of {self.checks}"),
            ("undecided", f"{len(self.undecided) / self.checks:.1%} of {self.checks}"),
            ("forwards for a leaf, median", f"{statistics.median(self.forwards):.0f}"),
            ("forwards for a leaf, most", str(max(self.forwards))),
        ):
            table.add_row(name, value)
        return table


def _bars_off(projection: Projection) -> float:
    error = abs(projection.claimed - projection.measured)
    return error / projection.bar if projection.bar else math.inf * error if error else 0.0


def tally(subjects: Iterable[Subject], seeds: range) -> Tally:
    """Check every subject at one point for each seed."""
    found = Tally()
    for seed in seeds:
        for subject in subjects:
            found.add(subject, seed)
    return found


def assert_calibrated(found: Tally, derivatives: int) -> None:
    """No bar is exceeded and nothing refuted, over at least so many derivatives."""
    assert found.derivatives >= derivatives
    assert found.exceeded == []
    assert found.refuted == []


def test_a_hundred_bars_hold_against_fifty_digits() -> None:
    """A sample of the property below, which every run can afford."""
    assert_calibrated(tally(SUBJECTS, range(1)), derivatives=100)


@pytest.mark.proof
def test_more_than_a_thousand_bars_hold_against_fifty_digits() -> None:
    """The true error exceeds the bar in none, and right backwards are hardly ever undecided."""
    found = tally(SUBJECTS, range(100, 112))
    Console(width=110).print(found.table(), *found.undecided, *found.exceeded, sep="\n")
    assert_calibrated(found, derivatives=1_000)
    assert len(found.undecided) <= 0.05 * found.checks


def test_bars_hold_where_the_forward_rounds_inside() -> None:
    """What cancels in the forward leaves noise that the size of its output does not betray."""
    assert_calibrated(tally(HIDDEN_ROUNDING, range(4)), derivatives=40)


def test_a_bar_that_is_too_narrow_is_noticed() -> None:
    """An error of a millionth of the gradient, with the bars as they are, is bars away."""
    sin = BY_NAME["sin"]
    wrong = Subject("sin", lambda m, x: m.sin(x * (1 + 1e-6 if m is Exact else 1)), sin.places)
    found = tally([wrong], range(1))
    assert found.exceeded
    assert found.refuted == ["sin, seed 0"]


@pytest.mark.parametrize("name", ["tanh 50x", "peak", "log at 1e-6", "sin at 1e6", "sqrt near 0"])
def test_the_reference_has_fifty_digits(name: str) -> None:
    """Another step gives the same 50 digits, on what is hardest to differentiate."""
    subject, draws = BY_NAME[name], torch.Generator().manual_seed(0)
    leaves = tuple(_Key(place(draws)) for place in subject.places)
    u = _Key(torch.ones_like(subject.formula(Plain, *(key.tensor for key in leaves))))
    (one,) = exact_vjp(subject.formula, u, leaves)
    (other,) = exact_vjp(subject.formula, u, leaves, step=STEP / 1000)
    with mp.workdps(DIGITS):
        assert all(abs(a / b - 1) < mpf(10) ** -50 for a, b in zip(one, other, strict=True))


def test_the_reference_is_the_derivative_of_the_formula() -> None:
    """Against a derivative in closed form: that of tanh."""
    x = _Key(torch.linspace(-3, 3, 7, dtype=torch.float64))
    (claim,) = exact_vjp(BY_NAME["tanh"].formula, _Key(torch.ones(7, dtype=torch.float64)), (x,))
    with mp.workdps(DIGITS):
        true = [1 - mp.tanh(mpf(float(element))) ** 2 for element in x.tensor]
        assert all(abs(a / b - 1) < mpf(10) ** -50 for a, b in zip(claim, true, strict=True))
