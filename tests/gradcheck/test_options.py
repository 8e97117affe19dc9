"""What may be chosen about a check: every refusal, and what a choice changes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck import Finding, Pair, Result, Verdict
from gradcheck.errors import CommandError
from gradcheck.options import Options

ALL_CONTRACTS = (
    "linearity, accumulation, purity, aliasing, determinism, call_order, layout, shape, dtype, "
    "batch, coverage, symmetry, forward_mode, frozen, unused, vmap"
)
CUBE = Pair(lambda x: x**3, lambda g, x: 3 * x**2 * g, "cube")
POINT = torch.tensor([0.3, -1.7, 2.9], dtype=torch.float64)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"dtype": "int8"}, "dtype=int8: choose from float64, float32, float16, bfloat16"),
        (
            {"witnesses": ("oracle",)},
            "witnesses=('oracle',): choose from numeric, autograd, reference",
        ),
        ({"witnesses": ()}, "witnesses=(): choose from numeric, autograd, reference"),
        (
            {"witnesses": ("reference",), "reference": "none"},
            "the reference is the only witness, and it is none: name one",
        ),
        (
            {"contracts": ("pure",)},
            f"contract pure: did you mean purity? All are: {ALL_CONTRACTS}",
        ),
        (
            {"resolution": 0.0},
            "resolution=0.0: expected a relative error between 0 and 1, as 1e-9",
        ),
        (
            {"resolution": 1.0},
            "resolution=1.0: expected a relative error between 0 and 1, as 1e-9",
        ),
        (
            {"resolution": math.nan},
            "resolution=nan: expected a relative error between 0 and 1, as 1e-9",
        ),
        (
            {"miss_probability": 0.0},
            "miss_probability=0.0: expected a chance between 1e-12 and 1, as 1e-6",
        ),
        (
            {"miss_probability": 1.0},
            "miss_probability=1.0: expected a chance between 1e-12 and 1, as 1e-6",
        ),
        (
            {"miss_probability": math.nan},
            "miss_probability=nan: expected a chance between 1e-12 and 1, as 1e-6",
        ),
    ],
)
def test_what_is_no_choice_is_refused_in_one_line(choice: dict[str, object], told: str) -> None:
    """With what was said, and what could have been."""
    with pytest.raises(CommandError) as refusal:
        Options(**choice)  # type: ignore[arg-type]
    assert str(refusal.value) == told


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"dtype": "bfloat16"},
        {"witnesses": ("reference",)},
        {"reference": "none"},
        {"contracts": ()},
        {"resolution": 1e-300, "miss_probability": 1e-12},
        {"resolution": 0.999, "miss_probability": 0.999},
    ],
)
def test_what_is_a_choice_is_taken(choice: dict[str, object]) -> None:
    """At the edges of what makes sense, too."""
    options = Options(**choice)  # type: ignore[arg-type]
    assert {name: getattr(options, name) for name in choice} == choice


def test_the_reference_is_asked_where_it_is_among_the_witnesses_and_not_none() -> None:
    """Either way of leaving it out is one."""
    assert Options().asks_reference
    assert not Options(reference="none").asks_reference
    assert not Options(witnesses=("numeric",)).asks_reference


# How sharp, and how sure.


def numeric_alone(
    pair: Pair = CUBE,
    x: Tensor = POINT,
    *,
    resolution: float | None = None,
    miss_probability: float = 1e-3,
    seed: int = 0,
) -> Result:
    """What finite differences say, asked like this."""
    return gradcheck.check(
        pair,
        x,
        witnesses=("numeric",),
        contracts=(),
        seed=seed,
        resolution=resolution,
        miss_probability=miss_probability,
    )


def only_finding(result: Result) -> Finding:
    """The one finding of a result that has one."""
    (finding,) = result.findings
    return finding


@pytest.mark.parametrize(
    ("miss_probability", "directions"), [(0.1, 2), (1e-3, 2), (1e-6, 4), (1e-12, 8)]
)
def test_a_smaller_chance_of_a_miss_is_bought_with_more_directions(
    miss_probability: float, directions: int
) -> None:
    """Each direction costs forwards, and each is measured under both cotangents."""
    result = numeric_alone(miss_probability=miss_probability)
    (comparison,) = only_finding(result).comparisons
    assert len(comparison.projections) == 2 * directions
    assert result.verdict == Verdict.VERIFIED
    assert result.miss_probability == miss_probability


def test_an_element_by_element_comparison_misses_nothing() -> None:
    """Where autograd is sharper than finite differences, no chance is involved."""
    result = gradcheck.check(CUBE, POINT, contracts=(), miss_probability=1e-6)
    assert result.miss_probability == 0.0


def test_what_is_asked_for_and_reached_is_verified() -> None:
    """Finite differences of a cube show an error of 1e-10."""
    result = numeric_alone(resolution=1e-10)
    assert result.verdict == Verdict.VERIFIED
    assert result.resolution is not None
    assert result.resolution <= 1e-10


def test_what_is_out_of_reach_of_finite_differences_is_undecided_and_told_why() -> None:
    """The smallest error that would have shown, and what would help."""
    finding = only_finding(numeric_alone(resolution=1e-15))
    assert finding.verdict == Verdict.UNDECIDED
    start, _, rest = finding.message.partition(", and ")
    assert start == "nothing speaks against it, but an error of 1e-15 was asked to show"
    size, _, help_ = rest.partition(" is the smallest that would have: ")
    assert float(size) == pytest.approx(finding.resolution, rel=0.1)
    assert help_ == (
        "float64 outputs leave finite differences no more; ask autograd or the reference too, "
        "inputs nearer to one, or a larger chance of a miss than 0.001"
    )


def test_what_is_out_of_reach_of_all_is_undecided_and_told_why() -> None:
    """Two right gradients differ by their rounding: nobody sees below that."""
    result = gradcheck.check(CUBE, POINT, contracts=(), resolution=1e-14)
    finding = only_finding(result)
    assert (result.verdict, finding.verdict) == (Verdict.UNDECIDED, Verdict.UNDECIDED)
    assert finding.message == (
        "nothing speaks against it, but an error of 1e-14 was asked to show, and 9.1e-13 is the "
        "smallest that would have: that is as far as the rounding of float64 lets two right "
        "gradients differ"
    )


def test_an_error_is_refuted_whatever_was_asked() -> None:
    """A wish is no tolerance: what shows is told."""
    wrong = Pair(CUBE.forward, lambda g, x: 1.0001 * 3 * x**2 * g)
    for resolution in (None, 0.5, 1e-15):
        assert numeric_alone(wrong, resolution=resolution).verdict == Verdict.REFUTED


def test_a_coarser_answer_counts_where_it_is_asked_for() -> None:
    """Noise hides a gradient below a thousandth; nobody who asks for a hundredth minds."""

    def noisy(x: Tensor) -> Tensor:
        return x + 1e-7 * torch.sin(1e13 * x)

    pair = Pair(noisy, lambda g, x: g.clone())
    x = torch.linspace(1, 2, 30, dtype=torch.float64)
    by_default = only_finding(numeric_alone(pair, x))
    assert by_default.verdict == Verdict.UNDECIDED
    assert by_default.resolution is not None
    assert 1e-6 < by_default.resolution < 0.1
    asked = only_finding(numeric_alone(pair, x, resolution=0.1))
    assert asked.verdict == Verdict.VERIFIED
    assert asked.resolution == pytest.approx(by_default.resolution)


def test_a_layer_is_held_to_what_is_asked_leaf_by_leaf() -> None:
    """Every gradient of a layer must be seen as sharply."""
    layer, x = scratchnn.Linear(3, 2), torch.randn(5, 3)
    result = gradcheck.check(layer, x, witnesses=("numeric",), contracts=(), resolution=1e-15)
    judged = {finding.leaf: finding.verdict for finding in result.findings if finding.leaf}
    judged.pop("output", None)
    assert judged.keys() >= {"input", "weight", "bias"}
    gradients = [f for f in result.findings if f.check == "gradient"]
    assert {f.verdict for f in gradients} == {Verdict.UNDECIDED}
