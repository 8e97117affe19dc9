"""Which kind of object it is, from its methods' names and arguments: layer, loss, derivative."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any, get_origin

import torch

from gradcheck.adapters.engines import is_operation
from gradcheck.adapters.flow import methods_by_flow, methods_by_name
from gradcheck.adapters.graph import is_function
from gradcheck.adapters.instructions import attributes_read, keeps, local_names, read_of_each
from gradcheck.adapters.named import is_given_a_gradient, is_prediction, is_target
from gradcheck.adapters.returns import hands_out, returns_nothing, returns_several, returns_two
from gradcheck.adapters.shape import (
    backward_of,
    called,
    forward_of,
    is_open,
    is_written,
    member_of,
    method_of,
    own_positional,
)
from gradcheck.adapters.vocabulary import (
    BACKWARD,
    CONTEXT,
    COTANGENT,
    DERIVATIVE,
    FLAG,
    FORWARD,
    INPUT_GRADIENTS,
    OWN_GRADIENT,
    RATE,
    SURELY_TARGET,
    VALUE,
    means,
    plain,
)
from gradcheck.adapters.wiring import wiring_of
from gradcheck.foreign.signatures import is_ignored, is_required, positional
from gradcheck.pair import Pair

_LOSS_NAME = re.compile(
    r".*(loss|entropy|mse|mae|rmse|hinge|huber|bce|nll|cost|criterion|squarederror|likelihood"
    r"|absoluteerror|logcosh|divergence|l1|l2).*",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What the two methods do."""

    LAYER = "layer"
    LOSS = "loss"
    LOCAL = "local"


@dataclass(frozen=True)
class Shape:
    """An object's kind and its two methods.

    Attributes:
        kind: Of what kind it is.
        forward: The name of the method that computes.
        backward: That of its gradient; empty where the forward returns both.
        arguments: The names of what the forward must be given.
    """

    kind: Kind
    forward: str
    backward: str
    arguments: tuple[str, ...]


def shape_of(target: object) -> Shape | None:
    """The shape of a class or an instance; None if it is no hand-written backward.

    >>> shape_of(list[int]) is None
    True
    """
    if _is_spoken_for(target):
        return None
    wiring = wiring_of(target if inspect.isclass(target) else type(target))
    if wiring is not None:
        kind = Kind.LAYER if wiring.cotangent else Kind.LOSS
        return Shape(kind, wiring.forward, wiring.backward, wiring.inputs)
    ways = (_methods, _loss_of_two, _local, _both_at_once, _called_back, _model, _by_flow, _by_name)
    return next((shape for way in ways if (shape := way(target)) is not None), None)


def _is_spoken_for(target: object) -> bool:
    """Whether it is of a kind that has an adapter of its own, or is no hand-written object."""
    if get_origin(target) is not None:
        return True  # an annotation, as ``NDArray[Any]``, which has all methods of its class
    kind: Any = target if inspect.isclass(target) else type(target)
    foreign = Pair | BaseException | ModuleType | torch.Tensor
    if issubclass(kind, foreign) or _is_of_another_kind(kind):
        return True
    if issubclass(kind, torch.nn.Module) and backward_of(target) is None:
        return True  # torch differentiates it
    return kind.__module__.partition(".")[0] in {"builtins", "numpy", "functools"}


@functools.lru_cache(maxsize=1024)
def _is_of_another_kind(kind: type) -> bool:
    """Remembered: of one class it is asked at each try."""
    return is_function(kind) or takes_context(kind) or is_operation(kind)


def takes_context(kind: type) -> bool:
    """Whether both of its methods are handed a context, and neither an instance.

    >>> class Double:
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         return 2 * grad
    >>> takes_context(Double)
    True
    """
    if is_function(kind) or not all(is_written(kind, name) for name in ("forward", "backward")):
        return False
    members = [inspect.getattr_static(kind, name) for name in ("forward", "backward")]
    functions = [getattr(member, "__func__", member) for member in members]
    firsts = [
        positional(function)[isinstance(member, classmethod) :][:1]
        for member, function in zip(members, functions, strict=True)
    ]
    return all(first and means(CONTEXT, first[0].name) for first in firsts)


