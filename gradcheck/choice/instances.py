"""What to feed an instance that nobody described, such as a layer that a file makes for all.

It is fed what its class would be, in the sizes of the tensors that it holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from gradcheck.adapters import is_loss, prediction_position
from gradcheck.adapters.routes import routes
from gradcheck.cases.case import Case, drawn
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.candidates import Candidates
from gradcheck.choice.elsewhere import elsewhere
from gradcheck.choice.search import SECONDS

_MOST = 200


def fed(instance: object) -> list[Case]:
    """The first inputs at which it goes all the way, and others that show more; perhaps none."""
    until = time.thread_time() + SECONDS
    for spec in islice(_specs(instance), _MOST):
        if attempt_at(drawn(instance, spec)).reach == GOOD:
            return [drawn(instance, spec), *_further(instance, spec)]
        if time.thread_time() > until:
            break
    return []


def _specs(instance: object) -> Iterator[Spec]:
    kind, held = type(instance), _held_by(instance)
    for arrays in kinds_of_numbers(kind):
        for shapes, kinds in Candidates(kind).feeds(held):
            yield Spec(shapes=shapes, kinds=kinds, arrays=arrays, inferred=True)


def _held_by(instance: object) -> dict[str, Any]:
    """Its tensors, and the numbers and shapes among its attributes: sizes of inputs, perhaps."""
    own = vars(instance).items() if hasattr(instance, "__dict__") else ()
    sizes = ((name, value) for name, value in own if isinstance(value, int | tuple))
    return dict(chain(((way.name, item) for way, item in routes(instance).items()), sizes))


def _further(instance: object, spec: Spec) -> Iterator[Case]:
    place = prediction_position(instance) if is_loss(instance) else None
    for other in elsewhere((), spec, lambda one: drawn(instance, one), place):
        yield replace(drawn(instance, other), extra=other.extra, further=True)
