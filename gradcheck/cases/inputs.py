"""Which inputs to try on a forward: shapes of every layout, and what a loss may compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from gradcheck.cases.spec import REAL, Shape

Feed = tuple[tuple[Shape, ...], tuple[str, ...]]
"""A shape and a kind for each input."""

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
            yield from (_together(one) for one in (narrow, given))
    for kind in ("0 or 1", "-1 or 1"):
        samples = (_ROWS,) * (len(names) - 1)
        yield (*samples, _ROWS[:1]), (*(REAL,) * len(samples), kind)


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
    """The inputs of a layer, the likeliest first."""
    shapes = list(dict.fromkeys(_images(sizes) if image else _rows(sizes)))
    if count <= 1:
        for shape in shapes:
            yield (shape,), (REAL,)
        for shape in ((4, 3), (4,), (3,)):
            yield (shape,), ("indices",)
        others = _rows(sizes) if image else _images(sizes)
        for shape in others:
            yield (shape,), (REAL,)
        return
    for shape in shapes[:4]:
        yield (shape,) * count, (REAL,) * count
    yield ((4, 5), (5, 3), *((4, 3),) * (count - 2)), (REAL,) * count
    for pair in product(shapes, repeat=min(count, 2)):
        yield (*pair, *(pair[-1],) * (count - 2)), (REAL,) * count


def extent_feeds(count: int, options: Mapping[str, object]) -> Iterator[Feed]:
    """Samples of the shape that a constructor was told, in batches and alone; then laid flat."""
    told = [value for value in options.values() if isinstance(value, tuple) and len(value) > 1]
    for shape in told:
        sizes = tuple(size for size in shape if isinstance(size, int))
        if sizes == shape:
            for sample in ((4, *sizes), sizes, (4, prod(sizes))):
                yield (sample,) * count, (REAL,) * count


def named_feeds(names: Sequence[str]) -> Iterator[Feed]:
    """The inputs of a function, where their names say what they are: ``x, w, b, conv_param``.

    Where no name says anything, as of ``q, k, v``, rows and sequences are likelier than images.
    """
    yield from sorted(_named_feeds(names), key=_is_of_images_alone)


def _is_of_images_alone(feed: Feed) -> bool:
    shapes, _ = feed
    return len({*shapes}) == 1 and shapes[0][-2:] == _IMAGE[-2:]


def _named_feeds(names: Sequence[str]) -> Iterator[Feed]:
    for word in CHOSEN if any(_means_choice(name) for name in names) else ():
        for turned in (False, True):
            yield _chosen([_named(name, 4, 5, 3) for name in names], names, word, turned=turned)
    for sizes in ((4, 5, 3), (4, 5, 5)):
        for samples in (_ROW, _CHANNELS, _ALONE):
            yield _together([_named(name, *sizes, samples=samples) for name in names])
        alone, kinds = _together([_named(name, *sizes, samples=_ALONE) for name in names])
        yield tuple(_turned(one) if len(one) == 1 else one for one in alone), kinds
        # Each sample a column: W @ x + b.
        shapes, kinds = _together([_named(name, *sizes) for name in names])
        yield tuple(map(_turned, shapes)), kinds
    yield from _sequence_feeds(names)


def _sequence_feeds(names: Sequence[str]) -> Iterator[Feed]:
    """Of recurrent layers: each of three or four gates has a weight; and of tables of words."""
    for gates, samples in product((1, 4, 3), (_ROW, _STEPS)):
        yield _together([_named(name, 4, 5, 3, samples=samples, gates=gates) for name in names])
    words = [_named(name, 4, 5, 3) for name in names[1:]]
    yield _together([((4, 3), "indices"), *words])


CHOSEN = ("'relu'", "'sigmoid'", "'tanh'")
"""What an argument called ``activation`` may say."""


def _chosen(
    given: Sequence[tuple[Shape, str]], names: Sequence[str], word: str, *, turned: bool
) -> Feed:
    """With this word where a function is chosen by one; each sample a row, or a column."""
    shapes, kinds = _together(given)
    shapes = tuple(map(_turned, shapes)) if turned else shapes
    chosen = [_means_choice(name) for name in names]
    return (
        tuple(() if one else shape for one, shape in zip(chosen, shapes, strict=True)),
        tuple(word if one else kind for one, kind in zip(chosen, kinds, strict=True)),
    )


def _means_choice(name: str) -> bool:
    return (
        re.fullmatch(r"activation(_?(name|type|fn|func(tion)?))?|act|nonlin\w*", name) is not None
    )


def _together(given: Sequence[tuple[Shape, str]]) -> Feed:
    return tuple(shape for shape, _ in given), tuple(kind for _, kind in given)


def _turned(shape: Shape) -> Shape:
    """A matrix transposed, a vector as a column."""
    return (*shape[::-1], 1) if len(shape) == 1 else shape[::-1]


_ROW, _CHANNELS, _STEPS = "a row", "an image", "steps"
_ALONE, _IMAGE = "an image alone", (2, 7, 7)


def _named(
    name: str, batch: int, ins: int, outs: int, *, samples: str = _ROW, gates: int = 1
) -> tuple[Shape, str]:
    """What an argument is, where each sample of the first is a row, an image or some steps."""
    word, image, wide = name.lower(), samples in {_CHANNELS, _ALONE}, gates * outs
    across = (outs, wide) if re.fullmatch(r"w.?h|u", word) else (ins, wide)
    of_sample = {_ROW: (ins,), _STEPS: (6, ins)}.get(samples, _IMAGE)
    known: tuple[tuple[str, Shape, str], ...] = (
        (r".*(param|config|settings|options|cfg|mode).*", (), "settings"),
        (r".*drop.*|rate|ratio|(keep_?)?prob(ability)?", (), "fraction"),
        (r"(.*_)?(ind(ex|ices)|idx|ids|groups?|segments?)", (batch, outs), "labels"),
        (r"gamma|beta|scale|shift", (2,) if image else (ins,), REAL),
        (r"b\d?|bias(es)?", (wide,), REAL),
        (r"(w|theta|kernel|filt).*|u", (outs, 2, 3, 3) if image else across, REAL),
        (r"(prev_?)?(h|c).*", (batch, outs), REAL),
    )
    for pattern, shape, kind in known:
        if re.fullmatch(pattern, word):
            return shape, kind
    return of_sample if samples == _ALONE else (batch, *of_sample), REAL


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
