"""Wrong backwards of recurrence, attention, embedding; `wrong_leaves` names what is wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from scratchnn import GRU, LSTM, RNN, Embedding, MultiheadAttention, TransformerEncoderLayer


class PlainStateTransposed(RNN):
    """The gradient of the state's weight is negated."""

    wrong_leaves: ClassVar = (
        "weight_hh_l0",
        "weight_hh_l1",
        "weight_hh_l2",
        "weight_hh_l0_reverse",
        "weight_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("weight_hh") and parameter.grad is not None:
                parameter.grad = -parameter.grad
        return found


class PlainBiasOfLastStep(RNN):
    """The second bias is left without a gradient, as if there were but one."""

    wrong_leaves: ClassVar = (
        "bias_hh_l0",
        "bias_hh_l1",
        "bias_hh_l2",
        "bias_hh_l0_reverse",
        "bias_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("bias_hh") and parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter.grad)
        return found


class PlainInputHalved(RNN):
    """What the input gets is halved."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        x_bar, state_bar = super().backward(grad_output, grad_state)
        return x_bar / 2, state_bar


class MemoryStateTransposed(LSTM):
    """The gradient of the state's weight is negated."""

    wrong_leaves: ClassVar = (
        "weight_hh_l0",
        "weight_hh_l1",
        "weight_hh_l2",
        "weight_hh_l0_reverse",
        "weight_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("weight_hh") and parameter.grad is not None:
                parameter.grad = -parameter.grad
        return found


class MemoryBiasOfLastStep(LSTM):
    """The second bias is left without a gradient, as if there were but one."""

    wrong_leaves: ClassVar = (
        "bias_hh_l0",
        "bias_hh_l1",
        "bias_hh_l2",
        "bias_hh_l0_reverse",
        "bias_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("bias_hh") and parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter.grad)
        return found


class MemoryInputHalved(LSTM):
    """What the input gets is halved."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        x_bar, state_bar = super().backward(grad_output, grad_state)
        return x_bar / 2, state_bar


class GatedStateTransposed(GRU):
    """The gradient of the state's weight is negated."""

    wrong_leaves: ClassVar = (
        "weight_hh_l0",
        "weight_hh_l1",
        "weight_hh_l2",
        "weight_hh_l0_reverse",
        "weight_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("weight_hh") and parameter.grad is not None:
                parameter.grad = -parameter.grad
        return found


class GatedBiasOfLastStep(GRU):
    """The second bias is left without a gradient, as if there were but one."""

    wrong_leaves: ClassVar = (
        "bias_hh_l0",
        "bias_hh_l1",
        "bias_hh_l2",
        "bias_hh_l0_reverse",
        "bias_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        for parameter in self.parameters():
            parameter.zero_grad()
        found = super().backward(grad_output, grad_state)
        for name, parameter in self.named_parameters():
            if name.startswith("bias_hh") and parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter.grad)
        return found


class GatedInputHalved(GRU):
    """What the input gets is halved."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        x_bar, state_bar = super().backward(grad_output, grad_state)
        return x_bar / 2, state_bar


class PlainLastStateIgnored(RNN):
    """What arrives at the last state is left out."""

    wrong_leaves: ClassVar = (
        "input",
        "hx",
        "weight_ih_l0",
        "weight_hh_l0",
        "bias_ih_l0",
        "bias_hh_l0",
        "weight_ih_l1",
        "weight_hh_l1",
        "bias_ih_l1",
        "bias_hh_l1",
        "weight_ih_l2",
        "weight_hh_l2",
        "bias_ih_l2",
        "bias_hh_l2",
        "weight_ih_l0_reverse",
        "weight_hh_l0_reverse",
        "bias_ih_l0_reverse",
        "bias_hh_l0_reverse",
        "weight_ih_l1_reverse",
        "weight_hh_l1_reverse",
        "bias_ih_l1_reverse",
        "bias_hh_l1_reverse",
    )

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        del grad_state
        return super().backward(grad_output)


class MemoryFirstStateSwapped(LSTM):
    """The two cotangents of the first states are swapped."""

    wrong_leaves: ClassVar = ("hx[0]", "hx[1]")

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        x_bar, (h_bar, c_bar) = super().backward(grad_output, grad_state)
        return x_bar, (c_bar, h_bar)


class GatedFirstStateForgotten(GRU):
    """The first state gets nothing."""

    wrong_leaves: ClassVar = ("hx",)

    def backward(self, grad_output: Tensor, grad_state: Any = None) -> Any:
        x_bar, state_bar = super().backward(grad_output, grad_state)
        return x_bar, torch.zeros_like(state_bar)


class QueryNotScaled(MultiheadAttention):
    """The factor of one over the root of d is left out of the query's gradient."""

    wrong_leaves: ClassVar = ("query",)

    def backward(
        self, grad_output: Tensor, grad_weights: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = super().backward(grad_output, grad_weights)
        return query * (self.embed_dim // self.num_heads) ** 0.5, key, value


class ValuesShifted(MultiheadAttention):
    """What belongs to one place is given to the next."""

    wrong_leaves: ClassVar = ("value",)

    def backward(
        self, grad_output: Tensor, grad_weights: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = super().backward(grad_output, grad_weights)
        return query, key, value.roll(1, 0)


class OutputBiasForgotten(MultiheadAttention):
    """The bias of the last projection never gets a gradient."""

    wrong_leaves: ClassVar = ("out_proj.bias",)

    def backward(
        self, grad_output: Tensor, grad_weights: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        found = super().backward(grad_output, grad_weights)
        if self.out_proj.bias is not None:
            self.out_proj.bias.zero_grad()
        return found


class WayRoundForgotten(TransformerEncoderLayer):
    """The gradient of the way round the attention is left out."""

    wrong_leaves: ClassVar = ("src", "input")

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        return grad - grad_output


class FeedBiasDoubled(TransformerEncoderLayer):
    """The bias of the inner network is counted twice."""

    wrong_leaves: ClassVar = ("linear1.bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.linear1.bias is not None and self.linear1.bias.grad is not None:
            self.linear1.bias.grad = self.linear1.bias.grad * 2
        return grad


class LastNormForgotten(TransformerEncoderLayer):
    """The weight of the second normalisation never gets a gradient."""

    wrong_leaves: ClassVar = ("norm2.weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        self.norm2.weight.zero_grad() if self.norm2.weight is not None else None
        return grad


class RowsOverwritten(Embedding):
    """A word that comes twice gets the cotangent of one place alone."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> None:
        (flat,) = self.saved(grad_output)
        rows = grad_output.reshape(-1, self.embedding_dim)
        grad = torch.zeros_like(self.weight.data)
        grad[flat] = rows
        self.weight.accumulate(grad)


class RowsAveraged(Embedding):
    """A word gets the mean over its places."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> None:
        (flat,) = self.saved(grad_output)
        rows = grad_output.reshape(-1, self.embedding_dim)
        counts = torch.bincount(flat, minlength=self.num_embeddings).clamp(min=1)
        grad = torch.zeros_like(self.weight.data).index_add_(0, flat, rows)
        self.weight.accumulate(grad / (counts.unsqueeze(1) + 1))


class RowsShifted(Embedding):
    """Every row gets what belongs to the next."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> None:
        super().backward(grad_output)
        assert self.weight.grad is not None
        self.weight.grad = self.weight.grad.roll(1, 0)
