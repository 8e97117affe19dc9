"""The reference witness: the only one that sees a wrong forward."""

from __future__ import annotations

import torch
from torch import Tensor

import scratchnn
from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.comparison import Opinion
from gradcheck.witnesses.reference import examine


class Doubled(scratchnn.Tanh):
    """Twice the function, and the right gradient of that."""

    def forward(self, x: Tensor) -> Tensor:
        """Return 2 tanh x."""
        return 2 * super().forward(x)

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return the gradient of 2 tanh x."""
        return super().backward(2 * grad_output)


class Summed(scratchnn.Tanh):
    """A forward of another shape."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum."""
        return super().forward(x).sum()

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return something."""
        return grad_output * torch.ones(4, 5, dtype=torch.float64)


def probe_of(instance: object, *inputs: Tensor) -> Probe:
    """One draw of an instance."""
    return take(adapt(instance, inputs, {}), seeds=(5,))


def test_outputs_and_every_gradient_are_compared_at_identical_weights() -> None:
    """Linear agrees in its output and in all three leaves."""
    found = examine(probe_of(scratchnn.Linear(5, 3), torch.randn(4, 5)), (0, 1, 2))
    assert found.forward.opinion == Opinion.AGREES
    assert [found.leaves[p].opinion for p in range(3)] == [Opinion.AGREES] * 3


def test_a_wrong_forward_is_seen_even_with_a_consistent_backward() -> None:
    """The gradient of twice the function is right, but the function is not torch's."""
    found = examine(probe_of(Doubled(), torch.randn(4, 5)), (0,))
    assert found.forward.opinion == Opinion.DIFFERS


def test_an_output_of_another_shape_is_said_in_words() -> None:
    """Shapes are compared before numbers."""
    found = examine(probe_of(Summed(), torch.randn(4, 5)), (0,))
    assert found.forward.opinion == Opinion.DIFFERS
    assert found.forward.note == "the output has shape (), torch's has (4, 5)"
    assert found.leaves[0].opinion == Opinion.ABSENT


def test_without_counterpart_the_witness_is_absent_with_a_reason() -> None:
    """Nobody is blamed for a layer that torch does not have."""

    class Cubic(scratchnn.Module):
        def forward(self, x: Tensor) -> Tensor:
            self.x = x
            return x**3

        def backward(self, grad_output: Tensor) -> Tensor:
            return 3 * self.x**2 * grad_output

    found = examine(probe_of(Cubic(), torch.randn(4)), (0,))
    assert found.forward.opinion == Opinion.ABSENT
    assert found.forward.note == "torch.nn has no Cubic"


def test_inputs_that_torch_refuses_leave_the_witness_absent() -> None:
    """Linear is named as the reference of a layer with other inputs."""
    found = examine(probe_of(scratchnn.Tanh(), torch.randn(4)), (0,), "torch.nn.MSELoss")
    assert found.forward.opinion == Opinion.ABSENT
    assert "refuses these inputs" in found.forward.note
