"""A private copy of somebody's object, driven as a function of the values of its leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call, claim_of, outputs_of, source_of
from gradcheck.adapters.parameters import parameters_of, unlisted
from gradcheck.adapters.snapshot import Snapshot, float64_copy
from gradcheck.errors import BackwardError, ExerciseError, one_line
from gradcheck.isolation import pin_random_numbers
from gradcheck.subject import VJP, Leaf, Outputs, Role, Subject, Values

UNLISTED = "a tensor of the object's own that parameters() does not list"


class Stateful:
    """An object with ``forward``, ``backward`` and perhaps parameters.

    The user's object is copied once and never touched; before each call the copy is put back to
    what it was and its parameters are set to the values asked for.
    """

    def __init__(self, instance: object, arguments: Arguments) -> None:
        self.name = type(instance).__name__
        self.arguments = arguments
        self._instance = instance
        self._copy = _private_copy(instance)
        self.parameters = parameters_of(self._copy)
        self._unlisted = unlisted(self._copy, self.parameters.values())
        values = [parameter.value for parameter in self.parameters.values()]
        self._snapshot = Snapshot(self._copy, exempt=values)

    def subject(
        self,
        input_leaves: tuple[Leaf, ...],
        vjp: VJP,
        options: Mapping[str, Any],
        *,
        free_cotangent: bool = True,
    ) -> Subject:
        """The object in normal form: its leaves are the inputs, then the parameters."""
        return Subject(
            name=self.name,
            leaves=(*input_leaves, *self.parameter_leaves()),
            forward=self.forward,
            vjp=vjp,
            arguments=self.arguments.filled,
            free_cotangent=free_cotangent,
            instance=self._instance,
            options=options,
            source=source_of(type(self._copy).backward),
            uncovered=dict.fromkeys(self._unlisted, UNLISTED),
        )

    def parameter_leaves(self) -> tuple[Leaf, ...]:
        """One leaf for each parameter, in float64."""
        return tuple(
            Leaf(name, parameter.value.detach().double().clone(), role=Role.PARAMETER)
            for name, parameter in self.parameters.items()
        )

    def forward(self, values: Values, *, fresh: bool = True) -> Outputs:
        """The outputs at these values of the inputs and parameters.

        Unless ``fresh``, the object keeps what an earlier call has left in it.
        """
        if fresh:
            self._snapshot.restore()
        inputs, parameters = self._split(values)
        for parameter, value in zip(self.parameters.values(), parameters, strict=True):
            parameter.set(value)
        pin_random_numbers()
        name = f"{self.name}.forward"
        result = call(self._copy.forward, name, *self.arguments.filled(inputs))
        return outputs_of(result, name)

    def gradients(
        self, values: Values, cotangents: Outputs, before: Values | None
    ) -> tuple[Any, ...]:
        """What backward returns at these values, as a tuple; see :class:`gradcheck.subject.VJP`."""
        if before is not None:
            self.forward(_copies(before))
            self._backward(cotangents)
        self.forward(_copies(values), fresh=before is None)
        return self._backward(cotangents)

    def _backward(self, cotangents: Outputs) -> tuple[Any, ...]:
        name = f"{self.name}.backward"
        given = tuple(self.arguments.given(cotangent) for cotangent in _copies(cotangents))
        result = call(self._copy.backward, name, *given, error=BackwardError)
        parts = result if isinstance(result, tuple) else (result,)
        return tuple(claim_of(part) for part in parts)

    def parameter_gradients(self) -> tuple[Tensor, ...]:
        """What is stored beside each parameter; nothing stored claims zero, as in torch."""
        return tuple(
            torch.zeros_like(parameter.value, dtype=torch.float64) if stored is None else stored
            for parameter in self.parameters.values()
            for stored in (parameter.gradient(),)
        )

    def _split(self, values: Values) -> tuple[Values, Values]:
        count = len(values) - len(self.parameters)
        return values[:count], values[count:]


def _copies(tensors: Values) -> Values:
    """What a backward writes to must not be what the witnesses look at."""
    return tuple(tensor.clone() for tensor in tensors)


def _private_copy(instance: object) -> Any:
    try:
        return float64_copy(instance)
    except Exception as error:
        raise ExerciseError(
            f"{type(instance).__name__} cannot be copied ({one_line(error)}); "
            "a check works on a copy, so that it never changes what it is given"
        ) from error
