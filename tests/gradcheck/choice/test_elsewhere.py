"""Further cases: which options take another value, and what is told where they fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

FRAMEWORKS = Path(__file__).parents[2] / "dialects" / "frameworks"
Array = NDArray[np.float64]


class Bend:
    """An option that matters, one that does not, and one that is folded into the gradient."""

    def __init__(self, alpha: float = 1.0, decay: float = 0.0, level: int = 2) -> None:
        self.alpha, self.decay, self.level = alpha, decay, level

    def forward(self, x: Array) -> Array:
        """Bend it at zero."""
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, grad: Array) -> Array:
        """Bend the gradient."""
        return grad * np.where(self.x > 0, 1.0, self.alpha) + self.decay


class OnlyPlain(Bend):
    """Its backward was never written for another alpha."""

    def backward(self, grad: Array) -> Array:
        """Refuse."""
        if self.alpha != 1:
            raise ValueError("alpha is not one")
        return grad


def labels(target: type) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_options_that_change_the_output_take_another_value() -> None:
    """And those that do not, or that mean something else, are left alone."""
    assert labels(Bend) == [
        "input (4, 5)",
        "alpha=0.375; input (4, 5)",
    ]


class Curved(Bend):
    """No multiple of itself far from zero."""

    def forward(self, x: Array) -> Array:
        """Curve it."""
        y: Array = super().forward(x) + x**2
        return y


def test_far_from_zero_is_looked_at_where_that_is_more_than_a_multiple() -> None:
    """As no multiple of an identity is."""
    assert labels(Curved)[-1] == "input (4, 5) far from zero"


def test_a_backward_that_refuses_an_option_is_told_and_decides_nothing() -> None:
    """Its author may not have meant that."""
    result = gradcheck.check(OnlyPlain)
    assert result.verdict == "verified"
    (name,) = [name for name in result.unverified if name.startswith("case ")]
    assert "alpha=0.375" in name
    assert "alpha is not one" in result.unverified[name]


class Transposed:
    """A backward that works for one sample alone, and for a weight that is square."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.random.randn(n_in, n_out)  # noqa: NPY002 as people write it

    def forward(self, x: Array) -> Array:
        """Multiply."""
        self.x = x
        y: Array = x @ self.W
        return y

    def backward(self, grad: Array) -> Array:
        """Forget a transpose."""
        self.dW = self.x @ grad
        dx: Array = grad @ self.W.T
        return dx


def test_a_backward_that_fails_on_a_batch_and_reaches_no_weight_is_undecided() -> None:
    """What fails is shown; a single sample would have hidden it."""
    result = gradcheck.check(Transposed)
    assert result.verdict == "undecided"
    assert "mismatch" in result.explain()


@pytest.mark.parametrize("convention", ["", "batch_mean"])
def test_a_mean_over_columns_is_that_over_the_batch(convention: str) -> None:
    """It is named, and may be declared."""
    target = f"{FRAMEWORKS / 'plain_functions.py'}:Wronglinear"
    result = gradcheck.check(target, convention=convention)
    assert result.verdict == ("verified" if convention else "refuted")
    if not convention:
        assert all("1/batch size, a mean over" in one.message for one in result.refutations)


class LeakyWhenAsked:
    """A slope that is read only where a switch says so, and then forgotten by the backward."""

    def __init__(self, *, leaky: bool = False, slope: float = 0.5) -> None:
        self.slope = slope if leaky else 0.0

    def forward(self, x: Array) -> Array:
        """Bend it at zero."""
        self.x = x
        return np.where(x > 0, x, self.slope * x)

    def backward(self, grad: Array) -> Array:
        """Bend the gradient."""
        return grad * np.where(self.x > 0, 1.0, 0.5 if self.slope else 0.0)


def test_a_switch_takes_along_what_it_alone_lets_matter() -> None:
    """Right at a slope of a half, which is the default."""
    assert labels(LeakyWhenAsked)[1] == "leaky=True, slope=0.375; input (4, 5)"
    assert gradcheck.check(LeakyWhenAsked).verdict == "refuted"


