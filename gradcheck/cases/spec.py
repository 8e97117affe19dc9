"""A case before it is built: constructor arguments and the shapes of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Shape = tuple[int, ...]
Feed = tuple[tuple[Shape, ...], tuple[str, ...]]
"""A shape and a kind for each input."""
Siblings = Callable[[str], Any]
"""Finds another class beside the target's own, by its torch name."""

Init = tuple[tuple[Any, ...], dict[str, Any]]
"""Positional and keyword arguments of a constructor."""


REAL = "real"


class Preparing(Protocol):
    """A call that an instance wants before its first forward."""

    def on(self, instance: Any) -> None:
        """Make it."""


@dataclass(frozen=True)
class Built:
    """An argument that is an object of the target's own package, made anew for each instance.

    >>> Built("Tanh()", object) == Built("Tanh()", object)
    True
    """

    label: str
    make: Callable[[], Any]

    def __str__(self) -> str:
        """As one would write the call."""
        return self.label

    __repr__ = __str__


def made(value: Any) -> Any:
    """The argument itself: an object, where it is one to be built."""
    if isinstance(value, list):
        return [made(item) for item in value]
    return value.make() if isinstance(value, Built) else value


@dataclass(frozen=True)
class Part:
    """A layer inside a container: its torch name and its options."""

    name: str
    options: Mapping[str, Any]

    def __str__(self) -> str:
        """As one would write the call."""
        return (
            f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self.options.items())})"
        )


@dataclass(frozen=True)
class Spec:
    """What to construct and what to feed it.

    Attributes:
        options: Keyword arguments of the constructor.
        shapes: One shape for each input.
        parts: The layers of a container, which are its constructor's arguments.
        arguments: Further positional arguments of the constructor.
        on_kinks: Whether zeros, ties and equal inputs are put where functions have kinks.
        torch_only: Whether it asks for what torch allows and most others never promised, such as
            a Linear without a batch axis: only a class with torch's own options is asked.
        kinds: What each input holds, such as ``one-hot``; normal numbers where nothing is said.
        arrays: Whether inputs are NumPy arrays.
        inferred: Whether it was found by trying.
        bundled: How many of the last inputs are one argument, a tuple: the states of an LSTM.
        listed: Whether they are a list.
        calls: What is called on the instance before its first forward.
        extra: Whether its author may not mean it.
        further: Whether nobody described it: what no witness can tell there decides nothing.
        only_told: Whether its author may not promise a gradient there: what is wrong decides
            nothing.
        per_sample: Whether its author may mean each sample by itself: what is wrong of several is
            doubted.
        dtype: Of its floating-point inputs, where it is not float64.
        beside: The name of the last input, where a forward may be left without it.
        shares_freely: Whether its author may share the gradient of equal numbers in his own way:
            what is no subgradient there decides nothing.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    parts: tuple[Part, ...] = ()
    arguments: tuple[Any, ...] = ()
    on_kinks: bool = False
    torch_only: bool = False
    kinds: tuple[str, ...] = ()
    arrays: bool = False
    inferred: bool = False
    bundled: int = 0
    listed: bool = False
    calls: tuple[Preparing, ...] = ()
    extra: bool = False
    further: bool = False
    only_told: bool = False
    per_sample: bool = False
    dtype: str = ""
    beside: str = ""
    shares_freely: bool = False

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """One for each shape; real numbers, if nothing is said.

        >>> Spec(shapes=((4, 5), (3,))).all_kinds
        ('real', 'real')
        """
        return self.kinds or (REAL,) * len(self.shapes)

    @property
    def label(self) -> str:
        """The case in words: ``in_features=5, out_features=3; input (4, 5)``.

        >>> Spec({"bias": False}, ((4, 5),)).label
        'bias=False; input (4, 5)'
        >>> Spec(shapes=((4, 5), (4,)), beside="weight").label
        'input (4, 5), weight=(4,)'
        """
        written = [str(part) for part in self.parts]
        written += [_written(value) for value in self.arguments]
        written += [f"{name}={_written(value)}" for name, value in self.options.items()]
        inputs = [
            str(shape) if kind == REAL else f"{shape} {kind}"
            for shape, kind in zip(self.shapes, self.all_kinds, strict=True)
        ]
        if self.beside:
            inputs[-1] = f"{self.beside}={inputs[-1]}"
        shapes = "input " + ", ".join(inputs)
        shapes += " with zeros and ties" if self.on_kinks else ""
        shapes += f" in {self.dtype}" if self.dtype else ""
        parts = [", ".join(written), *(f"then {call}" for call in self.calls), shapes]
        return "; ".join(part for part in parts if part)

    def construct(self, target: Callable[..., Any], siblings: Siblings) -> Any:
        """Call the constructor."""
        parts = [siblings(part.name)(**part.options) for part in self.parts]
        options = {name: made(value) for name, value in self.options.items()}
        instance = target(*parts, *map(made, self.arguments), **options)
        for call in self.calls:
            call.on(instance)
        return instance


def _written(value: Any) -> str:
    """A value as one would write it; of an array or a tensor, its shape."""
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        return f"<{type(value).__name__} {tuple(shape)}>"
    return getattr(value, "__name__", None) or repr(value)


def distinct(specs: Iterable[Spec]) -> tuple[Spec, ...]:
    """Of those that read alike, the first.

    >>> len(distinct([Spec(shapes=((4, 5),)), Spec(shapes=((4, 5),), further=True)]))
    1
    """
    found: dict[str, Spec] = {}
    for spec in specs:
        found.setdefault(spec.label, spec)
    return tuple(found.values())
