"""Arguments of a constructor, guessed from their names, annotations and defaults.

Sizes are all different, so that a transposed weight does not fit; strides are two, paddings one.
"""

from __future__ import annotations

import builtins
import inspect
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch

from gradcheck.cases.annotations import as_many, is_count, suits
from gradcheck.cases.point import generator, normal
from gradcheck.cases.spec import Built
from gradcheck.cases.words import PAIRS, TEXTS, WORDS
from gradcheck.foreign.signatures import is_required, parameters, written

_LARGEST = 5000
IN, OUT, CHANNELS, MAPS = 5, 3, 2, 3


@dataclass(frozen=True)
class World:
    """What is decided for all arguments of one constructor together.

    Attributes:
        arrays: Whether tensors are NumPy arrays.
        image: Whether it is a layer of images.
        out_first: Whether weights are (out, in).
        column: Whether biases are columns.
        flat: Whether biases have one axis.
        optimizer: What is given where an optimizer is wanted.
        square: Whether all sizes are one.
        functions: Whether an activation is a function, and not the name of one.
        told: Whether a size is given that may be left out, None by default: the input's.
        pairs: Whether a kernel, a stride and a padding have two sizes.
        lists: Whether ``layers`` are sizes, one after the other.
        choice: Which of the values that an annotation lists is taken, of what may be left out too.
        parts: Builds the layers or losses that it is to hold; None where nothing is built.
        part: Which of the layers stands where one is wanted.
    """

    arrays: bool
    image: bool = False
    out_first: bool = False
    column: bool = False
    flat: bool = True
    optimizer: Callable[[], Any] = lambda: None
    square: bool = False
    told: bool = False
    functions: bool = False
    pairs: bool = False
    lists: bool = False
    choice: int = 0
    parts: Supply | None = None
    part: int = 0


class Supply(Protocol):
    """Builds what a container holds."""

    @property
    def chain(self) -> list[Built]:
        """Layers that fit together."""

    def layer(self, number: int) -> Built | None:
        """One layer."""

    def loss(self) -> Built | None:
        """One loss."""

    def of(self, base: str, number: int) -> Built | None:
        """An instance of the class of this name, or of one derived from it."""


def constructions(target: type, worlds: Iterator[World]) -> Iterator[dict[str, Any]]:
    """Keyword arguments to try, the likeliest first."""
    every = parameters(target)
    seen: list[str] = []
    for world in worlds:
        asked = [p for p in every if is_required(p) or (world.told and _may_be_told(p))]
        asked += [p for p in every if world.choice and p not in asked and _choices(p)]
        options = _options(asked, world)
        if (text := repr({k: _key(v) for k, v in options.items()})) not in seen:
            seen.append(text)
            yield options


def worlds_of(
    target: type, *, arrays: bool, optimizer: Callable[[], Any], parts: Supply | None = None
) -> Iterator[World]:
    """Every way to decide, the likeliest first."""
    plain = World(arrays, is_image(target), optimizer=optimizer)
    if parts is not None and any(_holds_parts(p) for p in parameters(target)):
        for number in range(_PARTS):
            yield replace(plain, parts=parts, part=number)
    yield from _plain_worlds(target, arrays=arrays, optimizer=optimizer)
    yield replace(plain, image=True, pairs=True)
    yield replace(plain, lists=True)
    for choice in range(1, _CHOICES):
        yield replace(plain, choice=choice, told=True)


_PARTS, _CHOICES = 6, 3


def _plain_worlds(target: type, *, arrays: bool, optimizer: Callable[[], Any]) -> Iterator[World]:
    image = is_image(target)
    asked = [p.name.lower() for p in parameters(target) if is_required(p)]
    given = World(arrays, image, optimizer=optimizer, functions=True)
    if any(_DERIVATIVE.search(name) for name in asked):
        yield given
    elif any(_ACTIVATION.search(name) for name in asked):
        yield World(arrays, image, optimizer=optimizer)
        yield given
    for flat, out_first, column in (
        (True, False, False),
        (True, True, False),
        (False, False, False),
        (False, True, True),
    ):
        yield World(arrays, image, out_first, column, flat, optimizer)
    yield World(arrays, image=not image, optimizer=optimizer)
    yield World(arrays, image, optimizer=optimizer, told=True)
    yield World(arrays, image, optimizer=optimizer, square=True)
    yield World(arrays, image, optimizer=optimizer, functions=True)


