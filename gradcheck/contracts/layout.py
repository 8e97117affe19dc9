"""How a tensor lies in memory makes no difference: transposed, strided, expanded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gradcheck.cases.point import direction, generator
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.calls import apart, changed_positions
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.subject import Claims, Outputs, Role, Values

CAUSE = "layout"
# So near, in units of a leaf's size, a gradient is the same but for this part, or it jumps.
_BESIDE = 2.0**-20
_JUMP = 1e-2
_AWAY = 4

Lay = Callable[[Tensor], Tensor]
"""Equal values, in other places."""


def transposed(tensor: Tensor) -> Tensor:
    """The last two axes exchanged in memory; strided, where there are no two.

    >>> import torch
    >>> transposed(torch.ones(2, 3)).stride()
    (1, 2)
    """
    if tensor.dim() < 2:
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


@dataclass(frozen=True)
class _Plain:
    """What is handed over in one piece, and what comes of it."""

    values: Values
    cotangents: Outputs
    outputs: Outputs
    claims: Claims


def examine(trial: Trial) -> Answer:
    """Each layout, of the inputs and the cotangent at once; one at a time only to name it."""
    call = trial.call
    given, after = (*trial.values, *trial.cotangents), (*call.values, *call.cotangents)
    if changed_positions(given, after):
        return Waived("it writes to what it is given")
    plain = _Plain(trial.values, trial.cotangents, call.outputs, call.gradients)
    for lay in (transposed, strided):
        if answer := _unless_drawn(trial, lay, plain, _tried(trial, lay, plain)):
            return answer
    return _of_equal_samples(trial) or Kept()


def _unless_drawn(trial: Trial, lay: Lay, plain: _Plain, answer: Answer | None) -> Answer | None:
    """Without what random numbers explain: ``rand_like`` fills memory in the order of its input."""
    if not (isinstance(answer, Broken) and answer.in_forward and trial.probe.is_random):
        return answer
    beside = _tried(trial, lay, plain, inputs=False)
    return beside or Waived(f"{answer.message}, for it draws random numbers in another order")


def _of_equal_samples(trial: Trial) -> Answer | None:
    """One sample for all.  Several of torch's own functions fail on inputs that share memory.

    (The median of an expanded tensor is whatever was in memory.)  A forward that gives something
    else there is told, and refutes nothing.
    """
    values = tuple(v.contiguous() for v in _laid(trial, trial.values, expanded))
    cotangents = tuple(expanded(u).contiguous() for u in trial.cotangents)
    try:
        plain = _called(trial, values, cotangents)
    except ExerciseError:
        return None  # it refuses equal samples, whatever their layout
    answer = _unless_drawn(trial, expanded, plain, _tried(trial, expanded, plain))
    if not (isinstance(answer, Broken) and answer.in_forward) or trial.promised:
        return answer
    beside = _tried(trial, expanded, plain, inputs=False)
    return beside or Waived(f"{answer.message}, as that of some functions of torch")


def _called(trial: Trial, values: Values, cotangents: Outputs) -> _Plain:
    return _Plain(values, cotangents, *trial.run(values, cotangents))


def _tried(trial: Trial, lay: Lay, plain: _Plain, *, inputs: bool = True) -> Answer | None:
    laid = tuple(lay(u) for u in plain.cotangents)
    values = _laid(trial, plain.values, lay) if inputs else trial.inputs(plain.values)
    name = f"{'an' if lay is expanded else 'a'} {lay.__name__}"
    try:
        outputs, claims = trial.run_as_laid(values, laid)
    except BackwardError as error:
        return _fails(trial, f"{name} {_who(trial, laid, plain)}", error)
    except ExerciseError as error:
        return _fails(trial, f"{name} input", error, in_forward=True)
    if trial.is_another_output(outputs, plain.outputs):
        words = f"given {name} input of equal values, the output is another"
        return Broken(CAUSE, words, in_forward=True)
    wrong = trial.differing(claims, plain.claims)
    if not wrong or _is_on_kink(trial, plain):
        return None
    words = f"{name} {_who(trial, laid, plain)} of equal values"
    return Broken(
        CAUSE,
        f"given {words}, the gradient of {trial.names(wrong)} is another",
        trial.name(wrong[0]) if len(wrong) == 1 else None,
    )


def _is_on_kink(trial: Trial, plain: _Plain) -> bool:
    """Whether the gradient jumps there, so that another choice is as right.

    Which of several equal elements is the median may depend on where they lie.
    """
    draws = generator(trial.probe.seed, 29)
    for _ in range(_AWAY):
        moves = [direction(value, draws) * _BESIDE for value in plain.values]
        for sign in (1, -1):
            values = tuple(v + sign * by for v, by in zip(plain.values, moves, strict=True))
            if apart(_called(trial, values, plain.cotangents).claims, plain.claims) > _JUMP:
                return True
    return False


def _fails(
    trial: Trial, given: str, error: ExerciseError, *, in_forward: bool = False
) -> Broken | Waived:
    words = f"given {given} it fails: {error}"
    return unless_promised(CAUSE, words, promised=trial.promised, in_forward=in_forward)


def _who(trial: Trial, laid: Outputs, plain: _Plain) -> str:
    """Which of the two does the backward harm, alone."""
    try:
        _, claims = trial.run_as_laid(trial.inputs(plain.values), laid)
    except ExerciseError:
        return "grad_output"
    return "grad_output" if trial.differing(claims, plain.claims) else "input"


def _laid(trial: Trial, values: Values, lay: Lay) -> Values:
    return tuple(
        lay(value) if leaf.role == Role.INPUT else value
        for leaf, value in zip(trial.subject.leaves, values, strict=True)
    )
