"""Operations of somebody's own engine:  ``out = a * b``,  then  ``out.backward()``  →  ``a.grad``.

A value's operators and methods return a new value that knows how its gradient is handed back: in a
closure, or as local derivatives beside its parents.  Each of them that is written out is a layer
here: its forward computes with new values, its backward puts the cotangent where the author's
``backward()`` would begin, and lets that walk the graph.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.adapters.instructions import names, nested
from gradcheck.adapters.kinds import shape_of
from gradcheck.adapters.shape import backward_of
from gradcheck.adapters.values import Engine, engine_of, is_number
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import GRAD_OUTPUT, is_required, is_variadic, parameters, signed

ITSELF = "self"
"""Said of an argument: it is the very value that stands before it."""
USES = "uses"
"""The option that says how often the value is used, its outputs being added."""
_TRIED = 0.75


@dataclass(frozen=True)
class Operation:
    """A step of an engine's graph.

    Attributes:
        engine: The engine.
        name: As it is found in its file: ``Value.__mul__``, or ``relu`` of a plain function.
        function: What is called, the value first.
        walk: The engine's backward, where it is this that is asked.
    """

    engine: Engine
    name: str
    function: Callable[..., Any]
    walk: Callable[..., Any] | None = None

    @property
    def told(self) -> list[inspect.Parameter]:
        """What it takes beside its value."""
        return [p for p in parameters(self.function)[1:] if p.kind is not p.VAR_KEYWORD]

    @property
    def wanted(self) -> list[inspect.Parameter]:
        """What of that must be given."""
        return [p for p in self.told if is_required(p)]

    def __call__(self, values: list[Any], options: dict[str, Any]) -> Any:
        """Its output for these values, in order; an option stands in the place of a value."""
        if options.get(USES, 1) > 1:
            once = {name: value for name, value in options.items() if name != USES}
            return self(values, once) + self(values, once)
        first, *others = values
        given, named = [first], {}
        for one in self.told:
            said = options.get(one.name, one.default)
            said = first if said == ITSELF and one.name in options else said
            if is_variadic(one):
                given += list(options.get(one.name, ())) or others
            elif one.name in options or not is_required(one):
                named[one.name] = said
            elif others:
                named[one.name] = others.pop(0)
        return self.function(*given, **named)


def operations_in(module: ModuleType) -> dict[str, type]:
    """A class for each operation that a module defines itself, by the way to it."""
    found: dict[str, type] = {}
    for member in list(vars(module).values()):
        if getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(member) and not member.__name__.startswith("_"):
            found |= operations_of(member)
        elif inspect.isfunction(member) and not member.__name__.startswith("_"):
            found |= _of_function(member)
    return found


def operation_named(module: ModuleType, name: str) -> type | None:
    """The operation to which this way leads, as in ``Value.__mul__``."""
    owner = vars(module).get(name.partition(".")[0])
    if inspect.isfunction(owner):
        return _of_function(owner).get(name)
    return operations_of(owner).get(name) if inspect.isclass(owner) else None


def is_step(function: Any) -> bool:
    """Whether a plain function is one of an engine's operations itself."""
    return bool(_of_function(function))


def operation_of(target: object) -> Operation | None:
    """The operation for which a class stands in; None of any other."""
    found = getattr(target, "operation", None)
    return found if isinstance(found, Operation) else None


def operations_of(kind: Any) -> dict[str, type]:
    """Those of an engine's class; none of a class that is none, or is a layer besides."""
    return _operations_of(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=256)
def _operations_of(kind: Any) -> dict[str, type]:
    """Remembered: two classes for one operation would be two targets."""
    if shape_of(kind) is not None or backward_of(kind) is None or not _may_step(kind):
        return {}
    engine = engine_of(kind)
    if engine is None:
        return {}
    steps = _closing(kind) or _listing(kind, engine)
    found = [
        Operation(engine, f"{kind.__name__}.{name}", function) for name, function in steps.items()
    ]
    own = vars(kind).get(engine.walk)
    if own is not None and any("__add__" in _functions(base) for base in kind.__mro__[:-1]):
        found.append(Operation(engine, f"{kind.__name__}.{engine.walk}", _crossed, own))
    return {one.name: _class_of(one) for one in found}


