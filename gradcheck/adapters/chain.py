"""A layer and a loss together:  value = loss(layer(x), target),  layer.backward(loss.backward()).

End to end there is one convention less: a mean over the batch that the loss leaves out and the
layer makes up for is right here, and a bug is wrong here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Outputs, Session, Subject, Unlisted, Values

LossAt = Callable[[Tensor], Subject]
"""A prediction → the loss as a subject there, with a target drawn."""


class Chain:
    """Stands in the place of the object: torch has no counterpart of a layer with its loss."""


def chained(layer: Subject, loss_at: LossAt, name: str) -> Subject:
    """The layer's leaves, and the loss's value as the only output.

    Raises:
        ExerciseError: If the layer has several outputs, or the loss does not take its output.
    """
    outputs = layer.forward(tuple(leaf.value for leaf in layer.leaves))
    if len(outputs) != 1:
        raise ExerciseError(f"{layer.name} has {len(outputs)} outputs: a loss is given one")
    loss = loss_at(outputs[0].detach().clone())
    place = _prediction(loss, outputs[0])
    again = layer.again
    return replace(
        layer,
        forward=lambda values: loss.forward(_with(loss, place, layer.forward(values)[0])),
        open=lambda: _Session(layer.open(), loss, place),
        free_cotangent=loss.free_cotangent,
        torch_conventions=False,
        instance=Chain(),
        again=again and (lambda inputs, dtype: chained(again(inputs, dtype), loss_at, name)),
        notes=(*layer.notes, f"checked together with {name}: from its value to every leaf"),
    )


class _Session:
    """Both objects, alive: each is called as in a step of training."""

    def __init__(self, layer: Session, loss: Subject, place: int) -> None:
        self._layer = layer
        self._loss = loss
        self._place = place
        self._session = loss.open()

    def place(self, values: Values) -> None:
        """Set the layer's parameters."""
        self._layer.place(values)

    def forward(self, values: Values) -> Outputs:
        """The loss of the layer's output."""
        (prediction,) = self._layer.forward(values)
        return self._session.forward(_with(self._loss, self._place, prediction.clone()))

    def backward(self, cotangents: Outputs) -> Claims:
        """The layer's backward, given what the loss's returns."""
        gradient = self._session.backward(cotangents)[self._place]
        if not isinstance(gradient, Tensor):
            raise ExerciseError(f"{self._loss.name} returned no gradient for its prediction")
        return self._layer.backward((gradient.clone(),))

    def zero_grad(self) -> bool:
        """Clear the layer's gradients."""
        return self._layer.zero_grad()

    def unlisted(self) -> Mapping[str, Unlisted]:
        """Those of the layer."""
        return self._layer.unlisted()


def loss_among(candidates: Sequence[Callable[[], Subject]], prediction: Tensor) -> Subject:
    """The first candidate whose value is a finite number, and whose gradient fits the prediction.

    Raises:
        ExerciseError: If none is.
    """
    why = "no target fits"
    for make in candidates:
        try:
            loss = make()
            place = _prediction(loss, prediction)
            outputs = loss.forward(_with(loss, place, prediction))
            session = loss.open()
            session.forward(_with(loss, place, prediction))
            claim = session.backward(tuple(torch.ones_like(y) for y in outputs))[place]
        except Exception as error:  # noqa: BLE001 somebody's code, given what it may not expect
            why = str(error)
            continue
        finite = all(bool(torch.isfinite(y).all()) for y in outputs)
        if finite and isinstance(claim, Tensor) and claim.numel() == prediction.numel():
            return loss
    raise ExerciseError(
        f"the loss does not take an output of shape {tuple(prediction.shape)}: {why}"
    )


def _prediction(loss: Subject, output: Tensor) -> int:
    for number, leaf in enumerate(loss.leaves):
        if not leaf.unclaimed and leaf.value.shape == output.shape:
            return number
    raise ExerciseError(f"{loss.name} wants a prediction of another shape than {output.shape}")


def _with(loss: Subject, place: int, prediction: Tensor) -> tuple[Any, ...]:
    if loss.leaves[place].value.shape != prediction.shape:
        raise ExerciseError(f"the target of {loss.name} was drawn for another batch")
    values: list[Any] = [leaf.value.clone() for leaf in loss.leaves]
    values[place] = prediction
    return tuple(values)
