"""A private copy of somebody's object, driven as a function of the values of its leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call, claim_of, outputs_of, source_of
from gradcheck.adapters.parameters import parameters_of, unlisted
from gradcheck.adapters.snapshot import Snapshot, converted_copy
from gradcheck.errors import BackwardError, ExerciseError, one_line
from gradcheck.isolation import pin_random_numbers
from gradcheck.subject import Claims, Leaf, Outputs, Role, Subject, Unlisted, Values, copies

UNLISTED = "a tensor of the object's own that parameters() does not list"

Returned = Callable[[tuple[Any, ...]], Claims]
"""What backward returned → one claim for each input leaf."""


class Stateful:
    """An object with ``forward``, ``backward`` and perhaps parameters; it is its own session.

    The user's object is copied once and never touched.  Opening a session puts the copy back to
    what it was.

    Args:
        instance: The user's object.
        inputs: The arguments of its forward.
        dtype: In which all floating-point numbers are, whatever they were.
        returned: How what backward returns is assigned to the inputs.
        gives_cotangent: Whether backward is given a cotangent.
    """

    def __init__(
        self,
        instance: Any,
        inputs: Arguments,
        dtype: torch.dtype,
        returned: Returned,
        *,
        gives_cotangent: bool = True,
    ) -> None:
        self.name = type(instance).__name__
        self.arguments = inputs
        self._instance = instance
        self._copy = _private_copy(instance, dtype)
        self._returned = returned
        self._gives_cotangent = gives_cotangent
        self.parameters = parameters_of(self._copy)
        self._unlisted = unlisted(self._copy, self.parameters.values())
        values = [parameter.value for parameter in self.parameters.values()]
        self._snapshot = Snapshot(self._copy, exempt=values)

    def subject(self, input_leaves: tuple[Leaf, ...], options: Mapping[str, Any]) -> Subject:
        """The object in normal form: its leaves are the inputs, then the parameters."""
        parameter_leaves = tuple(
            Leaf(name, parameter.value.detach().clone(), role=Role.PARAMETER)
            for name, parameter in self.parameters.items()
        )
        return Subject(
            name=self.name,
            leaves=(*input_leaves, *parameter_leaves),
            forward=self._fresh_forward,
            open=self._open,
            arguments=lambda values: self.arguments.filled(copies(values)),
            torch_conventions=bool(getattr(self._instance, "torch_conventions", False)),
            free_cotangent=self._gives_cotangent,
            instance=self._instance,
            options=options,
            source=source_of(type(self._copy).backward),
            forward_source=source_of(type(self._copy).forward),
            uncovered=dict.fromkeys(self._unlisted, UNLISTED),
        )

    # The session.

    def place(self, values: Values) -> None:
        """Set every parameter, and forget its gradient."""
        for parameter, value in zip(self.parameters.values(), self._weights(values), strict=True):
            parameter.set(value)

    def forward(self, values: Values) -> Outputs:
        """Call forward, every generator of random numbers set to the same state."""
        pin_random_numbers()
        name = f"{self.name}.forward"
        inputs = values[: len(values) - len(self.parameters)]
        return outputs_of(call(self._copy.forward, name, *self.arguments.filled(inputs)), name)

    def backward(self, cotangents: Outputs) -> Claims:
        """Call backward, with the cotangents if it takes any."""
        name = f"{self.name}.backward"
        given = [self.arguments.given(u) for u in cotangents] if self._gives_cotangent else []
        result = call(self._copy.backward, name, *given, error=BackwardError)
        parts = result if isinstance(result, tuple) else (result,)
        return (*self._returned(tuple(claim_of(part) for part in parts)), *self._stored())

    def zero_grad(self) -> bool:
        """Call the object's own ``zero_grad``."""
        clear = getattr(self._copy, "zero_grad", None)
        if callable(clear):
            call(clear, f"{self.name}.zero_grad")
        return callable(clear)

    def unlisted(self) -> Mapping[str, Unlisted]:
        """What was found beside the parameters, before any call."""
        return self._unlisted

    def _open(self) -> Stateful:
        self._snapshot.restore()
        return self

    def _fresh_forward(self, values: Values) -> Outputs:
        session = self._open()
        session.place(values)
        inputs = copies(values[: len(values) - len(self.parameters)])
        return session.forward((*inputs, *self._weights(values)))

    def _stored(self) -> tuple[Tensor, ...]:
        """What lies beside each parameter; nothing stored claims zero, as in torch."""
        return tuple(
            torch.zeros_like(parameter.value) if stored is None else stored
            for parameter in self.parameters.values()
            for stored in (parameter.gradient(),)
        )

    def _weights(self, values: Values) -> Values:
        return values[len(values) - len(self.parameters) :]


def _private_copy(instance: object, dtype: torch.dtype) -> Any:
    try:
        return converted_copy(instance, dtype)
    except Exception as error:
        raise ExerciseError(
            f"{type(instance).__name__} cannot be copied ({one_line(error)}); "
            "a check works on a copy, so that it never changes what it is given"
        ) from error
