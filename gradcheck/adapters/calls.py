"""How a layer's two methods are called: under what names, with what arguments, with what result."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from gradcheck.adapters.affixes import in_order_of
from gradcheck.adapters.arguments import call
from gradcheck.adapters.engines import unwrapped
from gradcheck.adapters.handed import Offer, handed
from gradcheck.adapters.instructions import reads, unpacked
from gradcheck.adapters.kinds import Kind, shape_of
from gradcheck.adapters.nesting import flat_of, is_array, nested_like, one_by_one
from gradcheck.adapters.optimizer import RATE, Descent
from gradcheck.adapters.routes import Route, routes
from gradcheck.adapters.sequences import are_lists, last_of
from gradcheck.adapters.shape import (
    backward_of,
    forward_of,
    is_open,
    method_of,
    own_positional,
    required_names,
)
from gradcheck.adapters.states import kept_under, outputs_among
from gradcheck.adapters.vocabulary import (
    ATTRIBUTE_RATE,
    CACHE,
    FLAG,
    GATHER,
    GRADIENT_ATTRIBUTES,
    KEEPING,
    OPTIMIZER,
    OUTPUT_ATTRIBUTES,
    means,
)
from gradcheck.adapters.vocabulary import RATE as RATE_WORDS
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.signatures import is_required

PAIR = 2
LAST, ALL = "last", "all"


class Calls(Protocol):
    """What a session needs to know of an object's methods."""

    forward_name: str
    backward_name: str

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """Call the forward; its outputs, wherever it leaves them."""

    def backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """Call the backward; its gradients, wherever it leaves them."""

    def rate(self, target: Any) -> float | None:
        """The learning rate of a step that the backward itself takes, if it is known."""


