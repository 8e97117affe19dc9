"""What a class or an instance offers, seen from its structure alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from gradcheck.adapters.instructions import (
    attributes_of_first,
    ignores_its_arguments,
    is_stub,
    keeps,
    raises,
    reads,
)
from gradcheck.adapters.keeping import reads_kept
from gradcheck.adapters.vocabulary import BACKWARD, FORWARD, GATHER, plain
from gradcheck.foreign.signatures import (
    is_ignored,
    is_required,
    is_variadic,
    parameters,
    positional,
)


def has_forward_and_backward(target: object) -> bool:
    """Whether both are there, under any of their names, and written out, not left abstract."""
    return forward_of(target) is not None and backward_of(target) is not None


def forward_of(target: object) -> str | None:
    """The name of its forward: ``__call__`` only where there is no other, or none that keeps."""
    forward, call = method_of(target, "forward", FORWARD), called(target)
    if forward is None or call is None:
        return forward or call
    if _does_more(target, call, forward):
        return call
    kept = keeps(getattr(target, call)) and not keeps(getattr(target, forward))
    if not kept or is_open(target, call):
        return forward
    backward = backward_of(target) if _hands_on(target, call) else None
    is_in_vain = backward and not reads_kept(getattr(target, backward), getattr(target, call))
    return forward if is_in_vain else call


def _does_more(target: object, call: str, forward: str) -> bool:
    """Whether its ``__call__`` hands to another method of its own what it hands to the forward.

    >>> class Layer:
    ...     def __call__(self, *inputs):
    ...         self.prepare(*inputs)
    ...         return self.forward(*inputs)
    ...     def prepare(self, x):
    ...         self.cache["slope"] = 2 * x
    ...     def forward(self, x):
    ...         return x * x
    >>> _does_more(Layer, "__call__", "forward"), forward_of(Layer)
    (True, '__call__')
    """
    asked = attributes_of_first(getattr(target, call))
    mine = [n for n in asked if n != forward and n in own_names(target) and is_written(target, n)]
    return forward in asked and any(required_names(target, name) for name in mine)


def backward_of(target: object) -> str | None:
    """The name of its backward."""
    return method_of(target, "backward", BACKWARD)


def method_of(target: object, first: str, pattern: re.Pattern[str]) -> str | None:
    """The method of this very name, else the first, the shortest first, whose name is like it."""
    if first and is_written(target, first):
        return first
    names = [name for name in own_names(target) if pattern.fullmatch(plain(name))]
    names.sort(key=lambda name: (GATHER.fullmatch(plain(name)) is not None, len(name)))
    return next((name for name in names if is_written(target, name)), None)


def called(target: object) -> str | None:
    """``__call__``, where its class defines it."""
    owner = target if inspect.isclass(target) else type(target)
    defined = inspect.getattr_static(owner, "__call__", None)
    return "__call__" if inspect.isfunction(defined) and is_written(target, "__call__") else None


def is_written(target: object, name: str) -> bool:
    """Whether a method is there and does something: it is no stub of an abstract base.

    >>> class Base:
    ...     def forward(self, x):
    ...         raise NotImplementedError
    ...     def backward(self, g):
    ...         return g
    >>> is_written(Base, "forward"), is_written(Base, "backward"), is_written(Base, "other")
    (False, True, False)
    """
    static = inspect.getattr_static(target, name, None)
    if static is None and name not in own_names(target):
        return False
    method = member_of(target, name)
    if not callable(method) or getattr(method, "__isabstractmethod__", False):
        return False
    return not is_stub(method)


def member_of(target: object, name: str) -> Any:
    """What it has under this name; None for a property, which may raise until a first forward.

    >>> class Layer:
    ...     @property
    ...     def parameters(self):
    ...         return self.weights
    >>> member_of(Layer(), "parameters")
    """
    is_asked = isinstance(inspect.getattr_static(target, name, None), property)
    return None if is_asked else getattr(target, name, None)


def is_abstract(target: object) -> bool:
    """Whether a class has both methods, and one of them is a stub: it raises, or does nothing."""
    if not inspect.isclass(target):
        return False
    both = _named_like_both(target)
    written = all(any(is_written(target, n) for n in names) for names in both)
    if is_left_to_others(target):
        return True
    return all(both) and (inspect.isabstract(target) or not written or is_hollow(target))


def is_left_to_others(target: type) -> bool:
    """Whether what it computes is for those to write that derive from it."""
    return _lacks_its_forward(target) or _hands_to_a_stub(target)


def _hands_to_a_stub(target: type) -> bool:
    """Whether its forward or backward calls a method that only raises, for others to fill in.

    >>> class Base:
    ...     def forward(self, x):
    ...         return self.call(x)
    ...     def call(self, x):
    ...         raise NotImplementedError
    ...     def backward(self, grad):
    ...         return self.slope * grad
    >>> class Double(Base):
    ...     slope = 2
    ...     def call(self, x):
    ...         return 2 * x
    >>> is_abstract(Base), is_abstract(Double)
    (True, False)
    """
    methods = [getattr(target, name) for name in (forward_of(target), backward_of(target)) if name]
    asked = {name for method in methods for name in attributes_of_first(method)}
    members = [inspect.getattr_static(target, name, None) for name in asked]
    return bool(target.__subclasses__()) and any(
        inspect.isfunction(one) and is_stub(one) and raises(one) for one in members
    )


def _lacks_its_forward(target: type) -> bool:
    """Whether its ``__call__`` wants a forward that only a class derived from it has.

    >>> class Base:
    ...     def __call__(self, x):
    ...         self.x = x
    ...         return self.forward(x)
    ...     def backward(self, grad):
    ...         return self.slope(self.x) * grad
    >>> is_abstract(Base)
    True
    """
    call = called(target)
    if call is None or method_of(target, "forward", FORWARD) is not None:
        return False
    asked = attributes_of_first(getattr(target, call))
    return any(FORWARD.fullmatch(plain(name)) and not is_written(target, name) for name in asked)


def is_unfinished(target: object) -> bool:
    """Whether its forward is written and its backward is a stub, and nobody derives from it.

    >>> class Homework:
    ...     def forward(self, x):
    ...         return 2 * x
    ...     def backward(self, grad_output):
    ...         pass  # to be written
    >>> is_unfinished(Homework)
    True
    """
    if not inspect.isclass(target) or inspect.isabstract(target) or target.__subclasses__():
        return False
    forwards, backwards = _named_like_both(target)
    return any(is_written(target, name) for name in forwards) and not any(
        is_written(target, name) for name in backwards
    )


def _named_like_both(target: type) -> tuple[list[str], list[str]]:
    """The methods with the name of a forward, and those with that of a backward, stubs too."""
    own = [name for name in own_names(target) if callable(member_of(target, name))]
    forwards, backwards = (
        [name for name in own if pattern.fullmatch(plain(name))] for pattern in (FORWARD, BACKWARD)
    )
    return forwards, backwards


def is_hollow(target: object) -> bool:
    """Whether neither its forward nor its backward looks at what it is given: a base for others.

    >>> class Base:
    ...     def forward(self, x):
    ...         return self.y
    ...     def backward(self, grad):
    ...         return self.grad_x
    >>> is_hollow(Base)
    True
    """
    names = (forward_of(target), backward_of(target))
    return all(name and ignores_its_arguments(getattr(target, name)) for name in names)


def required_names(target: object, method: str) -> tuple[str, ...]:
    """The positional arguments that a method must be given, beside ``self``."""
    return tuple(p.name for p in own_positional(target, method) if is_required(p))


def required_arguments(target: object, method: str) -> int:
    """How many positional arguments a method must be given, beside ``self``."""
    return len(required_names(target, method))


def takes_argument(target: object, method: str) -> bool:
    """Whether a method can be given a positional argument, beside ``self``."""
    return is_open(target, method) or bool(own_positional(target, method))


def is_open(target: object, method: str) -> bool:
    """Whether a method takes any number of arguments."""
    found = parameters(asked_as(target, method))
    return any(is_variadic(parameter) and not is_ignored(parameter) for parameter in found)


def asked_as(target: object, method: str) -> Callable[..., Any]:
    """The method whose signature says what this one takes: the forward's, where it hands all on."""
    forward = method_of(target, "forward", FORWARD) if _hands_on(target, method) else None
    found: Callable[..., Any] = getattr(target, forward or method)
    return found


