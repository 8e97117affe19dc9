"""LSTM: a recurrence whose memory is added to, and not overwritten."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.recurrent.cell import Cell, Pass, State, Weights
from scratchnn.recurrent.layer import Recurrent


class MemoryCell(Cell):
    """cₜ = f ∘ cₜ₋₁ + i ∘ g,  hₜ = o ∘ tanh cₜ,  with  (i, f, g, o) = (σ, σ, tanh, σ)(gᵢ + gₕ).

    Backwards, with  a = tanh cₜ:

        c̄ₜ = f' ∘ c̄ₜ₊₁ + h̄ₜ ∘ o (1 - a²)         f' the forget gate of the next step
        ī = c̄ₜ ∘ g · i (1 - i),   f̄ = c̄ₜ ∘ cₜ₋₁ · f (1 - f),   ḡ = c̄ₜ ∘ i · (1 - g²)
        ō = h̄ₜ ∘ a · o (1 - o),   h̄ₜ₋₁ = ȳₜ₋₁ + (ī, f̄, ḡ, ō) Wₕ

    The factors of c̄ and h̄ are there before the loop, for all steps at once.

    >>> import torch
    >>> weights = Weights(torch.zeros(4, 1), torch.zeros(4, 1))  # i = f = o = σ(0), g = tanh(0)
    >>> state = (torch.zeros(1, 1), torch.ones(1, 1))
    >>> _, (h, c), _ = MemoryCell().scan(torch.zeros(3, 1, 4), state, weights)
    >>> c
    tensor([[0.1250]])
    """

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2

    def scan(
        self, of_inputs: Tensor, state: State, weights: Weights
    ) -> tuple[Tensor, State, tuple[Tensor, ...]]:
        """Return h of all steps, the last h and c, and (gates, c before each step, tanh c)."""
        h, c = state
        size = h.shape[-1]
        steps, gates, memories, squashed = [], [], [c], []
        for of_input in of_inputs:
            sums = of_input + weights.of_state(h)
            i, f, _, o = torch.sigmoid(sums).split(size, dim=1)
            g = torch.tanh(sums[:, 2 * size : 3 * size])
            c = f * c + i * g
            a = torch.tanh(c)
            h = o * a
            gates.append(torch.stack((i, f, g, o), dim=1))
            steps.append(h)
            memories.append(c)
            squashed.append(a)
        tape = (torch.stack(gates), torch.stack(memories[:-1]), torch.stack(squashed))
        return torch.stack(steps), (h, c), tape

    def scan_back(
        self, passed: Pass, grad_output: Tensor, grad_state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Return the cotangents of the four gates twice, and h̄₀ and c̄₀."""
        gates, before, a = passed.tape
        i, f, g, o = gates.unbind(dim=2)
        of_memory = o * (1 - a * a)
        slopes = gates * (1 - gates)
        slopes[:, :, 2] = 1 - g * g
        factors = slopes * torch.stack((g, before, i, a), dim=2)
        found = torch.empty_like(factors)
        h_bar, c_bar = grad_state
        for step in reversed(range(len(gates))):
            h_bar = h_bar + grad_output[step]
            c_bar = torch.addcmul(c_bar, h_bar, of_memory[step])
            torch.mul(factors[step, :, :3], c_bar.unsqueeze(1), out=found[step, :, :3])
            torch.mul(factors[step, :, 3], h_bar, out=found[step, :, 3])
            h_bar = found[step].flatten(1) @ passed.weights.hidden
            c_bar = c_bar * f[step]
        flat = found.flatten(2)
        return flat, flat, (h_bar, c_bar)


class LSTM(Recurrent):
    """Long short-term memory:  cₜ = f ∘ cₜ₋₁ + i ∘ g,  hₜ = o ∘ tanh cₜ.

        i, f, o = σ(x Wᵀ + b + h Wₕᵀ + bₕ),   g = tanh(…),  each with rows of its own, in the
        order i, f, g, o

    Shapes   input (T, N, in),  hx = (h, c), each (layers·directions, N, hidden)
             ->  (output (T, N, directions·hidden), the last (h, c) as hx)
    VJP      in `MemoryCell`;  backward(grad_output, (grad_h, grad_c)=None) returns (x̄, (h̄₀, c̄₀))
    Raises   what every recurrent layer raises
    Source   torch.nn.LSTM, without its proj_size; Hochreiter, Schmidhuber (1997), "Long short-term
             memory", Neural Computation 9; Gers, Schmidhuber, Cummins (2000) for f

    >>> import torch
    >>> layer = LSTM(3, 4)
    >>> output, (h, c) = layer(torch.ones(7, 5, 3))
    >>> output.shape, torch.equal(output[-1], h[0])
    (torch.Size([7, 5, 4]), True)
    >>> x_bar, (h_bar, c_bar) = layer.backward(torch.ones(7, 5, 4))
    >>> x_bar.shape, c_bar.shape
    (torch.Size([7, 5, 3]), torch.Size([1, 5, 4]))
    """

    cell: Cell = MemoryCell()
