"""Every tool behind one signature: a case and a dtype → a call that answers with a verdict.

Each is used as it comes, with its own defaults.  What only estimates derivatives, and checks
nothing, refutes a claim that lies outside the error estimate which it states itself, widened by
the rounding that any backward may do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradcheck
from tests.benchmarks.cases import Case

Verdict = str
Call = Callable[[], Verdict]
Checker = Callable[[Case, str], Call]

FLOAT64, DTYPES = "float64", ("float64", "float32", "bfloat16")
VERIFIED, REFUTED = "verified", "refuted"
# A backward's own rounding, in units of the dtype's epsilon times the norm of its gradient.
ROUNDINGS = 32
# The contracts are another question than the numbers.
NUMERIC: dict[str, Any] = {"witnesses": ("numeric",), "contracts": ()}


def tensors(case: Case, dtype: str) -> tuple[torch.Tensor, ...]:
    """Return the leaves as torch tensors."""
    return tuple(torch.from_numpy(leaf).to(getattr(torch, dtype)) for leaf in case.leaves)


def pair(case: Case) -> gradcheck.Pair:
    """Return the case as the two functions that gradcheck takes."""
    return gradcheck.Pair(
        lambda *leaves: case.formula(torch, *leaves),
        lambda g, *leaves: case.backward(torch, g, *leaves),
        case.name,
    )


def ours(case: Case, dtype: str, **options: Any) -> Call:
    """Ask gradcheck.check."""
    subject, leaves = pair(case), tensors(case, dtype)
    return lambda: str(gradcheck.check(subject, *leaves, **options).verdict)


def numeric_alone(case: Case, dtype: str) -> Call:
    """Ask gradcheck.check for finite differences and nothing else."""
    return ours(case, dtype, **NUMERIC)


def torch_function(case: Case) -> Callable[..., Any]:
    """Return the case as a torch.autograd.Function, ready to be called."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *leaves: torch.Tensor) -> Any:
            ctx.save_for_backward(*leaves)
            return case.formula(torch, *leaves)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: torch.Tensor) -> Any:
            return case.backward(torch, *grad_outputs, *ctx.saved_tensors)

    call: Callable[..., Any] = Function.apply
    return call


def torch_check(function: Callable[..., Any], leaves: tuple[Any, ...], *, fast: bool) -> Verdict:
    """Ask torch.autograd.gradcheck; what is no mismatch of gradients is raised."""
    inputs = tuple(leaf.detach().clone().requires_grad_() for leaf in leaves)
    accepted = torch.autograd.gradcheck(function, inputs, fast_mode=fast, raise_exception=False)
    return VERIFIED if accepted else REFUTED


def torch_slow(case: Case, dtype: str) -> Call:
    """Ask torch.autograd.gradcheck, element by element."""
    function, leaves = torch_function(case), tensors(case, dtype)
    return lambda: torch_check(function, leaves, fast=False)


def torch_fast(case: Case, dtype: str) -> Call:
    """Ask torch.autograd.gradcheck, along one direction."""
    function, leaves = torch_function(case), tensors(case, dtype)
    return lambda: torch_check(function, leaves, fast=True)


def jax_check(case: Case, dtype: str) -> Call:
    """Ask jax.test_util.check_grads about a jax.custom_vjp."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    check_grads = pytest.importorskip("jax.test_util").check_grads
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 that is its signature
    leaves = tuple(jax.numpy.asarray(leaf, dtype=dtype) for leaf in case.leaves)

    def formula(*leaves: Any) -> Any:
        return case.formula(jax.numpy, *leaves)

    function = jax.custom_vjp(formula)
    function.defvjp(
        lambda *leaves: (formula(*leaves), leaves),
        lambda leaves, g: case.backward(jax.numpy, g, *leaves),
    )
    return lambda: _asserted(lambda: check_grads(function, leaves, order=1, modes=("rev",)))


def hips_check(case: Case, dtype: str) -> Call:
    """Ask HIPS autograd's check_grads about a primitive."""
    extend = pytest.importorskip("autograd.extend", reason="autograd is not installed")
    check_grads = pytest.importorskip("autograd.test_util").check_grads
    leaves = _numpy_leaves(case, dtype)
    function = extend.primitive(lambda *leaves: case.formula(np, *leaves))
    # NumPy returns a scalar for a sum, which has no type that autograd knows as an array.
    makers = [
        lambda answer, *leaves, position=position: (
            lambda g: np.asarray(case.backward(np, g, *leaves)[position])
        )
        for position in range(len(leaves))
    ]
    extend.defvjp(function, *makers)
    argnum: Any = tuple(range(len(leaves))) if len(leaves) > 1 else 0
    np.random.seed(0)  # noqa: NPY002 it draws from the global generator
    return lambda: _asserted(lambda: check_grads(function, argnum, modes=["rev"], order=1)(*leaves))


