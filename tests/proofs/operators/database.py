"""Torch's own database of operators, with the samples that its own tests check.

Each sample becomes a function of the tensors in it that ask for a gradient.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.nested import rebuilt, tensors_of

# Eight seconds to import: only where it is asked for.
DATABASE = "torch.testing._internal.common_methods_invocations"
SAMPLES, LARGEST = 2, 400
# Of these, torch's samples hold sparse tensors, or ask for memory that lies behind the input.
REFUSED = {"sparse.sampled_addmm", "sparse.mm.reduce", "as_strided.partial_views"}


@dataclass(frozen=True)
class Sample:
    """One call.

    Attributes:
        name: Of the operator, with the number of the sample.
        function: Of the leaves alone.
        leaves: What it is called with.
        noise: How far torch lets two equal calls be apart.
        twice: Whether torch has a second derivative.
    """

    name: str
    function: Callable[..., Any]
    leaves: tuple[Tensor, ...]
    noise: float
    twice: bool


def samples(dtype: torch.dtype) -> Iterator[Sample]:
    """The smallest and the largest of each operator that torch differentiates in this dtype."""
    for operator in importlib.import_module(DATABASE).op_db:
        name = ".".join(filter(None, (operator.name, operator.variant_test_name)))
        if name not in REFUSED and _is_differentiated(operator, dtype):
            torch.manual_seed(0)
            for number, drawn in enumerate(_chosen(operator, dtype)):
                yield _sample(operator, drawn, f"{name} {number}")


def _is_differentiated(operator: Any, dtype: torch.dtype) -> bool:
    return operator.supports_autograd and dtype in (
        operator.supported_dtypes("cpu") & operator.supported_backward_dtypes("cpu")
    )


def _chosen(operator: Any, dtype: torch.dtype) -> list[Any]:
    drawn = [
        (sum(leaf.numel() for leaf in _leaves(one)), one)
        for one in operator.sample_inputs("cpu", dtype, requires_grad=True)
    ]
    kept = sorted(((n, one) for n, one in drawn if 0 < n <= LARGEST), key=lambda pair: pair[0])
    return [one for _, one in (kept if len(kept) <= SAMPLES else [kept[0], kept[-1]])]


def _arguments(drawn: Any) -> tuple[Any, ...]:
    return drawn.input, drawn.args, drawn.kwargs


def _leaves(drawn: Any) -> list[Tensor]:
    return [tensor for tensor in tensors_of(_arguments(drawn)) if tensor.requires_grad]


def _sample(operator: Any, drawn: Any, name: str) -> Sample:
    leaves = _leaves(drawn)

    def function(*given: Tensor) -> Any:
        made = {id(leaf): value for leaf, value in zip(leaves, given, strict=True)}
        first, args, options = rebuilt(_arguments(drawn), lambda x: made.get(id(x), x))
        found = operator.gradcheck_wrapper(operator.get_op(), first, *args, **options)
        return drawn.output_process_fn_grad(found) if drawn.output_process_fn_grad else found

    function.__name__ = function.__qualname__ = name
    return Sample(
        name, function, tuple(leaves), operator.gradcheck_nondet_tol, operator.supports_gradgrad
    )
