"""GRU: a recurrence that chooses between its old state and a new one."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.recurrent.cell import Cell, Pass, State, Weights
from scratchnn.recurrent.layer import Recurrent


class GatedCell(Cell):
    """hₜ = n + z ∘ (hₜ₋₁ - n),  with  (r, z) = σ(gᵢ + gₕ)  and  n = tanh(gᵢ + r ∘ gₕ).

    Backwards, with  k = gₕ  of the new state:

        n̄ = h̄ₜ ∘ (1 - z) (1 - n²),   z̄ = h̄ₜ ∘ (hₜ₋₁ - n) · z (1 - z),   r̄ = n̄ ∘ k · r (1 - r)
        ḡᵢ = (r̄, z̄, n̄),   ḡₕ = (r̄, z̄, r ∘ n̄),   h̄ₜ₋₁ = ȳₜ₋₁ + z ∘ h̄ₜ + ḡₕ Wₕ

    r̄ is h̄ times something too, so one factor for each row of ḡᵢ is there before the loop.

    >>> import torch
    >>> weights = Weights(torch.zeros(3, 1), torch.zeros(3, 1))  # r = z = σ(0), n = tanh(0)
    >>> h, _, _ = GatedCell().scan(torch.zeros(3, 1, 3), (torch.ones(1, 1),), weights)
    >>> h.flatten()
    tensor([0.5000, 0.2500, 0.1250])
    """

    gates: ClassVar[int] = 3

    def scan(
        self, of_inputs: Tensor, state: State, weights: Weights
    ) -> tuple[Tensor, State, tuple[Tensor, ...]]:
        """Return h of all steps, the last of them, and (r and z, n, k)."""
        (h,) = state
        size = h.shape[-1]
        steps, gates, news, kept = [], [], [], []
        for of_input in of_inputs:
            of_state = weights.of_state(h)
            both = torch.sigmoid(of_input[:, : 2 * size] + of_state[:, : 2 * size])
            r, z = both.split(size, dim=1)
            k = of_state[:, 2 * size :]
            n = torch.tanh(of_input[:, 2 * size :] + r * k)
            h = n + z * (h - n)
            gates.append(both)
            news.append(n)
            kept.append(k)
            steps.append(h)
        return torch.stack(steps), (h,), (torch.stack(gates), torch.stack(news), torch.stack(kept))

    def scan_back(
        self, passed: Pass, grad_output: Tensor, grad_state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Return ḡᵢ and ḡₕ, which differ in the rows of n, and h̄₀."""
        gates, n, k = passed.tape
        r, z = gates.split(n.shape[-1], dim=2)
        of_n = (1 - z) * (1 - n * n)
        of_z = (passed.before - n) * (z * (1 - z))
        of_r = of_n * k * (r * (1 - r))
        factors = torch.stack((of_r, of_z, of_n, of_n * r), dim=2)
        found = torch.empty_like(factors)
        # The rows of ḡₕ are 0, 1 and 3, the last in place of 2.
        weights = passed.weights.hidden
        of_gates, of_new = weights[: 2 * n.shape[-1]], weights[2 * n.shape[-1] :]
        (h_bar,) = grad_state
        for step in reversed(range(len(n))):
            h_bar = h_bar + grad_output[step]
            torch.mul(factors[step], h_bar.unsqueeze(1), out=found[step])
            h_bar = torch.addmm(z[step] * h_bar, found[step, :, :2].flatten(1), of_gates)
            h_bar = torch.addmm(h_bar, found[step, :, 3], of_new)
        of_inputs, of_states = found[:, :, :3], torch.cat((found[:, :, :2], found[:, :, 3:]), dim=2)
        return of_inputs.flatten(2), of_states.flatten(2), (h_bar,)


class GRU(Recurrent):
    """Gated recurrent unit:  hₜ = (1 - z) ∘ n + z ∘ hₜ₋₁.

        r, z = σ(x Wᵀ + b + h Wₕᵀ + bₕ),   n = tanh(x Wᵀ + b + r ∘ (h Wₕᵀ + bₕ)),  each with rows of
        its own, in the order r, z, n

    Shapes   input (T, N, in),  hx (layers·directions, N, hidden)
             ->  (output (T, N, directions·hidden), the last h as hx)
    VJP      in `GatedCell`;  backward(grad_output, grad_h=None) returns (x̄, h̄₀)
    Raises   what every recurrent layer raises
    Source   torch.nn.GRU; Cho and others (2014), "Learning phrase representations using RNN
             encoder-decoder", EMNLP, who have r before the product with Wₕ, and z the other way
             round; torch, and so this, follows a later version of theirs

    >>> import torch
    >>> layer = GRU(3, 4)
    >>> output, h = layer(torch.ones(7, 5, 3))
    >>> output.shape, torch.equal(output[-1], h[0])
    (torch.Size([7, 5, 4]), True)
    >>> x_bar, h_bar = layer.backward(torch.ones(7, 5, 4))
    >>> x_bar.shape, h_bar.shape
    (torch.Size([7, 5, 3]), torch.Size([1, 5, 4]))
    """

    cell: Cell = GatedCell()
