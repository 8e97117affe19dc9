"""A ``torch.nn.Module``: its inputs and its parameters, through torch's own autograd.

The claim is ``torch.autograd.grad`` through the module as it is.  Where that goes through a
hand-written Function, autograd as a witness is given the bodies of those forwards instead; where
it does not, the claim is autograd's own, and autograd is no witness of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gradcheck.adapters.arguments import Arguments, call, source_of
from gradcheck.adapters.bodies import bodies_only, standing, stood_in
from gradcheck.adapters.graph import (
    AUTOGRADS_OWN,
    UNREACHED,
    WITHHELD,
    Recorded,
    Waiting,
    as_leaves,
    hand_written,
    in_graph,
    moves,
    pulled_back,
    tensors_in,
)
from gradcheck.adapters.parameters import unlisted
from gradcheck.adapters.snapshot import Snapshot, converted_copy
from gradcheck.adapters.uses import functions_in
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.grid import put_on_grid
from gradcheck.subject import Claims, Leaf, Outputs, Role, Subject, Unlisted, Values, copies

_IN_PLACE = "a leaf Variable that requires grad"


def recognises(target: object) -> bool:
    """Whether it is a Module, or a class of them, with a forward of its own."""
    kind = target if inspect.isclass(target) else type(target)
    return issubclass(kind, nn.Module) and kind.forward is not nn.Module.forward


def adapt(
    module: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The Module as a subject: its leaves are the inputs, then the parameters in use."""
    tensors = [torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in inputs]
    live = _Live(module, Arguments.of(module.forward, tensors, dtype), dtype)
    leaves = (*live.arguments.leaves(), *live.parameter_leaves())
    functions = live.learn(tuple(leaf.value for leaf in leaves))
    single = next(iter(functions)) if len(functions) == 1 else None
    return Subject(
        name=live.name,
        leaves=live.excused(leaves),
        forward=live.fresh_forward,
        open=live.open,
        arguments=lambda values: live.arguments.filled(copies(values)),
        torch_conventions=True,
        instance=module,
        options=options,
        source=source_of(single.backward) if single else source_of(type(module).forward),
        forward_source=source_of(type(module).forward),
        opaque=live.opaque,
        idle="" if functions else ", ".join(one.__name__ for one in functions_in(type(module))),
        graph=live.graph,
        functions=tuple(sorted(functions, key=lambda one: str(one.__name__))),
    )


