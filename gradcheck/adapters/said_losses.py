"""What an author says the loss behind a layer is: a method of the layer, a function of its file.

    class Output:                           def cross_entropy(a, y):
        def forward(self, x): ...               return -np.mean(np.sum(y * np.log(a), axis=1))
        def loss(self, y): ...
        def backward(self, y): ...

Only what is called as a loss is called; whether it is the one that is meant, its numbers say.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gradcheck.adapters.arguments import call
from gradcheck.adapters.kinds import Shape
from gradcheck.adapters.named import is_given_a_gradient, prediction_of
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.shape import is_written, own_names, own_positional
from gradcheck.adapters.vocabulary import plain
from gradcheck.foreign.signatures import is_required, required

_LOSS = re.compile(
    r"loss|cost|objective|criterion|entropy|error|[mrs]se\b|mae|bce|nll|hinge|huber|likelihood"
)
_SURELY = re.compile(r"loss|cost|objective|criterion")
_MOST = 2


@dataclass(frozen=True)
class Said:
    """One loss that an author has written.

    Attributes:
        name: Of the method or of the function.
        places: What each of its arguments is.
        function: The function; None for a method.
    """

    name: str
    places: tuple[str, ...]
    function: Callable[..., Any] | None = None

    def __str__(self) -> str:
        """In words."""
        return f"its own {self.name}" if self.function is None else f"{self.name} of its file"

    @property
    def is_sure(self) -> bool:
        """Whether it is a method that can only be the loss: an error may be told to a reader."""
        return self.function is None and _SURELY.search(plain(self.name)) is not None

    def of(self, target: Any, known: Mapping[str, Any]) -> Any:
        """The value.

        Raises:
            ExerciseError: If it raises.
        """
        function = self.function or getattr(target, self.name)
        return call(function, self.name, *(known[place] for place in self.places))


def methods_said(target: Any, shape: Shape) -> Iterator[Said]:
    """Those that are methods of the layer, given the target and perhaps what it is compared with.

    An argument that bears the name of the forward's is the input, else the output before that.
    """
    taken = {p.name for p in own_positional(target, shape.forward)}
    for name in own_names(target):
        if name in {shape.forward, shape.backward} or not _LOSS.search(plain(name)):
            continue
        if not is_written(target, name):
            continue
        asked = [p.name for p in own_positional(target, name) if is_required(p)]
        if len(asked) == 1:
            yield Said(name, ("target",))
        elif len(asked) == _MOST:
            others = ("input", "output") if {*asked} & taken else ("output", "input")
            yield from (Said(name, places) for places in _orders(asked, others))


def functions_said(target: Any) -> Iterator[Said]:
    """Those that are functions of the file that defines the layer's class."""
    module = sys.modules.get(type(target).__module__)
    for name, one in list(vars(module).items()) if module else ():
        if not (inspect.isfunction(one) and one.__module__ == type(target).__module__):
            continue
        if not _LOSS.search(plain(name)) or returns_nothing(one):
            continue
        asked = [p.name for p in required(one)]
        if len(asked) == _MOST and not is_given_a_gradient(asked):
            yield from (Said(name, places, one) for places in _orders(asked, ("output",)))


def _orders(asked: list[str], others: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The target last or first, as the names say, beside each of the others."""
    for other in others:
        yield (other, "target") if prediction_of(tuple(asked)) == 0 else ("target", other)