def missing(name: str, optimizer: Callable[[], Any]) -> Any:
    """What a network would set on its layers under this name; None where nothing is known.

    >>> missing("learning_rate", lambda: None)
    0.5
    """
    lowered = name.lower().strip("_")
    if _GENERATOR.fullmatch(lowered):
        return np.random.RandomState(0)
    if _OPTIMIZER.fullmatch(lowered):
        return optimizer()
    return next((value for pattern, value in WORDS if pattern.fullmatch(lowered)), None)


_GENERATOR = re.compile(r"(np_?|numpy_?|random_?)?(rng|random_?state|generator|rand(om)?)")


def _may_be_told(parameter: inspect.Parameter) -> bool:
    """Whether it is the size of the input, which a network tells where the author does not."""
    name = parameter.name.lower()
    return (
        parameter.default is None
        and re.search(r"in|prev|^n_?f", name) is not None
        and (_IN.search(name) is not None and not re.search(r"init|point|string", name))
    )


def is_image(target: type) -> bool:
    """Whether the names of its arguments, or its own, speak of images."""
    names = " ".join(p.name.lower() for p in parameters(target))
    return _IMAGE.search(names) is not None or _IMAGE_CLASS.search(target.__name__) is not None


def sizes_in(options: Mapping[str, Any], target: type) -> list[int]:
    """All sizes that were given, or are defaults: one of them is that of the input.

    Where none was given any may do, and a default, as of the steps of a schedule, says little.
    """
    given = _sizes_among(options.values())
    defaults = _sizes_among(p.default for p in parameters(target) if p.name not in options)
    return list(dict.fromkeys((*(given or (IN,)), *sorted(defaults))))


def _sizes_among(values: Iterable[Any]) -> list[int]:
    found: list[int] = []
    for value in values:
        parts = value if isinstance(value, tuple | list) else (value,)
        shape = getattr(value, "shape", None)
        found += [size for size in (tuple(shape) if shape is not None else parts) if _is_size(size)]
    return found


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 < value < _LARGEST


def _options(asked: list[inspect.Parameter], world: World) -> dict[str, Any]:
    spare = iter((IN, OUT, 4, 6, 7, 2, 8, 9))
    heads = any("head" in p.name.lower() for p in asked)
    return {p.name: _value(p, world, spare, heads=heads) for p in asked}


def _value(parameter: inspect.Parameter, world: World, spare: Iterator[int], *, heads: bool) -> Any:
    name = parameter.name.lower()
    annotation = parameter.annotation
    said = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if (part := _part(parameter, world)) is not None:
        return part
    if choices := _choices(parameter):
        return choices[min(world.choice, len(choices) - 1)]
    if world.lists and _MANY.search(name):
        return [IN, 4, OUT]
    if _is_array(name, parameter.name, said):
        return _array(name, world)
    known: list[Any] = [_function(name, said, world)]
    if world.pairs or re.search(r"\btuple\b", said, re.IGNORECASE):
        known += [value for pattern, value in PAIRS if pattern.fullmatch(name)]
    if said == "str":
        known += [value for pattern, value in TEXTS if pattern.fullmatch(name)]
    known += [value for pattern, value in WORDS if pattern.fullmatch(name)]
    if name == "shape" or name.endswith("_shape"):
        known.append((CHANNELS, 7, 6) if world.image else (IN,))
    if _INITIALISER.search(name):
        known.append(_initialiser(world))
    if _OPTIMIZER.fullmatch(name):
        known.append(world.optimizer())
    known.append(_BY_ANNOTATION.get(said))
    first = next((value for value in known if value is not None and suits(value, parameter)), None)
    found = _size(name, world, spare, heads=heads) if first is None else first
    return as_many(found, parameter)


