"""Coverage: what the forward reads and nobody has a gradient for."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.errors import ExerciseError
from gradcheck.records import Verdict

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Variable:
    """A parameter."""

    def __init__(self) -> None:
        self.data, self.grad = torch.tensor([1.0, 2.0, 3.0]), None


class Scale:
    """A layer  y = x · held, where nobody lists what is held, and some of it is not read."""

    def __init__(self, held: Any, *unread: Any) -> None:
        self.held, self.unread = held, list(unread)

    def forward(self, x: Any) -> Any:
        return x * self.value()

    def backward(self, grad: Any) -> Any:
        return grad * self.value()

    def value(self) -> Any:
        held = self.held["inner"] if isinstance(self.held, dict) else self.held
        return held.data if isinstance(held, Variable) else held


class Hidden(scratchnn.Linear):
    """torch's Linear, whose bias the list leaves out."""

    def named_parameters(self, prefix: str = "") -> Any:
        return ((name, p) for name, p in super().named_parameters(prefix) if name != "bias")


def check(target: Any, x: Any = X, **options: Any) -> gradcheck.Result:
    """Ask about coverage alone."""
    return gradcheck.check(target, x, contracts=("coverage",), **options)


@pytest.mark.parametrize(
    ("held", "name"),
    [
        (torch.ones(3), "held"),
        (torch.zeros(3), "held"),
        (Variable(), "held"),
        ({"inner": torch.ones(3)}, "held.inner"),
        ({"inner": Variable()}, "held.inner"),
    ],
    ids=["tensor", "zeros", "holder", "inside", "holder inside"],
)
def test_what_is_read_is_named_and_what_is_not_read_is_not(held: Any, name: str) -> None:
    """A stranger's constant may well be one: it is listed, not refuted."""
    result = check(Scale(held, torch.ones(3), Variable()))
    assert result.verdict == "verified"
    assert result.overlooked == (name,)
    assert result.unverified[name] == "the forward reads it, and parameters() does not list it"
    assert result.unverified["coverage"] == result.unverified[name]


def test_an_array_is_found_as_a_tensor_is() -> None:
    """And is what it was afterwards."""
    layer = Scale(np.ones(3), np.ones(3))
    assert check(layer, X.numpy()).overlooked == ("held",)
    assert layer.held.tolist() == [1.0, 1.0, 1.0]


def test_where_all_that_is_read_is_listed_coverage_is_verified() -> None:
    """Also for what only calls leave behind: it is written before it is read."""
    layer = scratchnn.Sequential(scratchnn.Linear(3, 3), scratchnn.Tanh())
    result = check(layer)
    assert "coverage" in {finding.check for finding in result.findings}
    used = Scale(2.0)
    used.unread.append(used.forward(X))
    assert "coverage" not in check(used).unverified


def test_a_parameter_that_torch_has_and_the_list_lacks_is_refuted() -> None:
    """By the name that it bears in torch."""

    class Linear(Hidden):
        torch_conventions = False

        def backward(self, grad_output: Tensor) -> Tensor:
            returned = super().backward(grad_output)
            vars(self.bias)["grad"] = None
            return returned

    result = check(Linear(3, 2), reference="none")
    (finding,) = result.refutations
    assert (finding.check, finding.leaf, finding.cause) == ("coverage", "bias", "missing_term")
    assert "torch's counterpart has it as a parameter" in finding.message


def test_a_hidden_parameter_is_refuted_where_more_is_promised() -> None:
    """Whatever its name."""
    (finding,) = check(Hidden(3, 2), reference="none").refutations
    assert finding.message.endswith("named_parameters() does not list it")


def test_who_lists_nothing_that_is_understood_is_not_refuted() -> None:
    """Torch's names, and another dialect of keeping gradients."""

    class Linear(Scale):
        in_features = out_features = 3

        def __init__(self) -> None:
            super().__init__(None)
            self.weight = torch.ones(3)

        def value(self) -> Any:
            return self.weight

    assert check(Linear()).overlooked == ("weight",)


def test_running_statistics_that_are_only_kept_are_not_missed() -> None:
    """In evaluation they are read, and named."""

    class Norm:
        def __init__(self, *, training: bool) -> None:
            self.running_mean, self.training = torch.ones(3), training

        def forward(self, x: Tensor) -> Tensor:
            mean = x.mean(0) if self.training else self.running_mean
            self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean(0)
            return x - mean

        def backward(self, grad: Tensor) -> Tensor:
            return grad - grad.mean(0) if self.training else 1 * grad

    assert check(Norm(training=True)).overlooked == ()
    assert check(Norm(training=False)).overlooked == ("running_mean",)


def test_switched_off_everything_unlisted_is_named() -> None:
    """Nobody has looked which of it is read."""
    result = gradcheck.check(Scale(torch.ones(3), torch.ones(3)), X, contracts=())
    assert result.overlooked == ("held", "unread.0")


class Half:
    """A layer  y = x · w + b  that has a gradient for w alone."""

    def __init__(self, *, together: bool) -> None:
        w, b = np.full(3, 0.5), np.full(3, 0.25)
        self.held: Any = {"w": w, "b": b} if together else None
        self.w: Any = None if together else w
        self.b: Any = None if together else b
        self.grads = {"w": np.zeros(3)}

    def forward(self, x: Any) -> Any:
        self.x = x
        return x * self.weights["w"] + self.weights["b"]

    def backward(self, grad: Any) -> Any:
        self.grads["w"] = (grad * self.x).sum(axis=0)
        return grad * self.weights["w"]

    @property
    def weights(self) -> Any:
        return self.held or {"w": self.w, "b": self.b}