class Guarded:
    """A logistic function that a guard cuts off far out: its gradient is zero there."""

    def forward(self, x: Array) -> Array:
        """Compute."""
        self.x = x
        y: Array = x / (1 + np.exp(-x))
        return y

    def backward(self, grad: Array) -> Array:
        """Guard."""
        s = 1 / (1 + np.exp(-self.x))
        dx: Array = grad * np.where(self.x > 20, 0.0, s + self.x * s * (1 - s))
        return dx


def test_a_guard_that_takes_over_at_20_is_seen() -> None:
    """Some elements lie at 40."""
    assert gradcheck.check(Guarded).verdict == "refuted"


class _Hardened(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: float) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x > -alpha, x, -alpha)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grads[0] * (x > -1), None


class Hardened(nn.Module):
    """A module whose Function forgets the option."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return _Hardened.apply(x, self.alpha)


def test_a_module_of_torch_is_asked_for_other_options_and_far_from_zero() -> None:
    """As any layer."""
    assert labels(Hardened) == [
        "input (4, 5)",
        "alpha=0.375; input (4, 5)",
        "input (4, 5) far from zero",
    ]
    assert gradcheck.check(Hardened).verdict == "refuted"


class Huber:
    """Quadratic up to its delta."""

    def __init__(self, delta: float = 1.0, axis: int = -1) -> None:
        self.delta, self.axis = delta, axis

    def forward(self, pred: Array, target: Array) -> float:
        """Compare."""
        self.d = pred - target
        a = np.abs(self.d)
        values = np.where(a < self.delta, a**2 / 2, self.delta * (a - self.delta / 2))
        return float(values.sum(self.axis).sum())

    def backward(self) -> Array:
        """Cut off at the delta."""
        return np.clip(self.d, -self.delta, self.delta)


class HuberOfOne(Huber):
    """Cut off at one."""

    def backward(self) -> Array:
        """Forget the delta."""
        return np.clip(self.d, -1, 1)


def test_a_loss_is_asked_for_other_options() -> None:
    """One that forgets them is refuted, a right one is not."""
    assert any("delta=0.375" in label for label in labels(Huber))
    assert gradcheck.check(Huber).verdict == "verified"
    assert gradcheck.check(HuberOfOne).verdict == "refuted"


class Softened:
    """A cross-entropy along an axis, of rows that are one-hot along the last alone."""

    def __init__(self, axis: int = -1, clip: float = 1e-7) -> None:
        self.axis, self.clip = axis, clip

    def forward(self, logits: Array, target: Array) -> float:
        """Compare."""
        e = np.exp(logits)
        self.p, self.t = e / e.sum(self.axis, keepdims=True), target
        return float(-(target * np.log(np.clip(self.p, self.clip, 1))).sum())

    def backward(self) -> Array:
        """Fused, as each row of the target is one-hot."""
        difference: Array = self.p - self.t
        return difference


def test_a_loss_is_not_asked_along_another_axis_or_with_another_guard() -> None:
    """Its target is no row there, and a guard keeps a logarithm finite."""
    assert not [label for label in labels(Softened) if "axis" in label or "clip" in label]
    assert gradcheck.check(Softened).verdict == "verified"


class Dropped(nn.Module):
    """At its default, its Function never runs."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.drop = drop

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return _Hardened.apply(x, self.drop) if self.drop else x * 2


class Beside(nn.Module):
    """Its Function runs on another device alone."""

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return _Hardened.apply(x, 1.0) if x.is_cuda else x * 2


def test_a_function_that_never_ran_is_not_verified() -> None:
    """Where an option lets it run, it is checked; else it stays undecided, and is named."""
    assert gradcheck.check(Dropped).verdict == "refuted"
    result = gradcheck.check(Beside)
    assert result.verdict == "undecided"
    assert "no case runs _Hardened" in result.explain()


