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
    for other in classes_beside(type(instance)):
        with suppress(Exception), silenced(), preserved_globals():
            if not any(is_required(parameter) for parameter in positional(other)):
                yield as_meant(other)()


def classes_beside(kind: type) -> Iterator[type]:
    """The other classes that are written in its file."""
    module = sys.modules.get(kind.__module__)
    for other in list(vars(module).values()) if module else ():
        if inspect.isclass(other) and other is not kind and other.__module__ == kind.__module__:
            yield other