def ends_here(target: object, backward: str) -> bool:
    """Whether it is a whole network, or a chain of layers, whose backward returns nothing.

    Nobody stands before it who could want the gradient of its input; nor does it leave one.

    >>> class Network:
    ...     def fit(self, x, y): ...
    ...     def backward(self, g):
    ...         self.dw = g
    >>> class Activation:
    ...     def predict(self, y): ...
    ...     def backward(self, g):
    ...         self.dinputs = 2 * g
    >>> class Chain:
    ...     def backward(self, g):
    ...         for layer in reversed(self.layers):
    ...             g = layer.backward(g)
    >>> class Model:
    ...     net = Chain()
    ...     def backward(self, g):
    ...         return self.net.backward(g)
    >>> ends_here(Network, "backward"), ends_here(Activation, "backward")
    (True, False)
    >>> ends_here(Chain, "backward"), ends_here(Model, "backward")
    (True, True)
    """
    method = getattr(target, backward)
    if keeps(method, INPUT_GRADIENTS):
        return False
    if not returns_nothing(method):
        asked = attributes_read(method)
        parts = [_held(target, name) for name in asked]
        held = [one for one in parts if one is not None and backward_of(one) in asked]
        return len(held) == 1 and ends_here(held[0], str(backward_of(held[0])))
    is_given = wanted(target, backward) or is_open(target, backward)
    if goes_back_through_parts(method) and is_given:
        return True
    # ``__add__`` adds no layer.
    public = (name for name in dir(target) if not name.startswith("__"))
    methods = {plain(name) for name in public if callable(member_of(target, name))}
    return bool(methods & _OF_NETWORKS)


def goes_back_through_parts(method: Callable[..., Any]) -> bool:
    """Whether a backward asks one after the other for theirs, as that of a chain of layers does."""
    asked = (name for name in read_of_each(method) if not name.startswith("_"))
    return any(BACKWARD.fullmatch(plain(name)) for name in asked)


def _held(target: object, name: str) -> Any:
    """An attribute, without asking an object that answers for its attributes itself."""
    return getattr(target, "__dict__", {}).get(name, inspect.getattr_static(target, name, None))


_OF_NETWORKS = {
    *("fit", "predict", "compile", "trainstep", "trainonbatch", "trainbatch", "add", "addlayer"),
    *("evaluate", "summary", "traintest"),
}


def wanted(target: object, method: str) -> tuple[str, ...]:
    """The arguments that a method must be given, flags and what it never looks at aside."""
    return tuple(
        p.name
        for p in own_positional(target, method)
        if is_required(p) and not is_ignored(p) and not means(FLAG, p.name)
    )


_GRADIENT = re.compile(r"grad(ient)?s?$")


def tells_its_gradient(function: Callable[..., Any]) -> bool:
    """Whether it computes what is called a gradient, or is called so, and returns several things.

    >>> def svm_loss(w, x, y):
    ...     dw = x.T @ (x @ w - y)
    ...     return (x @ w - y) ** 2, dw
    >>> tells_its_gradient(svm_loss), tells_its_gradient(lambda x: (x, x))
    (True, False)
    """
    named = any(means(OWN_GRADIENT, name) for name in local_names(function))
    named = named or _GRADIENT.search(getattr(function, "__name__", "").lower()) is not None
    return named and returns_several(function)


def _methods(target: object) -> Shape | None:
    """A forward and a backward, under names that say so."""
    forward, backward = forward_of(target), backward_of(target)
    return None if forward is None or backward is None else _of_methods(target, forward, backward)


def _of_methods(target: object, forward: str, backward: str) -> Shape:
    """What a forward and a backward are those of, by what they must be given."""
    needs, gives = wanted(target, forward), wanted(target, backward)
    if is_open(target, forward) and not needs and not gives:
        kind = Kind.LOSS if _named_loss(target) else Kind.LAYER
        return Shape(kind, forward, backward, ("prediction", "target") if kind == "loss" else ())
    if gives or is_open(target, backward):
        cotangents = tuple(name for name in gives if not means(RATE, name))
        if _says_loss(target, needs, gives) or _compares(needs, cotangents):
            return Shape(Kind.LOSS, forward, backward, needs)
        return Shape(Kind.LAYER, forward, backward, needs)
    if len(needs) >= 2:
        return Shape(Kind.LOSS, forward, backward, needs)
    heard = [one for one in own_positional(target, backward) if not is_ignored(one)]
    kind = Kind.LAYER if heard else Kind.LOCAL
    return Shape(kind, forward, backward, needs)


def _loss_of_two(target: object) -> Shape | None:
    """``loss(pred, target)`` and ``grad(pred, target)``."""
    gradient = method_of(target, "", DERIVATIVE) or backward_of(target)
    if gradient is None or _is_trained(target):
        return None
    for value in (forward_of(target), method_of(target, "", VALUE), called(target)):
        if value is None or value == gradient:
            continue
        needs, gives = wanted(target, value), wanted(target, gradient)
        if len(needs) >= 2 and (not gives or len(gives) >= 2):
            return Shape(Kind.LOSS, value, gradient, needs)
    return None


def _is_trained(target: object) -> bool:
    """Whether it is a whole model, whose loss and gradient are those of its own weights."""
    return bool({"fit", "predict"} & set(dir(target)))


