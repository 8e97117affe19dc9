"""torch.autograd.gradcheck and gradgradcheck, by their own signatures and with our verdicts.

    from gradcheck.compat import gradcheck, gradgradcheck

Every argument is torch's.  What they mean here:

eps                  not used: steps follow from the values, and each has its error bar
atol, rtol           where given, may let a refutation pass, and a warning says so; by default
                     nothing is let pass that is larger than 1e-7 of the gradient
nondet_tol           how far two equal calls may be apart, beside their size
fast_mode            not used: large gradients are compared along random directions anyway
masked               not used: sparse inputs are refused
check_batched_forward_grad   refused

A bool cannot say *undecided*.  Where the error bar is coarse, but finer than torch's own tolerance,
the answer is True with a warning; any other undecided check fails, with the reason.  Nor can it say
*nothing to check*: an empty output is True with a warning.  An output without a gradient is checked
for standing still.

Source: https://docs.pytorch.org/docs/stable/autograd.html#numerical-gradient-checking
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError as TorchError

from gradcheck.adapters.nested import has_gradient, tensors_of
from gradcheck.api import check
from gradcheck.compat.dependence import warn_of_dependence
from gradcheck.compat.engine import batched, forward_mode, run, undefined
from gradcheck.compat.tolerance import Tolerance
from gradcheck.compat.vacuous import claiming_zero, has_outputs, warn_of_nothing
from gradcheck.errors import ExerciseError, GradientError, VacuousError
from gradcheck.modes.second_order import second
from gradcheck.records import Verdict
from gradcheck.result import Result

EPS = 1e-6  # torch's default
_CONTRACTS = ("linearity", "determinism", "purity", "shape", "dtype")

Function = Callable[..., Any]
Inputs = Tensor | Sequence[Any]


class GradcheckError(GradientError, TorchError):
    """A gradient is not right; also torch's own error of that name."""


class LooseWarning(UserWarning):
    """A check passes only within the tolerances that were asked for, or that torch has."""


def gradcheck(
    func: Function,
    inputs: Inputs,
    *,
    eps: float = EPS,  # noqa: ARG001 torch's signature
    atol: float | None = None,
    rtol: float | None = None,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,  # noqa: ARG001 always
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,  # noqa: ARG001 torch's signature
    masked: bool | None = None,  # noqa: ARG001 the same
) -> bool:
    """Check the gradients of a function that torch differentiates, as torch's gradcheck does.

    Args:
        func: Takes tensors, also in lists, dictionaries and dataclasses, and returns some.
        inputs: Its arguments; those that require a gradient are checked, real or complex.
        eps: Not used; see the head of this file.
        atol: May let pass what is refuted, with a warning.
        rtol: The same.
        raise_exception: Whether to raise what is wrong, instead of returning False.
        nondet_tol: How far two equal calls may be apart.
        check_undefined_grad: Also with no cotangent at all for single outputs.
        check_grad_dtypes: Always done.
        check_batched_grad: Also through ``is_grads_batched``.
        check_batched_forward_grad: Refused.
        check_forward_ad: Also forward mode, by the adjoint identity.
        check_backward_ad: Whether reverse mode is checked at all.
        fast_mode: Not used.
        masked: Not used.

    Returns:
        True, or False where a gradient is wrong and ``raise_exception`` is False.

    Raises:
        GradcheckError: If a gradient is wrong, with the whole explanation.
        ValueError: If no input requires a gradient, or nothing is asked for.

    >>> x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    >>> gradcheck(torch.sin, (x,))
    True
    """
    given = _as_tuple(inputs)
    _refuse(given, check_backward_ad=check_backward_ad, check_forward_ad=check_forward_ad)
    if check_batched_forward_grad:
        raise ValueError(
            "check_batched_forward_grad is not supported: check_forward_ad checks forward mode, "
            "and check_batched_grad a vmapped backward"
        )
    warn_of_dependence(given)
    complaints: list[str] = []
    try:
        result = _checked(func, given) if check_backward_ad else None
    except VacuousError as nothing:
        if not has_outputs(func, given):
            warn_of_nothing(nothing)
            return True
        result = _checked(claiming_zero(func), given)
        check_undefined_grad = check_batched_grad = False
    if result is not None:
        complaints += _complaints(result, Tolerance.of(atol, rtol, nondet_tol))
        if not complaints and check_undefined_grad:
            complaints += undefined(func, given)
        if not complaints and check_batched_grad:
            complaints += batched(func, given)
    if not complaints and check_forward_ad:
        complaints += forward_mode(func, given)
    if complaints and raise_exception:
        raise GradcheckError("\n\n".join(complaints))
    return not complaints


