"""What is refuted as lines of Python, which are tried before they are shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from gradcheck.cases.inference import siblings_of
from gradcheck.cases.spec import Part, Spec
from gradcheck.choice.variants import Variant
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import GradcheckError
from gradcheck.examples.smallest import Asked
from gradcheck.examples.snippet import Reach, quoted, reach, snippet
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.targets.resolve import Target

_UNKNOWN = "target"
_SAID = ("seed", "reference", "witnesses", "dtype", "contracts", "resolution", "order")
_CONFIRMED = 4  # of the smallest cases: nearly always the first is what it seems


def repeated(asked: Asked, smallest: Sequence[Variant]) -> str:
    """The first of these cases that a call of its own refutes; else the check as it was made.

    Empty where neither can be said in a few lines, or nothing is smaller than what its owner has.
    """
    reached = _reached(asked.target)
    for variant in smallest[:_CONFIRMED]:
        for init in _inits(asked.target, variant.spec):
            text = snippet(reached, variant.inputs, _settings(asked, init))
            if text and _is_refuted(asked, Wishes(init, inputs=variant.inputs)):
                return text
    wishes = asked.wishes
    if wishes.shapes or wishes.loss or wishes.intention:
        return ""
    if asked.target.by_name or (wishes.inputs and reached.words != _UNKNOWN):
        return snippet(reached, wishes.inputs, _settings(asked, wishes.init))
    return ""


def _is_refuted(asked: Asked, wishes: Wishes) -> bool:
    options = replace(asked.options, examples=0, shrink=False, exhibits=False)
    try:
        with silenced(), preserved_globals():
            return asked.judge(wishes, options).verdict == Verdict.REFUTED
    except GradcheckError:
        return False


def _reached(target: Target) -> Reach:
    if target.by_name:
        return Reach(quoted(target.name))
    comment = f"# target is the {type(target.object).__name__} that was checked"
    return reach(target.object) or Reach(_UNKNOWN, (comment,))


def _inits(target: Target, spec: Spec | None) -> list[str | None]:
    """How the constructor's arguments may be said: not at all, if there are none."""
    if spec is None:
        return [None]
    if spec.calls:
        return []
    words = [_part(target, part) for part in spec.parts]
    words += [repr(value) for value in spec.arguments]
    words += [f"{name}={value!r}" for name, value in spec.options.items()]
    return [", ".join(words)] if words else [None, ""]


def _part(target: Target, part: Part) -> str:
    """A layer inside a container, by the name that the container's module knows, or its package."""
    found = siblings_of(target.object)(part.name)
    home = sys.modules.get(target.object.__module__)
    known = getattr(home, part.name, None) is found
    return str(part) if known else f"{found.__module__.partition('.')[0]}.{part}"


def _settings(asked: Asked, init: str | None) -> dict[str, object]:
    """What the call must say beside the inputs."""
    usual = Options()
    said: dict[str, object] = {} if init is None else {"init": init}
    for name in _SAID:
        chosen = getattr(asked.options, name)
        if chosen != getattr(usual, name):
            said[name] = chosen
    return said
