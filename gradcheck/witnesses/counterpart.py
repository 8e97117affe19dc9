"""Torch's own counterpart of somebody's layer or loss: same options, same weights."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from gradcheck.errors import CommandError
from gradcheck.foreign.signatures import is_required, parameters
from gradcheck.pair import Pair
from gradcheck.witnesses.composites import COMPOSITES

AUTO = "auto"


class NoCounterpart(Exception):  # noqa: N818 an answer, not an error: it becomes a witness's note
    """Why torch has nothing to compare with."""


class RefusesInputs(NoCounterpart):
    """Torch's module fits, and cannot be called here."""


def counterpart(instance: object, options: Mapping[str, Any], name: str = AUTO) -> nn.Module:
    """Build torch's module of the same name, in float64, in the mode and with the statistics held.

    Args:
        instance: The layer or loss to find a counterpart of.
        options: Constructor arguments, where they are known; the instance's attributes of the
            same names fill the gaps.
        name: ``auto`` goes by the class's name and its bases'; else a name such as
            ``torch.nn.Linear``.

    Raises:
        NoCounterpart: If there is none, saying why.
        CommandError: If a name is given that torch.nn does not have.
    """
    reference = namesake(instance, name)
    if issubclass(reference, nn.Sequential):
        layers = [counterpart(child, {}) for child in _children(instance)]
        return _container(reference, layers, options).double()
    return _in_state_of(instance, _construct(reference, instance, options).double())


def namesake(instance: object, name: str = AUTO) -> type[nn.Module]:
    """Torch's class of this name, or of the instance's own.

    Raises:
        NoCounterpart: If there is none.
        CommandError: If a name is given that torch.nn does not have.
    """
    return _class_by_name(name) if name != AUTO else _class_by_inheritance(instance)


def takes_options_of_namesake(instance: object) -> bool:
    """Whether its constructor takes what torch's class of its name takes, in place or not aside.

    Whoever takes less has another function in mind, or leaves torch's defaults out.
    """
    try:
        reference = _class_by_inheritance(instance)
    except NoCounterpart:
        return False
    ours = {parameter.name for parameter in parameters(type(instance))}
    return {parameter.name for parameter in parameters(reference)} - _ASIDE <= ours


_ASIDE = {"inplace", "bias", "device", "dtype", "size_average", "reduce", "args", "kwargs"}


def _class_by_inheritance(instance: object) -> type[nn.Module]:
    target = instance if inspect.isclass(instance) else type(instance)
    for base in target.__mro__:
        found = COMPOSITES.get(base.__name__) or getattr(nn, base.__name__, None)
        if inspect.isclass(found) and issubclass(found, nn.Module) and found is not nn.Module:
            return found
    if issubclass(target, Pair):
        raise NoCounterpart("torch.nn has none of a pair of functions")
    raise NoCounterpart(f"torch.nn has no {target.__name__}")


def _class_by_name(name: str) -> type[nn.Module]:
    found = COMPOSITES.get(name) or getattr(nn, name.removeprefix("torch.nn."), None)
    if inspect.isclass(found) and issubclass(found, nn.Module):
        return found
    near = difflib.get_close_matches(name.removeprefix("torch.nn."), dir(nn), n=1)
    hint = f": did you mean torch.nn.{near[0]}?" if near else ""
    raise CommandError(f"reference {name}: torch.nn has no such module{hint}")


def _construct(
    reference: type[nn.Module], instance: object, options: Mapping[str, Any]
) -> nn.Module:
    chosen: dict[str, Any] = {}
    for parameter in parameters(reference):
        name = parameter.name
        if name in options:
            chosen[name] = options[name]
        elif name == "bias" and hasattr(instance, name):
            chosen[name] = getattr(instance, name) is not None
        elif hasattr(instance, name) and name not in ("device", "dtype"):
            chosen[name] = getattr(instance, name)
        elif is_required(parameter):
            raise NoCounterpart(
                f"torch.nn.{reference.__name__} wants {name}, which "
                f"{type(instance).__name__} does not have"
            )
    try:
        return reference(**chosen)
    except (TypeError, ValueError, RuntimeError) as error:
        raise NoCounterpart(f"torch.nn.{reference.__name__} refuses {chosen}: {error}") from error


def _container(
    reference: type[nn.Sequential], layers: list[nn.Module], options: Mapping[str, Any]
) -> nn.Module:
    known = {parameter.name for parameter in parameters(reference)}
    chosen = {name: value for name, value in options.items() if name in known}
    return reference(*layers, **chosen)


def _in_state_of(instance: object, module: nn.Module) -> nn.Module:
    """The module in evaluation mode where the instance is, and with its running statistics."""
    module.train(getattr(instance, "training", True) is not False)
    for name, buffer in module.named_buffers():
        held = getattr(instance, name, None)
        if isinstance(held, torch.Tensor) and held.shape == buffer.shape:
            buffer.copy_(held)
    return module


def _children(instance: Any) -> list[object]:
    try:
        return list(instance)  # in the order of the calls, a layer used twice named twice
    except TypeError:
        raise NoCounterpart(f"{type(instance).__name__} does not say what it holds") from None


def with_weights(
    module: nn.Module, weights: Mapping[str, torch.Tensor]
) -> Mapping[str, torch.Tensor]:
    """Check that the weights fit the module by name and shape, and give them back.

    Raises:
        NoCounterpart: If a name or a shape differs.
    """
    wanted = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    given = {name: tuple(weight.shape) for name, weight in weights.items()}
    if wanted != given:
        raise NoCounterpart(
            f"its parameters {given} are not those of torch.nn.{type(module).__name__}, {wanted}"
        )
    return weights
