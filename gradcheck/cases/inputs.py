"""Which inputs to try on a forward: shapes of every layout, and what a loss may compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from gradcheck.cases.spec import REAL, Feed, Shape

_ROWS: Shape = (4, 3)
_PAIRS: Shape = (4, 2)
_IMAGES: Shape = (4, 2, 5, 3)
_LOSSES: tuple[Feed, ...] = (
    ((_ROWS, _ROWS), ("probabilities", "one-hot")),
    ((_ROWS, _ROWS), ("probabilities", "labels")),
    ((_ROWS, _ROWS), ("probabilities", "probabilities")),
    (((4, 1), (4, 1)), ("in (0, 1)", "0 or 1")),
    (((4,), (4,)), ("in (0, 1)", "0 or 1")),
    ((_ROWS, _ROWS), ("real", "one-hot")),
    ((_ROWS, _ROWS), ("real", "-1 or 1")),
    (((4,), (4,)), ("real", "-1 or 1")),
    ((_ROWS, _ROWS), (REAL, REAL)),
    (((3, 4), (3, 4)), ("real", "one-hot")),
    (((5,), (5,)), ("probabilities", "one-hot")),
    (((5,), (5,)), ("probabilities", "labels")),
    (((5, 1), (5, 1)), ("in (0, 1)", "0 or 1")),
    (((2, 4, 3), (2, 4, 3)), ("probabilities", "labels")),
    (((2, 4, 3), (2, 4, 3)), ("probabilities", "one-hot")),
    (((), ()), (REAL, REAL)),
    # Written for two classes, for the images of one size, for a column beside a row of labels.
    ((_PAIRS, _PAIRS), ("probabilities", "one-hot")),
    ((_PAIRS, _PAIRS), ("real", "labels")),
    ((_IMAGES, _IMAGES), (REAL, REAL)),
    ((_IMAGES, _IMAGES), (REAL, "labels of pixels")),
    (((4, 1), (4,)), ("in (0, 1)", "0 or 1")),
)


def loss_feeds() -> tuple[Feed, ...]:
    """Prediction and target, the narrowest domain first: what asks for less takes it too."""
    return _LOSSES


def compared_feeds(names: Sequence[str]) -> Iterator[Feed]:
    """The inputs of a loss that takes more than a prediction and a target.

    ``W, X, y, reg``, ``x, y, mask`` and ``anchor, positive, negative``.
    """
    for scores in (_ROWS, (2, 4, 3)):
        for truth in ("labels", "one-hot", "0 or 1", "-1 or 1"):
            weighs = any(_means_weight(name) for name in names)
            given = [_compared(name, scores, truth, weighs=weighs) for name in names]
            narrow = [
                (shape, "in (0, 1)" if _means_prediction(name) else kind)
                for name, (shape, kind) in zip(names, given, strict=True)
            ]
            for one in (narrow, given):
                yield tuple(shape for shape, _ in one), tuple(kind for _, kind in one)
    for kind in ("0 or 1", "-1 or 1"):
        samples = (_ROWS,) * (len(names) - 1)
        yield (*samples, _ROWS[:1]), (*(REAL,) * len(samples), kind)
    for truth in (REAL, "0 or 1", "-1 or 1"):
        yield (_ROWS,) * len(names), tuple(_alike(name, truth) for name in names)


def _alike(name: str, truth: str) -> str:
    """What an argument of a loss holds that compares element by element."""
    shape, kind = _compared(name, _ROWS, truth, weighs=False)
    if shape == ():
        return kind
    return "positive" if _means_weight(name) else kind


def _means_weight(name: str) -> bool:
    return re.fullmatch(r"(w|theta)\d*|weights?", name.lower()) is not None


def _means_prediction(name: str) -> bool:
    """Whether it is surely one, of which some losses take the logarithm."""
    return re.fullmatch(r".*(pred|hat|prob|recon).*", name.lower()) is not None


def _compared(name: str, scores: Shape, truth: str, *, weighs: bool) -> tuple[Shape, str]:
    """What an argument of a loss is, where the scores have this shape."""
    word, (*rows, classes) = name.lower(), scores
    each = truth in {"0 or 1", "-1 or 1"}
    known: tuple[tuple[str, Shape, str], ...] = (
        (r"reg.*|lambd.*|l2.*|.*strength|margin|eps.*|alpha|temp.*|gamma|delta", (), "fraction"),
        (r"masks?|weight_?mask|.*_mask", tuple(rows), "0 or 1"),
        (
            r"y.*|t|targets?|.*label.*|.*true.*|classes|same.*|is_.*",
            (*rows,) if each else scores,
            truth,
        ),
        (r"b\d*|bias(es)?", (classes,), REAL),
    )
    for pattern, shape, kind in known:
        if re.fullmatch(pattern, word) and not _means_prediction(word):
            return shape, kind
    if not weighs:
        return scores, REAL
    return ((5, classes) if _means_weight(name) else (*rows, 5)), REAL


COLUMNS = {"probabilities": "probabilities in columns", "one-hot": "one-hot columns"}


def layer_feeds(count: int, sizes: Sequence[int], *, image: bool) -> Iterator[Feed]:
    """The inputs of a layer, the likeliest first; what its name speaks of need not be images."""
    shapes = list(dict.fromkeys(_images(sizes) if image else _rows(sizes)))
    others = _rows(sizes) if image else _images(sizes)
    if count > 1:
        yield from _several(count, shapes, _rows(sizes) if image else [])
        return
    for shape in shapes:
        yield (shape,), (REAL,)
    for shape in ((4, 3), (4,), (3,)):
        yield (shape,), ("indices",)
    for shape in others:
        yield (shape,), (REAL,)
    for shape in ((4, 5), (5,)):
        yield (shape,), ("in (0, 1)",)


def _several(count: int, shapes: Sequence[Shape], others: Sequence[Shape]) -> Iterator[Feed]:
    """Alike, then in pairs of each two: a sample and a matrix, as of a graph, among the first."""
    real = (REAL,) * count
    for shape in (*shapes[:4], *others[:4]):
        yield (shape,) * count, real
    yield ((4, 5), (5, 3), *((4, 3),) * (count - 2)), real
    for rows in [shape for shape in (*others, *shapes) if len(shape) == 2][:4]:
        square = (rows[0], rows[0])
        yield (rows, *(square,) * (count - 1)), real
        yield (square, *(rows,) * (count - 1)), real
    for one in (others, shapes) if others else (shapes,):
        for pair in product(one, repeat=min(count, 2)):
            yield (*pair, *(pair[-1],) * (count - 2)), real


def unmasked_feeds(names: Sequence[str], sizes: Sequence[int]) -> Iterator[Feed]:
    """None in the place of each mask that must be given, where its author may mean that.

    >>> next(unmasked_feeds(["q", "mask"], [6]))
    (((4, 6), ()), ('real', 'None'))
    """
    masks = ["mask" in name.lower() for name in names]
    if not any(masks) or all(masks):
        return
    kinds = tuple("None" if is_mask else REAL for is_mask in masks)
    for size, before in product(sizes, ((4,), (2, 4))):
        yield tuple(() if is_mask else (*before, size) for is_mask in masks), kinds


def extent_feeds(count: int, options: Mapping[str, object]) -> Iterator[Feed]:
    """Samples of the shape that a constructor was told, in batches and alone; then laid flat."""
    told = [value for value in options.values() if isinstance(value, tuple) and len(value) > 1]
    for shape in told:
        sizes = tuple(size for size in shape if isinstance(size, int))
        if sizes == shape:
            for sample in ((4, *sizes), sizes, (4, prod(sizes))):
                yield (sample,) * count, (REAL,) * count


def _rows(sizes: Sequence[int]) -> list[Shape]:
    found: list[Shape] = []
    for size in sizes or (5,):
        found += [(4, size), (size, 4), (size,), (size, 1), (1, size), (2, 4, size)]
        found += [(4, size, 3), (4, size, 3, 2), (4, size, 1)]
    found += [(4, 5), (5,), (2, 4, 5), (4, 2, 7, 6), ()]
    return found


def _images(sizes: Sequence[int]) -> list[Shape]:
    channels = list(dict.fromkeys([2, *(size for size in sizes if size < 9), 3, 1]))
    found: list[Shape] = []
    for height, width in ((7, 6), (9, 7), (8, 6), (6, 6), (7, 7), (8, 8)):
        for c in channels:
            found += [(4, c, height, width), (4, height, width, c)]
        found += [(channels[0], height, width), (height, width, channels[0]), (height, width)]
    for c in channels:
        found += [(4, c, 9), (4, 9, c), (4, c, 7), (2, c, 5, 7, 6), (2, 5, 7, 6, c)]
    return found