@pytest.mark.parametrize("together", [False, True])
def test_a_weight_without_a_gradient_beside_one_that_has_one_is_undecided(
    *, together: bool
) -> None:
    """It was forgotten, or is meant to stay as it is: a verdict on the rest would hide it."""
    name = "held.b" if together else "b"
    result = check(Half(together=together), X.numpy())
    (doubt,) = [finding for finding in result.findings if finding.verdict == "undecided"]
    assert result.verdict == "undecided"
    assert (doubt.check, doubt.leaf) == ("coverage", name)
    assert f'expect = {{ "{name}" = "constant" }}' in doubt.message
    meant = check(Half(together=together), X.numpy(), expect={name: "constant"})
    assert meant.verdict == "verified"
    assert f"declared: {name} is constant" in meant.notes


@pytest.mark.parametrize(
    ("expect", "why"),
    [({"w": "constant"}, "a gradient is claimed for it"), ("constant", "nothing is called so")],
)
def test_only_what_has_no_gradient_may_be_declared_constant(expect: Any, why: str) -> None:
    """A claim is a claim, and an input no weight."""
    with pytest.raises(ExerciseError, match=why):
        check(Half(together=False), X.numpy(), expect=expect)


def test_a_table_beside_a_weight_may_be_a_constant() -> None:
    """As positions of a sequence are: its name is no weight's."""

    class Shifted(Half):
        def __init__(self) -> None:
            super().__init__(together=False)
            self.table = self.b.copy()

        @property
        def weights(self) -> Any:
            return {"w": self.w, "b": self.table}

    result = check(Shifted(), X.numpy())
    assert result.verdict == "verified"
    assert result.overlooked == ("table",)


class Stepping:
    """It takes Adam's step in its backward, and leaves no gradient."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.weights = np.linspace(-1, 1, n_out * n_in).reshape(n_out, n_in)
        self.bias = np.ones((n_out, 1))
        self.m_w, self.v_w = np.zeros_like(self.weights), np.zeros_like(self.weights)
        self.m_b, self.v_b = np.zeros_like(self.bias), np.zeros_like(self.bias)
        self.t = 0

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.weights.T + self.bias.T

    def backward(self, output_gradient: Any, learning_rate: float) -> Any:
        self.t += 1
        input_gradient = output_gradient @ self.weights
        dw = output_gradient.T @ self.x
        db = output_gradient.sum(axis=0, keepdims=True).T
        self.m_w = 0.9 * self.m_w + 0.1 * dw
        self.v_w = 0.99 * self.v_w + 0.01 * dw**2
        self.m_b = 0.9 * self.m_b + 0.1 * db
        self.v_b = 0.99 * self.v_b + 0.01 * db**2
        self.weights -= learning_rate * self._scaled(self.m_w, self.v_w)
        self.bias -= learning_rate * self._scaled(self.m_b, self.v_b)
        return input_gradient

    def _scaled(self, m: Any, v: Any) -> Any:
        return m / (1 - 0.9**self.t) / (np.sqrt(v / (1 - 0.99**self.t)) + 1e-8)


def test_a_gradient_that_is_used_up_in_an_optimizers_step_is_undecided() -> None:
    """What Adam does with a wrong one looks as good; that of the input is told."""
    result = gradcheck.check(Stepping(5, 3), np.random.default_rng(0).normal(size=(4, 5)))
    assert result.verdict == Verdict.UNDECIDED
    assert [one.verdict for one in result.findings if one.leaf == "input"] == [Verdict.VERIFIED]
    (open_one,) = [one for one in result.findings if one.check == "coverage"]
    assert "moves weights by a step of an optimizer of its own" in open_one.message


class Momentum:
    """Its step is that of a velocity which holds the rate."""

    def __init__(self, lr: float = 0.1) -> None:
        self.W, self.v, self.lr = np.linspace(-1, 1, 15).reshape(5, 3), np.zeros((5, 3)), lr

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W

    def backward(self, g: Any) -> Any:
        dx = g @ self.W.T
        self.v = 0.9 * self.v - self.lr * (self.x.T @ g)
        self.W += self.v
        return dx


def test_a_step_with_momentum_is_no_gradient() -> None:
    """The second is longer than the first: nobody is refuted for that."""
    result = gradcheck.check(Momentum(), np.random.default_rng(0).normal(size=(4, 5)))
    assert result.verdict == Verdict.UNDECIDED, result.explain()
    assert not result.refutations


class Thresholds:
    """The gradient of its weights is a sum too many: a number, and one is wanted for each."""

    def __init__(self) -> None:
        self.thresholds = np.array([0.5, -0.5, 0.25])

    def forward(self, x: Any) -> Any:
        self.x = x
        return np.tanh(x - self.thresholds)

    def backward(self, g: Any) -> Any:
        slope = g * (1 - np.tanh(self.x - self.thresholds) ** 2)
        self.threshold_grads = -slope.sum()
        return slope


def test_a_gradient_that_does_not_fit_its_weight_is_undecided() -> None:
    """It is called its gradient: nobody says that the weight is meant to have none."""
    result = gradcheck.check(Thresholds(), np.random.default_rng(0).normal(size=(4, 3)))
    assert result.verdict == Verdict.UNDECIDED
    (open_one,) = [one for one in result.findings if one.check == "coverage"]
    assert "thresholds, and threshold_grads is called its gradient" in open_one.message
