"""A ``torch.autograd.Function`` as a subject: what it claims, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.adapters import function
from gradcheck.adapters.function import NO_EFFECT, OUTPUTS_MOVE
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.subject import Subject, vjp

X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)
W = torch.linspace(2, 3, 15, dtype=torch.float64).reshape(3, 5)


class Dense(Function):
    """A right one, in two inputs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x, weight)
        return x @ weight.T

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        x, weight = ctx.saved_tensors
        return grad_outputs[0] @ weight, grad_outputs[0].T @ x


class WithoutWeight(Dense):
    """Claims nothing for the weight."""

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        _, weight = ctx.saved_tensors
        return grad_outputs[0] @ weight, None


class Unread(Function):
    """The second input changes nothing, and has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, unread: Tensor) -> Tensor:
        """Compute."""
        del ctx, unread
        return 2 * x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx
        return 2 * grad_outputs[0], None


class Raises(Dense):
    """A backward that cannot be called."""

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx, grad_outputs
        raise ValueError("no backward today")


class Unmarked(Dense):
    """No output has a gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        """Compute."""
        y = x @ weight.T
        ctx.mark_non_differentiable(y)
        return y


class Abstract(Function):
    """Has no backward of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        del ctx
        return x


def adapted(kind: Any, *inputs: Any) -> Subject:
    """Adapt in float64."""
    return function.adapt(kind, inputs, {}, torch.float64)


def test_a_function_is_told_from_what_is_none() -> None:
    """Torch's own, the base itself and what lacks a half are no targets."""
    assert function.recognises(Dense)
    torchs_own = torch.autograd.function.InplaceFunction
    for other in (Function, torchs_own, Abstract, torch.nn.Linear, 3):
        assert not function.recognises(other)


def test_the_claims_are_those_of_torch() -> None:
    """At the values asked for, for the cotangent given."""
    subject = adapted(Dense, X, W)
    u = torch.randn(4, 3, dtype=torch.float64)
    claims = vjp(subject, (2 * X, W), (u,))
    assert [leaf.name for leaf in subject.leaves] == ["x", "weight"]
    assert torch.equal(subject.forward((2 * X, W))[0], 2 * X @ W.T)
    assert torch.allclose(claims[0], u @ W)  # type: ignore[arg-type] # a tensor
    assert torch.allclose(claims[1], u.T @ (2 * X))  # type: ignore[arg-type] # the same


def test_arrays_are_given_as_tensors() -> None:
    """A Function knows nothing of NumPy."""
    assert gradcheck.check(Dense, X.numpy(), W.numpy()).passed


def test_autograd_as_a_witness_never_asks_the_backward_under_test() -> None:
    """It differentiates the body of the forward: a backward that raises is not called."""
    leaf = X.clone().requires_grad_()
    with torch.enable_grad():
        (y,) = adapted(WithoutWeight, X, W).forward((leaf, W))
        assert "WithoutWeight" not in type(y.grad_fn).__name__
        assert torch.allclose(torch.autograd.grad(y.sum(), leaf)[0], W.sum(0).expand(4, 5))


def test_no_gradient_is_no_claim_and_the_reason_says_what_was_measured() -> None:
    """None where the outputs move is told apart from None where they do not."""
    result = gradcheck.check(WithoutWeight, X, W)
    assert result.unverified["weight"] == OUTPUTS_MOVE
    result = gradcheck.check(Unread, X, X)
    assert result.passed
    assert result.unverified["unread"] == NO_EFFECT


@pytest.mark.parametrize(
    ("x_requires", "weight_requires", "verdict", "cause"),
    [
        (False, False, "undecided", None),
        (True, False, "verified", None),
        (False, True, "refuted", "zero"),
        (True, True, "refuted", "zero"),
    ],
)
def test_no_gradient_for_what_requires_grad_is_a_gradient_of_zero(
    x_requires: bool, weight_requires: bool, verdict: str, cause: str | None
) -> None:
    """Torch reads None so; a constant is what does not require grad beside what does."""
    x, weight = X.clone().requires_grad_(x_requires), W.clone().requires_grad_(weight_requires)
    result = gradcheck.check(WithoutWeight, x, weight)
    assert (result.verdict, result.cause) == (verdict, cause)
    assert ("returns None for weight" in result.explain()) or result.passed


def test_a_backward_that_raises_is_a_backward_error() -> None:
    """In one line with its name."""
    with pytest.raises(BackwardError, match=r"^Raises\.backward raised ValueError: no backward"):
        adapted(Raises, X, W)


