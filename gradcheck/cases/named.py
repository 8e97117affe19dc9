"""The inputs of a function whose arguments are named for what they are: ``x, w, b, conv_param``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from gradcheck.cases.feeds import COUNTS, SETTINGS
from gradcheck.cases.spec import REAL, Feed, Shape


def named_feeds(names: Sequence[str]) -> Iterator[Feed]:
    """The inputs of a function, where their names say what they are: ``x, w, b, conv_param``.

    Where no name says anything, as of ``q, k, v``, rows and sequences are likelier than images.
    """
    yield from sorted(_named_feeds(names), key=_is_of_images_alone)


def _is_of_images_alone(feed: Feed) -> bool:
    shapes, _ = feed
    return len({*shapes}) == 1 and shapes[0][-2:] == (_SIDE, _SIDE)


def _named_feeds(names: Sequence[str]) -> Iterator[Feed]:
    rows = _Layout()
    for word in CHOSEN if any(_means_choice(name) for name in names) else ():
        for turned in (False, True):
            yield _chosen(_given(names, rows), names, word, turned=turned)
    for sizes in ((4, 5, 3), (4, 5, 5)):
        for samples in (_ROW, _CHANNELS, _ALONE):
            yield _given(names, _Layout(sizes, samples))
        alone, kinds = _given(names, _Layout(sizes, _ALONE))
        yield tuple(_turned(one) if len(one) == 1 else one for one in alone), kinds
        # Each sample a column: W @ x + b.
        shapes, kinds = _given(names, _Layout(sizes))
        yield tuple(map(_turned, shapes)), kinds
    yield from _sequence_feeds(names)
    others = [
        *(_Layout(samples=_LAST, kept=kept) for kept in (False, True)),
        _Layout(samples=_CHANNELS, kept=True),
    ]
    yield from (_given(names, layout) for layout in others)
    yield from _numbered(names, (rows, _Layout(samples=_CHANNELS), *others))


def _numbered(names: Sequence[str], layouts: Sequence[_Layout]) -> Iterator[Feed]:
    """With numbers for the last of those whose names say nothing: groups, a window, a length."""
    silent = [n for n, name in enumerate(names) if n and _known(name, layouts[0]) is None]
    for layout, count, number in product(layouts, range(1, len(silent) + 1), COUNTS):
        given = zip(*_given(names, replace(layout, channels=4)), strict=True)
        places = silent[-count:]
        told = [((), number) if n in places else one for n, one in enumerate(given)]
        yield tuple(shape for shape, _ in told), tuple(kind for _, kind in told)


def _sequence_feeds(names: Sequence[str]) -> Iterator[Feed]:
    """Of recurrent layers: each of three or four gates has a weight; and of tables of words."""
    for gates, samples in product((1, 4, 3), (_ROW, _STEPS)):
        yield _given(names, _Layout(samples=samples, gates=gates))
    for gates in (1, 4, 3):
        # Step by step: the first axis is time.
        first, *rest = zip(*_given(names, _Layout(gates=gates)), strict=True)
        (batch, *sample), kind = first
        told = (((_SHORT, batch, *sample), kind), *rest)
        yield tuple(shape for shape, _ in told), tuple(one for _, one in told)
    shapes, kinds = _given(names[1:], _Layout())
    for words in ((4, 3), (4,)):
        yield (words, *shapes), ("indices", *kinds)


CHOSEN = ("'relu'", "'sigmoid'", "'tanh'")
"""What an argument called ``activation`` may say."""


def _chosen(given: Feed, names: Sequence[str], word: str, *, turned: bool) -> Feed:
    """With this word where a function is chosen by one; each sample a row, or a column."""
    shapes, kinds = given
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


def _turned(shape: Shape) -> Shape:
    """A matrix transposed, a vector as a column."""
    return (*shape[::-1], 1) if len(shape) == 1 else shape[::-1]


_ROW, _STEPS, _CHANNELS, _LAST = "a row", "steps", "an image", "an image, its channels last"
_ALONE = "an image alone"
_SIDE = 7
_SHORT = 3


@dataclass(frozen=True)
class _Layout:
    """What each sample of the first argument is, and how what stands beside it lies.

    Attributes:
        sizes: Of a batch, of what goes in and of what comes out.
        samples: What each of them is.
        gates: How many blocks a recurrent weight holds side by side.
        kept: Whether what all samples share has an axis of one for each that it lacks.
        channels: Of an image.
    """

    sizes: tuple[int, int, int] = (4, 5, 3)
    samples: str = _ROW
    gates: int = 1
    kept: bool = False
    channels: int = 2

    @property
    def sample(self) -> Shape:
        """The shape of one."""
        ins, image = self.sizes[1], (_SIDE, _SIDE)
        rows: dict[str, Shape] = {_ROW: (ins,), _STEPS: (6, ins), _LAST: (*image, self.channels)}
        return rows.get(self.samples, (self.channels, *image))

    @property
    def is_image(self) -> bool:
        """Whether it has channels."""
        return self.samples in {_CHANNELS, _ALONE, _LAST}

    def shared(self, size: int) -> Shape:
        """That of a bias or a scale, one number for each channel or feature."""
        if not self.kept:
            return (size,)
        return (1, 1, 1, size) if self.samples == _LAST else (1, size, 1, 1)

    def weight(self, ins: int, wide: int) -> Shape:
        """That of a weight, or of kernels."""
        outs = self.sizes[2]
        if self.samples == _LAST:
            return (3, 3, self.channels, outs)
        return (outs, self.channels, 3, 3) if self.is_image else (ins, wide)


def _given(names: Sequence[str], layout: _Layout) -> Feed:
    """What each argument is, by its name, or else another sample."""
    alone = layout.samples == _ALONE
    sample = layout.sample if alone else (layout.sizes[0], *layout.sample)
    given = [_known(name, layout) or (sample, REAL) for name in names]
    return tuple(shape for shape, _ in given), tuple(kind for _, kind in given)


def _known(name: str, layout: _Layout) -> tuple[Shape, str] | None:
    """What an argument is; None where its name says nothing."""
    word, (batch, ins, outs) = name.lower(), layout.sizes
    wide = layout.gates * outs
    across = (outs if re.fullmatch(r"w.?h|u", word) else ins, wide)
    known: tuple[tuple[str, Shape, str], ...] = (
        (r".*(param|config|settings|options|cfg|mode).*", (), SETTINGS),
        (r".*drop.*|rate|ratio|(keep_?)?prob(ability)?", (), "fraction"),
        (r"(.*_)?(ind(ex|ices)|idx|ids|groups?|segments?)", (batch, outs), "labels"),
        (
            r"gamma|beta|scale|shift",
            layout.shared(layout.channels if layout.is_image else ins),
            REAL,
        ),
        (r"b\d?|bias(es)?", layout.shared(wide), REAL),
        (r"(w|theta|kernel|filt).*|u", layout.weight(*across), REAL),
        (r"(prev_?)?(h|c).*", (batch, outs), REAL),
    )
    found = ((shape, kind) for pattern, shape, kind in known if re.fullmatch(pattern, word))
    return next(found, None)
