"""A loss: a value of a prediction and a target, and its gradient with regard to the prediction.

    forward(pred, target) -> value,   then   backward() -> gradient
    loss(pred, target) -> value,      and    grad(pred, target) -> gradient
    loss(pred, target) -> (value, gradient)

With weights, a mask or a third sample beside, the first of them have the gradients.
In this order of the arguments or in the other, as their names say.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call
from gradcheck.adapters.bound import listening
from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.fitting import chosen
from gradcheck.adapters.instructions import ignores_its_arguments, reads_item
from gradcheck.adapters.kinds import Kind, Shape, shape_of, wanted
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.shape import asked_as, own_positional, required_names, takes_argument
from gradcheck.adapters.stateful import Stateful
from gradcheck.adapters.vocabulary import VALUE_ATTRIBUTE, means
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.signatures import parameters
from gradcheck.subject import Claims, Leaf, Subject, copies

UNCLAIMED = "a loss's backward returns the gradient with regard to its input only"
_SUMMED = "the loss returns one value for each sample: its gradient is that of their sum"
_AVERAGED = "the loss returns one value for each sample: its gradient is that of their mean"
_OF_ONE = "{name} looks at no grad_output: it is taken for that of one"
_OF_OUTPUT = "its gradient is given the output that the forward keeps, in the prediction's place"


def recognises(target: object) -> bool:
    """Whether it compares a prediction with a target."""
    shape = shape_of(target)
    return shape is not None and shape.kind == Kind.LOSS


@dataclass
class _LossCalls(LayerCalls):
    """One reading of a loss.

    Attributes:
        prediction: Where the prediction stands among the forward's arguments.
        averages: Whether a vector of losses is averaged, else summed.
        gives_output: Whether the gradient is given the output that the forward has kept.
    """

    prediction: int = 0
    averages: bool = False
    gives_output: bool = False

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """The value, of all samples together."""
        result = super().forward(target, arguments)
        if isinstance(result, tuple | list) and not self.backward_name:
            self._both, result = tuple(result[1:]), result[0]
        result = self._value_of(target, arguments, result)
        several = isinstance(result, Tensor | np.ndarray) and result.ndim and not self._cotangent
        self.is_vector = bool(several) and int(np.prod(result.shape)) > 1
        if self.is_vector:
            result = result.sum() / (len(result) if self.averages else 1)
        return result

    def _value_of(self, target: Any, arguments: tuple[Any, ...], result: Any) -> Any:
        """What it returns; what it has left in an attribute, where that is itself, or a prediction.

        Raises:
            ExerciseError: If nothing says where the value is.
        """
        given = arguments[self.prediction]
        if not _is_handed_on(result, given) and result is not target:
            return _no_matrix(result, given)
        for name, value in vars(target).items() if hasattr(target, "__dict__") else ():
            if means(VALUE_ATTRIBUTE, name) and isinstance(value, Tensor | np.ndarray | float):
                return torch.tensor(value, device="cpu") if isinstance(value, float) else value
        name = f"{type(target).__name__}.{self.forward_name}"
        raise ExerciseError(f"{name} returns what it is given or itself, and no value of the loss")

    def backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """The gradient, by its method or as it came with the value."""
        if not self.backward_name:
            return self._both
        with listening(target, self.forward_name, self.backward_name) as models:
            result = self._backward(target, cotangents)
        heard = [gradient for model in models for gradient in model.heard]
        return tuple(heard[:1]) or result

    def _backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        words = wanted(target, self.backward_name)
        pred, truth = self._arguments[self.prediction], self._arguments[1 - self.prediction]
        if _wants_target(target, self):
            return self._asked(target, (truth,), pred)
        if _wants_all(target, self.backward_name):
            return self._asked(target, self._arguments[:2], pred)
        if len(words) < 2 or words == ("self",):
            return super().backward(target, cotangents)
        if self.gives_output:
            pred = getattr(target, "output", pred)
        first = prediction_of(words) == 0
        if wanted(target, self.forward_name)[:2] == words[:2]:
            first = self.prediction == 0
        return self._asked(target, (pred, truth) if first else (truth, pred), pred)

    def _asked(self, target: Any, given: tuple[Any, ...], pred: Any) -> tuple[Any, ...]:
        """What its method answers to these; what that leaves behind, where it returns nothing."""
        name = f"{type(target).__name__}.{self.backward_name}"
        kept = dict(vars(target)) if hasattr(target, "__dict__") else {}
        result = call(getattr(target, self.backward_name), name, *given, error=BackwardError)
        if result is None:
            result = _left_behind(target, kept, pred)
        return tuple(result) if isinstance(result, tuple) else (result,)

    @property
    def _cotangent(self) -> bool:
        return self.gives_cotangent


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The loss as a subject: the gradient belongs to the prediction.

    Where backward can be given a cotangent it is given one, else the cotangent is all ones.
    """
    shape = shape_of(instance)
    if shape is None:
        raise TypeError("asked about what it does not recognise")
    read = functools.partial(_read, instance, inputs, options, dtype, shape)
    plain, plain_calls = read(*_PLAIN)
    values = tuple(leaf.value for leaf in plain.leaves)
    try:
        plain.forward(values)
    except Exception:  # noqa: BLE001 whoever asks next is told
        return plain
    ways = _other_ways(
        averages=plain_calls.is_vector,
        gives_output=bool(shape.backward) and _keeps_output(plain, values),
    )
    possible = [(plain, plain_calls), *(read(*way) for way in ways)]
    subject, calls = possible[chosen([one for one, _ in possible])]
    notes = list(subject.notes)
    if plain_calls.is_vector:
        notes.append(_AVERAGED if calls.averages else _SUMMED)
    if calls.gives_output:
        notes.append(_OF_OUTPUT)
    if shape.backward and _is_never_given(instance, shape.backward):
        notes.append(_OF_ONE.format(name=f"{type(instance).__name__}.{shape.backward}"))
    return replace(_claiming_all(subject, values), notes=tuple(notes))


