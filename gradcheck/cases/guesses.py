"""Arguments of a constructor, guessed from their names, annotations and defaults.

Sizes are all different, so that a transposed weight does not fit; strides are two, paddings one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradcheck.cases.point import generator, normal
from gradcheck.cases.words import WORDS
from gradcheck.signatures import is_required, parameters

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


def constructions(target: type, worlds: Iterator[World]) -> Iterator[dict[str, Any]]:
    """Keyword arguments to try, the likeliest first."""
    every = parameters(target)
    seen: list[str] = []
    for world in worlds:
        asked = [p for p in every if is_required(p) or (world.told and _may_be_told(p))]
        options = _options(asked, world)
        if (text := repr({k: _key(v) for k, v in options.items()})) not in seen:
            seen.append(text)
            yield options


def worlds_of(target: type, *, arrays: bool, optimizer: Callable[[], Any]) -> Iterator[World]:
    """Every way to decide, the likeliest first."""
    image = is_image(target)
    if any(_DERIVATIVE.search(p.name.lower()) for p in parameters(target)):
        yield World(arrays, image, optimizer=optimizer, functions=True)
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
    """All sizes that were given, or are defaults: one of them is that of the input."""
    found: list[int] = []
    given = list(options.values())
    given += [p.default for p in parameters(target) if p.name not in options]
    for value in given:
        parts = value if isinstance(value, tuple | list) else (value,)
        shape = getattr(value, "shape", None)
        found += [size for size in (tuple(shape) if shape is not None else parts) if _is_size(size)]
    return list(dict.fromkeys(found))


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 < value < _LARGEST


def _options(asked: list[inspect.Parameter], world: World) -> dict[str, Any]:
    spare = iter((IN, OUT, 4, 6, 7, 2, 8, 9))
    heads = any("head" in p.name.lower() for p in asked)
    return {p.name: _value(p, world, spare, heads=heads) for p in asked}


def _value(parameter: inspect.Parameter, world: World, spare: Iterator[int], *, heads: bool) -> Any:
    name = parameter.name.lower()
    annotation = parameter.annotation
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if _is_array(name, parameter.name, written):
        return _array(name, world)
    known: list[Any] = [_function(name, written, world)]
    known += [value for pattern, value in WORDS if pattern.fullmatch(name)]
    if name == "shape" or name.endswith("_shape"):
        known.append((CHANNELS, 7, 6) if world.image else (IN,))
    if _INITIALISER.search(name):
        known.append(_initialiser(world))
    if _OPTIMIZER.fullmatch(name):
        known.append(world.optimizer())
    known.append(_BY_ANNOTATION.get(written))
    first = next((value for value in known if value is not None), None)
    return _size(name, world, spare, heads=heads) if first is None else first


def _function(name: str, written: str, world: World) -> Callable[[Any], Any] | None:
    """A smooth function or its derivative, where a constructor is given the two."""
    if not world.functions and "Callable" not in written:
        return None
    tanh: Callable[[Any], Any] = np.tanh if world.arrays else torch.tanh
    if _DERIVATIVE.search(name):
        return lambda x: 1 - tanh(x) ** 2
    return tanh if _ACTIVATION.search(name) else None


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
_ACTIVATION = re.compile(r"activ|^act|non_?lin|^func?(tion)?$|^f$|^fn$")
_DERIVATIVE = re.compile(r"prime|deriv|grad|^d_?(activ|act|func|f$)|backward")
_OPTIMIZER = re.compile(r"opt|optim|optimi[sz]er.*|updater")
_INITIALISER = re.compile(r"init")
_BY_ANNOTATION: dict[str, Any] = {"str": "layer", "bool": True, "float": 0.3}