def _hands_on(target: object, method: str) -> bool:
    """Whether it is a ``__call__`` that gives the forward whatever it is given.

    >>> class Function:
    ...     def __call__(self, *inputs):
    ...         self.slope = self.slope_at(*inputs)
    ...         return self.forward(*inputs)
    ...     def forward(self, x):
    ...         return x * x
    >>> _hands_on(Function, "__call__"), _hands_on(Function, "forward")
    (True, False)
    """
    if method != "__call__":
        return False
    forward, found = method_of(target, "forward", FORWARD), getattr(target, method)
    is_all = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters(found))
    return forward is not None and is_all and reads(found, forward)


def own_positional(target: object, method: str) -> list[inspect.Parameter]:
    """The positional parameters of a method, without ``self``."""
    found = positional(asked_as(target, method))
    if not inspect.isclass(target):
        return found
    # A class's own function still shows `self`, an instance's bound method does not.
    static = isinstance(inspect.getattr_static(target, method, None), staticmethod | classmethod)
    return found if static else found[1:]


def own_names(target: object) -> list[str]:
    """The names of what its classes define, and of what the instance itself can be asked for."""
    owner = target if inspect.isclass(target) else type(target)
    names: dict[str, Any] = {}
    for base in owner.__mro__[:-1]:
        names |= dict.fromkeys(name for name in vars(base) if not name.startswith("__"))
    if not inspect.isclass(target) and hasattr(target, "__dict__"):
        names |= dict.fromkeys(name for name in vars(target) if callable(vars(target)[name]))
    return list(names)