class Heads:
    """Two heads need an even number of features; the backward scales as one head would."""

    def __init__(self, features: int, heads: int = 1) -> None:
        self.heads, self.scale = heads, float(features)
        self.W = np.random.randn(features, features)  # noqa: NPY002 as people write it

    def forward(self, x: Array) -> Array:
        """Scale each head by its size."""
        self.x = x
        y: Array = (x @ self.W).reshape(len(x), self.heads, -1) * (self.scale / self.heads)
        return y.reshape(x.shape)

    def backward(self, grad: Array) -> Array:
        """Scale by the size of all."""
        self.dW = self.x.T @ grad * self.scale
        dx: Array = grad @ self.W.T * self.scale
        return dx


def test_two_heads_are_asked_with_twice_as_many_features() -> None:
    """Five features they cannot share."""
    assert "features=10, heads=2; input (4, 10)" in labels(Heads)
    assert gradcheck.check(Heads).verdict == "refuted"


class Rectifier:
    """Zero below zero."""

    slope_at_zero = 0.5

    def forward(self, x: Array) -> Array:
        """Cut it off."""
        self.x = x
        return np.maximum(x, 0)

    def backward(self, grad: Array) -> Array:
        """One above, and what is chosen between."""
        return grad * np.where(self.x > 0, 1.0, np.where(self.x == 0, self.slope_at_zero, 0.0))


class SteepRectifier(Rectifier):
    """No slope on either side is two."""

    slope_at_zero = 2.0


class Step:
    """It jumps at zero, where it has no slope at all."""

    def forward(self, x: Array) -> Array:
        """Its sign."""
        return np.sign(x)

    def backward(self, grad: Array) -> Array:
        """Flat."""
        return 0 * grad


@pytest.mark.parametrize(
    ("target", "verdict"), [(Rectifier, "verified"), (SteepRectifier, "refuted")]
)
def test_a_slope_at_zero_is_one_of_those_beside_it(target: type, verdict: str) -> None:
    """Any between them is right."""
    assert gradcheck.check(target).verdict == verdict


def test_what_jumps_at_zero_is_not_asked_there() -> None:
    """Nobody could answer."""
    assert not any("with zeros" in label for label in labels(Step))
    assert gradcheck.check(Step).verdict == "verified"


class Largest:
    """The largest of each row: of equal ones, the first takes all."""

    def forward(self, x: Array) -> Array:
        """Choose."""
        self.shape, self.chosen = x.shape, x.argmax(axis=1)
        y: Array = x.max(axis=1)
        return y

    def backward(self, grad: Array) -> Array:
        """Give it to the chosen."""
        found = np.zeros(self.shape)
        found[np.arange(len(found)), self.chosen] = grad
        return found


class WrongLargest(Largest):
    """Of equal ones, each takes all."""

    def forward(self, x: Array) -> Array:
        """Choose."""
        y = super().forward(x)
        self.largest = x == y[:, None]
        return y

    def backward(self, grad: Array) -> Array:
        """Give it to all that are as large."""
        found: Array = grad[:, None] * self.largest
        return found


class Length:
    """Of each row; of a row of zeros it takes no direction."""

    def forward(self, x: Array) -> Array:
        """Measure."""
        y: Array = np.sqrt((x**2).sum(axis=1))
        self.x, self.y = x, y
        return y

    def backward(self, grad: Array) -> Array:
        """Point outwards."""
        y = np.where(self.y == 0, 1.0, self.y)
        found: Array = grad[:, None] * self.x / y[:, None]
        return found


class WrongLength(Length):
    """Of a row of zeros it is no number."""

    def backward(self, grad: Array) -> Array:
        """Point outwards."""
        with np.errstate(invalid="ignore"):
            found: Array = grad[:, None] * self.x / self.y[:, None]
        return found


@pytest.mark.parametrize("right", [Largest, Length])
def test_what_chooses_a_largest_is_asked_at_ties_and_at_a_row_of_zeros(right: type) -> None:
    """Two that are equal share one gradient, and a norm has one at zero."""
    assert labels(right)[-1] == "input (4, 5) with ties and a row of zeros"
    result = gradcheck.check(right)
    assert result.verdict == "verified"
    assert not any(name.startswith("case") for name in result.unverified)


def test_a_gradient_that_is_no_number_at_a_row_of_zeros_is_refuted() -> None:
    """Where the output is one."""
    assert gradcheck.check(WrongLength).cause == "nonfinite"


