"""A layer or a loss that is composed of an engine's operations: the engine goes back for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from gradcheck.adapters import loss, module
from gradcheck.adapters.compositions import MARK
from gradcheck.adapters.graph import moves
from gradcheck.adapters.passage import ENDS
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Leaf, Role, Subject, vjp

UNLED = "the engine's graph leads to it on no path, though the outputs move with it"


def recognises(target: object) -> bool:
    """Whether it is such a class, given plain arrays."""
    return getattr(target, MARK, None) is not None


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """As a layer, or as a loss.  Of what the graph leads to, all is claimed."""
    speaks: Any = next(one for one in (module, loss) if one.recognises(instance))
    subject: Subject = speaks.adapt(instance, inputs, options, dtype)
    return subject
