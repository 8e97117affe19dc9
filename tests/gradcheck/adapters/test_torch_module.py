"""A ``torch.nn.Module`` as a subject: inputs and parameters through torch's own autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.utils.checkpoint import checkpoint

import gradcheck
from gradcheck.adapters import is_listed, torch_module
from gradcheck.adapters.graph import AUTOGRADS_OWN, UNREACHED, hand_written
from gradcheck.errors import ExerciseError
from gradcheck.subject import Role, Subject, vjp

X = torch.linspace(-1, 1.25, 20, dtype=torch.float64).reshape(4, 5)


class Cube(Function):
    """A right one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad_outputs[0]


cube = Cube.apply


class Forward(nn.Module):
    """Two layers, and a forward to choose."""

    def __init__(self, forward: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.first = nn.Linear(5, 3)
        self.norm = nn.BatchNorm1d(3)
        self.chosen = forward

    def forward(self, x: Tensor) -> Any:
        """Compute what was chosen."""
        return self.chosen(self, x)


class CallsAlias(nn.Module):
    """Holds a Function under another name."""

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return cube(x)


def adapted(module: nn.Module, *inputs: Tensor) -> Subject:
    """Adapt in float64."""
    return torch_module.adapt(module, inputs or (X,), {}, torch.float64)


def test_inputs_and_parameters_are_leaves() -> None:
    """What asks for no gradient is none."""
    module = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2))
    module[0].weight.requires_grad_(False)  # noqa: FBT003 torch's way
    leaves = adapted(module).leaves
    assert [leaf.name for leaf in leaves] == ["input", "0.bias", "1.weight", "1.bias"]
    assert [leaf.role for leaf in leaves] == [Role.INPUT, *[Role.PARAMETER] * 3]
    assert all(leaf.value.dtype == torch.float64 for leaf in leaves)


def test_the_claims_are_those_of_torch() -> None:
    """At the values asked for, in float64."""
    subject = adapted(nn.Linear(5, 3))
    w, b, u = (torch.randn(shape, dtype=torch.float64) for shape in ((3, 5), (3,), (4, 3)))
    assert torch.allclose(subject.forward((X, w, b))[0], X @ w.T + b)
    claims = vjp(subject, (X, w, b), (u,))
    for claim, wanted in zip(claims, (u @ w, u.T @ X, u.sum(0)), strict=True):
        assert torch.allclose(claim, wanted)  # type: ignore[arg-type] # a tensor


def test_tied_weights_are_one_leaf() -> None:
    """Whose gradient is the sum of both uses."""
    module = nn.Sequential(nn.Linear(5, 5, bias=False), nn.Linear(5, 5, bias=False))
    module[1].weight = module[0].weight
    assert [leaf.name for leaf in adapted(module).leaves] == ["input", "0.weight"]
    assert gradcheck.check(module, X).passed


def test_a_module_is_not_touched() -> None:
    """Weights, statistics, gradients and mode are what they were."""
    module = nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    assert gradcheck.check(module, X).passed
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert next(module.parameters()).dtype == torch.float32


def test_evaluation_is_checked_as_evaluation() -> None:
    """With the statistics that the Module has: they are no leaves, and the output tells."""
    module = nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3)).double()
    module(X)
    module.eval()
    subject = adapted(module)
    values = tuple(leaf.value for leaf in subject.leaves)
    assert torch.allclose(subject.forward(values)[0], module(X))


def test_a_forward_finds_and_leaves_nothing() -> None:
    """Running statistics and the draws of a dropout are those of a first call, each time."""
    module = Forward(lambda m, x: m.norm(nn.functional.dropout(m.first(x))) + m.norm.running_mean)
    subject = adapted(module)
    values = tuple(leaf.value for leaf in subject.leaves)
    first, second = subject.forward(values)[0], subject.forward(values)[0]
    assert torch.equal(first, second)


def test_autograd_is_no_witness_of_itself() -> None:
    """Without a hand-written Function the claim is its own."""
    assert adapted(nn.Linear(5, 3)).opaque == AUTOGRADS_OWN
    result = gradcheck.check(nn.Linear(5, 3), X)
    assert result.passed
    heard = {c.witness: c.opinion for f in result.findings for c in f.comparisons}
    assert heard["autograd"] == "absent"
    assert heard["numeric"] == "agrees"


