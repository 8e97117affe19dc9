"""Each backward belongs to a forward: to the last that has none yet, or an error says so."""

from __future__ import annotations

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived, unless_promised
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, Session, copies, identical, taken

CAUSE = "stale_cache"
# What torch says of a tensor in ctx.saved_tensors that a backward has changed.
_WRITTEN = "modified by an inplace operation"
# What Python raises by itself where something was never set: it tells the caller nothing.
_VAGUE = (AttributeError, NameError, UnboundLocalError, KeyError, IndexError, TypeError)


def examine(trial: Trial) -> Answer:
    """Two forwards and two backwards; one forward and two backwards; a backward alone."""
    if not trial.subject.keeps_state:
        return Kept()
    answers = [_after_two_forwards(trial), _after_one_forward(trial), _before_any_forward(trial)]
    return min(answers, key=lambda answer: (Broken, Waived, Kept).index(type(answer)))


def _after_two_forwards(trial: Trial) -> Answer:
    """The last forward is answered first, as by torch's own graph."""
    elsewhere = trial.elsewhere()
    if elsewhere is None:
        return Waived("the forward refuses every second input that was tried")
    values, outputs, expected = elsewhere
    session, _ = trial.started()
    second = session.forward(trial.inputs(values))
    if not identical(second, outputs):
        return Waived("the forward itself depends on what was called before")
    try:
        latest = taken(session.backward(copies(trial.cotangents)))
    except BackwardError as error:
        return _free(trial, f"after two forwards the backward fails: {error}")
    is_second = not trial.differing(latest, expected)
    if not is_second and trial.differing(latest):
        return Broken(CAUSE, "after two forwards, the backward gives the gradient of neither")
    del latest, expected, elsewhere
    if is_second:
        return _of_the_first(trial, session)
    return _free(trial, "after two forwards, the backward answers the first of them")


def _of_the_first(trial: Trial, session: Session) -> Answer:
    """The first of two forwards has its backward last: its own gradient, or an error."""
    try:
        claims = _backward_anew(trial, session)
    except BackwardError as error:
        return _refusal(trial, "a second backward after two forwards", error)
    if trial.differing(claims):
        return _free(trial, "it keeps only its last forward: an earlier one gets a wrong gradient")
    return Kept()


def _after_one_forward(trial: Trial) -> Answer:
    session, _ = trial.started()
    session.backward(copies(trial.cotangents))
    try:
        again = _backward_anew(trial, session)
    except BackwardError as error:
        if _WRITTEN in str(error):
            message = "the backward writes to what the forward saved: a second one on it fails"
            return Broken("mutation", message)
        return _refusal(trial, "a second backward on one forward", error)
    if wrong := trial.differing(again):
        if _takes_a_step(trial):
            return Waived("the backward changes what the forward reads: it takes a step of its own")
        message = (
            f"a second backward on one forward gives another gradient of {trial.names(wrong)}, "
            "and no error: the first has used up what the forward saved"
        )
        return Broken(CAUSE, message, trial.name(wrong[0]) if len(wrong) == 1 else None)
    return Kept()


def _takes_a_step(trial: Trial) -> bool:
    """Whether another forward after a backward gives another output: its weights have moved."""
    session, outputs = trial.started()
    before = copies(outputs)
    session.backward(copies(trial.cotangents))
    return not identical(session.forward(trial.inputs(trial.values)), before)


def _before_any_forward(trial: Trial) -> Answer:
    session = trial.subject.open()
    session.place(copies(trial.values))
    try:
        claims = session.backward(copies(trial.cotangents))
    except BackwardError as error:
        return _refusal(trial, "a backward before any forward", error)
    if trial.differing(claims):
        return _free(trial, "a backward before any forward is answered with some gradient")
    return Kept()


def _backward_anew(trial: Trial, session: Session) -> Claims:
    """Another backward, into gradients that start anew: what adds up would be a sum."""
    session.place(copies(trial.values))
    return taken(session.backward(copies(trial.cotangents)))


def _refusal(trial: Trial, occasion: str, error: BackwardError) -> Answer:
    """An error is right; whoever promises more says what the mistake was."""
    raised = error.__cause__
    vague = type(raised) in _VAGUE or "NoneType" in str(raised)
    if vague and trial.promised:
        return Broken(CAUSE, f"{occasion} fails without saying why: {error}")
    return Kept()


def _free(trial: Trial, message: str) -> Answer:
    return unless_promised(CAUSE, message, promised=trial.promised)
