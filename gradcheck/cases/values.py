"""One argument of a constructor, by what its name and its annotation say."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from gradcheck.activations import tanh
from gradcheck.cases.annotations import as_many, suits
from gradcheck.cases.counted import as_counted
from gradcheck.cases.point import generator, normal
from gradcheck.cases.roles import (
    ACTIVATION,
    ARRAY,
    BY_ANNOTATION,
    DERIVATIVE,
    EXTENT,
    IN,
    INITIALISER,
    LOSS,
    MANY,
    OPTIMIZER,
    OUT,
    RECURRENT,
    TRUTH,
    choices,
    holds_parts,
    is_large,
    is_number_of_parts,
    own_class,
)
from gradcheck.cases.words import OPTIONS, PAIRS, TEXTS, WORDS
from gradcheck.cases.world import CHANNELS, FEW, INS, MAPS, OUTS, SAMPLES, World


def value_of(
    parameter: inspect.Parameter, world: World, spare: Iterator[int], *, heads: bool
) -> Any:
    """What to give for it.

    Args:
        parameter: Of the constructor.
        world: What is decided for all of them.
        spare: Sizes that no other has yet.
        heads: Whether it is a layer of attention, whose width its heads divide.
    """
    name = parameter.name.lower()
    annotation = parameter.annotation
    said = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if (part := _part(parameter, world)) is not None:
        return part
    if listed := choices(parameter):
        return listed[min(world.choice, len(listed) - 1)]
    if is_array(name, parameter.name, said):
        return array_of(name, world)
    if world.eased and is_large(parameter) and is_number_of_parts(parameter):
        return FEW
    return _number(parameter, said, world, spare, heads=heads)


def _number(
    parameter: inspect.Parameter, said: str, world: World, spare: Iterator[int], *, heads: bool
) -> Any:
    """A size, several, or what else its name may mean."""
    name = parameter.name.lower()
    if world.weight and EXTENT.fullmatch(name):
        return world.weight
    if world.lists and MANY.search(name):
        return [INS, 4, OUTS]
    known = (_function(name, said, world), *_named(name, said, world), BY_ANNOTATION.get(said))
    first = next((value for value in known if value is not None and suits(value, parameter)), None)
    if first is not None and not (world.numbers and "shape" in name):
        return _squared(as_counted(as_many(first, parameter), name, world), world)
    size = _size(name, world, spare, heads=heads)
    return (size,) if world.singles else as_counted(as_many(size, parameter), name, world)


def _squared(value: Any, world: World) -> Any:
    """Both sides of a window alike, where all are."""
    is_pair = world.pairs and world.square and isinstance(value, tuple)
    return (value[0],) * len(value) if is_pair else value


def _named(name: str, said: str, world: World) -> Iterator[Any]:
    """What its name may mean, the narrowest first."""
    if world.extent and EXTENT.fullmatch(name):
        yield world.extent
    if _SETTINGS.fullmatch(name):
        yield dict(OPTIONS)
    is_shape = name == "shape" or name.endswith("_shape")
    if is_shape and world.batched:
        yield (SAMPLES, OUTS if _OF_OTHERS.search(name) else INS)
    if world.truth and TRUTH.fullmatch(name):
        yield _truth(world)
    if is_shape and world.image and not _OF_OTHERS.search(name):
        yield (CHANNELS, 7, 6)
    tables = [PAIRS] if world.pairs or re.search(r"\btuple\b", said, re.IGNORECASE) else []
    tables += [TEXTS] if said == "str" else []
    for table in (*tables, WORDS):
        yield from (value for pattern, value in table if pattern.fullmatch(name))
    if is_shape:
        yield (INS,)
    if INITIALISER.search(name):
        yield _initialiser(world)
    if OPTIMIZER.fullmatch(name):
        yield world.optimizer()


_SETTINGS = re.compile(r"(\w+_|hyper|h)?param(eter)?s?|settings|config|cfg")
_OF_OTHERS = re.compile(r"out|target|kernel|filter|pool|window|patch")


def _part(parameter: inspect.Parameter, world: World) -> Any:
    """The layer, the layers or the loss that it asks for, where there are such."""
    if world.parts is None or not holds_parts(parameter):
        return None
    name = parameter.name.lower()
    if LOSS.fullmatch(name) and (loss := world.parts.loss()) is not None:
        return loss
    if (own := own_class(parameter)) and (found := world.parts.of(own, world.part)) is not None:
        return found
    return (world.parts.chain or None) if MANY.fullmatch(name) else world.parts.layer(world.part)


def _function(name: str, written: str, world: World) -> Callable[[Any], Any] | None:
    """A smooth function or its derivative, where a constructor is given the two."""
    if not world.functions and "Callable" not in written:
        return None
    function = tanh()
    if DERIVATIVE.search(name):
        return function.derivative
    return function if ACTIVATION.search(name) else None


def _size(name: str, world: World, spare: Iterator[int], *, heads: bool) -> int:
    if heads and re.search(r"dim|model|size|width|embed|feature|hidden", name):
        return 6
    if OUT.search(name):
        next(spare, None)
        return _out(world)
    if IN.search(name):
        return CHANNELS if world.image else INS
    if world.image:
        return 3
    return INS if world.square else next(spare, 6)


def _out(world: World) -> int:
    if world.square:
        return INS
    return MAPS if world.image else OUTS


def is_array(name: str, spelled: str, written: str) -> bool:
    """Whether an argument is a weight or a vector, by its name in lower case or its annotation.

    What is called a size is one, whatever its author has annotated.
    """
    if _SIZE.fullmatch(name):
        return False
    if re.search(r"ndarray|Tensor|array", written):
        return True
    return spelled[:1] in "WU" or ARRAY.fullmatch(name) is not None


_SIZE = re.compile(r"(n|num|in|out|input|output|hidden)_?(feat(ure)?s?|dims?|size|channels|units)")


def array_of(name: str, world: World) -> Any:
    """A weight, or a vector."""
    out, wide = OUTS, OUTS * world.gates
    if re.fullmatch(r"gamma|beta|scale|shift|g|running_.*|mean|var", name):
        shape: tuple[int, ...] = (INS,) if world.flat else ((INS, 1) if world.column else (1, INS))
    elif re.fullmatch(r"b.*|c", name):
        shape = (wide,) if world.flat else ((wide, 1) if world.column else (1, wide))
        shape = (1, 1, *shape) if world.last and not world.flat else shape
    elif world.last:
        shape = (3, 3, CHANNELS, MAPS)
    elif world.image:
        shape = (MAPS, CHANNELS, 3, 2)
    else:
        ins = out if RECURRENT.fullmatch(name) else INS
        shape = (wide, ins) if world.out_first else (ins, wide)
    value = normal(shape, generator(len(name), ord(name[0])))
    return value.numpy() if world.arrays else value.to(torch.float32)


def _truth(world: World) -> Any:
    """The target of a batch: a row for each sample, or its class."""
    rows = normal((SAMPLES, INS), generator(0))
    value = torch.arange(SAMPLES) if world.truth == "labels" else rows
    return value.numpy() if world.arrays else value


def _initialiser(world: World) -> Callable[..., Any]:
    draw = np.random.default_rng(0).standard_normal

    def init(*shape: Any) -> Any:
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        values = draw(tuple(sizes))
        return values if world.arrays else torch.from_numpy(values)

    return init
