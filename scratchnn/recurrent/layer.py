"""Recurrent: a cell over a sequence, in layers and in both directions."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.dropout import keep
from scratchnn.errors import ArgumentError
from scratchnn.module import Module
from scratchnn.parameter import Parameter
from scratchnn.recurrent.arrangement import Arrangement
from scratchnn.recurrent.cell import Cell, Pass, State, Weights, run, run_back

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Recurrent(Module):
    """What RNN, LSTM and GRU share: layers, directions, dropout between layers, batch_first.

    Shapes   input (T, N, in), or (N, T, in) with batch_first, or (T, in) for one sample;
             each state (layers·directions, N, hidden), or without N, zeros where none is given
             ->  output as input but directions·hidden at the end, and the last state
    VJP      `backward(grad_output, grad_state=None)` returns x̄ and the first state's cotangent;
             `scratchnn.recurrent.cell` derives what happens within a layer. Of two directions, the
             second is the first on the sequence turned round
    Raises   ArgumentError for a size below 1, or a dropout outside 0 … 1; ShapeError or DtypeError
             for an input or a state that does not fit
    Source   torch.nn.RNNBase, whose names, order and first values of the parameters it shares

    >>> import torch, scratchnn
    >>> layer = scratchnn.GRU(3, 4, num_layers=2, bidirectional=True)
    >>> output, state = layer(torch.ones(7, 5, 3))
    >>> output.shape, state.shape
    (torch.Size([7, 5, 8]), torch.Size([4, 5, 4]))
    """

    @property
    @abstractmethod
    def cell(self) -> Cell:
        """Return the recurrence itself."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        name = type(self).__name__
        if min(input_size, hidden_size, num_layers) < 1:
            raise ArgumentError(
                f"{name}({input_size}, {hidden_size}, num_layers={num_layers}): expected at least 1"
            )
        if not 0 <= dropout <= 1:
            raise ArgumentError(f"{name}(dropout={dropout}): expected a probability from 0 to 1")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional = bidirectional
        self._arrangement = Arrangement(
            name, batch_first, input_size, hidden_size, num_layers * self._directions
        )
        rows = self.cell.gates * hidden_size
        for layer in range(num_layers):
            wide = hidden_size * self._directions if layer else input_size
            shapes = ((rows, wide), (rows, hidden_size), (rows,), (rows,))
            for suffix in self._suffixes(layer):
                for kind, shape in zip(self._kinds, shapes, strict=False):
                    data = torch.empty(shape, device=device, dtype=dtype)
                    init.fan_in_uniform(data, hidden_size)
                    setattr(self, f"{kind}_{suffix}", Parameter(data))

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """Return the output of the last layer at every step, and the last state of all layers."""
        arrangement, parameters = self._arrangement, [p.data for p in self.parameters()]
        x = arrangement.steps_first(input, parameters[0])
        states = arrangement.states(hx, x, self.cell.states, "hx")
        passes: list[Pass] = []
        masks: list[Tensor] = []
        last: list[State] = []
        for layer in range(self.num_layers):
            if layer and self.training and self.dropout:
                masks.append(keep(x, self.dropout))
                x = x * masks[-1]
            outputs = []
            for suffix in self._suffixes(layer):
                turn = suffix.endswith("reverse")
                sequence, weights = x.flip(0) if turn else x, self._weights(suffix)
                h, end, passed = run(self.cell, sequence, states[len(last)], weights)
                outputs.append(h.flip(0) if turn else h)
                last.append(end)
                passes.append(passed)
            x = torch.cat(outputs, dim=-1) if self.bidirectional else outputs[0]
        y = arrangement.as_given(x, input.dim())
        self.save(passes, masks, input.dim(), *parameters, output=y)
        return y, arrangement.bundle(last, input.dim())

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        """Add the gradients of all weights; return x̄ and the cotangent of the first state."""
        passes, masks, axes, *_ = self.taken(grad_output)
        arrangement, first = self._arrangement, []
        grad = arrangement.steps_first(grad_output)
        wanted = arrangement.states(grad_state, grad, self.cell.states, "grad_state")
        for layer in reversed(range(self.num_layers)):
            suffixes, below = self._suffixes(layer), []
            for direction in reversed(range(self._directions)):
                turn, passed = direction == 1, passes.pop()
                part = grad.split(self.hidden_size, dim=-1)[direction]
                part, end = part.flip(0) if turn else part, wanted[len(passes)]
                x, state, found = run_back(self.cell, passed, part, end)
                self._accumulate(suffixes[direction], found)
                below.append(x.flip(0) if turn else x)
                first.append(state)
            grad = below[0] + below[1] if self.bidirectional else below[0]
            if masks:
                grad = grad * masks.pop()
        return arrangement.as_given(grad, axes), arrangement.bundle(first[::-1], axes)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _kinds(self) -> tuple[str, ...]:
        return NAMES if self.bias else NAMES[:2]

    def _suffixes(self, layer: int) -> tuple[str, ...]:
        return (f"l{layer}", f"l{layer}_reverse")[: self._directions]

    def _weights(self, suffix: str) -> Weights:
        return Weights(*(getattr(self, f"{kind}_{suffix}").data for kind in self._kinds))

    def _accumulate(self, suffix: str, found: Weights) -> None:
        grads = (found.input, found.hidden, found.input_bias, found.hidden_bias)
        for kind, grad in zip(self._kinds, grads, strict=False):
            getattr(self, f"{kind}_{suffix}").accumulate(grad)

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.input_size}, {self.hidden_size}, num_layers={self.num_layers}, "
            f"bias={self.bias}, batch_first={self.batch_first}, dropout={self.dropout}, "
            f"bidirectional={self.bidirectional}"
        )
