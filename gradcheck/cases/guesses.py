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
from gradcheck.signatures import is_required, parameters

BATCH, IN, OUT, CHANNELS, MAPS = 4, 5, 3, 2, 3


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
    """

    arrays: bool
    image: bool = False
    out_first: bool = False
    column: bool = False
    flat: bool = True
    optimizer: Callable[[], Any] = lambda: None
    square: bool = False


def constructions(target: type, worlds: Iterator[World]) -> Iterator[dict[str, Any]]:
    """Keyword arguments to try, the likeliest first."""
    asked = [p for p in parameters(target) if is_required(p)]
    seen: list[str] = []
    for world in worlds:
        options = _options(asked, world)
        if (text := repr({k: _key(v) for k, v in options.items()})) not in seen:
            seen.append(text)
            yield options


def worlds_of(target: type, *, arrays: bool, optimizer: Callable[[], Any]) -> Iterator[World]:
    """Every way to decide, the likeliest first."""
    image = is_image(target)
    for flat, out_first, column in (
        (True, False, False),
        (True, True, False),
        (False, False, False),
        (False, True, True),
    ):
        yield World(arrays, image, out_first, column, flat, optimizer)
    yield World(arrays, image=not image, optimizer=optimizer)
    yield World(arrays, image, optimizer=optimizer, square=True)


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
        for part in tuple(shape) if shape is not None else parts:
            if isinstance(part, int) and not isinstance(part, bool) and 1 < part < 5000:  # noqa: PLR2004 some size
                found.append(part)
    return list(dict.fromkeys(found))


def _options(asked: list[inspect.Parameter], world: World) -> dict[str, Any]:
    spare = iter((IN, OUT, 4, 6, 7, 2, 8, 9))
    heads = any("head" in p.name.lower() for p in asked)
    return {p.name: _value(p, world, spare, heads=heads) for p in asked}


def _value(parameter: inspect.Parameter, world: World, spare: Iterator[int], *, heads: bool) -> Any:
    name = parameter.name.lower()
    annotation = parameter.annotation
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    for pattern, give in _GIVEN:
        if pattern.fullmatch(name):
            return give(world)
    if written == "str":
        return name
    if written == "bool":
        return True
    if written == "float":
        return 0.3
    if _is_array(name, parameter.name, written):
        return _array(name, world)
    if heads and re.search(r"dim|model|size|embed|feature|hidden", name):
        return 6
    if _OUT.search(name):
        next(spare, None)
        return (MAPS if world.image else OUT) if not world.square else IN
    if _IN.search(name):
        return CHANNELS if world.image else IN
    if world.image:
        return 3
    return IN if world.square else next(spare, 6)


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
    return value.numpy() if world.arrays else value.float()


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
_GIVEN: tuple[tuple[re.Pattern[str], Callable[[World], Any]], ...] = tuple(
    (re.compile(words), give)
    for words, give in (
        (r".*name|label|tag|id|scope", lambda world: "layer"),  # noqa: ARG005 the same everywhere
        (r"(is_?)?train.*|training|bias|use_?bias|requires_grad|with_bias", lambda world: True),  # noqa: ARG005
        (r"opt|optim|optimi[sz]er.*|updater", lambda world: world.optimizer()),
        (r"lr|learn(ing)?_?rate|eta|step_?size", lambda world: 0.5),  # noqa: ARG005
        (r"(.*dropout.*|.*drop.*|p|prob.*|rate|ratio|keep.*)", lambda world: 0.4),  # noqa: ARG005
        (r".*eps(ilon)?", lambda world: 1e-5),  # noqa: ARG005
        (r"(negative_?)?slope|alpha|leak(age|iness)?|a", lambda world: 0.2),  # noqa: ARG005
        (r"momentum|decay", lambda world: 0.9),  # noqa: ARG005
        (r"delta|temperature|temp|t|tau|margin|threshold|lambda_?|lam", lambda world: 0.7),  # noqa: ARG005
        (r".*(reg|weight_?decay|l1|l2|lambd).*", lambda world: 0.0),  # noqa: ARG005
        (r".*init.*", _initialiser),
        (r".*stride.*", lambda world: 2),  # noqa: ARG005
        (r".*pad.*", lambda world: 1),  # noqa: ARG005
        (r".*dilation.*|.*groups?.*", lambda world: 1),  # noqa: ARG005
        (r".*scale_?factor.*|.*upscale.*|factor", lambda world: 2),  # noqa: ARG005
        (r".*heads?.*", lambda world: 2),  # noqa: ARG005
        (
            r".*(kernel|filter|pool|window|patch|k)_?(size|shape|dim|h|w|height|width)s?|kernel|ksize|k"
            r"|f|fh|fw|ph|pw|pool_?[hw]|h_?f|w_?f",
            lambda world: 3,
        ),
        (r".*(num|n|nb)_?(filters?|kernels?|maps)", lambda world: MAPS),  # noqa: ARG005
        (r".*(vocab|num_?embed|n_?embeddings|dictionary).*", lambda world: 7),  # noqa: ARG005
        (r".*(seq|steps|time|max_?len).*", lambda world: 3),  # noqa: ARG005
        (
            r".*input_?shape|in_?shape|.*(im|image)_?(shape|size|dim)",
            lambda world: (CHANNELS, 7, 6) if world.image else (IN,),
        ),
        (r"shape|.*output_?shape|.*target_?shape", lambda world: (-1, IN)),  # noqa: ARG005
        (r"axis|dim", lambda world: -1),  # noqa: ARG005
        (r"reduction", lambda world: "mean"),  # noqa: ARG005
        (r"activation.*|act|nonlinearity", lambda world: "relu"),  # noqa: ARG005
    )
)
