"""What an author means, as it is written: the names of functions in it are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcheck.errors import CommandError
from gradcheck.intention import GRADIENT_OF, Intention
from gradcheck.stand_in import StandIn
from gradcheck.targets.named import found_by_name


def intention_of(convention: object, expect: object, batch_axis: int | None = None) -> Intention:
    """The intention that these words say.

    Raises:
        CommandError: If they say none, or name what is no function.
        TargetError: If a name leads nowhere.

    >>> intention_of("", "gradient of math.tanh").expect[""].name
    'math.tanh'
    """
    if isinstance(expect, Mapping):
        expect = {leaf: _looked_up(told) for leaf, told in expect.items()}
    return Intention.of(convention, _looked_up(expect), batch_axis)


def _looked_up(told: object) -> Any:
    if not isinstance(told, str) or not told.startswith(GRADIENT_OF):
        return told
    name = told.removeprefix(GRADIENT_OF).strip()
    function = found_by_name(name)
    if not callable(function):
        raise CommandError(f"expect says gradient of {name}, which is no function")
    return StandIn(name, function)
