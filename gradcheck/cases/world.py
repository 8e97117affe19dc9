"""What is decided for all arguments of one constructor together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gradcheck.cases.spec import Built

# All different, so that a transposed weight does not fit.
INS, OUTS, CHANNELS, MAPS = 5, 3, 2, 3
# Of groups, heads or layers, which divide a size, or stand one behind the other.
FEW = 2
SAMPLES = 4


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
        square: Whether all sizes are one; of ``pairs``, both of each.
        functions: Whether an activation is a function, and not the name of one.
        told: Whether a size is given that may be left out, None by default: the input's.
        all_told: Whether all is given that is None by default.
        singles: Whether a size is the shape of a row, ``(5,)``.
        pairs: Whether a kernel, a stride and a padding have two sizes.
        lists: Whether ``layers`` are sizes, one after the other.
        said: Whether what must be told is a word that the class compares it with.
        choice: Which of the values that an annotation lists is taken, of what may be left out too.
        parts: Builds the layers or losses that it is to hold; None where nothing is built.
        part: Which of the layers stands where one is wanted.
        extent: What is given where a size may be the whole shape of a sample; nothing otherwise.
        weight: The same, of a weight, however few of its sizes are looked at.
        counts: How many numbers an argument is taken apart into, by its name in lower case.
        listed: The arguments that are taken for lists, by their names in lower case.
        eased: Whether a size that may be left out is given, where its default is large.
        numbers: Whether what is called a shape is one number.
        last: Whether an image's channels are its last axis.
        batched: Whether a shape is that of a batch, and not of a sample.
        truth: What a target is that a loss is told by its constructor: rows or labels.
        gates: How many blocks the weights of a recurrent layer hold side by side.
    """

    arrays: bool
    image: bool = False
    out_first: bool = False
    column: bool = False
    flat: bool = True
    optimizer: Callable[[], Any] = lambda: None
    square: bool = False
    told: bool = False
    all_told: bool = False
    singles: bool = False
    functions: bool = False
    pairs: bool = False
    lists: bool = False
    said: bool = False
    choice: int = 0
    parts: Supply | None = None
    part: int = 0
    extent: tuple[int, ...] = ()
    weight: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    eased: bool = False
    numbers: bool = False
    last: bool = False
    batched: bool = False
    truth: str = ""
    gates: int = 1


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
