"""What a recurrent layer asks of its cell: a pass over a sequence, and the way back.

A cell turns (xₜ, hₜ₋₁) into hₜ, through gates of  gᵢ = xₜ Wᵢᵀ + bᵢ  and  gₕ = hₜ₋₁ Wₕᵀ + bₕ.
What does not depend on h is one product for the whole sequence: gᵢ before the loop, and behind the
loop backwards all gradients of the weights,

    W̄ᵢ = Σ ḡᵢᵀ xₜ,   W̄ₕ = Σ ḡₕᵀ hₜ₋₁,   b̄ᵢ = Σ ḡᵢ,   b̄ₕ = Σ ḡₕ,   x̄ = ḡᵢ Wᵢ

In the loop stays one product a step, hₜ₋₁ Wₕᵀ forwards and ḡₕ Wₕ backwards.

Source: Werbos (1990), "Backpropagation through time: what it does and how to do it", Proceedings
of the IEEE 78.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

State = tuple[Tensor, ...]
"""What a cell hands on from step to step, each (N, hidden): h, and c for an LSTM."""


@dataclass(frozen=True)
class Weights:
    """The parameters of one cell, or their gradients; without bias both biases are None.

    Shapes   input (gates·hidden, in),  hidden (gates·hidden, hidden),  biases (gates·hidden,)

    >>> import torch
    >>> weights = Weights(torch.ones(2, 3), torch.ones(2, 2))
    >>> weights.of_inputs(torch.ones(4, 1, 3)).shape, weights.of_state(torch.ones(1, 2)).shape
    (torch.Size([4, 1, 2]), torch.Size([1, 2]))
    """

    input: Tensor
    hidden: Tensor
    input_bias: Tensor | None = None
    hidden_bias: Tensor | None = None

    def of_inputs(self, x: Tensor) -> Tensor:
        """Return gᵢ of all steps:  x (T, N, in)  ->  (T, N, gates·hidden)."""
        return _affine(x.flatten(0, 1), self.input, self.input_bias).reshape(*x.shape[:2], -1)

    def of_state(self, h: Tensor) -> Tensor:
        """Return gₕ of one step:  h (N, hidden)  ->  (N, gates·hidden)."""
        return _affine(h, self.hidden, self.hidden_bias)


@dataclass(frozen=True)
class Pass:
    """One cell after one sequence: what came in, and all that its backward needs.

    Shapes   x (T, N, in),  before (T, N, hidden): h of the step before,  tape (T, N, ...) each

    >>> import torch
    >>> weights = Weights(torch.ones(2, 3), torch.ones(2, 2))
    >>> Pass(torch.ones(4, 1, 3), torch.zeros(4, 1, 2), (), weights).before.shape
    torch.Size([4, 1, 2])
    """

    x: Tensor
    before: Tensor
    tape: tuple[Tensor, ...]
    weights: Weights


class Cell(ABC):
    """One kind of recurrence.

    >>> import torch
    >>> class Sum(Cell):  # hₜ = gᵢ + gₕ
    ...     gates = 1
    ...
    ...     def scan(self, of_inputs, state, weights):
    ...         steps = [state[0]]
    ...         for of_input in of_inputs:
    ...             steps.append(of_input + weights.of_state(steps[-1]))
    ...         return torch.stack(steps[1:]), (steps[-1],), ()
    ...
    ...     def scan_back(self, passed, grad_output, grad_state):
    ...         raise NotImplementedError
    >>> weights = Weights(torch.ones(1, 1), torch.full((1, 1), 2.0))
    >>> h, last, _ = run(Sum(), torch.ones(3, 1, 1), (torch.zeros(1, 1),), weights)
    >>> h.flatten()
    tensor([1., 3., 7.])
    """

    gates: ClassVar[int]
    states: ClassVar[int] = 1

    @abstractmethod
    def scan(
        self, of_inputs: Tensor, state: State, weights: Weights
    ) -> tuple[Tensor, State, tuple[Tensor, ...]]:
        """Return h of all steps (T, N, hidden), the last state, and the tape."""

    @abstractmethod
    def scan_back(
        self, passed: Pass, grad_output: Tensor, grad_state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Return ḡᵢ and ḡₕ of all steps, (T, N, gates·hidden), and the first state's cotangent."""


def run(cell: Cell, x: Tensor, state: State, weights: Weights) -> tuple[Tensor, State, Pass]:
    """Return h of all steps, the last state, and the pass.

    >>> import torch
    >>> from scratchnn.recurrent.rnn import PlainCell
    >>> weights = Weights(torch.ones(1, 1), torch.full((1, 1), 2.0))
    >>> h, last, passed = run(
    ...     PlainCell("relu"), torch.ones(3, 1, 1), (torch.zeros(1, 1),), weights
    ... )
    >>> h.flatten(), passed.before.flatten()
    (tensor([1., 3., 7.]), tensor([0., 1., 3.]))
    """
    h, last, tape = cell.scan(weights.of_inputs(x), state, weights)
    before = torch.cat([state[0].unsqueeze(0), h[:-1]])
    return h, last, Pass(x, before, tape, weights)


def run_back(
    cell: Cell, passed: Pass, grad_output: Tensor, grad_state: State
) -> tuple[Tensor, State, Weights]:
    """Return x̄, the cotangent of the first state, and the gradients of the weights.

    >>> import torch
    >>> from scratchnn.recurrent.rnn import PlainCell
    >>> cell, weights = PlainCell("relu"), Weights(torch.ones(1, 1), torch.full((1, 1), 2.0))
    >>> _, _, passed = run(cell, torch.ones(3, 1, 1), (torch.zeros(1, 1),), weights)
    >>> x_bar, (h_bar,), found = run_back(
    ...     cell, passed, torch.zeros(3, 1, 1), (torch.ones(1, 1),)
    ... )
    >>> x_bar.flatten(), h_bar, found.hidden
    (tensor([4., 2., 1.]), tensor([[8.]]), tensor([[5.]]))
    """
    of_inputs, of_states, first = cell.scan_back(passed, grad_output, grad_state)
    inputs, hiddens = of_inputs.flatten(0, 1), of_states.flatten(0, 1)
    has_bias = passed.weights.input_bias is not None
    found = Weights(
        inputs.T @ passed.x.flatten(0, 1),
        hiddens.T @ passed.before.flatten(0, 1),
        inputs.sum(dim=0) if has_bias else None,
        hiddens.sum(dim=0) if has_bias else None,
    )
    return (inputs @ passed.weights.input).reshape(passed.x.shape), first, found


def _affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return x @ weight.T if bias is None else torch.addmm(bias, x, weight.T)
