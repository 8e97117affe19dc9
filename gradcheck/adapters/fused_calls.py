"""How a layer is called that has its loss in its backward: forward with that loss behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import tensor_of
from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.criteria import Criterion
from gradcheck.adapters.handed import Offer, is_extra, rates_left_out
from gradcheck.adapters.said_losses import Said
from gradcheck.adapters.shape import own_positional
from gradcheck.errors import ExerciseError, UntoldError
from gradcheck.foreign.signatures import is_required


@dataclass
class FusedCalls(LayerCalls):
    """The forward with a loss behind it, and the backward with that loss's target.

    Attributes:
        criterion: The loss; where its author says another, what draws the target.
        places: What each of the backward's arguments is, those aside that every layer may want.
        said: What its author says is the loss, in a method of the layer or a function beside it.
    """

    criterion: Criterion | None = None
    places: tuple[str, ...] = ()
    said: Said | None = None

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """The value of the loss at the layer's output."""
        output = super().forward(target, arguments)
        if self.criterion is None or not isinstance(output, Tensor | np.ndarray):
            raise ExerciseError(f"{type(target).__name__} returns no single tensor or array")
        if self.said is not None:
            return torch.as_tensor(self.said.of(target, known(self.criterion, output, arguments)))
        return self.criterion.of(as_tensor(output))

    def _given(
        self, target: Any, method: str, cotangents: list[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The target, the output or the input, and what stands beside them."""
        if method != self.backward_name or self.criterion is None:
            return super()._given(target, method, cotangents)
        told = known(self.criterion, self._output, self._arguments)
        offer = Offer(self._arguments, self._output, self._cache, self._kept, self.step)
        places = iter(self.places)
        names = asked(target, method)
        rates = rates_left_out(own_positional(target, method), offer)
        return [offer.beside(n) if is_extra(n) else told[next(places)] for n in names], rates


@dataclass
class UntoldCalls(FusedCalls):
    """The same where nobody knows the loss: what is behind the output cannot be computed."""

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """The layer's output."""
        return LayerCalls.forward(self, target, arguments)

    def refusal(self, target: Any) -> UntoldError:
        """Why no claim can be judged."""
        names = ", ".join(name for name in asked(target, self.backward_name) if not is_extra(name))
        why = (
            "neither its class nor its file says which"
            if self.said is None
            else f"that may be {self.said}, of whose gradient it is a multiple: write the loss "
            "that is meant as a method of the class"
        )
        return UntoldError(
            f"{type(target).__name__}.{self.backward_name} wants {names}, which is no gradient of "
            f"an output: it belongs to a loss, and {why}"
        )


def known(criterion: Criterion, output: Any, arguments: Sequence[Any]) -> dict[str, Any]:
    """The target, the output and the input."""
    truth = criterion.given(as_tensor(output))
    told = truth.numpy() if isinstance(output, np.ndarray) else truth
    return {"target": told, "output": output, "input": arguments[0]}


def asked(target: Any, method: str) -> list[str]:
    """The names of what a method must be given."""
    return [p.name for p in own_positional(target, method) if is_required(p)]


def as_tensor(output: Any) -> Tensor:
    """An array's numbers as a tensor; a tensor as it is."""
    return output if isinstance(output, Tensor) else tensor_of(output)