def numdifftools_check(case: Case, dtype: str) -> Call:
    """Compare with numdifftools.Gradient, element by element."""
    numdifftools = pytest.importorskip("numdifftools", reason="numdifftools is not installed")
    leaves, u, gradient = _projected(case, dtype)
    centre = np.concatenate([leaf.reshape(-1) for leaf in leaves]).astype(float)
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]

    def function(z: Any) -> float:
        parts = np.split(np.asarray(z), ends)
        moved = [
            part.reshape(leaf.shape).astype(dtype) for part, leaf in zip(parts, leaves, strict=True)
        ]
        return float(np.sum(u * case.formula(np, *moved)))

    def check() -> Verdict:
        estimate, error, *_ = numdifftools.Gradient(function, full_output=True)(centre)
        bar = np.reshape(error, estimate.shape) + _rounding(gradient, dtype)
        return REFUTED if (np.abs(gradient - estimate) > bar).any() else VERIFIED

    return check


def scipy_check(case: Case, dtype: str) -> Call:
    """Compare with scipy.differentiate.derivative, along one direction."""
    module = pytest.importorskip("scipy.differentiate", reason="SciPy is not installed")
    leaves, u, gradient = _projected(case, dtype)
    directions = normal_like(leaves)
    ahead = np.concatenate([direction.reshape(-1) for direction in directions])
    claimed = float(ahead @ gradient)

    def function(t: float) -> float:
        moved = [(x + t * v).astype(dtype) for x, v in zip(leaves, directions, strict=True)]
        return float(np.sum(u * case.formula(np, *moved)))

    def check() -> Verdict:
        found = module.derivative(np.vectorize(function, otypes=[float]), 0.0)
        bar = found.error + _rounding(ahead * gradient, dtype)
        return REFUTED if abs(claimed - found.df) > bar else VERIFIED

    return check


def normal_like(arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """Draw normal numbers in the same shapes, always the same."""
    draws = np.random.default_rng(1)
    return tuple(draws.standard_normal(array.shape) for array in arrays)


def _projected(case: Case, dtype: str) -> tuple[tuple[Any, ...], Any, Any]:
    """Return the leaves, a cotangent, and the claimed gradient of ⟨cotangent, output⟩ in a row."""
    leaves = _numpy_leaves(case, dtype)
    (u,) = normal_like((np.asarray(case.formula(np, *leaves)),))
    claims = case.backward(np, np.asarray(u, dtype=dtype), *leaves)
    return leaves, u, np.concatenate([np.asarray(c, dtype=float).reshape(-1) for c in claims])


def _rounding(terms: Any, dtype: str) -> float:
    return float(ROUNDINGS * np.finfo(dtype).eps * np.linalg.norm(terms))


def _numpy_leaves(case: Case, dtype: str) -> tuple[Any, ...]:
    if dtype == "bfloat16":
        pytest.skip("NumPy has no bfloat16")
    return tuple(leaf.astype(dtype) for leaf in case.leaves)


def _asserted(check: Callable[[], Any]) -> Verdict:
    try:
        check()
    except AssertionError:
        return REFUTED
    return VERIFIED


CHECKERS: dict[str, Checker] = {
    "gradcheck, numeric alone": numeric_alone,
    "gradcheck": ours,
    "torch slow": torch_slow,
    "torch fast": torch_fast,
    "JAX": jax_check,
    "HIPS autograd": hips_check,
    "numdifftools": numdifftools_check,
    "SciPy": scipy_check,
}
