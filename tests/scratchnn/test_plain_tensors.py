"""scratchnn differentiates by hand: proved from its syntax tree and by running without autograd."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch

import scratchnn
from scratchnn import SGD, L1Loss, Linear, MSELoss, ReLU, Sequential, Sigmoid, Tanh, data, fit

ROOT = Path(scratchnn.__file__).parent
# Trains in torch.nn what the recipes are compared with: the one file that may borrow.
PEER = ROOT / "recipes/peer.py"
FILES = sorted({*ROOT.glob("**/*.py")} - {PEER})
# Ways to have torch differentiate, or to borrow what it differentiates with.
FORBIDDEN = {
    "autograd",
    "func",
    "functional",
    "grad_fn",
    "gradcheck",
    "nn",
    "ops",
    "optim",
    "requires_grad",
    "requires_grad_",
    "retain_grad",
}


def borrowed(source: str) -> list[str]:
    """Return what a source takes from torch's differentiation."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names if FORBIDDEN & set(alias.name.split("."))]
            case ast.ImportFrom(module=str(module), names=names):
                path = module.split(".")
                if path[0] == "scratchnn":
                    continue
                taken = {*path, *(alias.name for alias in names)}
                found += sorted(FORBIDDEN & taken)
            case ast.Attribute(value=ast.Name(id="torch"), attr=attr) if attr in FORBIDDEN:
                found.append(f"torch.{attr}")
            case ast.Attribute(attr=attr) if attr in FORBIDDEN - {"optim", "func", "nn", "ops"}:
                found.append(attr)
            case ast.keyword(arg="requires_grad"):
                found.append("requires_grad=")
            case ast.Attribute(attr=attr) if attr.endswith("_backward"):
                found.append(attr)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_file_borrows_torchs_differentiation(file: Path) -> None:
    """No torch.nn, autograd, optim, func, private backward operator, or requires_grad."""
    assert borrowed(file.read_text(encoding="utf-8")) == []


def test_the_peer_is_the_one_file_that_borrows() -> None:
    """It is left out above because it must: were it to borrow nothing, it would belong there."""
    assert borrowed(PEER.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import torch.nn",
        "import torch.nn.functional as F",
        "from torch import nn",
        "from torch.autograd import grad",
        "from torch.nn.functional import relu",
        "import gradcheck.numerics",
        "import torch\ntorch.nn.Linear(1, 1)",
        "import torch\ntorch.ops.aten.tanh_backward(g, y)",
        "import torch as t\nt.ops.aten.tanh_backward(g, y)",
        "import torch\ntorch.func.vjp(f, x)",
        "x.requires_grad_()",
        "x = torch.ones(1, requires_grad=True)",
        "x.requires_grad = True",
    ],
)
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    """A search that finds nothing would prove nothing."""
    assert borrowed(source) != []


def test_training_needs_no_autograd() -> None:
    """In inference mode torch records nothing at all, and everything still learns."""
    with torch.inference_mode():
        points, labels = data.disk(40)
        for loss in (MSELoss(), L1Loss()):
            model = Sequential(
                Linear(2, 5), ReLU(), Linear(5, 5), Tanh(), Linear(5, 1), Sigmoid(), Linear(1, 1)
            )
            optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
            first, *_, last = fit(model, loss, optimizer, points, labels, epochs=20, batch_size=10)
            assert last.loss < first.loss


def test_training_leaves_no_trace_of_autograd() -> None:
    """Neither weights nor gradients nor outputs know of a graph, with gradients enabled."""
    model, loss = Sequential(Linear(2, 3), ReLU(), Linear(3, 1)), MSELoss()
    x, t = torch.randn(4, 2), torch.randn(4, 1)
    value = loss(model(x), t)
    grad = model.backward(loss.backward())
    SGD(model.parameters()).step()
    tensors = [value, grad, *model.state_dict().values()]
    tensors += [p.grad for p in model.parameters() if p.grad is not None]
    assert len(tensors) == 10
    assert not any(tensor.requires_grad for tensor in tensors)


def test_autograd_can_differentiate_every_forward() -> None:
    """With parameters and inputs that require gradients: a forward only computes."""
    model = Sequential(Linear(2, 5), ReLU(), Linear(5, 5), Tanh(), Linear(5, 3), Sigmoid())
    model.to(dtype=torch.float64)
    loss = MSELoss()
    x, t = (torch.randn(4, n, dtype=torch.float64) for n in (2, 3))
    loss(model(x), t)
    ours = [model.backward(loss.backward()), *(p.grad for p in model.parameters())]
    leaves = [x.requires_grad_()]
    for parameter in model.parameters():
        parameter.data = parameter.data.clone().requires_grad_()
        leaves.append(parameter.data)
    theirs = torch.autograd.grad(loss(model(x), t), leaves)
    for mine, yours in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, yours, rtol=0, atol=1e-15)