def _crossed(value: Any) -> Any:
    """Ten times the value, by ways of other lengths that meet.

    A walk that goes on from a value before all that is made of it has handed its gradient back
    forgets some, or hands some on twice.
    """
    twice = value + value
    return (twice + (twice + value)) + ((twice + value) + twice)


@functools.lru_cache(maxsize=256)
def _of_function(function: Any) -> dict[str, type]:
    """A plain function that makes values of an engine and tells them how to go back."""
    if not _is_closing(function) or not parameters(function):
        return {}
    space = function.__globals__
    for name in function.__code__.co_names:
        if inspect.isclass(space.get(name)) and operations_of(space[name]):
            engine = engine_of(space[name])
            if engine is not None:
                step = Operation(engine, function.__name__, function)
                return {step.name: _class_of(step)}
    return {}


def _may_step(kind: type) -> bool:
    """Whether some method makes another of its class: asked before anything of it is called."""
    return any(
        _is_closing(one) or _makes(one, base)
        for base in kind.__mro__[:-1]
        for one in _functions(base).values()
    )


def _closing(kind: type) -> dict[str, FunctionType]:
    """The methods that write a closure for the gradient."""
    return {name: one for name, one in _functions(kind).items() if _is_closing(one)}


def _listing(kind: type, engine: Engine) -> dict[str, FunctionType]:
    """The methods whose output holds what it was made of, and local derivatives beside it."""
    own = {name: one for name, one in _functions(kind).items() if _makes(one, kind)}
    return {name: one for name, one in own.items() if _holds_its_value(one, engine)}


def _holds_its_value(function: FunctionType, engine: Engine) -> bool:
    """Whether the output of a call holds the value that was given: the graph goes on."""
    wanted = [p for p in parameters(function) if is_required(p)]
    with suppress(Exception), silenced(), preserved_globals():
        values = [engine.value(_TRIED) for _ in wanted]
        out = function(*values)
        return isinstance(out, engine.kind) and any(
            any(one is values[0] for one in held)
            for held in engine.attributes(out).values()
            if isinstance(held, list | tuple | set | frozenset)
        )
    return False


def _functions(kind: type) -> dict[str, FunctionType]:
    """The functions of a class that are given a value, properties too; not what walks the graph."""
    members = {
        name: member.fget if isinstance(member, property) else member
        for name, member in vars(kind).items()
    }
    return {
        name: inspect.unwrap(member)
        for name, member in members.items()
        if inspect.isfunction(member) and not (name in _NO_STEPS or name == backward_of(kind))
    }


_NO_STEPS = {"__init__", "__new__", "__repr__", "__str__"}


def _is_closing(function: Callable[..., Any]) -> bool:
    return any(map(_is_of_gradients, nested(function)))


def _is_of_gradients(code: CodeType) -> bool:
    return any("grad" in name.lower() for name in (*code.co_names, *code.co_varnames))


def _makes(function: Callable[..., Any], kind: type) -> bool:
    return names(function, kind.__name__) or names(function, "type")


def _class_of(operation: Operation) -> type:
    """The layer that its author might have written around it."""

    def told(self: Any, **options: Any) -> None:
        self.options = options

    def forward(self: Any, *inputs: Any) -> Any:
        run = _Run(operation, inputs, self.options)
        self.pull = lambda grad_output: run.pulled(grad_output)  # noqa: PLW0108 no state to put back
        return run.outputs

    def backward(self: Any, grad_output: Any) -> Any:
        return self.pull(grad_output)

    options = [
        p.replace(kind=p.KEYWORD_ONLY, default=None if is_required(p) else p.default)
        for p in operation.told
        if not is_variadic(p)
    ]
    first = parameters(operation.function)[:1]
    functools.update_wrapper(forward, operation.walk or operation.function)
    if operation.walk is None:  # a walk through others' backwards is not the code of this one
        functools.update_wrapper(backward, _closure_of(operation.function))
    signed(told, options)
    signed(forward, [*first, *operation.wanted])
    signed(backward, [GRAD_OUTPUT], of=operation.walk)
    body = {"__init__": told, "forward": forward, "backward": backward, "operation": operation}
    body["keeps_state"] = False  # each call makes values of its own
    # The engine is part of it: what its constructor says of float32, the operation says too.
    body |= {"__module__": forward.__module__, "engine": operation.engine.kind}
    return type(operation.name, (), body)