@pytest.mark.parametrize(
    "forward",
    [lambda m, x: Cube.apply(m.first(x)), lambda m, x: CallsAlias()(m.first(x))],
    ids=["apply", "alias"],
)
def test_autograd_as_a_witness_goes_round_a_function(forward: Any) -> None:
    """By the body of its forward; the Function is what it was afterwards."""
    module = nn.Sequential(nn.Linear(5, 5), CallsAlias())
    subject = adapted(Forward(forward) if forward.__code__.co_names[0] == "Cube" else module)
    assert not subject.opaque
    leaves = tuple(leaf.value.requires_grad_() for leaf in subject.leaves)
    with torch.enable_grad():
        assert not hand_written(subject.forward(leaves))
        assert hand_written((cube(X.clone().requires_grad_()),)) == {Cube}
        assert hand_written((Cube.apply(X.clone().requires_grad_()),)) == {Cube}


def test_a_function_that_cannot_be_gone_round_leaves_autograd_out() -> None:
    """Kept where nobody looks, it would be asked about itself."""
    hidden = [Cube.apply]
    subject = adapted(Forward(lambda m, x: hidden[0](m.first(x))))
    assert subject.opaque == "Cube cannot be gone round, and is what is under test"


def test_a_detached_parameter_is_told() -> None:
    """No gradient reaches it, and the outputs move with it."""
    module = Forward(lambda m, x: x @ m.first.weight.T.detach() + m.first.bias)
    result = gradcheck.check(module, X)
    assert result.unverified["first.weight"] == UNREACHED


def test_what_no_output_depends_on_has_a_gradient_of_zero() -> None:
    """As torch leaves its ``grad`` empty."""
    subject = adapted(Forward(lambda m, x: m.first(x)))
    claims = vjp(
        subject, tuple(leaf.value for leaf in subject.leaves), (torch.ones(4, 3).double(),)
    )
    unused = [leaf.name for leaf in subject.leaves].index("norm.weight")
    assert not claims[unused].any()  # type: ignore[union-attr] # a tensor


def test_a_forgotten_parameter_is_named() -> None:
    """A tensor that is neither registered nor a buffer, and that the forward reads."""
    module = Forward(lambda m, x: m.first(x) * m.scale)
    module.scale = torch.ones(3, dtype=torch.float64)
    assert "scale" in gradcheck.check(module, X).unverified
    module = Forward(lambda m, x: m.first(x) * m.scale)
    module.register_buffer("scale", torch.ones(3))
    assert "scale" not in gradcheck.check(module, X).unverified


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: {"y": m.first(x), "more": [m.first(x).argmax(-1), None]},
        lambda m, x: (m.first(x), m.first(x).detach()),
    ],
    ids=["dictionary", "detached"],
)
def test_only_outputs_with_a_gradient_are_asked(forward: Any) -> None:
    """At any depth of tuples, lists and dictionaries."""
    result = gradcheck.check(Forward(forward), X)
    assert result.passed, result.explain()


def test_a_first_layer_that_works_in_place_is_right() -> None:
    """Torch refuses that of a leaf: here it is given a copy."""
    assert gradcheck.check(nn.Sequential(nn.Hardtanh(inplace=True), nn.Linear(5, 3)), X).passed


@pytest.mark.parametrize(
    ("forward", "told"),
    [
        (lambda m, x: m.first(x).detach(), "returned no output that has a gradient"),
        (lambda m, x: m.first(x.T), "raised RuntimeError: "),
    ],
)
def test_what_cannot_be_asked_is_said(forward: Any, told: str) -> None:
    """No gradient at all, or shapes that do not fit."""
    with pytest.raises(ExerciseError, match=f"^Forward.forward {told}"):
        adapted(Forward(forward))


def test_a_file_lists_a_module_only_with_a_backward_inside() -> None:
    """A network of torch's own layers is nobody's hand-written backward."""
    assert is_listed(CallsAlias)
    assert not is_listed(nn.Linear)
    assert not is_listed(Forward)


class Checkpointed(nn.Module):
    """Computes its forward a second time, in the backward."""

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(0.5, 1.5, size))

    def forward(self, x: Tensor) -> Any:
        """A Function of the weighted input."""
        return checkpoint(lambda z: Squared.apply(z * self.weight), x, use_reentrant=False)


class Squared(Function):
    """x²."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Keep x."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Right."""
        (x,) = ctx.saved_tensors
        return 2 * x * grad_output


@pytest.mark.parametrize("order", [1, 2])
def test_what_is_computed_again_in_the_backward_sees_the_same_weights(order: int) -> None:
    """Moved or frozen, in the first order and the second."""
    assert gradcheck.check(Checkpointed, order=order).verdict == "verified"
