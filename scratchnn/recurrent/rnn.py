"""RNN: the plain recurrence."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.recurrent.cell import Cell, Pass, State, Weights
from scratchnn.recurrent.layer import Recurrent


class PlainCell(Cell):
    """hₜ = φ(gᵢ + gₕ),  φ = tanh or ReLU;  backwards  ḡ = φ'(…) ∘ h̄ₜ,  h̄ₜ₋₁ = ȳₜ₋₁ + ḡ Wₕ.

    Both slopes follow from h alone: 1 - h² for tanh, and 1 or 0 for ReLU.

    >>> import torch
    >>> weights = Weights(torch.ones(1, 1), torch.full((1, 1), 2.0))
    >>> h, _, _ = PlainCell("relu").scan(torch.ones(3, 1, 1), (torch.zeros(1, 1),), weights)
    >>> h.flatten()
    tensor([1., 3., 7.])
    """

    gates: ClassVar[int] = 1

    def __init__(self, nonlinearity: str) -> None:
        self.nonlinearity = nonlinearity

    def scan(
        self, of_inputs: Tensor, state: State, weights: Weights
    ) -> tuple[Tensor, State, tuple[Tensor, ...]]:
        """Return h of all steps, the last of them, and h again as the tape."""
        (h,) = state
        squash = torch.tanh if self.nonlinearity == "tanh" else torch.relu
        steps = []
        for of_input in of_inputs:
            h = squash(of_input + weights.of_state(h))
            steps.append(h)
        y = torch.stack(steps)
        return y, (h,), (y,)

    def scan_back(
        self, passed: Pass, grad_output: Tensor, grad_state: State
    ) -> tuple[Tensor, Tensor, State]:
        """Return ḡ twice, as both products enter alike, and h̄₀."""
        (y,) = passed.tape
        slope = 1 - y * y if self.nonlinearity == "tanh" else (y > 0).to(y.dtype)
        gates = torch.empty_like(slope)
        (h_bar,) = grad_state
        for step in reversed(range(len(y))):
            torch.mul(h_bar + grad_output[step], slope[step], out=gates[step])
            h_bar = gates[step] @ passed.weights.hidden
        return gates, gates, (h_bar,)


CELLS: dict[str, Cell] = {name: PlainCell(name) for name in ("tanh", "relu")}


class RNN(Recurrent):
    """The recurrence  hₜ = tanh(xₜ Wᵢᵀ + bᵢ + hₜ₋₁ Wₕᵀ + bₕ),  or with ReLU.

    Shapes   input (T, N, in),  hx (layers·directions, N, hidden)
             ->  (output (T, N, directions·hidden), the last h as hx)
    VJP      h̄ₜ = ȳₜ + ḡₜ₊₁ Wₕ,  ḡₜ = (1 - hₜ²) ∘ h̄ₜ;  x̄ = ḡ Wᵢ,  W̄ᵢ = Σ ḡᵀ x,  W̄ₕ = Σ ḡᵀ hₜ₋₁,
             b̄ = Σ ḡ;  backward(grad_output, grad_h=None) returns (x̄, h̄₀)
    Raises   what every recurrent layer raises; ArgumentError for another nonlinearity
    Source   torch.nn.RNN; Elman (1990), "Finding structure in time", Cognitive Science 14

    >>> import torch
    >>> layer = RNN(3, 4)
    >>> output, h = layer(torch.ones(7, 5, 3))
    >>> output.shape, torch.equal(output[-1], h[0])
    (torch.Size([7, 5, 4]), True)
    >>> x_bar, h_bar = layer.backward(torch.ones(7, 5, 4))
    >>> x_bar.shape, h_bar.shape
    (torch.Size([7, 5, 3]), torch.Size([1, 5, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if nonlinearity not in CELLS:
            raise ArgumentError(f"RNN(nonlinearity={nonlinearity!r}): expected 'tanh' or 'relu'")
        self.nonlinearity = nonlinearity
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            device=device,
            dtype=dtype,
        )

    @property
    def cell(self) -> Cell:
        """Return the recurrence itself."""
        return CELLS[self.nonlinearity]
