"""A ``torch.autograd.Function``:  ``forward(ctx, *inputs)``  and  ``backward(ctx, *grad_outputs)``.

The claim is what torch obtains from it: ``Function.apply``, then ``torch.autograd.grad`` for
copies of the inputs, so that ``ctx`` is what it is in life.  Autograd as a witness must not ask
the very backward under test: it is given the body of the forward instead, run on the same inputs
with a stand-in for ``ctx``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call, like, source_of
from gradcheck.adapters.bodies import backward_of, body, has_setup, is_filled_in
from gradcheck.adapters.graph import (
    MISFITS,
    WITHHELD,
    Recorded,
    Waiting,
    as_leaves,
    differentiable,
    moves,
    pulled_back,
    tensors_in,
)
from gradcheck.adapters.vocabulary import CONSTANT, means
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.subject import Claims, Leaf, Outputs, Role, Subject, Unlisted, Values, copies

NO_GRADIENT = "the backward returns None for it"
NO_EFFECT = f"{NO_GRADIENT}, and no output moves with it"
OUTPUTS_MOVE = f"{NO_GRADIENT}, though the outputs move with it: its gradient is not zero"


def recognises(target: object) -> bool:
    """Whether it is a subclass of torch's Function that somebody has filled in."""
    return is_filled_in(target)


def signature_of(function: Any) -> Callable[..., Any]:
    """The forward as its caller sees it: without ``ctx``."""
    forward: Callable[..., Any] = function.forward
    return forward if has_setup(function) else functools.partial(forward, None)


def has_jvp(target: object) -> bool:
    """Whether somebody has written forward mode for it.

    >>> has_jvp(torch.autograd.Function)
    False
    """
    own = getattr(target, "jvp", None)
    return own is not None and own is not torch.autograd.Function.jvp


def has_vmap(target: object) -> bool:
    """Whether somebody has written a rule for ``torch.vmap``; not whether torch makes one.

    >>> has_vmap(torch.autograd.Function)
    False
    """
    own = getattr(target, "vmap", None)
    return is_filled_in(target) and own is not torch.autograd.Function.vmap


def is_missed(leaf: Leaf) -> bool:
    """Whether its outputs move with it, it may ask for a gradient, and gets none.

    Who calls a tensor as only constants are called means none; but what requires grad is owed one.
    """
    if leaf.unclaimed not in {OUTPUTS_MOVE, WITHHELD} or leaf.required is False:
        return False
    return is_owed(leaf) or not means(CONSTANT, leaf.name)


def is_owed(leaf: Leaf) -> bool:
    """Whether it asks for a gradient for certain: a parameter, or a tensor that requires grad."""
    return bool(leaf.required) or leaf.role == Role.PARAMETER


