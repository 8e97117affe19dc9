"""Of several outputs, the one whose contribution is wrong is named."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck

U = torch.randn(3, 4, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def forward(x: Tensor) -> tuple[Tensor, Tensor]:
    """Compute two things at once."""
    return torch.tanh(x), x.sin()


def told(backward: object) -> str:
    """Return the first message."""
    result = gradcheck.check(gradcheck.Pair(forward, backward), U)  # type: ignore[arg-type]
    assert result.refutations, result.explain()
    assert result.refutations[0].cause == "slice", result.explain()
    return result.refutations[0].message


@pytest.mark.parametrize(
    ("backward", "says"),
    [
        (
            lambda g, x: g[0] / torch.cosh(x) ** 2 + 2 * g[1] * x.cos(),
            "wrong only in what comes from outputs[1]: there it is 2 times the true one",
        ),
        (
            lambda g, x: g[1] * x.cos(),
            "wrong only in what comes from outputs[0]: that is left out",
        ),
        (
            lambda g, x: g[0] / torch.cosh(x) + g[1] * x.cos(),
            "wrong only in what comes from outputs[0]; ",
        ),
    ],
)
def test_a_mistake_in_what_one_output_contributes_names_that_output(
    backward: object, says: str
) -> None:
    """A factor too much, nothing at all, and another formula."""
    assert says in told(backward)


def test_what_is_wrong_of_every_output_names_none() -> None:
    """It is no matter of outputs."""
    wrong = gradcheck.Pair(forward, lambda g, x: g[0] / torch.cosh(x) + g[1] * x.sin())
    (finding, *_) = gradcheck.check(wrong, U).refutations
    assert "outputs[" not in finding.message
