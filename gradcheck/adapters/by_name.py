"""A pair's backward that is handed all it wants one by one: gradients, inputs and results.

polar(x, y) -> (r, angle)            polar_backward(dr, dangle, x, y)
attention(q, k, v) -> (out, p)       attention_backward(grad, q, k, v, p)
root(x) -> out                       root_backward(out, dout, x)

A gradient is told by its name, an input by that which it has in the forward.  What is left is a
result: the output, or what the forward returns beside it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcheck.adapters.returns import returned_names
from gradcheck.adapters.vocabulary import CACHE, FLAG, GRADIENT, OPTIMIZER, RATE, means
from gradcheck.foreign.signatures import positional, required, signed

_SPECIAL = (RATE, CACHE, OPTIMIZER, FLAG)


@dataclass(frozen=True)
class Plan:
    """What each argument of a backward is.

    Attributes:
        words: The arguments, in order.
        gradients: Those that are gradients, in the order of the outputs that they belong to.
        results: Those that are neither gradients nor inputs.
        returned: The names under which the forward returns its results, where it has any.
    """

    words: tuple[str, ...]
    gradients: tuple[str, ...]
    results: tuple[str, ...]
    returned: tuple[str, ...]

    def parted(self, returned: Any) -> tuple[Any, dict[str, Any]]:
        """The outputs alone, and the results that the backward wants, by its names for them.

        Raises:
            TypeError: If there are not as many as it wants.
        """
        several = tuple(returned) if isinstance(returned, tuple | list) else (returned,)
        count = len(self.gradients)
        outputs, rest = several[:count], several[count:]
        named = dict(zip(self.returned, several, strict=False))
        if not {*self.results} <= {*named}:
            left = rest or outputs
            named = dict(zip(self.results, left, strict=False))
            if len(left) != len(self.results):
                wanted = ", ".join(self.results)
                raise TypeError(f"the forward returns {len(left)} results for {wanted}")
        if len(outputs) < count:
            raise TypeError(f"there are {count} gradients for {len(outputs)} outputs")
        kept = {name: named[name] for name in self.results}
        return (outputs[0] if count == 1 else outputs), kept


def plan_of(forward: Callable[..., Any], backward: Callable[..., Any]) -> Plan | None:
    """What each argument of a backward is; None where one of them may be something else.

    An input that it does not name may be what it wants under another name; a cache is no result.

    >>> def root(x): ...
    >>> def root_backward(out, dout, x): ...
    >>> plan_of(root, root_backward).results
    ('out',)
    >>> plan_of(root, lambda dout, kept: ...) is None
    True
    """
    words = tuple(p.name for p in required(backward))
    if any(means(kind, name) for kind in _SPECIAL for name in words):
        return None
    known = {p.name for p in positional(forward)}
    gradients = tuple(name for name in words if name not in known and means(GRADIENT, name))
    results = tuple(name for name in words if name not in known and name not in gradients)
    unnamed = {p.name for p in required(forward)} - {*words}
    inputs = len(words) - len(gradients) - len(results)
    several = len(gradients) > 1 and not results
    if not gradients or not inputs or not (several or (results and not unnamed)):
        return None
    names = returned_names(forward)
    return Plan(words, _in_order(gradients, names), results, names)


def _in_order(gradients: Sequence[str], outputs: Sequence[str]) -> tuple[str, ...]:
    """The gradients as their outputs stand: by name, where each is named for one.

    >>> _in_order(("dh", "dy"), ("y", "h")), _in_order(("d_sum", "d_square"), ())
    (('dy', 'dh'), ('d_sum', 'd_square'))
    """
    firsts = outputs[: len(gradients)]
    named = [[one for one in gradients if _is_of(one, name)] for name in firsts]
    found = tuple(one[0] for one in named if len(one) == 1)
    return found if sorted(found) == sorted(gradients) else tuple(gradients)


def _is_of(gradient: str, output: str) -> bool:
    return gradient in {f"d{output}", f"d_{output}", f"grad_{output}", f"{output}_grad"}


def methods_of(
    forward: Callable[..., Any], backward: Callable[..., Any], plan: Plan, heard: set[str]
) -> dict[str, Callable[..., Any]]:
    """Two methods of an object that has options; of these the backward hears some."""
    defaults = {p.name: p.default for p in positional(forward)}
    names = [p.name for p in required(forward)]

    def kept(self: Any, *inputs: Any) -> Any:
        told = {**defaults, **self.options, **dict(zip(names, inputs, strict=False))}
        outputs, results = plan.parted(forward(*inputs, **self.options))
        self.kept = {**told, **results}
        return outputs

    def handed(self: Any, *cotangents: Any) -> Any:
        known: Mapping[str, Any] = {
            **self.kept,
            **dict(zip(plan.gradients, cotangents, strict=True)),
        }
        options = {name: value for name, value in self.options.items() if name in heard}
        return backward(*(known[name] for name in plan.words), **options)

    functools.update_wrapper(kept, forward)
    functools.update_wrapper(handed, backward)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signed(handed, [inspect.Parameter(name, kind) for name in plan.gradients])
    return {"forward": signed(kept, required(forward)), "backward": handed}
