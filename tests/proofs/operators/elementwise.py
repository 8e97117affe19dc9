"""Functions of single numbers, and of pairs of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 as everybody calls it

from tests.proofs.operators.drawing import Drawn, Operator, between, normal, table

ANY, POSITIVE = normal(3, 4), between(0.2, 3.0, 3, 4)
INSIDE, ABOVE = between(-0.9, 0.9, 3, 4), between(1.2, 4.0, 3, 4)

DOMAINS: dict[str, tuple[Drawn, str]] = {
    "any": (ANY, "sin cos sinh cosh tanh exp exp2 expm1 sigmoid erf erfc atan asinh sinc square"),
    "any, with kinks or jumps": (ANY, "abs positive floor ceil trunc round frac sign sgn"),
    "any, linear": (ANY, "neg deg2rad rad2deg nan_to_num"),
    "inside": (INSIDE, "asin acos atanh erfinv tan"),
    "positive": (
        POSITIVE,
        "log log2 log10 log1p sqrt rsqrt reciprocal lgamma digamma i0",
    ),
    "above": (ABOVE, "acosh"),
}
SPECIAL = {
    "any": "ndtr log_ndtr i0e i1 i1e expit erfcx",
    "positive": "entr psi gammaln xlog1py_of_itself",
}
ACTIVATIONS = (
    "relu relu6 gelu silu mish elu selu celu leaky_relu hardswish hardtanh hardsigmoid softsign "
    "tanhshrink hardshrink softshrink logsigmoid softplus rrelu"
)
PAIRS = (
    "add sub mul div atan2 hypot logaddexp logaddexp2 maximum minimum fmax fmin copysign fmod "
    "remainder"
)


def unary() -> tuple[Operator, ...]:
    """One for each name."""
    rows: list[Operator] = []
    for leaf, names in DOMAINS.values():
        rows += [Operator(name, getattr(torch, name), (leaf,)) for name in names.split()]
    for domain, names in SPECIAL.items():
        rows += [Operator(name, special(name), (DOMAINS[domain][0],)) for name in names.split()]
    rows += [Operator(name, getattr(F, name), (ANY,)) for name in ACTIVATIONS.split()]
    return tuple(rows)


def special(name: str) -> Callable[..., Any]:
    """Of torch.special; one of two arguments with both the same."""
    if name == "xlog1py_of_itself":
        return lambda x: torch.special.xlog1py(x, x)
    function: Callable[..., Any] = getattr(torch.special, name)
    return function


BINARY = tuple(
    Operator(name, getattr(torch, name), (normal(3, 4), between(0.5, 2.0, 4)))
    for name in PAIRS.split()
)
OTHERS = table(
    {
        "pow": (torch.pow, POSITIVE, ANY),
        "square root of a power": (lambda x: torch.pow(x, 1.5), POSITIVE),
        "xlogy": (torch.xlogy, ANY, POSITIVE),
        "lerp": (torch.lerp, ANY, ANY, INSIDE),
        "addcmul": (torch.addcmul, ANY, ANY, ANY),
        "addcdiv": (torch.addcdiv, ANY, ANY, POSITIVE),
        "clamp": (lambda x: torch.clamp(x, -0.5, 0.7), ANY),
        "logit": (lambda x: torch.logit(0.5 + 0.5 * x), INSIDE),
        "polygamma": (lambda x: torch.polygamma(1, x), POSITIVE),
        "mvlgamma": (lambda x: torch.mvlgamma(x, 2), ABOVE),
        "where": (lambda x, y: torch.where(x > y, x * y, x - y), ANY, ANY),
        "threshold": (lambda x: F.threshold(x, 0.1, 20.0), ANY),
        "glu": (lambda x: F.glu(x, dim=1), ANY),
        "prelu": (F.prelu, ANY, between(0.1, 0.9, 1)),
        "float_power": (lambda x: torch.float_power(x, 3), ANY),
        "true_divide by a number": (lambda x: torch.true_divide(x, 7), ANY),
        "rounded quotient": (lambda x, y: torch.div(x, y, rounding_mode="floor"), ANY, POSITIVE),
    }
)

REAL = (*unary(), *BINARY, *OTHERS)
_COMPLEX = (
    "sin cos sinh cosh tanh exp sigmoid atan asinh square abs neg sgn sqrt rsqrt log log2 log10 "
    "reciprocal asin acos tan add sub mul div lerp addcmul addcdiv"
)
COMPLEX = tuple(one.of_complex() for one in REAL if one.name in _COMPLEX.split())