def _claiming_all(subject: Subject, values: tuple[Tensor, ...]) -> Subject:
    """The loss, with all that its backward returns claimed: a target may have a gradient, too."""
    session = subject.open()
    try:
        session.place(copies(values))
        outputs = session.forward(copies(values))
        returned = session.backward(tuple(torch.ones_like(y) for y in outputs))
    except Exception:  # noqa: BLE001 whoever asks next is told
        return subject
    leaves = (
        replace(leaf, unclaimed="") if leaf.unclaimed == UNCLAIMED and claim is not None else leaf
        for leaf, claim in zip(subject.leaves, returned, strict=True)
    )
    return replace(subject, leaves=tuple(leaves))


_PLAIN = (False, False)


def _other_ways(*, averages: bool, gives_output: bool) -> list[tuple[bool, bool]]:
    """How else it may be read, if these are possible at all: each an object made anew.

    >>> _other_ways(averages=True, gives_output=False)
    [(True, False)]
    """
    ways = [(True, False), (False, True), (True, True)]
    return [way for way in ways if way[0] <= averages and way[1] <= gives_output]


def _read(  # noqa: PLR0917 one reading of many
    instance: Any,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype,
    shape: Shape,
    averages: bool,
    gives_output: bool,
) -> tuple[Subject, _LossCalls]:
    cotangent = (
        bool(shape.backward)
        and len(wanted(instance, shape.backward)) < 2
        and takes_argument(instance, shape.backward)
        and not _is_never_given(instance, shape.backward)
    )
    position = prediction_of(shape.arguments)
    calls = _LossCalls(shape.forward, shape.backward, cotangent, position, averages, gives_output)
    if _wants_target(instance, calls) or _wants_all(instance, calls.backward_name):
        calls.gives_cotangent = cotangent = False
    arguments = Arguments.of(asked_as(instance, shape.forward), inputs, dtype)
    claimed = arguments.names[position]
    leaves = arguments.leaves(unclaimed=lambda name: "" if name == claimed else UNCLAIMED)
    place = next((i for i, leaf in enumerate(leaves) if not leaf.unclaimed), 0)

    def claims(returned: tuple[Any, ...]) -> Claims:
        size = leaves[place].value.numel() if leaves else 0
        fits = [isinstance(one, Tensor) and one.numel() == size for one in returned]
        if len(returned) == len(leaves) > 1 and all(isinstance(one, Tensor) for one in returned):
            return returned
        if len(returned) > 1 and _in_order(returned, leaves):
            return (*returned, *(None,) * (len(leaves) - len(returned)))
        claim = returned[fits.index(True)] if any(fits) else next(iter(returned), None)
        return tuple(claim if number == place else None for number in range(len(leaves)))

    loss = Stateful(instance, arguments, dtype, claims, gives_cotangent=cotangent, calls=calls)
    return loss.subject(leaves, options), calls


