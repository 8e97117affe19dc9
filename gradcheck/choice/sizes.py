"""A spec with other sizes: more channels, larger batches, wider images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gradcheck.cases.spec import Shape, Spec

_NO_CHANNELS = re.compile(r".*(kernel|pool|window|stride|pad|dilation|head|group|layer).*|k|ksize")
_HEIGHT, _WIDTH = 7, 6
_IMAGE = 3


def channels_of(spec: Spec) -> dict[str, int]:
    """The options that may say how many features there are, of which any number may be.

    >>> channels_of(Spec({"d_model": 5, "kernel_size": 3, "bias": True}))
    {'d_model': 5}
    """
    return {
        name: value
        for name, value in spec.options.items()
        if type(value) is int and not _NO_CHANNELS.fullmatch(name.lower())
    }


def resized(spec: Spec, sizes: Mapping[int, int]) -> Spec:
    """With other sizes in the stead of some, in its shapes and where an option says as much."""
    options = {name: sizes.get(size, size) for name, size in channels_of(spec).items()}
    shapes = tuple(_with(shape, sizes) for shape in spec.shapes)
    return replace(spec, options={**spec.options, **options}, shapes=shapes)


def doubled(spec: Spec) -> Spec:
    """With twice as many channels or features: what two heads or groups may share.

    >>> str(doubled(Spec({"d_model": 5, "kernel_size": 3}, ((4, 6, 5),))).label)
    'd_model=10, kernel_size=3; input (4, 6, 10)'
    """
    return resized(spec, {size: 2 * size for size in channels_of(spec).values()})


def squared(spec: Spec, size: int) -> Spec:
    """With this height and width of its images, wherever their channels stand."""
    sizes = {_HEIGHT: size, _WIDTH: size}
    return replace(spec, shapes=tuple(_with(shape, sizes) for shape in spec.shapes))


def stretched(spec: Spec, height: int, width: int) -> Spec:
    """With another height and width of those that have both.

    Of a lone input whose sizes nobody told, the last two axes may be those; else it is the same.

    >>> stretched(Spec(shapes=((4, 2, 7, 6), (4,))), 5, 11).shapes
    ((4, 2, 5, 11), (4,))
    >>> stretched(Spec(shapes=((4, 5, 3, 2),)), 5, 11).shapes
    ((4, 5, 5, 11),)
    """
    sizes = {_HEIGHT: height, _WIDTH: width}
    shapes = tuple(_with(one, sizes) if {*sizes} <= {*one} else one for one in spec.shapes)
    if shapes == spec.shapes and len(shapes) == 1 and len(shapes[0]) >= _IMAGE:
        told = {value for value in spec.options.values() if type(value) is int}
        shapes = shapes if told & {*shapes[0]} else ((*shapes[0][:-2], height, width),)
    return replace(spec, shapes=shapes)


def _with(shape: Shape, sizes: Mapping[int, int]) -> Shape:
    return tuple(sizes.get(size, size) for size in shape)