def test_equal_ones_that_each_take_all_are_told() -> None:
    """Many poolings do so, in a convention of their own."""
    result = gradcheck.check(WrongLargest)
    assert result.verdict == "verified"
    told = result.unverified["case input (4, 5) with ties and a row of zeros"]
    assert told.startswith("wrong where several are equal")


class WrongMaximum(Function):
    """The same of a Function, which is held to what torch promises."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Choose."""
        y = x.amax(1, keepdim=True)
        ctx.save_for_backward(x == y)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Give it to all that are as large."""
        return grads[0] * ctx.saved_tensors[0]


def test_equal_ones_that_each_take_all_are_refuted_of_a_function() -> None:
    """Torch shares one gradient among them, or gives it to one."""
    result = gradcheck.check(WrongMaximum)
    assert result.cause == "kink"
    assert any("with ties" in one.case for one in result.findings if one.verdict == "refuted")


class Weighted(Largest):
    """The largest of each row times its weights."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.random.default_rng(0).standard_normal((n_in, n_out))

    def forward(self, x: Array) -> Array:
        """Multiply, and choose."""
        self.x = x
        return super().forward(x @ self.W)

    def backward(self, grad: Array) -> Array:
        """Give it to the chosen, and to the weights."""
        found = super().backward(grad)
        self.dW = self.x.T @ found
        dx: Array = found @ self.W.T
        return dx


def test_what_adds_kinks_up_by_weights_is_not_asked_there() -> None:
    """Slopes that are right one by one may add up to no slope."""
    assert not any("ties" in label for label in labels(Weighted))


PADDED = """
import numpy as np

def border_forward(x, pad_param):
    p = pad_param["pad"]
    return 3 * np.pad(x, ((p, p), (p, p))), p

def border_backward(dout, cache):
    p = cache
    return dout[p:END, p:END] * FACTOR
"""


@pytest.mark.parametrize(
    ("end", "factor", "verdict", "told"),
    [
        ("-p", "3", "verified", True),
        ("-p or None", "3", "verified", False),
        ("-p or None", "(3 if p else 2)", "refuted", False),
    ],
)
def test_a_dictionary_of_settings_tells_of_no_padding_as_well(
    tmp_path: Path, end: str, factor: str, verdict: str, *, told: bool
) -> None:
    """``x[p:-p]`` is empty there, which is told."""
    file = tmp_path / "border.py"
    file.write_text(PADDED.replace("END", end).replace("FACTOR", factor))
    result = gradcheck.check(f"{file}:border")
    assert any("without padding" in name for name in result.unverified) == told
    assert result.verdict == verdict
    wrong = [one.case for one in result.findings if one.verdict == "refuted"]
    assert all("without padding" in case for case in wrong)


class Halved:
    """Means of two rows and two columns, by a backward that may know one width alone."""

    def __init__(self, knows_width: int | None = None) -> None:
        self.width = knows_width

    def forward(self, x: Array) -> Array:
        """What is left over at an edge is left out."""
        n, c, h, w = self.shape = x.shape
        even: Array = x[:, :, : h // 2 * 2, : w // 2 * 2]
        means: Array = even.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
        return means

    def backward(self, grad: Array) -> Array:
        """A quarter for each of the four."""
        out = np.zeros(self.shape)
        h, w = (2 * size for size in grad.shape[2:])
        out[:, :, :h, : self.width or w] = grad.repeat(2, axis=2).repeat(2, axis=3) / 4
        return out


class HalvedAtSix(Halved):
    """At any width but six it raises."""

    def __init__(self) -> None:
        super().__init__(knows_width=6)


def test_a_backward_that_raises_for_a_wider_image_leaves_the_target_undecided() -> None:
    """Its forward does not: it is wrong for all images but the first that was tried."""
    assert gradcheck.check(Halved).verdict == "verified"
    result = gradcheck.check(HalvedAtSix)
    assert result.verdict == "undecided"
    assert "HalvedAtSix.backward raised ValueError" in result.explain()
