"""What the names of two arguments say: which is a prediction, a target or a gradient."""

from __future__ import annotations

from collections.abc import Sequence

from gradcheck.adapters.vocabulary import (
    COTANGENT,
    GRADIENT,
    PREDICTION,
    SURELY_TARGET,
    TARGET,
    means,
)


def prediction_of(arguments: tuple[str, ...]) -> int:
    """Where the prediction stands: first, unless the names say otherwise.

    >>> [prediction_of(names) for names in (("y_true", "y"), ("y", "p"), ("a", "b"))]
    [1, 1, 0]
    """
    first, second = arguments[:2]
    surely = [means(SURELY_TARGET, name) for name in (first, second)]
    if surely.count(True) == 1:
        return 1 if surely[0] else 0
    likes_target = is_target(first) and not is_prediction(first)
    swapped = likes_target and not (is_target(second) and not is_prediction(second))
    return 1 if swapped and (is_prediction(second) or not is_target(second)) else 0


def is_given_a_gradient(names: Sequence[str]) -> bool:
    """Whether one of these arguments is named as one, and none as a target.

    >>> is_given_a_gradient(["dA", "z"]), is_given_a_gradient(["a", "y"])
    (True, False)
    >>> is_given_a_gradient(["dvalues", "y_true"]), is_given_a_gradient(["desired"])
    (False, False)
    """
    if any(means(SURELY_TARGET, name) for name in names):
        return False
    return any(
        means(COTANGENT, name) or (means(GRADIENT, name) and not means(TARGET, name))
        for name in names
    )


def is_target(name: str) -> bool:
    """Whether it may be what a prediction is compared with."""
    return means(TARGET, name)


def is_prediction(name: str) -> bool:
    """Whether it may be what is compared with a target."""
    return means(PREDICTION, name)