def _holds_parts(parameter: inspect.Parameter) -> bool:
    """Whether it stands for a layer, several, a loss, or an object of the author's own."""
    name = parameter.name.lower()
    if not is_required(parameter) or written(parameter) in _BY_ANNOTATION or is_count(parameter):
        return False
    named = _MANY.fullmatch(name) or _ONE.fullmatch(name) or _LOSS.fullmatch(name)
    return named is not None or _own_class(parameter) != ""


def _own_class(parameter: inspect.Parameter) -> str:
    """The name of the class that it is annotated with, if that is the author's own."""
    name = written(parameter).strip("'\"").rpartition(".")[2]
    own = name.isidentifier() and not hasattr(builtins, name) and name not in _NOT_OWN
    home = getattr(parameter.annotation, "__module__", "")
    return name if own and home.partition(".")[0] not in {"numpy", "torch", "typing"} else ""


_NOT_OWN = {"ndarray", "Tensor", "Callable", "Any", "Iterable", "Sequence", "ArrayLike", "NDArray"}


def _part(parameter: inspect.Parameter, world: World) -> Any:
    """The layer, the layers or the loss that it asks for, where there are such."""
    if world.parts is None or not _holds_parts(parameter):
        return None
    name = parameter.name.lower()
    if _LOSS.fullmatch(name) and (loss := world.parts.loss()) is not None:
        return loss
    if (own := _own_class(parameter)) and (found := world.parts.of(own, world.part)) is not None:
        return found
    return (world.parts.chain or None) if _MANY.fullmatch(name) else world.parts.layer(world.part)


def _choices(parameter: inspect.Parameter) -> tuple[Any, ...]:
    """The values that a ``Literal`` lists, where the annotation is more than a text."""
    annotation = parameter.annotation
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    said = re.search(r"Literal\[(.*)\]", annotation) if isinstance(annotation, str) else None
    return tuple(re.findall(r"['\"]([^'\"]+)['\"]", said[1])) if said else ()


def _function(name: str, written: str, world: World) -> Callable[[Any], Any] | None:
    """A smooth function or its derivative, where a constructor is given the two."""
    if not world.functions and "Callable" not in written:
        return None
    tanh = Smooth(np.tanh if world.arrays else torch.tanh)
    if _DERIVATIVE.search(name):
        return tanh.derivative
    return tanh if _ACTIVATION.search(name) else None


class Smooth:
    """An activation as a layer may want it: a function, or an object that has one and its slope.

    >>> tanh = Smooth(np.tanh)
    >>> tanh(0.0) == tanh.function(0.0), tanh.derivative(0.0) == tanh.prime(0.0)
    (True, True)
    """

    __name__ = "tanh"

    def __init__(self, tanh: Callable[[Any], Any]) -> None:
        self._tanh = tanh

    def __call__(self, x: Any) -> Any:
        """The function itself."""
        return self._tanh(x)

    def derivative(self, x: Any) -> Any:
        """Its slope there."""
        return 1 - self._tanh(x) ** 2

    function = func = activate = activation = fn = f = __call__
    prime = deriv = gradient = grad = df = derivate = derivative

    def forward(self, x: Any) -> Any:
        """The function, which remembers where it was asked."""
        self._at = x
        return self._tanh(x)

    def backward(self, grad: Any) -> Any:
        """The slope where it was asked, times the cotangent."""
        return grad * self.derivative(self._at)


def _size(name: str, world: World, spare: Iterator[int], *, heads: bool) -> int:
    if heads and re.search(r"dim|model|size|embed|feature|hidden", name):
        return 6
    if _OUT.search(name):
        next(spare, None)
        return _out(world)
    if _IN.search(name):
        return CHANNELS if world.image else IN
    if world.image:
        return 3
    return IN if world.square else next(spare, 6)


