"""A function whose gradient is given on purpose, in the place of the forward's own.

A step has no slope that anything could be trained by, so its backward takes that of something
smooth.  Where its author says of what, the claim is no longer beyond judgement: it is the gradient
of that function, or it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.signatures import accepts
from gradcheck.subject import Outputs, Role, Subject, Values


@dataclass(frozen=True)
class StandIn:
    """What stands in for a forward.

    Attributes:
        name: As its author calls it.
        function: Takes the arguments of the forward, or the first of them, on tensors or on arrays
            as the forward does.
    """

    name: str
    function: Callable[..., Any]

    def forward_for(self, subject: Subject) -> Callable[[Values], Outputs]:
        """The function, as the forward of a subject.

        Raises:
            ExerciseError: If it cannot be: there are parameters that it would not see, it raises,
                or its outputs are not shaped as those of the forward.
        """
        others = [leaf.name for leaf in subject.leaves if leaf.role != Role.INPUT]
        if others:
            raise ExerciseError(
                f"expect says gradient of {self.name}, and there is {', '.join(others)}, which is "
                "no argument of it: that can be said of what has no parameters"
            )
        on_arrays = not any(isinstance(one, Tensor) for one in subject.inputs)
        values = tuple(leaf.value for leaf in subject.leaves)

        def forward(values: Values) -> Outputs:
            return self.called(subject.arguments(values), on_arrays=on_arrays)

        theirs = [tuple(y.shape) for y in subject.forward(values)]
        ours = [tuple(y.shape) for y in forward(values)]
        if theirs != ours:
            raise ExerciseError(
                f"expect says gradient of {self.name}, which returns {ours}, and the forward "
                f"{theirs}: it must return as much as the forward"
            )
        return forward

    def called(self, arguments: Sequence[Any], *, on_arrays: bool = False) -> Outputs:
        """What it returns for as many of these arguments as it takes.

        Raises:
            ExerciseError: If it raises.
        """
        handed = [_array(one) for one in arguments] if on_arrays else list(arguments)
        many = next(
            (n for n in range(len(handed), 1, -1) if accepts(self.function, *handed[:n])), 1
        )
        try:
            returned = self.function(*handed[:many])
        except Exception as error:
            raise ExerciseError(f"{self.name} raised {one_line(error)}") from error
        several = returned if isinstance(returned, list | tuple) else (returned,)
        return tuple(torch.as_tensor(one) for one in several)


def _array(one: Any) -> Any:
    return np.asarray(one.detach()) if isinstance(one, Tensor) else one
