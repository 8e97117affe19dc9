"""A second backward adds to the stored gradients, and ``zero_grad`` clears them."""

from __future__ import annotations

import torch

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, Outputs, Session, copies, taken

CAUSE = "accumulation"


def examine(trial: Trial) -> Answer:
    """Go through two steps without ``zero_grad``, then through one after it."""
    positions = trial.stored(trial.gradients)
    if not positions:
        return Waived("it has no parameters")
    session = trial.subject.open()
    session.place(copies(trial.values))
    _step(trial, session)
    outputs, twice = _step(trial, session)
    if not _same(outputs, trial.call.outputs):
        return Waived("the forward itself gives something else in a second call")
    # Before anything is compared: to tell rounding from a difference, the object is called anew.
    clears = session.zero_grad()
    again = _again(trial, session) if clears else None
    trial.subject.open()  # frees what it holds
    wrong = trial.differing(twice, factor=2.0, among=positions)
    overwritten = tuple(p for p in wrong if p not in trial.differing(twice, among=wrong))
    if len(overwritten) < len(wrong):
        return _broken(trial, wrong, "after two backwards is not the sum of both")
    broken = _uncleared(trial, again, positions) if again else None
    if broken or not overwritten:
        return broken or Kept()
    added = trial.differing(twice, among=set(positions) - set(overwritten))
    return _overwritten(trial, overwritten, added, clears=clears)


def _uncleared(trial: Trial, again: Claims | Broken, positions: tuple[int, ...]) -> Broken | None:
    if isinstance(again, Broken):
        return again
    wrong = trial.differing(again, among=positions)
    return _broken(trial, wrong, "is not cleared by zero_grad") if wrong else None


def _again(trial: Trial, session: Session) -> Claims | Broken:
    try:
        return _step(trial, session)[1]
    except BackwardError as error:
        return Broken(CAUSE, f"after zero_grad the next backward fails: {error}")


def _overwritten(
    trial: Trial, positions: tuple[int, ...], added: tuple[int, ...], *, clears: bool
) -> Answer:
    """A convention, but not one that only some of the parameters follow and nothing clears."""
    if added and not clears:
        words = f"is overwritten, while that of {trial.names(added)} adds up and nothing clears it"
        return _broken(trial, positions, words)
    message = f"a second backward overwrites the gradient of {trial.names(positions)}"
    return unless_promised(CAUSE, f"{message} instead of adding to it", promised=trial.promised)


def _step(trial: Trial, session: Session) -> tuple[Outputs, Claims]:
    outputs = copies(session.forward(trial.inputs(trial.values)))
    return outputs, taken(session.backward(copies(trial.cotangents)))


def _same(outputs: Outputs, others: Outputs) -> bool:
    return all(torch.allclose(a, b, rtol=1e-9) for a, b in zip(outputs, others, strict=True))


def _broken(trial: Trial, positions: tuple[int, ...], words: str) -> Broken:
    leaf = trial.name(positions[0]) if len(positions) == 1 else None
    return Broken(CAUSE, f"the gradient of {trial.names(positions)} {words}", leaf)
