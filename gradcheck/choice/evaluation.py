"""A layer in evaluation mode, where its forward may return something else.

Torch's modules are differentiated there as well, as where a part of a network is frozen.  Of others
many never call a backward there: what is wrong is told, and decides nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from torch import nn

from gradcheck.adapters.instructions import reads
from gradcheck.adapters.kinds import shape_of
from gradcheck.adapters.shape import own_positional
from gradcheck.cases.case import Case
from gradcheck.cases.preparation import Call, Setting
from gradcheck.cases.spec import Preparing, Spec
from gradcheck.choice.attempt import BUILT, GOOD, attempt_at
from gradcheck.choice.trial import differ
from gradcheck.foreign.signatures import is_required, parameters

_TRAINS = ("training", "is_training", "train_mode", "is_train", "train_flg", "train_flag", "train")
_TESTS = ("test", "testing", "test_mode", "is_test", "inference", "evaluating", "eval_mode")


def in_evaluation(target: type, spec: Spec, build: Callable[[Spec], Case]) -> tuple[Spec, ...]:
    """The spec in evaluation mode, where the target looks at its mode; nothing, if it does not.

    One that promises torch's conventions may refuse a backward there, as scratchnn does: it keeps
    nothing for it.
    """
    for other in _switched(target, spec, build):
        if not _reads_mode(target) and not differ(build(spec), build(other)):
            continue
        reach = attempt_at(build(other)).reach
        if reach == GOOD:
            return (replace(other, only_told=not _promises(target)),)
        if reach > BUILT and not getattr(target, "torch_conventions", False):
            return (replace(other, extra=True, only_told=True),)
    return ()


def _promises(target: type) -> bool:
    """Whether it has the modes of torch's modules, in both of which there is a gradient."""
    return issubclass(target, nn.Module) or bool(getattr(target, "torch_conventions", False))


def _switched(target: type, spec: Spec, build: Callable[[Spec], Case]) -> Iterator[Spec]:
    """By its method ``eval``, by an attribute, or by an argument of its forward."""
    member = inspect.getattr_static(target, "eval", None)
    if inspect.isfunction(member) and not any(is_required(p) for p in parameters(member)[1:]):
        yield _prepared(spec, Call("eval"))
    held = _attributes(build(spec))
    for name in (*_TRAINS, *_TESTS):
        if held.get(name) is (name in _TRAINS):
            yield _prepared(spec, Setting(name, name in _TESTS))
    if (told := _told(target, spec)) is not None:
        shapes = (*spec.shapes, ())
        yield replace(spec, shapes=shapes, kinds=(*spec.all_kinds, str(told)), on_kinks=False)


def _prepared(spec: Spec, call: Preparing) -> Spec:
    return replace(spec, calls=(*spec.calls, call))


def _attributes(case: Case) -> dict[str, Any]:
    instance = case.make(0)[0]
    return dict(vars(instance)) if hasattr(instance, "__dict__") else {}


def _told(target: type, spec: Spec) -> bool | None:
    """What the argument behind its inputs is given to say so; None where that is no such flag."""
    shape = shape_of(target)
    words = own_positional(target, shape.forward)[len(spec.shapes) :] if shape else []
    if not words or spec.bundled:
        return None
    name = words[0].name.lower()
    return name in _TESTS if name in (*_TRAINS, *_TESTS) else None


def _reads_mode(target: type) -> bool:
    """Whether a method of a module asks for ``training``, to hand it on to a Function perhaps."""
    own = [one for one in vars(target).values() if inspect.isfunction(one)]
    return issubclass(target, nn.Module) and any(reads(method, "training") for method in own)