def _closure_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The closure that hands its gradient back, as far as it can be shown before it is made."""
    code = next(filter(_is_of_gradients, nested(function)), None)
    if code is None:
        return function
    cells = tuple(CellType() for _ in code.co_freevars)
    shown = FunctionType(code, function.__globals__, code.co_name, None, cells)
    shown.__qualname__ = f"{function.__qualname__}.{code.co_name}"
    return shown


class _Run:
    """One call: of arrays at once, or of each number alone, where the engine holds numbers."""

    def __init__(
        self, operation: Operation, inputs: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        self._operation = operation
        self._inputs = inputs
        self._options = options
        self._graphs: list[_Graph] | None = self._made()
        self.outputs = self._joined([graph.numbers for graph in self._graphs])

    def pulled(self, grad_output: Any) -> tuple[Any, ...]:
        """The gradient of each input, by the first way that the engine's backward takes."""
        refusal: Exception | None = None
        for seed in self._operation.engine.seeds:
            graphs, self._graphs = self._graphs or self._made(), None
            try:
                for graph, part in zip(graphs, self._parts(grad_output), strict=True):
                    seed(graph.out, part)
            except Exception as error:  # noqa: BLE001 somebody's walk, begun in a way it may refuse
                refusal = refusal or error
                continue
            return tuple(self._gradient(graphs, place) for place in range(len(graphs[0].values)))
        raise refusal or TypeError(self._operation.name)

    def _made(self) -> list[_Graph]:
        if not self._by_number:
            return [_Graph.of(self._operation, self._inputs, self._options)]
        shape = np.broadcast_shapes(*(np.shape(one) for one in self._inputs))
        spread = [np.broadcast_to(one, shape).ravel() for one in self._inputs]
        given = [tuple(float(one) for one in numbers) for numbers in zip(*spread, strict=True)]
        return [_Graph.of(self._operation, numbers, self._options) for numbers in given]

    @property
    def _by_number(self) -> bool:
        return self._operation.engine.scalars and all(
            isinstance(one, np.ndarray) and one.dtype.kind == "f" for one in self._inputs
        )

    def _parts(self, grad_output: Any) -> list[Any]:
        return list(map(float, np.ravel(grad_output))) if self._by_number else [grad_output]

    def _joined(self, parts: list[Any]) -> Any:
        if not self._by_number:
            return parts[0]
        return np.array(parts, dtype=float).reshape(self._inputs[0].shape)

    def _gradient(self, graphs: list[_Graph], place: int) -> Any:
        found = [graph.gradient(place) for graph in graphs]
        return None if any(one is None for one in found) else self._joined(found)


@dataclass(frozen=True)
class _Graph:
    """The values that were given, and the one that came out."""

    engine: Engine
    values: list[Any]
    out: Any

    @classmethod
    def of(cls, operation: Operation, inputs: tuple[Any, ...], options: dict[str, Any]) -> _Graph:
        """A new graph.

        Raises:
            TypeError: If what comes out is no value.
        """
        engine = operation.engine
        given = [engine.value(one) if is_number(one) else one for one in inputs]
        out = operation(given, options)
        if not isinstance(out, engine.kind):
            raise TypeError(f"{operation.name} returns no {engine.kind.__name__}")
        values = [one for one, old in zip(given, inputs, strict=True) if is_number(old)]
        return cls(engine, values, out)

    @property
    def numbers(self) -> Any:
        """What came out."""
        return self.engine.numbers(self.out)

    def gradient(self, place: int) -> Any:
        """What the walk has left beside a value, as a copy."""
        return self.engine.gradient(self.values[place])
