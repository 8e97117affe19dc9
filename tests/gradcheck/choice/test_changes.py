"""Which options take another value, and which."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from gradcheck.choice.changes import changes, is_computed


@pytest.mark.parametrize(
    "name",
    [
        *("beta", "theta", "aggregate", "from_logits", "log_target", "constraint", "clip"),
        *("layerscale_init", "weight_init_scale", "stdev_scale", "replace", "algebra"),
    ],
)
def test_a_word_inside_of_another_says_nothing(name: str) -> None:
    """A beta is no eta."""
    assert is_computed(name)


@pytest.mark.parametrize(
    "name",
    [
        *("eta", "lr", "learning_rate", "learningRate", "weight_decay", "l2", "l2_reg", "eps"),
        *("batch_eps", "random_seed", "requires_grad", "grad_clip", "is_training", "init_std"),
        *("log_every", "is_output_layer", "in_place", "use_cache", "regularization"),
    ],
)
def test_what_says_how_to_learn_begin_or_report_is_left_alone(name: str) -> None:
    """As a word of its own, in every spelling."""
    assert not is_computed(name)


def changed(default: Any, name: str = "value") -> Any:
    """What an option with this default becomes; None where it is left."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return changes([inspect.Parameter(name, kind, default=default)]).get(name)


def test_a_number_that_keeps_a_forward_finite_is_left_alone() -> None:
    """A tiny one below a logarithm, a large one around an exponential."""
    assert changed(1.0) == changed(0.0) == changed(6.0) == 0.375
    assert changed(1e-7) is changed(500.0) is None


def test_a_window_stays_odd_and_a_word_gets_its_opposite() -> None:
    """Sizes grow by one, those of windows by two."""
    assert (changed(1), changed(3), changed((1, 2))) == (2, 5, (2, 3))
    assert (changed("mean"), changed("SAME"), changed("relu")) == ("sum", "VALID", None)
    assert (changed(None, "stride"), changed(-1, "axis"), changed(0, "dim")) == (1, 0, 1)
