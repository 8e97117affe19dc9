"""Sequential is the chain rule: the same modules backwards, and no half-answered forwards."""

from __future__ import annotations

import pytest
import torch

from scratchnn import (
    BackwardBeforeForward,
    Linear,
    Module,
    ReLU,
    Sequential,
    ShapeError,
    Sigmoid,
    Tanh,
)


def chain() -> tuple[Sequential, torch.nn.Sequential]:
    """Make one network in both frameworks, with the same weights."""
    ours = Sequential(
        Linear(3, 5), Tanh(), Sequential(Linear(5, 4), ReLU()), Linear(4, 2), Sigmoid()
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 5),
        torch.nn.Tanh(),
        torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU()),
        torch.nn.Linear(4, 2),
        torch.nn.Sigmoid(),
    )
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@pytest.mark.parametrize("shape", [(7, 3), (1, 3), (3,), (2, 4, 3), (0, 3)])
def test_forward_and_backward_agree_with_torch(shape: tuple[int, ...]) -> None:
    """Outputs, input gradient and every parameter gradient."""
    ours, theirs = chain()
    ours.to(dtype=torch.float64)
    theirs.to(dtype=torch.float64)
    x = torch.randn(shape, dtype=torch.float64)
    x_torch = x.clone().requires_grad_()
    y_torch = theirs(x_torch)
    g = torch.randn(y_torch.shape, dtype=torch.float64)
    y_torch.backward(g)
    torch.testing.assert_close(ours(x), y_torch.detach(), rtol=0, atol=1e-14)
    torch.testing.assert_close(ours.backward(g), x_torch.grad, rtol=0, atol=1e-14)
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, yours.grad, rtol=0, atol=1e-13)


def test_without_modules_it_is_the_identity() -> None:
    """Its gradient is a copy: the caller may write to it without touching the cotangent."""
    model, x, g = Sequential(), torch.ones(2), torch.full((2,), 3.0)
    assert torch.equal(x, model(x))
    grad = model.backward(g)
    assert torch.equal(g, grad)
    assert grad.data_ptr() != g.data_ptr()


def test_a_layer_used_twice_gets_both_gradients() -> None:
    """Shared weights: the stack answers the second use first."""
    layer = Linear(2, 2, dtype=torch.float64)
    twin = torch.nn.Linear(2, 2, dtype=torch.float64)
    twin.load_state_dict(layer.state_dict())
    model, x = Sequential(layer, Tanh(), layer), torch.randn(3, 2, dtype=torch.float64)
    twin(torch.tanh(twin(x))).sum().backward()
    model(x)
    model.backward(torch.ones(3, 2, dtype=torch.float64))
    torch.testing.assert_close(layer.weight.grad, twin.weight.grad, rtol=0, atol=1e-14)


def test_length_iteration_and_indexing_are_those_of_a_list() -> None:
    """Negative indices and slices included; a slice shares its modules."""
    modules = [ReLU(), Tanh(), Sigmoid()]
    model = Sequential(*modules)
    assert len(model) == 3
    assert list(model) == modules
    assert model[0] is modules[0]
    assert model[-1] is modules[2]
    assert isinstance(model[1:], Sequential)
    assert list(model[1:]) == modules[1:]
    assert len(Sequential(modules[0], modules[0])) == 2


def test_an_index_out_of_range_names_the_length() -> None:
    """And the index itself."""
    with pytest.raises(IndexError, match=r"Sequential\[5\]: it has 1 modules"):
        Sequential(Tanh())[5]


@pytest.mark.parametrize(
    "wrong",
    [[Tanh()], torch.nn.Tanh(), Tanh, torch.tanh],
    ids=["list", "torch", "class", "function"],
)
def test_anything_but_a_module_is_refused(wrong: object) -> None:
    """The text shows which argument it was."""
    with pytest.raises(TypeError, match=r"argument 1 is .*expected a scratchnn\.Module"):
        Sequential(Tanh(), wrong)  # type: ignore[arg-type]


class Fragile(Module):
    """Refuses a forward or a backward when told to."""

    def __init__(self) -> None:
        self.broken = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Double, or fail."""
        if self.broken:
            raise RuntimeError("forward")
        self.save(output=x)
        return 2 * x

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Double, or fail."""
        if self.broken:
            raise RuntimeError("backward")
        self.saved(grad_output)
        return 2 * grad_output


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_a_failure_halfway_forgets_every_pending_forward(where: str) -> None:
    """Two forwards wait, something fails between two layers: the rest would answer out of step."""
    fragile = Fragile()
    model = Sequential(Tanh(), fragile, Tanh())
    model(torch.tensor([0.1]))
    model(torch.tensor([0.2]))
    fragile.broken = True
    with pytest.raises(RuntimeError, match=where):
        model(torch.tensor([0.3])) if where == "forward" else model.backward(torch.ones(1))
    fragile.broken = False
    with pytest.raises(BackwardBeforeForward):
        model.backward(torch.ones(1))
    model(torch.tensor([0.4]))
    assert model.backward(torch.ones(1)).shape == (1,)


def test_a_forward_that_does_not_fit_names_the_layer_and_the_shapes() -> None:
    """The first layer that cannot take its input speaks up."""
    with pytest.raises(
        ShapeError, match=r"the input of Linear is \(7, 5\), expected \(\.\.\., 4\)"
    ):
        Sequential(Linear(3, 5), Linear(4, 2))(torch.ones(7, 3))
