"""A constant among the arguments of a plain function: by its default, annotation and name."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor

_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("dim", "axis"), -1),
    **dict.fromkeys(("stride", "strides", "kernel_size", "power", "exponent", "n", "k"), 2),
    **dict.fromkeys(("padding", "pad", "dilation", "groups"), 1),
    **dict.fromkeys(("eps", "epsilon"), 1e-5),
    **dict.fromkeys(("inplace", "in_place"), False),
    **dict.fromkeys(("reduction", "mode"), "mean"),
    **dict.fromkeys(("min", "low", "lower", "min_val", "min_value", "a_min"), -0.5),
    **dict.fromkeys(("max", "high", "upper", "max_val", "max_value", "a_max"), 0.5),
    **dict.fromkeys(("axes", "dims", "perm", "permutation", "order"), (1, 0)),
    **dict.fromkeys(("shape", "new_shape", "newshape", "target_shape", "size"), (-1,)),
    **dict.fromkeys(("training", "train", "is_training", "size_average"), True),
    **dict.fromkeys(
        (
            *("alpha", "negative_slope", "lam", "lambd", "lambda_", "lmbda", "coeff", "factor"),
            *("temperature", "temp", "tau", "p", "momentum", "margin", "threshold", "constant"),
        ),
        0.375,
    ),
}
_BY_ANNOTATION: dict[Any, Any] = {bool: True, int: 2, float: 0.375, str: "mean"}
# Two ends of a range that are one number leave nothing between them.
_BOUNDS = {float: (-0.5, 0.5), int: (0, 3)}
_LOWER, _UPPER = {"min", "low", "lower"}, {"max", "high", "upper"}


def constant_of(parameter: inspect.Parameter) -> Any:
    """A constant, where default, annotation or name say that it is one; else None."""
    if parameter.default not in (None, inspect.Parameter.empty):
        return parameter.default
    annotation = parameter.annotation
    if isinstance(annotation, str):
        annotation = {kind.__name__: kind for kind in _BY_ANNOTATION}.get(annotation, annotation)
    if annotation is Tensor or annotation == "Tensor":
        return None
    by_name = _CONSTANTS.get(parameter.name.lower())
    if annotation in _BY_ANNOTATION:
        same_kind = isinstance(by_name, annotation)
        return by_name if same_kind else _bound(parameter.name, annotation)
    return by_name


def _bound(name: str, kind: type) -> Any:
    """A number of this kind; an end of a range, where some word of its name says that.

    >>> [_bound(name, float) for name in ("grad_min", "upper_limit", "slope")]
    [-0.5, 0.5, 0.375]
    """
    words = set(name.lower().split("_"))
    lower, upper = _BOUNDS.get(kind, (None, None))
    if lower is not None and words & (_LOWER | _UPPER):
        return lower if words & _LOWER else upper
    return _BY_ANNOTATION[kind]