@dataclass
class LayerCalls:
    """``forward(*inputs) -> y`` and ``backward(grad_output, ...) -> grad_input``, in all spellings.

    Attributes:
        forward_name: The method's name.
        backward_name: The same.
        sizes: How many elements each input has that wants a gradient.
        gives_cotangent: Whether backward is given one.
        returns: Which of the two have returned something, of this object or of another copy.
        step: The learning rate that a backward is given which updates the weights itself.
        states: Of a list with one output for each step, whether the backward is given the gradient
            of the ``last`` or of ``all``, in a list; empty where nobody has asked.
    """

    forward_name: str
    backward_name: str
    gives_cotangent: bool = True
    returns: set[str] = field(default_factory=set, kw_only=True)
    step: float = field(default=RATE, kw_only=True)
    states: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        # Asked at every forward of a witness, and always the same.
        self._flags: dict[int, dict[str, bool]] = {}
        self._gathers: str | None = None
        # What the last forward has returned for the backward: all of it, and each by its name.
        self._cache: Any = None
        self._kept: dict[str, Any] = {}
        # Under which names the last backward has returned its gradients, if under any.
        self.keys: tuple[Any, ...] = ()
        # What the last forward has returned, as it was.
        self.pattern: Any = None

    @classmethod
    def of(cls, target: object) -> LayerCalls:
        """Look for the names."""
        shape = shape_of(target)
        if shape is not None and shape.kind == Kind.LAYER:
            return cls(shape.forward, shape.backward)
        return cls(forward_of(target) or "forward", backward_of(target) or "backward")

    def forward(self, target: Any, arguments: tuple[Any, ...]) -> Any:
        """What it returns without its cache; the attribute that it sets, if it returns nothing."""
        self._arguments = arguments
        before = self._before(target, self.forward_name)
        flags = self._switches(target, len(arguments))
        result = unwrapped(_called(target, self.forward_name, arguments, flags))
        if result is None:
            result = _set_since(target, before, OUTPUT_ATTRIBUTES)
        else:
            self.returns.add(self.forward_name)
        self._cache, self._kept = None, {}
        self.pattern = result
        if isinstance(result, tuple) and _promises(target):
            return flat_of(result)
        if self.states == LAST or are_lists(result):
            result = last_of(result)
        elif (
            self.states != ALL
            and isinstance(result, tuple | list)
            and self._is_cached(target, result)
        ):
            result = self._parted(target, result)
        self._output = result
        return result

    def backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """What it returns as a tuple; the attribute that it sets, if it returns nothing."""
        before = self._before(target, self.backward_name)
        if isinstance(self.pattern, tuple) and _promises(target):
            cotangents = list(nested_like(self.pattern, cotangents))
        packed = [[*cotangents]] if self.states == ALL else self._packed(target, list(cotangents))
        given, named = self._given(target, self.backward_name, packed)
        result = unwrapped(_called(target, self.backward_name, given, named, error=BackwardError))
        self._gather(target, list(cotangents))
        self.keys = ()
        if result is None:
            sizes = {_size(value) for value in getattr(self, "_arguments", ())}
            result = _set_since(target, before, GRADIENT_ATTRIBUTES, sizes)
        else:
            self.returns.add(self.backward_name)
        if isinstance(result, dict):
            words = [p.name for p in own_positional(target, self.forward_name)]
            ordered = in_order_of(words, result)
            self.keys, result = tuple(ordered), tuple(ordered.values())
        if not isinstance(result, tuple | list):
            return (result,)  # a forgotten return too: nothing is not no gradient
        return flat_of(result) if _promises(target) else tuple(map(unwrapped, one_by_one(result)))

    def rate(self, target: Any) -> float | None:
        """That of an argument is ours; so is, in a private copy, an attribute that says it."""
        words = own_positional(target, self.backward_name) if self.backward_name else []
        if any(means(OPTIMIZER, p.name) for p in words):
            return RATE
        if any(means(RATE_WORDS, p.name) for p in words):
            return self.step
        held = vars(target) if hasattr(target, "__dict__") else {}
        for name, value in held.items():
            if isinstance(value, Descent):
                return RATE
            if means(ATTRIBUTE_RATE, name) and isinstance(value, int | float) and value:
                held[name] = self.step
                return self.step
        return None

    def _before(self, target: Any, method: str) -> dict[Route, Any] | None:
        """What is set already, for a method that may answer by setting an attribute."""
        return None if method in self.returns else routes(target)

    def _switches(self, target: Any, given: int) -> dict[str, bool]:
        """Flags such as ``training`` that the forward wants beside so many arguments."""
        if given not in self._flags:
            self._flags[given] = {
                p.name: True
                for p in own_positional(target, self.forward_name)[given:]
                if (means(FLAG, p.name) and (is_required(p) or _is_left_out_of_training(p)))
                or (means(KEEPING, p.name) and p.default is False)
            }
        return self._flags[given]

    def _gather(self, target: Any, cotangents: list[Any]) -> None:
        """Call what computes the parameters' gradients, where that is a method of its own."""
        if self._gathers is None:
            self._gathers = self._gathering(target)
        gather = self._gathers
        if not gather:
            return
        wants = bool(required_names(target, gather))
        given, named = self._given(target, gather, cotangents) if wants else ([], {})
        _called(target, gather, given, named, error=BackwardError)

    def _gathering(self, target: Any) -> str:
        """The name of that method; empty where there is none, or one of the two calls it."""
        gather = method_of(target, "", GATHER)
        if gather is None or gather in {self.forward_name, self.backward_name}:
            return ""
        both = (getattr(target, one) for one in (self.forward_name, self.backward_name))
        return "" if any(reads(one, gather) for one in both) else gather

    def _packed(self, target: Any, cotangents: list[Any]) -> list[Any]:
        """In a tuple, where the backward takes its one argument apart: ``dout, *rest = grads``."""
        words = own_positional(target, self.backward_name) if self.backward_name else []
        if len(words) != 1 or not self.gives_cotangent or _promises(target):
            return cotangents
        count = unpacked(getattr(target, self.backward_name), words[0].name)
        if not count:
            return cotangents
        return [tuple((*cotangents, *(None,) * count)[: max(count, len(cotangents))])]

    def _parted(self, target: Any, result: Any) -> Any:
        """The outputs alone; what is for the backward is kept."""
        methods = (getattr(target, self.forward_name), getattr(target, self.backward_name))
        count = outputs_among(*methods, result) or 1
        rest = tuple(result[count:])
        self._cache = rest[0] if len(rest) == 1 else rest
        named = kept_under(methods[0], result)
        self._kept = dict(list(named.items())[count:])
        return result[0] if count == 1 else tuple(result[:count])

    def _is_cached(self, target: Any, result: Any) -> bool:
        """Whether all but the first result is for the backward, and no output."""
        if len(result) < PAIR or not is_array(result[0]):
            return False
        if not self.backward_name:
            return False
        words = own_positional(target, self.backward_name)
        words = [p for p in words if is_required(p) or not means(RATE_WORDS, p.name)]
        if any(means(CACHE, p.name) for p in words):
            return True
        if len(words) == 1 and not is_open(target, self.backward_name):
            return True  # who answers for one output hands the others on, as a last state
        forward, backward = getattr(target, self.forward_name), getattr(target, self.backward_name)
        if outputs_among(forward, backward, result):
            return True
        return any(not is_array(part) for part in result[1:])

    def _given(
        self, target: Any, method: str, cotangents: list[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a backward, by position and by keyword."""
        if not self.gives_cotangent:
            return [], {}
        offer = Offer(
            tuple(getattr(self, "_arguments", ())),
            getattr(self, "_output", None),
            self._cache,
            self._kept,
            self.step,
        )
        return handed(target, (self.forward_name, method), cotangents, offer)


def _called(
    target: Any,
    method: str,
    given: Iterable[Any],
    named: Mapping[str, Any],
    error: type[ExerciseError] = ExerciseError,
) -> Any:
    """What a method returns for these arguments, those with a name beside those without."""
    bound = getattr(target, method)
    name = f"{type(target).__name__}.{method}"
    return call(lambda *values: bound(*values, **named), name, *given, error=error)


def _is_left_out_of_training(flag: inspect.Parameter) -> bool:
    """Whether the forward keeps nothing for its backward unless it is told that it trains."""
    return flag.default is False and "train" in flag.name.lower()


def _promises(target: Any) -> bool:
    """Whether its backward takes cotangents nested as its outputs are, and answers likewise."""
    return bool(getattr(target, "torch_conventions", False))


def _set_since(
    target: Any,
    before: dict[Route, Any] | None,
    preferred: tuple[str, ...],
    sizes: set[int] | None = None,
) -> Any:
    """The tensor that a call has left in an attribute: by its name, else the last one set.

    None from a method that has returned something before: then it forgot to.  Where sizes are
    given, what has none of them is taken by its name alone.
    """
    if before is None:
        return None
    now = routes(target)
    new = {route: item for route, item in now.items() if before.get(route) is not item}
    pool = new or now
    if sizes:
        pool = {route: item for route, item in pool.items() if _size(item) in sizes} or pool
        new = {route: item for route, item in new.items() if _size(item) in sizes}
    for word in preferred:
        for route, item in pool.items():
            if route.name.lower().strip("_") == word:
                return item
    return list(new.values())[-1] if new else None


def _size(value: Any) -> int:
    return int(np.prod(value.shape)) if isinstance(value, Tensor | np.ndarray) else -1
