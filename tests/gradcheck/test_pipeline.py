"""A whole check: what is found, what is only noted, and what is never mistaken for an error."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.records import CONTRACTS

X = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(4, 5)


class Clipped(scratchnn.Linear):
    """A backward that is right only for small cotangents."""

    def backward(self, grad_output: Tensor) -> Tensor:
        """Clip what flows in."""
        return super().backward(grad_output.clamp(-1, 1))


class WithConstant(scratchnn.Module):
    """A layer that holds a float32 tensor which is no parameter."""

    def __init__(self) -> None:
        self.mixing = torch.ones(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the columns."""
        return x @ self.mixing

    def backward(self, grad_output: Tensor) -> Tensor:
        """Mix them back."""
        return grad_output @ self.mixing.T


def test_every_scratchnn_layer_and_loss_is_verified_in_all_its_cases() -> None:
    """No case of the project's own is left out: nothing raises, nothing stays undecided."""
    for name in ("Linear", "ReLU", "Tanh", "Sigmoid", "MSELoss", "L1Loss", "Sequential"):
        result = gradcheck.check(f"scratchnn.{name}")
        assert result.verdict == "verified", result.explain()
        assert not [entry for entry in result.unverified if entry.startswith("case")]


def test_a_layer_used_twice_in_a_chain_is_not_mistaken_for_a_wrong_forward() -> None:
    """Torch's counterpart must hold it twice as well."""
    layer, tanh = scratchnn.Linear(5, 5), scratchnn.Tanh()
    chain = scratchnn.Sequential(layer, tanh, layer, tanh)
    assert gradcheck.check(chain, X).verdict == "verified"


@pytest.mark.parametrize("seed", range(6))
def test_every_witness_looks_at_every_draw(seed: int) -> None:
    """A cotangent that is too small to be clipped must not speak for one that is not."""
    result = gradcheck.check(Clipped(5, 8), X, seed=seed)
    assert result.verdict == "refuted", result.explain()


def test_a_constant_in_float32_does_not_stop_a_check_in_float64() -> None:
    """The private copy computes in float64 throughout; the user's object stays as it was."""
    layer = WithConstant()
    assert gradcheck.check(layer, X.float()).verdict == "verified"
    assert layer.mixing.dtype == torch.float32


def test_a_forward_that_returns_a_python_float_is_checked_in_full_precision() -> None:
    """A loss often ends in float(...), which is a float64."""
    pair = gradcheck.Pair(
        lambda x: float((x.numpy() ** 2).sum()), lambda g, x: 2 * x * g.to(x.dtype)
    )
    assert gradcheck.check(pair, X).verdict == "verified"


def test_what_nobody_checked_is_listed_with_its_reason() -> None:
    """Silence would read as praise."""
    result = gradcheck.check(scratchnn.MSELoss(), X, X.flip(0))
    assert result.unverified["target"].startswith("a loss's backward returns")
    examined = {finding.check for finding in result.findings if finding.is_contract}
    assert set(CONTRACTS) == examined | (set(CONTRACTS) & set(result.unverified))
    assert not examined & set(result.unverified)


def test_a_gradient_of_the_wrong_shape_is_refuted_before_any_number_is_compared() -> None:
    """Shapes are named, both of them; another number of elements is no gradient at all."""
    pair = gradcheck.Pair(lambda x: x.sum(), lambda g, x: g * torch.ones(3))
    finding = gradcheck.check(pair, X).findings[0]
    assert (finding.verdict, finding.cause) == ("refuted", "shape")
    assert finding.message == "the gradient of input has shape (3,), input has (4, 5)"


def test_a_gradient_that_holds_nan_is_refuted() -> None:
    """The output is finite, so the gradient of this smooth function is too."""
    pair = gradcheck.Pair(torch.sin, lambda g, x: g * x / 0 * 0)
    assert gradcheck.check(pair, X).cause == "nonfinite"


def test_the_same_seed_gives_the_same_result() -> None:
    """Every number follows from the seed, timings aside."""
    first, second = (gradcheck.check("scratchnn.Linear", seed=7).to_dict() for _ in range(2))
    for result in (first, second):
        del result["seconds"]
    assert first == second


