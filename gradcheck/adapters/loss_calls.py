"""How a loss's two methods are called: with what, and where they leave what they are asked for."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.activations import Activation
from gradcheck.adapters.arguments import call
from gradcheck.adapters.bound import listening
from gradcheck.adapters.calls import PAIR, LayerCalls
from gradcheck.adapters.instructions import ignores_its_arguments, reads_item
from gradcheck.adapters.kinds import wanted
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.preactivation import Part, parts_of
from gradcheck.adapters.shape import own_positional, required_names
from gradcheck.adapters.vocabulary import VALUE_ATTRIBUTE, means
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.signatures import parameters


@dataclass
class LossCalls(LayerCalls):
    """One reading of a loss.

    Attributes:
        prediction: Where the prediction stands among the forward's arguments.
        averages: Whether a vector of losses is averaged, else summed.
        gives_output: Whether the gradient is given the output that the forward has kept.
        through: What makes the prediction of what it is given instead, if anything does.
        places: Which leaf each gradient belongs to, where that had to be found out.
        number: Which of them is the prediction's, where several may be.
        gradients: What the last backward has answered.
        target_name: What the forward calls its target.
    """

    prediction: int = 0
    averages: bool = False
    gives_output: bool = False
    through: Activation | None = None
    places: tuple[int, ...] = ()
    number: int = 0
    gradients: tuple[Any, ...] = ()
    target_name: str = ""

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """The value, of all samples together."""
        if self.through is not None:
            before, self._given_instead = arguments, arguments[self.prediction]
            made = self.through(self._given_instead)
            arguments = (*before[: self.prediction], made, *before[self.prediction + 1 :])
        result = super().forward(target, arguments)
        if isinstance(result, tuple | list) and not self.backward_name:
            place = _place_of_value(result)
            self._both, result = (*result[:place], *result[place + 1 :]), result[place]
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
        if wants_target(target, self):
            return self._asked(target, (truth,), pred)
        if wants_all(target, self.backward_name):
            return self._asked(target, self._arguments[:2], pred)
        asked = wanted(target, self.forward_name)
        if parts := parts_of(asked, words):
            return self._asked(target, tuple(self._part(one, pred, truth) for one in parts), pred)
        if len(words) > PAIR and {*words} <= {*asked}:
            named = dict(zip(asked, self._arguments, strict=False))
            return self._asked(target, tuple(named[word] for word in words), pred)
        if len(words) < PAIR or words == ("self",):
            return super().backward(target, cotangents)
        if self.gives_output:
            pred = getattr(target, "output", pred)
        first = prediction_of(words) == 0
        if asked[:2] == words[:2]:
            first = self.prediction == 0
        return self._asked(target, (pred, truth) if first else (truth, pred), pred)

    def _part(self, part: Part, pred: Any, truth: Any) -> Any:
        """What a gradient is given under one of its names."""
        if part is Part.BEFORE:
            return self._given_instead
        if part is Part.ACTIVATION:
            return self.through
        return pred if part is Part.PREDICTION else truth

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


def _place_of_value(result: Sequence[Any]) -> int:
    """The first number of what is returned together; the first of all, where none is one.

    >>> _place_of_value((torch.ones(2), torch.tensor(1.0))), _place_of_value((torch.ones(2), None))
    (1, 0)
    """
    sizes = [int(np.prod(getattr(one, "shape", (0,)))) for one in result]
    single = (i for i, one in enumerate(result) if isinstance(one, float) or sizes[i] == 1)
    return next(single, 0)


def wants_target(instance: Any, calls: LossCalls) -> bool:
    """Whether the one thing that its backward wants bears the name of the forward's target."""
    asked = [p.name for p in own_positional(instance, calls.forward_name)]
    words = wanted(instance, calls.backward_name) if calls.backward_name else ()
    return len(words) == 1 and words[0] in asked and asked.index(words[0]) != calls.prediction


def wants_all(instance: Any, backward: str) -> bool:
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


def is_never_given(instance: Any, backward: str) -> bool:
    """Whether nobody must give it a cotangent, and it looks at none: ``backward(self, dout=1)``."""
    method = getattr(instance, backward)
    return not required_names(instance, backward) and ignores_its_arguments(method)


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

    What is summed over some axes, as those of the samples, keeps the others in their order.

    Raises:
        ExerciseError: If it is such a product.
    """
    shape = tuple(getattr(result, "shape", ()))
    left = iter(prediction.shape)
    if len(shape) > 1 and min(shape) > 1 and not all(size in left for size in shape):
        raise ExerciseError(f"the loss of several samples is a matrix {shape}: of one, a number")
    return result


def _left_behind(target: Any, before: dict[str, Any], like: Any) -> Any:
    new = [value for name, value in vars(target).items() if before.get(name) is not value]
    fitting = [v for v in new if getattr(v, "shape", None) == getattr(like, "shape", ())]
    return fitting[-1] if fitting else None
