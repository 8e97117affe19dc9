"""The autograd witness: it differentiates the subject's own forward, or says that it cannot."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.comparison import Opinion
from gradcheck.pair import Pair
from gradcheck.witnesses.autograd import examine, gradients_of

X = torch.linspace(0.5, 2, 6, dtype=torch.float64)


def probe_of(pair: Pair, *inputs: object) -> Probe:
    """One draw of a pair."""
    return take(adapt(pair, inputs, {}), seeds=(5,))


def test_a_right_backward_agrees_to_rounding() -> None:
    """Two derivations of the same gradient differ by a few ε."""
    pair = Pair(lambda x: x.exp() * x, lambda g, x: g * (x.exp() * x + x.exp()))
    found = examine(probe_of(pair, X), (0,))[0]
    assert found.opinion == Opinion.AGREES
    assert found.error is not None
    assert found.error < 1e-15


def test_a_wrong_backward_differs() -> None:
    """Half a gradient is wrong by half."""
    found = examine(probe_of(Pair(torch.sin, lambda g, x: g * x.cos() / 2), X), (0,))[0]
    assert found.opinion == Opinion.DIFFERS
    assert found.error == 0.5


def test_a_forward_through_numpy_leaves_the_witness_absent() -> None:
    """Autograd sees no graph there, which is said and is nobody's fault."""
    pair = Pair(np.sin, lambda g, x: g * np.cos(x))
    found = examine(probe_of(pair, X.numpy()), (0,))[0]
    assert found.opinion == Opinion.ABSENT
    assert "arrays, which autograd does not follow" in found.note


def test_a_leaf_that_is_not_read_has_a_zero_gradient() -> None:
    """Autograd returns None for it; the true gradient is zero."""
    pair = Pair(lambda x, unused: 2 * x, lambda g, x, unused: (2 * g, 0 * unused))
    found = examine(probe_of(pair, X, X), (0, 1))
    assert found[1].opinion == Opinion.AGREES


def test_several_outputs_are_weighted_with_their_cotangents() -> None:
    """The gradient of a tuple of outputs is the sum over them."""
    leaf = X.clone().requires_grad_()
    gradient = gradients_of((leaf * 2, leaf**2), (leaf,), (torch.ones(6), torch.ones(6)))[0]
    assert torch.equal(gradient, 2 + 2 * X)


def test_an_output_without_graph_is_left_out() -> None:
    """Indices and saved statistics do not depend on the leaves."""
    leaf = X.clone().requires_grad_()
    gradient = gradients_of((leaf * 2, X.clone()), (leaf,), (torch.ones(6), torch.ones(6)))[0]
    assert torch.equal(gradient, torch.full_like(X, 2))


def test_the_weighted_sum_gives_the_same_bits_as_torch_given_the_cotangent() -> None:
    """The way around torch's slow import changes no bit."""
    u = torch.randn(6, dtype=torch.float64)

    def forward(x: Tensor) -> Tensor:
        return torch.tanh(x) * x.exp()

    leaf = X.clone().requires_grad_()
    ours = gradients_of((forward(leaf),), (leaf,), (u,))[0]
    theirs = torch.autograd.grad(forward(leaf), leaf, u)[0]
    assert torch.equal(ours, theirs)


def test_the_witness_does_not_make_torch_import_sympy() -> None:
    """That import alone takes longer than a whole check."""
    code = (
        "import sys, gradcheck; gradcheck.check('scratchnn.Linear'); "
        "sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
