"""Other classes of the file that an object's class is written in."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from gradcheck.adapters.unbound import as_meant
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import is_required, positional


def peers_of(instance: object) -> Iterator[Any]:
    """An instance of each that needs no argument, but for that of the object itself."""
    kind = type(instance)
    module = sys.modules.get(kind.__module__)
    for other in list(vars(module).values()) if module else ():
        if not inspect.isclass(other) or other is kind or other.__module__ != kind.__module__:
            continue
        with suppress(Exception), silenced(), preserved_globals():
            if not any(is_required(parameter) for parameter in positional(other)):
                yield as_meant(other)()