def _local(target: object) -> Shape | None:
    """``f(x)`` and ``derivative(x)``; ``derivative(grad, x)``, which is a layer's backward."""
    gradient = method_of(target, "", DERIVATIVE)
    if gradient is None or hands_out(getattr(target, gradient)):
        return None
    for value in (forward_of(target), method_of(target, "", VALUE), called(target)):
        if value is None or value == gradient:
            continue
        given = wanted(target, gradient)
        if len(wanted(target, value)) != 1:
            continue
        if len(given) == 2 and is_given_a_gradient(given):
            return Shape(Kind.LAYER, value, gradient, wanted(target, value))
        if len(given) <= 1:
            is_layer = bool(given) and means(COTANGENT, given[0])
            kind = Kind.LAYER if is_layer else Kind.LOCAL
            return Shape(kind, value, gradient, wanted(target, value))
    return None


def _model(target: object) -> Shape | None:
    """A model that predicts, and the gradients of its weights for samples and their targets.

    >>> class Line:
    ...     def predict(self, x):
    ...         return self.w * x
    ...     def gradient(self, x, t):
    ...         return 2 * (self.predict(x) - t) * x
    >>> _model(Line).backward
    'gradient'
    """
    gradient = backward_of(target) or method_of(target, "", DERIVATIVE)
    forward = forward_of(target) or method_of(target, "", _PREDICTS)
    if gradient is None or forward is None:
        return None
    needs, gives = wanted(target, forward), wanted(target, gradient)
    others = [name for name in gives if name not in needs]
    is_told = len(gives) == len(others) + 1 == _BOTH and is_target(others[0])
    if len(needs) != 1 or not is_told or is_given_a_gradient(gives):
        return None
    return Shape(Kind.LAYER, forward, gradient, needs)


_PREDICTS = re.compile(r"predict(proba)?|inference|infer|hypothesis|output")
_BOTH = 2


def _by_flow(target: object) -> Shape | None:
    """A forward and a backward under names of their own, of which ``predict`` may be one."""
    found = methods_by_flow(target)
    return _of_methods(target, *found) if found and not hasattr(target, "fit") else None


def _by_name(target: object) -> Shape | None:
    """A function of one or two arguments and its derivative, under names of their own.

    What has a backward beside them walks back through a graph: an engine's value.
    """
    found = None if backward_of(target) else methods_by_name(target)
    if found is None or _is_trained(target):
        return None
    needs, gives = (wanted(target, name) for name in found)
    if len(needs) > 1:
        return Shape(Kind.LOSS, *found, needs)
    is_layer = bool(gives) and means(COTANGENT, gives[0])
    return Shape(Kind.LAYER if is_layer else Kind.LOCAL, *found, needs)


def _both_at_once(target: object) -> Shape | None:
    """``loss(pred, target) -> (value, gradient)``."""
    value = called(target) or forward_of(target) or method_of(target, "", VALUE)
    if value is None or not _named_loss(target) or backward_of(target):
        return None
    needs = wanted(target, value)
    several = len(needs) >= 2 and tells_its_gradient(getattr(target, value))
    if not (several or (len(needs) == 2 and returns_two(getattr(target, value)))):
        return None
    return Shape(Kind.LOSS, value, "", needs)


def _called_back(target: object) -> Shape | None:
    """``forward(x)`` and ``__call__(y, err)``, which multiplies what it is given by the slope."""
    forward, back = method_of(target, "forward", FORWARD), called(target)
    if forward is None or back is None or len(wanted(target, forward)) != 1:
        return None
    given = wanted(target, back)
    if len(given) != 2 or not is_given_a_gradient(given):
        return None
    return Shape(Kind.LAYER, forward, back, wanted(target, forward))


def _says_loss(target: object, needs: tuple[str, ...], gives: tuple[str, ...]) -> bool:
    """Whether a backward of two arguments wants a prediction and a target."""
    if len(needs) < 2 or len(gives) < 2:
        return False
    if gives[:2] == needs[:2]:
        return _named_loss(target) or any(is_target(name) for name in gives)
    pairs = (gives[:2], gives[1::-1])
    if any(is_prediction(a) and is_target(b) for a, b in pairs):
        return True
    return _named_loss(target) and any(is_target(name) for name in gives)


def _compares(needs: tuple[str, ...], gives: tuple[str, ...]) -> bool:
    """Whether a forward is given one target, of which its backward says nothing."""
    surely = [name for name in needs[:2] if means(SURELY_TARGET, name)]
    return len(needs) == 2 and len(surely) == 1 and len(gives) < 2


def _named_loss(target: object) -> bool:
    owner = target if inspect.isclass(target) else type(target)
    return is_named_loss(owner.__name__)


def is_named_loss(name: str) -> bool:
    """Whether a class or a function bears the name of a loss.

    >>> is_named_loss("mse_loss"), is_named_loss("Tanh")
    (True, False)
    """
    return _LOSS_NAME.fullmatch(name) is not None