def adapt(
    function: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The Function as a subject: every floating-point input is a leaf."""
    tensors = [torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x for x in inputs]
    arguments = Arguments.of(signature_of(function), tensors, dtype, parts=True)
    leaves = arguments.leaves()
    if not leaves:
        raise ExerciseError(
            f"{function.__name__} was given no floating-point input: there is no gradient to check"
        )
    try:
        use = _use_of(function, arguments, tuple(leaf.value for leaf in leaves))
    except ExerciseError:
        # Some forwards refuse to be asked for a gradient that they do not have.
        if not arguments.required or len(arguments.required) == len(leaves):
            raise
        arguments = replace(arguments, fixed=True)
        leaves = arguments.leaves()
        use = _use_of(function, arguments, tuple(leaf.value for leaf in leaves))
    return Subject(
        name=function.__name__,
        leaves=use.excused(leaves),
        forward=use.forward,
        open=lambda: _Session(use),
        arguments=lambda values: arguments.filled(copies(values)),
        torch_conventions=True,
        instance=function,
        options=options,
        source=source_of(backward_of(function) or function.backward),
        forward_source=source_of(function.forward),
        graph=use.graph,
    )


@dataclass(frozen=True)
class _Use:
    """A Function with its arguments, and what one first call of it has shown.

    Attributes:
        function: The class.
        arguments: With the constants among them.
        dirty: The positions of the leaves that it declares to be changed in place.
        kept: Which of its floating-point outputs have a gradient, by number.
    """

    function: Any
    arguments: Arguments
    dirty: frozenset[int] = frozenset()
    kept: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.function.__name__}.forward"

    def forward(self, values: Values) -> Outputs:
        """The outputs that have a gradient; from the body alone, where autograd looks on."""
        pin_random_numbers()
        given = self.arguments.filled(copies(values))
        if torch.is_grad_enabled() and any(value.requires_grad for value in values):
            result, _ = call(body, self.name, self.function, given)
        else:
            with torch.no_grad():
                result = call(self.function.apply, self.name, *given)
        outputs = [*tensors_in(result)]
        return tuple(outputs[number] for number in self.kept)

    def applied(self, values: Values) -> tuple[Values, Any]:
        """The leaves, and all that ``apply`` returns for them, with torch's graph."""
        leaves = as_leaves(values)
        with torch.enable_grad():
            return leaves, self._result(leaves)

    def graph(self, values: Values) -> Outputs:
        """The outputs that have a gradient, with torch's graph over these values."""
        outputs = [*tensors_in(self._result(values))]
        return tuple(outputs[number] for number in self.kept)

    def _result(self, leaves: Values) -> Any:
        pin_random_numbers()
        # No leaf may be changed in place where torch keeps a graph.
        given = [
            leaf.clone() if number in self.dirty else leaf for number, leaf in enumerate(leaves)
        ]
        return call(self.function.apply, self.name, *self.arguments.filled(tuple(given)))

    def excused(self, leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
        """The leaves, with the reason where the backward claims nothing for one."""
        values = tuple(leaf.value for leaf in leaves)
        session = _Session(self)
        outputs = session.forward(copies(values))
        claims = session.backward(tuple(torch.ones_like(y) for y in outputs))
        return tuple(
            replace(leaf, unclaimed=self._excuse(values, number)) if claim is None else leaf
            for number, (leaf, claim) in enumerate(zip(leaves, claims, strict=True))
        )

    def _excuse(self, values: Values, number: int) -> str:
        try:
            return OUTPUTS_MOVE if moves(self.forward, values, number) else NO_EFFECT
        except ExerciseError:
            return NO_GRADIENT


class _Session:
    """Each forward is an ``apply`` with a graph of its own; each backward goes through one."""

    def __init__(self, use: _Use) -> None:
        self._use = use
        self._name = f"{use.function.__name__}.backward"
        self._waiting = Waiting(self._name)
        self._results: dict[int, Any] = {}

    def place(self, values: Values) -> None:
        """Nothing: every leaf is an argument."""

    def forward(self, values: Values) -> Outputs:
        """Apply the Function to leaves on the memory of these values."""
        leaves, result = self._use.applied(values)
        outputs = differentiable(result)
        self._results[id(outputs)] = result
        self._waiting.add(Recorded(leaves, outputs))
        return tuple(output.detach() for output in outputs)

    def backward(self, cotangents: Outputs) -> Claims:
        """Ask torch for the gradients; those that torch refuses, as they were returned."""
        recorded = self._waiting.next()
        try:
            return pulled_back(recorded, cotangents, self._name)
        except BackwardError as refused:
            if MISFITS not in str(refused):
                raise
            return self._misfitting(recorded, cotangents)

    def zero_grad(self) -> bool:
        """Nothing is stored."""
        return False

    def unlisted(self) -> Mapping[str, Unlisted]:
        """Nothing is held."""
        return {}

    def _misfitting(self, recorded: Recorded, cotangents: Outputs) -> Claims:
        """What the backward itself returns for each leaf, with the sums that torch would make."""
        returned = _called_directly(self._results[id(recorded.outputs)], recorded, cotangents)
        own = (returned[position] for position in self._use.arguments.leaf_positions)
        return tuple(_summed(claim, leaf) for claim, leaf in zip(own, recorded.leaves, strict=True))


def _use_of(function: Any, arguments: Arguments, values: Values) -> _Use:
    """Learn from one call what is changed in place, and which outputs have a gradient."""
    use = _Use(function, arguments)
    use = replace(use, dirty=_dirty(use, copies(values)))
    _, result = use.applied(copies(values))
    outputs = [*tensors_in(result)]
    kept = tuple(number for number, output in enumerate(outputs) if output.requires_grad)
    if not kept:
        raise ExerciseError(f"{use.name} returned no output that has a gradient")
    return replace(use, kept=kept)


def _dirty(use: _Use, values: Values) -> frozenset[int]:
    """Which leaves the forward declares to be changed in place."""
    pin_random_numbers()
    try:
        with torch.no_grad():
            _, context = call(body, use.name, use.function, use.arguments.filled(values))
    except ExerciseError:
        return frozenset()  # apply will say why
    declared = context.dirty_tensors or ()
    return frozenset(
        number for number, value in enumerate(values) if any(value is one for one in declared)
    )


def _called_directly(result: Any, recorded: Recorded, cotangents: Outputs) -> tuple[Any, ...]:
    """What the backward of the node returns, called without torch's engine: one for each input."""
    given = iter(cotangents)
    gradients = [
        like(part, next(given)) if isinstance(part, Tensor) and part.requires_grad else _zeros(part)
        for part in (result if isinstance(result, tuple) else (result,))
    ]
    node: Any = recorded.outputs[0].grad_fn
    with torch.no_grad():
        returned = node.apply(*gradients)
    return returned if isinstance(returned, tuple) else (returned,)


def _zeros(part: Any) -> Tensor | None:
    return torch.zeros_like(part) if isinstance(part, Tensor) else None


def _summed(claim: Tensor | None, leaf: Tensor) -> Tensor | None:
    try:
        return claim if claim is None else claim.sum_to_size(leaf.shape).to(leaf.dtype)
    except RuntimeError:
        return claim