def gradgradcheck(  # noqa: D417 the others are those of gradcheck
    func: Function,
    inputs: Inputs,
    grad_outputs: Inputs | None = None,
    *,
    eps: float = EPS,
    atol: float | None = None,
    rtol: float | None = None,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Check the gradients of a function's backward, as torch's gradgradcheck does.

    Args:
        func: As in :func:`gradcheck`, and so are all others that are not named here.
        inputs: The same.
        grad_outputs: The cotangents of its outputs; random ones, if none are given.
        gen_non_contig_grad_outputs: Whether the random ones lie apart in memory.
        check_fwd_over_rev: Also forward mode over the backward.
        check_rev_over_rev: Whether double backward is checked at all.

    >>> x = torch.randn(3, dtype=torch.float64, requires_grad=True)
    >>> gradgradcheck(torch.sin, (x,))
    True
    """
    given = _as_tuple(inputs)
    cotangents = (
        _random_cotangents(func, given, apart=gen_non_contig_grad_outputs)
        if grad_outputs is None
        else tuple(_asking(u) for u in _as_tuple(grad_outputs) if u is not None)
    )
    return gradcheck(
        second(func, len(given)),
        (*given, *cotangents),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


def _checked(func: Function, inputs: tuple[Any, ...]) -> Result:
    target = func if _is_checked_whole(func, inputs) else _routine(func)
    try:
        return check(target, *inputs, reference="none", contracts=_CONTRACTS, dtype="float64")
    except VacuousError:
        raise
    except ExerciseError as error:
        if error.__cause__ is not None:
            raise error.__cause__ from None  # as torch: what the function itself raised
        raise


def _is_checked_whole(func: Function, inputs: tuple[Any, ...]) -> bool:
    """Whether it is a module, of which torch never sees the parameters, called in the plain way."""
    plain = all(has_gradient(item) and item.requires_grad for item in inputs)
    return isinstance(func, torch.nn.Module) and plain


def _routine(func: Function) -> Function:
    if inspect.isroutine(func):
        return func

    def call(*arguments: Any) -> Any:
        return func(*arguments)

    call.__name__ = call.__qualname__ = getattr(func, "__name__", type(func).__name__)
    return call


def _complaints(result: Result, tolerance: Tolerance) -> list[str]:
    """The explanation, if something is wrong beyond what is tolerated."""
    open_ones = [f for f in result.findings if f.verdict != Verdict.VERIFIED]
    loose = [finding for finding in open_ones if tolerance.passes(finding)]
    if len(loose) < len(open_ones) or not result.findings:
        return [result.explain()]
    for finding in loose:
        warnings.warn(
            f"{finding.leaf or finding.check}: {finding.message}; "
            f"it passes within {tolerance} only",
            LooseWarning,
            stacklevel=3,
        )
    return []


def _random_cotangents(
    func: Function, inputs: tuple[Any, ...], *, apart: bool
) -> tuple[Tensor, ...]:
    draws = torch.Generator().manual_seed(0)
    made = []
    for output in run(func, inputs)[1]:
        shape = (*output.shape, 2) if apart else output.shape
        drawn = torch.randn(shape, generator=draws, dtype=output.dtype)
        made.append(_asking(drawn[..., 0] if apart else drawn))
    return tuple(made)


def _asking(cotangent: Tensor) -> Tensor:
    return cotangent.detach().requires_grad_()


def _as_tuple(inputs: Inputs) -> tuple[Any, ...]:
    return (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)


def _refuse(inputs: tuple[Any, ...], *, check_backward_ad: bool, check_forward_ad: bool) -> None:
    if not (check_backward_ad or check_forward_ad):
        raise ValueError("expected check_backward_ad or check_forward_ad, or both, to be True")
    if not any(tensor.requires_grad for tensor in tensors_of(list(inputs))):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of them has requires_grad=True"
        )
