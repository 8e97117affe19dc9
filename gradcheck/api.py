"""The one function: check a target at the inputs given, or at those of the catalogue."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from gradcheck.campaign import check_target
from gradcheck.choice.intentions import intention_of
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import CommandError
from gradcheck.options import WITNESSES, Options
from gradcheck.records import CONTRACTS
from gradcheck.result import Result
from gradcheck.targets.resolve import Target, resolve


def check(
    target: Any,
    *inputs: Any,
    reference: str = "auto",
    witnesses: Sequence[str] = WITNESSES,
    seed: int = 0,
    dtype: torch.dtype | str | None = None,
    contracts: Sequence[str] = CONTRACTS,
    resolution: float | None = None,
    miss_probability: float = Options.miss_probability,
    convention: str = "",
    expect: object = None,
    init: str | None = None,
    examples: int = 0,
    order: int = 1,
    shrink: bool = False,
    device: torch.device | str | None = None,
) -> Result:
    """Check a hand-written backward; nothing that is passed in is changed.

    Args:
        target: A layer or loss (instance or class), a :class:`gradcheck.Pair`, a function that
            torch differentiates, or the name of one: ``"scratchnn.Linear"``,
            ``"path/to/layers.py:Dense"``.
        inputs: The arguments of its forward, torch tensors or NumPy arrays; with none, cases
            come from the catalogue.  Floating-point inputs are checked in float64.
        reference: The torch module to compare with, ``auto`` to go by the class's name, or
            ``none``.
        witnesses: Which of ``numeric``, ``autograd`` and ``reference`` to ask.
        seed: From which every random draw follows.
        dtype: Also judge the rounding in float32, float16 or bfloat16, in units of torch's own
            error there.  By default in the dtype of the inputs; float64 asks for none.
        contracts: Which promises beside the gradient to examine; empty for none.
        resolution: The relative error of a gradient that must show, such as 1e-9; where less can
            be seen the answer is undecided.  By default the best that comes cheaply.
        miss_probability: The chance that finite differences overlook an error of the stated
            resolution; a smaller one costs more directions.
        convention: ``batch_mean`` where parameters' gradients are meant to be averaged over the
            batch, ``batch_sum`` where a mean loss is meant to have the gradient of the sum.
        expect: What the inputs are meant to be given in the place of their gradients: a multiple
            such as -0.5, ``reversal`` for -1, ``straight-through`` for the cotangent,
            a function (or ``gradient of package.function``) for the gradient of that in the place
            of the forward's, ``surrogate`` for what is no gradient that could be named; or a
            dictionary from leaf to one of these, or from a weight that has no gradient to
            ``constant``.
        init: The constructor's arguments, as on the command line: ``"5, 3"``, for a class.
        examples: How many cases Hypothesis draws beside these: sizes, switches, kinks, ties,
            extremes, layouts and dtypes, others each time.  A failure is shrunk, kept in
            ``.hypothesis`` and tried first the next time.
        order: 2 to check the derivative of the backward as well: torch's double backward where
            torch differentiates the target, else that the derivative is symmetric.
        shrink: Whether the example that ``result.example`` repeats is to be the smallest.
        device: Where to check, such as ``cuda``: copies of target and inputs are moved there.  By
            default where they are.

    Returns:
        The verdict with its findings: ``result.verdict``, ``result.explain()``.

    Raises:
        CommandError: If a name means several targets, or an option is none.
        TargetError: If a name leads nowhere.
        ExerciseError: If the target cannot be built or called.

    >>> import gradcheck, scratchnn, torch
    >>> gradcheck.check(scratchnn.Linear(3, 2), torch.randn(5, 3)).verdict
    <Verdict.VERIFIED: 'verified'>
    """
    chosen = (witnesses,) if isinstance(witnesses, str) else tuple(witnesses)
    name = str(dtype).removeprefix("torch.") if dtype is not None else None
    promises = (contracts,) if isinstance(contracts, str) else tuple(contracts)
    options = Options(
        witnesses=chosen,
        reference=reference,
        seed=seed,
        dtype=name,
        contracts=promises,
        resolution=resolution,
        miss_probability=miss_probability,
        examples=examples,
        order=order,
        shrink=shrink,
        device=None if device is None else str(device),
    )
    wishes = Wishes(init, inputs=inputs, intention=intention_of(convention, expect))
    return check_target(_single(target), options, wishes)


def assert_verified(target: Any, *inputs: Any, **options: Any) -> Result:
    """Check, and raise unless all that was checked is verified: one line of a test.

    Args:
        target: What to check, as of :func:`check`.
        inputs: The arguments of its forward; with none, cases come from the catalogue.
        options: Those of :func:`check`.

    Returns:
        The verified result.

    Raises:
        GradientError: If a gradient or a contract is refuted; its text says what is wrong, where,
            and whose fault it is.
        UndecidedError: If something could not be decided: a test that nobody can trust is red.
        CommandError: As :func:`check` does.

    >>> import gradcheck, scratchnn, torch
    >>> gradcheck.assert_verified(scratchnn.Tanh(), torch.randn(5, 3)).passed
    True
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    result = check(target, *inputs, **options)
    result.raise_unless_verified()
    return result


def _single(target: Any) -> Target:
    if not isinstance(target, str):
        owner = target if inspect.isclass(target) else type(target)
        name = getattr(target, "name", None) or getattr(target, "__qualname__", None)
        said = name if name and isinstance(name, str) else owner.__name__
        return Target(said, target, by_name=False)
    found = resolve(target)
    if len(found) > 1:
        names = ", ".join(one.name for one in found[:3])
        raise CommandError(f"{target} names {len(found)} targets ({names}, ...): check them singly")
    return found[0]
