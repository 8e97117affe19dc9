"""Which Functions a Module uses, as its code says."""

from __future__ import annotations

import inspect

from gradcheck.adapters.bodies import is_alias, is_filled_in


def calls_a_function(target: type) -> bool:
    """Whether some method of a Module calls what may be a Function: ``X.apply``, or its alias."""
    for method in vars(target).values():
        code = getattr(method, "__code__", None)
        if code is None:
            continue
        known = (method.__globals__.get(name) for name in code.co_names)
        if "apply" in code.co_names or any(is_alias(one) for one in known):
            return True
    return False


def functions_in(kind: type) -> list[type]:
    """The Functions that its methods name: globals, attributes of the class, and aliases."""
    codes = [(m, m.__code__) for m in vars(kind).values() if hasattr(m, "__code__")]
    named = [
        method.__globals__.get(name, inspect.getattr_static(kind, name, None))
        for method, code in codes
        for name in code.co_names
    ]
    owners = [one.__self__ if is_alias(one) else one for one in named]
    return list(dict.fromkeys(one for one in owners if is_filled_in(one)))