@pytest.mark.parametrize(
    ("kind", "inputs", "told"),
    [
        (Unmarked, (X, W), "Unmarked.forward returned no output that has a gradient"),
        (Dense, (3, 4), "Dense was given no floating-point input"),
        (Dense, (X, X.T), "Dense.forward raised RuntimeError: "),
        (Dense, (X,), "Dense.forward raised TypeError: "),
    ],
)
def test_what_cannot_be_asked_is_said(kind: Any, inputs: tuple[Any, ...], told: str) -> None:
    """No output, no leaf, shapes that do not fit, an argument that is missing."""
    with pytest.raises(ExerciseError) as refused:
        adapted(kind, *inputs)
    assert str(refused.value).startswith(told)


def test_nothing_that_is_given_is_changed() -> None:
    """Neither the inputs nor their gradients."""
    x, w = X.clone().requires_grad_(), W.clone()
    gradcheck.check(Dense, x, w)
    assert torch.equal(x, X)
    assert torch.equal(w, W)
    assert x.grad is None


def test_a_second_session_begins_anew() -> None:
    """A backward before any forward is an error, as in torch."""
    subject = adapted(Dense, X, W)
    subject.open().forward((X, W))
    with pytest.raises(BackwardError, match="no backward before a forward"):
        subject.open().backward((X @ W.T,))


def test_the_source_is_that_of_the_backward() -> None:
    """That is where a mistake would be."""
    source = adapted(Dense, X, W).source
    assert source is not None
    assert source.function == "Dense.backward"


def test_a_sparse_input_is_refused_in_one_line() -> None:
    """With what to pass instead."""
    sparse = torch.eye(3, dtype=torch.float64).to_sparse()
    with pytest.raises(ExerciseError, match=r"^input is torch.sparse_coo, and only dense .* pass"):
        gradcheck.check(Doubled, sparse)


class Doubled(Function):
    """2 x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Add it to itself."""
        return x + x

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """The same."""
        return grad_output + grad_output


class OfScaleAlone(Dense):
    """Refuses to be asked for a gradient of its first input."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        """Compute."""
        if ctx.needs_input_grad[0]:
            raise RuntimeError("there is no gradient of x")
        return Dense.forward(ctx, x, weight)


def test_what_asks_for_no_gradient_is_constant_where_the_forward_refuses_to_be_asked() -> None:
    """The user's tensors say which do; where all do, what is raised is told."""
    subject = function.adapt(OfScaleAlone, (X, W.clone().requires_grad_()), {}, torch.float64)
    assert [leaf.name for leaf in subject.leaves] == ["weight"]
    assert gradcheck.check(OfScaleAlone, X, W.clone().requires_grad_()).verdict == "verified"
    with pytest.raises(ExerciseError, match="no gradient of x"):
        function.adapt(OfScaleAlone, (X, W), {}, torch.float64)
    both = X.clone().requires_grad_(), W.clone().requires_grad_()
    with pytest.raises(ExerciseError, match="no gradient of x"):
        function.adapt(OfScaleAlone, both, {}, torch.float64)


def test_what_is_called_as_a_constant_is_owed_no_gradient() -> None:
    """A mask is given; a weight of the same Function is not, unless its author says so."""

    class Masked(WithoutWeight):
        @staticmethod
        def forward(ctx: Any, x: Tensor, mask: Tensor) -> Tensor:
            return WithoutWeight.forward(ctx, x, mask)

    result = gradcheck.check(Masked, X, W)
    assert result.passed
    assert "its name says that it is a constant" in result.unverified["mask"]
    assert gradcheck.check(WithoutWeight, X, W).verdict == "undecided"
    assert gradcheck.check(Masked, X, W.clone().requires_grad_()).cause == "zero"


def test_an_argument_may_be_declared_constant() -> None:
    """As the message asks; of what is given a gradient, that is refused."""
    told = {"weight": "constant"}
    assert 'expect = { "weight" = "constant" }' in " ".join(
        gradcheck.check(WithoutWeight, X, W).explain().split()
    )
    result = gradcheck.check(WithoutWeight, X, W, expect=told)
    assert result.passed
    assert result.unverified["weight"].startswith("declared constant")
    assert "declared: weight is given constant" not in result.explain()
    assert "declared: weight is constant" in result.explain()
    with pytest.raises(ExerciseError, match="a gradient is claimed for it"):
        gradcheck.check(Dense, X, W, expect=told)
