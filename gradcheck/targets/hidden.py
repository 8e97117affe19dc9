"""The Functions of torch that a module keeps private: nobody but its own code calls them.

What is public there, ``def round(x): return _Round.apply(x)``, is torch's own as far as any reader
can tell.  The hand-written backward is the private one's, so it stands for itself.
"""

from __future__ import annotations

import inspect
from types import ModuleType

from gradcheck.adapters import is_torch_function


def hidden_functions(module: ModuleType) -> list[str]:
    """The names of those that the module defines, and that are private or not in its ``__all__``.

    >>> hidden_functions(inspect)
    []
    """
    listed = vars(module).get("__all__")  # a `__getattr__` of its own may raise anything
    return [
        name
        for name, value in vars(module).items()
        if (name.startswith("_") or (listed is not None and name not in listed))
        and inspect.isclass(value)
        and value.__name__ == name
        and value.__module__ == module.__name__
        and is_torch_function(value)
    ]