def _in_order(returned: tuple[Any, ...], leaves: Sequence[Leaf]) -> bool:
    """Whether these are gradients of the first leaves, one each; of fewer samples, too."""
    return len(returned) <= len(leaves) and all(
        isinstance(one, Tensor) and one.ndim == leaf.value.ndim > 0
        for one, leaf in zip(returned, leaves, strict=False)
    )


def _wants_target(instance: Any, calls: _LossCalls) -> bool:
    """Whether the one thing that its backward wants bears the name of the forward's target."""
    asked = [p.name for p in own_positional(instance, calls.forward_name)]
    words = wanted(instance, calls.backward_name) if calls.backward_name else ()
    return len(words) == 1 and words[0] in asked and asked.index(words[0]) != calls.prediction


def _wants_all(instance: Any, backward: str) -> bool:
    """Whether its backward takes any number of arguments, and looks at the second of them.

    def backward(self, *inputs):  ...  inputs[0] - inputs[1]
    """
    if not backward:
        return False
    method = getattr(instance, backward)
    return any(
        one.kind is inspect.Parameter.VAR_POSITIONAL and reads_item(method, one.name, 1)
        for one in parameters(method)
    )


def _is_never_given(instance: Any, backward: str) -> bool:
    """Whether nobody must give it a cotangent, and it looks at none: ``backward(self, dout=1)``."""
    method = getattr(instance, backward)
    return not required_names(instance, backward) and ignores_its_arguments(method)


def _keeps_output(subject: Subject, values: tuple[Tensor, ...]) -> bool:
    """Whether the forward leaves an ``output`` of the prediction's shape, as fused losses do."""
    session: Any = subject.open()
    session.place(values)
    session.forward(values)
    kept = session.kept("output")
    return isinstance(kept, Tensor | np.ndarray) and any(
        tuple(kept.shape) == tuple(leaf.value.shape) for leaf in subject.leaves
    )


def _is_handed_on(result: Any, given: Any) -> bool:
    """Whether it is the very tensor or array: an error of zero equals a prediction of zero."""
    if isinstance(result, Tensor) and isinstance(given, Tensor):
        return result is given or (
            result.shape == given.shape and result.data_ptr() == given.data_ptr() != 0
        )
    arrays = isinstance(result, np.ndarray) and isinstance(given, np.ndarray)
    return arrays and result.shape == given.shape and np.may_share_memory(result, given)


def _no_matrix(result: Any, prediction: Any) -> Any:
    """The value; a product of two batches, as ``d.T @ d`` is one, says that one sample is wanted.

    Raises:
        ExerciseError: If it is such a product.
    """
    shape = tuple(getattr(result, "shape", ()))
    if len(shape) > 1 and min(shape) > 1 and shape != tuple(prediction.shape):
        raise ExerciseError(f"the loss of several samples is a matrix {shape}: of one, a number")
    return result


def _left_behind(target: Any, before: dict[str, Any], like: Any) -> Any:
    new = [value for name, value in vars(target).items() if before.get(name) is not value]
    fitting = [v for v in new if getattr(v, "shape", None) == getattr(like, "shape", ())]
    return fitting[-1] if fitting else None
