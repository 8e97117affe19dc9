"""A private copy of somebody's object, driven as a function of the values of its leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call, claim_of, outputs_of, source_of
from gradcheck.adapters.bench import Drive
from gradcheck.adapters.calls import Calls, LayerCalls
from gradcheck.adapters.discovery import discover
from gradcheck.adapters.generators import Generators
from gradcheck.adapters.gradients import Held
from gradcheck.adapters.numbers import Numbers
from gradcheck.adapters.pairing import Discovery
from gradcheck.adapters.parameters import Parameter, Slots, parameters_of, unlisted
from gradcheck.adapters.shape import method_of, required_names
from gradcheck.adapters.snapshot import Snapshot, converted_copy
from gradcheck.adapters.vocabulary import CLEAR
from gradcheck.adapters.warming import warm_up
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.grid import put_on_grid
from gradcheck.subject import (
    USED_UP,
    Claims,
    Leaf,
    Outputs,
    Role,
    Subject,
    Unlisted,
    Values,
    copies,
)

UNLISTED = "a tensor of the object's own, for which no gradient was found"

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
        calls: How its methods are called; found by their names, if nothing is said.
        found: The parameters, if they have been found before, in another copy.
    """

    def __init__(
        self,
        instance: Any,
        inputs: Arguments,
        dtype: torch.dtype,
        returned: Returned,
        *,
        gives_cotangent: bool = True,
        calls: Calls | None = None,
        found: Discovery | None = None,
    ) -> None:
        self.name = type(instance).__name__
        self.arguments = inputs
        self._instance = instance
        self._copy = _private_copy(instance, dtype)
        self._dtype = dtype
        self._generators = Generators(self._copy)
        self._returned = returned
        self._gives_cotangent = gives_cotangent
        self.calls = calls or LayerCalls.of(instance)
        self._parts: tuple[Any, ...] = ()
        self.rate: float | None = None  # of a step that its backward takes, once that is found out
        self._promised = bool(getattr(instance, "torch_conventions", False))
        self.parameters = self._all_parameters(found)
        items = [parameter.item for parameter in self.parameters.values()]
        self._unlisted = unlisted(self._copy, items)
        self._snapshot = Snapshot(self._copy, exempt=items)

    def _all_parameters(self, found: Discovery | None) -> dict[str, Parameter]:
        """Those that the object lists, then those that are found by trying."""
        listed = parameters_of(self._copy)
        self.found = found or self._discovered(listed)
        plain = replace(self.found.numbers, dtype=self._dtype)
        plain.become_arrays(self._copy)
        if self.found.warm:
            warm_up(self._copy, lambda: self._run(self._given()))
        if self.found.carries:
            self._run(self._given())
        held = {
            name: Held(
                self._copy,
                plan.ways,
                plan.make(self._copy, lambda: self._parts),
                is_plain=plan.ways[0] in plain.ways,
            )
            for name, plan in self.found.plans.items()
        }
        mine = {id(parameter.item) for parameter in held.values()}
        kept = {name: one for name, one in listed.items() if id(one.item) not in mine}
        return {**kept, **held}

    def _discovered(self, listed: Mapping[str, Parameter]) -> Discovery:
        if self._promised:
            return Discovery()
        known = [p.item for p in listed.values() if not isinstance(p, Slots)]
        self.rate = self.calls.rate(self._copy)
        drive = Drive(
            lambda: self._run(self._given()),
            self._raw_backward,
            lambda: self._parts,
            self.rate,
            has_inputs=bool(self.arguments.leaf_positions),
            free_cotangent=self._gives_cotangent,
            keys=lambda: getattr(self.calls, "keys", ()),
        )
        kind = Numbers(dtype=self._dtype, tensors=not self.arguments.numpy)
        return discover(self._copy, drive, known, kind)

    def _given(self) -> Values:
        """The inputs as they were given, nobody else's."""
        positions = self.arguments.leaf_positions
        return tuple(self.arguments.values[position].clone() for position in positions)

    def subject(self, input_leaves: tuple[Leaf, ...], options: Mapping[str, Any]) -> Subject:
        """The object in normal form: its leaves are the inputs, then the parameters."""
        parameter_leaves = tuple(
            Leaf(name, _on_grid(parameter), role=Role.PARAMETER)
            for name, parameter in self.parameters.items()
        )
        return Subject(
            name=self.name,
            leaves=(*input_leaves, *parameter_leaves),
            forward=self._fresh_forward,
            open=self._open,
            arguments=lambda values: self.arguments.filled(copies(values)),
            torch_conventions=self._promised,
            keeps_state=getattr(type(self._instance), "keeps_state", True),
            free_cotangent=self._gives_cotangent,
            instance=self._instance,
            options=options,
            source=source_of(getattr(type(self._copy), self.calls.backward_name, None)),
            forward_source=source_of(getattr(type(self._copy), self.calls.forward_name, None)),
            uncovered={
                name: USED_UP if name in self.found.used_up else UNLISTED for name in self._unlisted
            },
            notes=self.found.notes,
            origins=self.found.origins,
        )

    # The session.

    def place(self, values: Values) -> None:
        """Set every parameter, and forget its gradient."""
        for parameter, value in zip(self.parameters.values(), self._weights(values), strict=True):
            parameter.set(value)

    def forward(self, values: Values) -> Outputs:
        """Call forward, every generator of random numbers set to the same state."""
        return self._run(values[: len(values) - len(self.parameters)])

    def backward(self, cotangents: Outputs) -> Claims:
        """Call backward, with the cotangents if it takes any."""
        parameters = self.parameters.values()
        for parameter in parameters:
            if isinstance(parameter, Held):
                parameter.before_backward()
        parts = self._raw_backward(cotangents)
        return (*self._returned(tuple(claim_of(part) for part in parts)), *self._stored())

    def _run(self, inputs: Values) -> Outputs:
        pin_random_numbers()
        self._generators.rewind()
        result = self.calls.forward(self._copy, self.arguments.filled(inputs))
        return outputs_of(result, f"{self.name}.{self.calls.forward_name}")

    def _raw_backward(self, cotangents: Outputs) -> tuple[Any, ...]:
        given = [self.arguments.given(u) for u in cotangents] if self._gives_cotangent else []
        self._parts = self.calls.backward(self._copy, given)
        return self._parts

    def zero_grad(self) -> bool:
        """Call the object's own ``zero_grad``, or what it calls so."""
        name = method_of(self._copy, "zero_grad", CLEAR)
        if name is None or required_names(self._copy, name):
            return False
        call(getattr(self._copy, name), f"{self.name}.{name}")
        return True

    def kept(self, name: str) -> Any:
        """An attribute of the copy, as the last call left it."""
        return getattr(self._copy, name, None)

    def kept_object(self) -> Any:
        """The copy itself, as the last call left it."""
        return self._copy

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
            for stored in (claim_of(parameter.gradient()),)
        )

    def _weights(self, values: Values) -> Values:
        return values[len(values) - len(self.parameters) :]


def _on_grid(parameter: Parameter) -> Tensor:
    """Its value, where a check will ask for it: that of the copy itself, which is never written to.

    A large one would cost its size once more.
    """
    value = parameter.value.detach()
    if parameter.value is not parameter.item:
        return value.clone()
    return put_on_grid(value) if value.dtype == torch.float64 else value


def _private_copy(instance: object, dtype: torch.dtype) -> Any:
    try:
        return converted_copy(instance, dtype)
    except Exception as error:
        raise ExerciseError(
            f"{type(instance).__name__} cannot be copied ({one_line(error)}); "
            "a check works on a copy, so that it never changes what it is given"
        ) from error