def test_a_wrong_forward_with_a_consistent_backward_is_blamed_on_the_forward() -> None:
    """The gradient of twice the function is right; the function is not torch's."""

    class Tanh(scratchnn.Tanh):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * super().forward(x)

        def backward(self, grad_output: Tensor) -> Tensor:
            return super().backward(2 * grad_output)

    result = gradcheck.check(Tanh(), X)
    assert result.cause == "wrong_forward"
    finding = result.refutations[0]
    assert "the backward is right for this forward" in finding.message
    assert finding.source is not None
    assert finding.source.function.endswith("Tanh.forward")


def test_a_wrong_backward_is_found_by_each_witness_alone() -> None:
    """None of them leans on another."""

    class Tanh(scratchnn.Tanh):
        def backward(self, grad_output: Tensor) -> Tensor:
            return 0.5 * super().backward(grad_output)

    for witness in ("numeric", "autograd", "reference"):
        assert gradcheck.check(Tanh(), X, witnesses=(witness,)).verdict == "refuted", witness


def test_a_backward_that_returns_nothing_is_refuted() -> None:
    """A forgotten return is the plainest of mistakes."""

    class Tanh(scratchnn.Tanh):
        def backward(self, grad_output: Tensor) -> Tensor:
            super().backward(grad_output)
            return None  # type: ignore[return-value] # the mistake

    result = gradcheck.check(Tanh(), X)
    assert result.verdict == "refuted"
    assert "is there a `return`?" in result.refutations[0].message


def test_without_any_gradient_nothing_is_verified() -> None:
    """A forward that agrees with torch's says nothing of the backward."""
    pair = gradcheck.Pair(torch.sin, lambda g, x: None)
    assert gradcheck.check(pair, X).verdict == "undecided"


def test_a_forward_that_draws_random_numbers_draws_the_same_each_time() -> None:
    """Dropout in training has a gradient: that of the mask that was drawn."""

    class Noisy:
        def forward(self, x: Tensor) -> Tensor:
            self.mask = torch.rand(x.shape) < 0.5
            return x * self.mask

        def backward(self, grad_output: Tensor) -> Tensor:
            return grad_output * self.mask

    assert gradcheck.check(Noisy(), X).verdict == "verified"


def test_a_layer_that_exits_costs_one_line() -> None:
    """`sys.exit(0)` in somebody's forward must not look like success."""

    def forward(x: Tensor) -> Tensor:
        raise SystemExit(0)

    with pytest.raises(gradcheck.ExerciseError, match=r"forward raised SystemExit"):
        gradcheck.check(gradcheck.Pair(forward, lambda g, x: g), X)


def test_a_forward_that_overwrites_what_its_derivative_needs_is_checked_without_autograd() -> None:
    """Torch refuses to differentiate it; finite differences do not care."""

    def forward(x: Tensor) -> Tensor:
        y = torch.tanh(x)
        y *= 2
        return y

    result = gradcheck.check(
        gradcheck.Pair(forward, lambda g, x: 2 * g * (1 - torch.tanh(x) ** 2)), X
    )
    assert result.verdict == "verified"


def test_what_somebodys_code_raises_from_unexpected_places_is_one_line() -> None:
    """Here parameters() itself."""

    class Broken(scratchnn.Tanh):
        def named_parameters(self, prefix: str = "") -> None:  # type: ignore[override] # breaks on purpose
            raise KeyError(prefix)

    with pytest.raises(gradcheck.ExerciseError, match="KeyError"):
        gradcheck.check(Broken(), X)