class _Live:
    """A private copy of the Module, called with the parameters of the moment; its own session."""

    def __init__(self, module: Any, arguments: Arguments, dtype: torch.dtype) -> None:
        self.name = type(module).__name__
        self.arguments = arguments
        self.opaque = ""
        self._stand_ins = standing()
        self._copy = _copied(module, dtype)
        self._own = {
            name: parameter
            for name, parameter in self._copy.named_parameters()
            if parameter.requires_grad and parameter.is_floating_point()
        }
        self._snapshot = Snapshot(self._copy, exempt=tuple(self._own.values()))
        self._buffers = [(buffer, buffer.clone()) for buffer in self._copy.buffers()]
        self._unlisted = self._forgotten()
        self._kept: tuple[int, ...] = ()
        self._clones = False
        self._weights: Values = ()
        self._stored: list[Tensor | None] = []
        self._waiting = Waiting(f"{self.name}'s backward")

    def parameter_leaves(self) -> tuple[Leaf, ...]:
        """One for each parameter that asks for a gradient."""
        return tuple(
            Leaf(name, put_on_grid(parameter.detach().clone()), role=Role.PARAMETER)
            for name, parameter in self._own.items()
        )

    def learn(self, values: Values) -> set[Any]:
        """From one call: the outputs that have a gradient, and the Functions on the way.

        Raises:
            ExerciseError: If it cannot be called, or no output has a gradient.
        """
        self.open().place(values)
        try:
            result = self._recorded(values)[1]
        except ExerciseError as error:
            if _IN_PLACE not in str(error):
                raise
            self._clones = True  # a first layer that works in place
            self.open().place(values)
            result = self._recorded(values)[1]
        outputs = [*tensors_in(result)]
        self._kept = tuple(n for n, output in enumerate(outputs) if output.requires_grad)
        if not self._kept:
            raise ExerciseError(f"{self.name}.forward returned no output that has a gradient")
        functions = hand_written(tuple(outputs))
        self.opaque = AUTOGRADS_OWN if not functions else self._hidden(values)
        return functions

    def excused(self, leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
        """The leaves, with the reason where autograd does not reach one that matters."""
        values = tuple(leaf.value for leaf in leaves)
        self.open().place(values)
        outputs = self.forward(values)
        recorded = self._waiting.next()
        claims = pulled_back(recorded, tuple(torch.ones_like(y) for y in outputs), self.name)
        cut = [n for n, claim in enumerate(claims) if claim is None]
        reasons = {
            n: WITHHELD if in_graph(recorded.outputs, recorded.leaves[n]) else UNREACHED
            for n in cut
            if moves(self.fresh_forward, values, n)
        }
        return tuple(
            replace(leaf, unclaimed=reasons.get(n, leaf.unclaimed)) for n, leaf in enumerate(leaves)
        )

    def fresh_forward(self, values: Values) -> Outputs:
        """The outputs of a Module as it was given; of the bodies, where autograd looks on."""
        self.open()
        watched = torch.is_grad_enabled() and any(value.requires_grad for value in values)
        with self._bodies() if watched and not self.opaque else torch.no_grad():
            inputs, weights = self._split(values)
            result = self._called(copies(inputs), weights)
        return self._chosen(result)

    def _split(self, values: Values) -> tuple[Values, Values]:
        first = len(values) - len(self._own)
        return values[:first], values[first:]

    def graph(self, values: Values) -> Outputs:
        """The outputs of a Module as it was given, with torch's graph over these values."""
        self.open()
        given = copies(values) if self._clones else values
        return self._chosen(self._called(*self._split(given)))

    def open(self) -> _Live:
        """Put every buffer and attribute back."""
        self._snapshot.restore()
        for buffer, value in self._buffers:
            buffer.copy_(value)  # a batch norm writes to its own without counting it as a change
        self._waiting = Waiting(f"{self.name}'s backward")
        self._stored = [None] * len(self._own)
        return self

    # The session.

    def place(self, values: Values) -> None:
        """Take the parameters, and forget the stored gradients."""
        self._weights = as_leaves(self._split(values)[1])
        self._stored = [None] * len(self._own)

    def forward(self, values: Values) -> Outputs:
        """Call the Module, and keep the graph."""
        leaves, result = self._recorded(values)
        outputs = self._chosen(result)
        self._waiting.add(Recorded(leaves, outputs))
        return tuple(output.detach() for output in outputs)

    def backward(self, cotangents: Outputs) -> Claims:
        """Ask torch for the gradients; those of the parameters add up, as ``grad`` does."""
        recorded = self._waiting.next()
        found = pulled_back(recorded, cotangents, f"{self.name}'s backward")
        claims = [
            torch.zeros_like(leaf) if claim is None else claim
            for claim, leaf in zip(found, recorded.leaves, strict=True)
        ]
        first = len(claims) - len(self._own)
        for number, claim in enumerate(claims[first:]):
            stored = self._stored[number]
            self._stored[number] = claim.clone() if stored is None else stored + claim
        return (*claims[:first], *self._stored)

    def zero_grad(self) -> bool:
        """Forget the stored gradients, as torch does."""
        self._stored = [None] * len(self._own)
        return True

    def unlisted(self) -> Mapping[str, Unlisted]:
        """The tensors that are neither parameters nor buffers."""
        return self._unlisted

    def _recorded(self, values: Values) -> tuple[Values, Any]:
        inputs = as_leaves(self._split(values)[0])
        with torch.enable_grad():
            given = copies(inputs) if self._clones else inputs
            return (*inputs, *self._weights), self._called(given, self._weights)

    def _called(self, inputs: Values, weights: Values) -> Any:
        pin_random_numbers()
        named = dict(zip(self._own, weights, strict=True))
        for own, weight in zip(self._own.values(), weights, strict=True):
            # What is computed again in the backward, as by a checkpoint, finds it there.
            own.requires_grad_(weight.requires_grad).data.copy_(weight)
        given = (self._copy, named, self.arguments.filled(inputs))
        with stood_in(self._stand_ins, self._spaces()):
            return call(torch.func.functional_call, f"{self.name}.forward", *given)

    def _bodies(self) -> AbstractContextManager[None]:
        """Functions as their forwards' bodies, in the files of this Module and all inside it."""
        return bodies_only(self._spaces())

    def _spaces(self) -> list[dict[str, Any]]:
        spaces = [type(part).forward.__globals__ for part in self._copy.modules()]
        return [*{id(space): space for space in spaces}.values()]

    def _chosen(self, result: Any) -> Outputs:
        outputs = [*tensors_in(result)]
        return tuple(outputs[number] for number in self._kept)

    def _hidden(self, values: Values) -> str:
        """Why the bodies of the Functions cannot be had; empty if they can."""
        self.open().place(values)
        try:
            with self._bodies():
                left = hand_written(tuple(tensors_in(self._recorded(values)[1])))
        except ExerciseError as error:
            return f"the forwards inside cannot be differentiated by torch: {error}"
        names = ", ".join(sorted(function.__name__ for function in left))
        return f"{names} cannot be gone round, and is what is under test" if names else ""

    def _forgotten(self) -> dict[str, Unlisted]:
        buffers = {name for name, _ in self._copy.named_buffers()}
        found = unlisted(self._copy, self._copy.parameters())
        return {name: item for name, item in found.items() if name not in buffers}


def _copied(module: Any, dtype: torch.dtype) -> Any:
    """A deep copy in this dtype, whose parameters are parameters again."""
    try:
        copy = converted_copy(module, dtype)
    except Exception as error:
        raise ExerciseError(
            f"{type(module).__name__} cannot be copied ({one_line(error)}); "
            "a check works on a copy, so that it never changes what it is given"
        ) from error
    made: dict[int, nn.Parameter] = {}
    for original, part in zip(module.modules(), copy.modules(), strict=True):
        for name, parameter in original._parameters.items():  # noqa: SLF001 torch's own place
            tensor = part._parameters[name]  # noqa: SLF001 the same
            if isinstance(tensor, Tensor) and not isinstance(tensor, nn.Parameter):
                wanted = made.setdefault(
                    id(tensor), nn.Parameter(tensor, requires_grad=parameter.requires_grad)
                )
                part._parameters[name] = wanted  # noqa: SLF001 the same
    return copy