def _out(world: World) -> int:
    if world.square:
        return IN
    return MAPS if world.image else OUT


def _is_array(name: str, spelled: str, written: str) -> bool:
    if re.search(r"ndarray|Tensor|array", written):
        return True
    return spelled[:1] in "WU" or _ARRAY.fullmatch(name) is not None


def _array(name: str, world: World) -> Any:
    """A weight, or a vector."""
    out = OUT
    if re.fullmatch(r"gamma|beta|scale|shift|g|running_.*|mean|var", name):
        shape: tuple[int, ...] = (IN,) if world.flat else ((IN, 1) if world.column else (1, IN))
    elif re.fullmatch(r"b.*|c", name):
        shape = (out,) if world.flat else ((out, 1) if world.column else (1, out))
    elif world.image:
        shape = (MAPS, CHANNELS, 3, 2)
    elif re.fullmatch(r"w_?hh?|w_?rec|u|whh", name):
        shape = (out, out)
    else:
        shape = (out, IN) if world.out_first else (IN, out)
    value = normal(shape, generator(len(name), ord(name[0])))
    return value.numpy() if world.arrays else value.to(torch.float32)


def _initialiser(world: World) -> Callable[..., Any]:
    draw = np.random.default_rng(0).standard_normal

    def init(*shape: Any) -> Any:
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        values = draw(tuple(sizes))
        return values if world.arrays else torch.from_numpy(values)

    return init


def _key(value: Any) -> Any:
    shape = getattr(value, "shape", None)
    return value if shape is None else tuple(shape)


_IMAGE = re.compile(
    r"kernel|filter|pool|stride|pad|\bchannels?\b|in_?ch|in_?channels|scale_?factor"
)
_IMAGE_CLASS = re.compile(r"conv|pool|2d|upsampl|pad", re.IGNORECASE)
_IN = re.compile(
    r"^in|_in$|^n_?in|^nin|fan_?in|dim_?in|d_?in$|input|prev|^from|^inf$|^fin$|channel|depth"
    r"|^i$|^d$|^n$|^m$|feature|normal.*shape|^dim|^size$|in_?size|in_?dim|embed"
)
_OUT = re.compile(
    r"^out|_out$|^n_?out|^nout|fan_?out|dim_?out|d_?out$|output|^ouf$|unit|neuron|hidden|node"
    r"|filters$|num_?kernel|^n_?f$|^o$|^h$|^k$|maps"
)
_ARRAY = re.compile(
    r"w|w\d|wx|wh|ws|weights?|weight_?matrix|b|b\d|bx|bias(es)?|gamma|beta|kernel_?weights?"
    r"|filters?_?w|scale_?param|matrix"
)
_MANY = re.compile(
    r"(hidden_?)?(layers?|modules|blocks|models|components|stages|dims?|sizes|shapes?)"
    r"(_?(list|config|dims?|sizes|shapes?|units))?|(net(work)?)_?(layers|shape|dims|sizes)"
    r"|topology|architecture|structure|units_?list"
)
_ONE = re.compile(
    r"(wrapped_?|sub_?|inner_?|base_?|child_?)?(layer|module|block|model|net(work)?|cell)"
    r"(_?(obj(ect)?|instance|fn))?|encoder|decoder|forward_layer"
)
_LOSS = re.compile(r"(.*_)?(loss|criterion|error|cost)(_?(fn|func|function|layer|obj(ect)?))?")
_ACTIVATION = re.compile(r"activ|^act|non_?lin|^func?(tion)?$|^f$|^fn$")
_DERIVATIVE = re.compile(r"prime|deriv|grad|^d_?(activ|act|func|f$)|backward")
_OPTIMIZER = re.compile(r"opt|optim|optimi[sz]er.*|updater")
_INITIALISER = re.compile(r"init")
_BY_ANNOTATION: dict[str, Any] = {"str": "layer", "bool": True, "float": 0.3}
