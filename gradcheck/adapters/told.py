"""What each argument of a backward is that is told a target: the output, the input, the target.

backward(y)      backward(a, y)      backward(X, y)      backward(X, y, output)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradcheck.adapters.named import is_given_a_gradient, is_target, prediction_of
from gradcheck.adapters.vocabulary import INPUT, PREDICTION, TARGET, means, plain

MOST = 3
_TWO = 2


def compares(taken: Sequence[str], given: Sequence[str]) -> bool:
    """Whether a backward's arguments are named as an output and a target, and not as an input.

    >>> compares(["x"], ["a", "y"]), compares(["x"], ["dout", "x"])
    (True, False)
    """
    if len(given) == MOST:
        return any(places_of(given, taken)) and not is_given_a_gradient(given)
    if len(given) != _TWO or is_given_a_gradient(given) or {*taken} & {*given}:
        return False
    return any(means(PREDICTION, a) and means(TARGET, b) for a, b in (given, given[::-1]))


def places_of(names: Sequence[str], taken: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What they may be: one is the target, as its name says, the other what is compared with it.

    Of three, one is the forward's input besides.

    >>> [*places_of(["y", "out"], ["x"])]
    [('target', 'output'), ('target', 'input')]
    >>> [*places_of(["X", "y", "out"], ["x"])], [*places_of(["x", "h", "c"], ["x"])]
    ([('input', 'target', 'output')], [])
    """
    if len(names) == 1:
        yield ("target",)
        return
    if len(names) == MOST:
        yield from _three(names, taken)
        return
    first = prediction_of(tuple(names)) == 0
    known = {plain(name) for name in taken}
    is_input = plain(names[0 if first else 1]) in known
    for other in ("input", "output") if is_input else ("output", "input"):
        yield (other, "target") if first else ("target", other)


def _three(names: Sequence[str], taken: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Where one alone is named as the input is, and of the others one as a target."""
    known = {plain(name) for name in taken}
    inputs = [name for name in names if plain(name) in known]
    inputs = inputs or [name for name in names if means(INPUT, name)]
    if len(inputs) != 1:
        return
    others = [name for name in names if name not in inputs]
    if not any(is_target(name) for name in others):
        return
    output = others[prediction_of((others[0], others[1]))]
    said = {inputs[0]: "input", output: "output"}
    yield tuple(said.get(name, "target") for name in names)