class _TorchLinear(torch.nn.Module):
    """A torch module with a backward of its own, and torch's own parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(3, 5))

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x @ self.weight.T

    def backward(self, grad_output: Tensor) -> Tensor:
        with torch.no_grad():
            self.weight.grad = grad_output.T @ self.x
            return grad_output @ self.weight


class _PlainLinear:
    """Plain tensors, gradients in attributes, nothing listed."""

    def __init__(self) -> None:
        self.W = torch.randn(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x @ self.W

    def backward(self, grad_output: Tensor) -> Tensor:
        self.dW = self.x.T @ grad_output / 99
        return grad_output @ self.W.T


class _Zeroed:
    """A parameter whose gradient starts at zeros, to be added to in place."""

    def __init__(self) -> None:
        self.data, self.grad = torch.randn(5), torch.zeros(5)


class _Scale:
    """A layer that says `+=`."""

    def __init__(self) -> None:
        self.factor = _Zeroed()

    def parameters(self) -> list[_Zeroed]:
        return [self.factor]

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x * self.factor.data

    def backward(self, grad_output: Tensor) -> Tensor:
        self.factor.grad += (grad_output * self.x).sum(dim=0)
        return grad_output * self.factor.data


@pytest.mark.parametrize("witness", ["numeric", "autograd"])
def test_torch_parameters_are_followed_by_every_witness(witness: str) -> None:
    """A tensor that is a parameter itself is replaced, so that autograd sees its value."""
    result = gradcheck.check(_TorchLinear(), X, witnesses=(witness,))
    assert result.verdict == "verified", result.explain()
    gradients = {finding.leaf for finding in result.findings if finding.check == "gradient"}
    assert gradients == {"input", "weight"}


def test_a_wrong_gradient_of_a_torch_parameter_is_refuted() -> None:
    """Also where the tensor itself carries it."""

    class Wrong(_TorchLinear):
        def backward(self, grad_output: Tensor) -> Tensor:
            returned = super().backward(grad_output)
            assert self.weight.grad is not None
            self.weight.grad = self.weight.grad / 4
            return returned

    result = gradcheck.check(Wrong(), X)
    assert [finding.leaf for finding in result.refutations] == ["weight"]
    assert result.cause == "factor"


def test_a_gradient_that_nobody_lists_is_found_by_its_name() -> None:
    """That of W is wrong here."""
    (refuted,) = gradcheck.check(_PlainLinear(), X).refutations
    assert refuted.leaf == "W"


def test_a_tensor_that_nobody_lists_is_named_as_not_verified() -> None:
    """Its gradient is computed and thrown away: it cannot be found, and is not passed over."""

    class Silent(_PlainLinear):
        def backward(self, grad_output: Tensor) -> Tensor:
            return grad_output @ self.W.T

    result = gradcheck.check(Silent(), X)
    assert result.overlooked == ("W",)
    assert "not verified: W" in result.explain()


class _Recurrent(scratchnn.Module):
    """A cell that carries its hidden state on from step to step: h' = tanh(x W + h)."""

    def __init__(self) -> None:
        self.weight = scratchnn.Parameter(torch.randn(5, 3))
        self.hidden = torch.zeros(3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.tanh(x @ self.weight.data + self.hidden)
        self.save(x, hidden, output=hidden)
        self.hidden = hidden.detach()
        return hidden.clone()

    def backward(self, grad_output: Tensor) -> Tensor:
        x, hidden = self.saved(grad_output)
        g = grad_output * (1 - hidden**2)
        self.weight.accumulate(x.T @ g)
        return g @ self.weight.data.T


def test_a_layer_that_keeps_state_between_forwards_is_right_and_the_reader_is_told() -> None:
    """After an earlier step it is another function: its gradient is not held to the fresh one's."""
    result = gradcheck.check(_Recurrent(), X)
    assert result.verdict == "verified", result.explain()
    assert any("keeps state between forwards" in note for note in result.notes)


def test_a_wrong_layer_that_keeps_state_is_refuted() -> None:
    """A fresh object has a gradient, too."""

    class Wrong(_Recurrent):
        def backward(self, grad_output: Tensor) -> Tensor:
            return super().backward(grad_output) * 0.5

    result = gradcheck.check(Wrong(), X)
    assert [finding.leaf for finding in result.refutations] == ["input"], result.explain()


def test_a_backward_that_keeps_what_its_forward_does_not_is_refuted() -> None:
    """A stale cache: the second forward is right, its gradient is that of the first."""

    class Stale(scratchnn.Tanh):
        kept: Tensor | None = None

        def backward(self, grad_output: Tensor) -> Tensor:
            (y,) = self.saved(grad_output)
            self.kept = y if self.kept is None else self.kept
            return grad_output * (1 - self.kept**2)

    result = gradcheck.check(Stale(), X, contracts=())
    assert result.verdict == "refuted", result.explain()
    assert not result.notes


def test_a_gradient_that_starts_at_zeros_starts_there_in_every_call() -> None:
    """`+=` works, and adds nothing of an earlier call."""
    assert gradcheck.check(_Scale(), X).verdict == "verified"
