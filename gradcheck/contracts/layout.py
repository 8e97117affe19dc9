"""How a tensor lies in memory makes no difference: transposed, strided, expanded."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.trial import Trial, changed_positions
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Outputs, Role, Values, copies

CAUSE = "layout"

Lay = Callable[[Tensor], Tensor]
"""Equal values, in other places."""


def transposed(tensor: Tensor) -> Tensor:
    """The last two axes exchanged in memory; strided, where there are no two.

    >>> import torch
    >>> transposed(torch.ones(2, 3)).stride()
    (1, 2)
    """
    if tensor.dim() < 2:  # noqa: PLR2004 two axes
        return strided(tensor)
    return tensor.transpose(-1, -2).clone().contiguous().transpose(-1, -2)


def strided(tensor: Tensor) -> Tensor:
    """With gaps between the elements of the last axis.

    >>> import torch
    >>> strided(torch.ones(2, 3)).stride()
    (6, 2)
    """
    if tensor.dim() == 0:
        return tensor.clone()
    buffer = tensor.new_zeros((*tensor.shape[:-1], 2 * tensor.shape[-1]))
    view = buffer[..., ::2]
    view.copy_(tensor)
    return view


def expanded(tensor: Tensor) -> Tensor:
    """One sample in the place of all: not equal values, but those of its contiguous copy.

    >>> import torch
    >>> expanded(torch.ones(2, 3)).stride()
    (0, 1)
    """
    return tensor[:1].clone().expand_as(tensor) if tensor.dim() else tensor.clone()


def examine(trial: Trial) -> Answer:
    """Each layout, of the inputs and the cotangent at once; one at a time only to name it."""
    call = trial.call
    given, after = (*trial.values, *trial.cotangents), (*call.values, *call.cotangents)
    if changed_positions(given, after):
        return Waived("it writes to what it is given")
    plain = call.gradients
    for lay in (transposed, strided):
        if answer := _tried(trial, lay, trial.values, trial.cotangents, plain):
            return answer
    values = _laid(trial, trial.values, expanded)
    cotangents = tuple(expanded(u) for u in trial.cotangents)
    flat = tuple(v.contiguous() for v in values)
    try:
        _, plain = trial.run(copies(flat), tuple(u.contiguous() for u in cotangents))
    except ExerciseError:
        return Kept()  # it refuses equal samples, whatever their layout
    return _tried(trial, expanded, flat, cotangents, plain) or Kept()


def _tried(
    trial: Trial, lay: Lay, values: Values, cotangents: Outputs, plain: Claims
) -> Answer | None:
    try:
        _, claims = trial.run(_laid(trial, values, lay), tuple(lay(u) for u in cotangents))
    except ExerciseError as error:
        message = f"given {_who(trial, lay, values, cotangents)} it fails: {error}"
        return unless_promised(CAUSE, message, promised=trial.promised)
    wrong = trial.differing(claims, plain)
    if not wrong:
        return None
    who = _who(trial, lay, values, cotangents, plain)
    return Broken(
        CAUSE,
        f"given {who} of equal values, the gradient of {trial.names(wrong)} is another",
        trial.name(wrong[0]) if len(wrong) == 1 else None,
    )


def _who(
    trial: Trial, lay: Lay, values: Values, cotangents: Outputs, plain: Claims | None = None
) -> str:
    """Which of the two it is that does harm, alone."""
    name = f"{'an' if lay is expanded else 'a'} {lay.__name__}"
    try:
        _, claims = trial.run(copies(values), tuple(lay(u) for u in cotangents))
    except ExerciseError:
        return f"{name} grad_output"
    if plain is not None and trial.differing(claims, plain):
        return f"{name} grad_output"
    return f"{name} input"


def _laid(trial: Trial, values: Values, lay: Lay) -> Values:
    return tuple(
        lay(value) if leaf.role == Role.INPUT else value.clone()
        for leaf, value in zip(trial.subject.leaves, values, strict=True)
    )
