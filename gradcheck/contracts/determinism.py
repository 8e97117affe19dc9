"""Called twice alike, forward and backward give the same bits."""

from __future__ import annotations

from gradcheck.contracts.answer import Answer, Broken, Kept
from gradcheck.contracts.calls import apart
from gradcheck.contracts.trial import Trial
from gradcheck.errors import ExerciseError
from gradcheck.foreign.unwritten import littered, may_leave_unwritten

CAUSE = "nondeterministic"
# Sums in another order, as threads add them, differ by less.
TOLERATED = 1e-9
# What differs only now and then may not do so in two calls: a counter, a race, a cache that fills.
REPEATS = 4


def examine(trial: Trial) -> Answer:
    """Compare the plain call with the same call made for the witnesses, and with some more.

    The generators of random numbers are set alike before each forward: what differs draws from
    elsewhere, reads memory that nobody wrote, or adds up in another order each time.
    """
    forward, backward = trial.forward_noise, trial.backward_noise
    for _ in range(REPEATS):
        of_outputs, of_claims = _apart_again(trial)
        forward, backward = max(forward, of_outputs), max(backward, of_claims)
    if method := _reading_remains(trial):
        return Broken(
            CAUSE,
            f"the {method} reads memory that it has not written, as empty() gives it: its result "
            "is another for what lay there before",
            in_forward=method == "forward",
        )
    noise = max(forward, backward)
    method = "forward" if forward >= backward else "backward"
    if noise == 0:
        return Kept()
    if noise <= TOLERATED:
        return Kept(f"two runs differ by {noise:.0e} of the largest element: tolerated")
    return Broken(
        CAUSE,
        f"the {method} called twice alike differs by {noise:.0e} of the largest element, though "
        "every generator of random numbers is set to the same state",
        in_forward=method == "forward",
    )


def _reading_remains(trial: Trial) -> str:
    """Which method returns another result for what lies in unwritten memory; empty for none.

    With the same there, two calls are alike: else it draws from elsewhere.
    """
    if not may_leave_unwritten(trial.subject.instance):
        return ""
    try:
        with littered():
            outputs, claims = trial.run(trial.values, trial.cotangents)
            outputs_again, claims_again = trial.run(trial.values, trial.cotangents)
    except ExerciseError:
        return ""  # what is compiled may not be watched
    if max(apart(outputs, outputs_again), apart(claims, claims_again)) > TOLERATED:
        return ""
    if apart(outputs, trial.call.outputs) > TOLERATED:
        return "forward"
    return "backward" if apart(claims, trial.call.gradients) > TOLERATED else ""


def _apart_again(trial: Trial) -> tuple[float, float]:
    """How far outputs and claims of one more call are from those of the plain one."""
    outputs, claims = trial.run(trial.values, trial.cotangents)
    return apart(outputs, trial.call.outputs), apart(claims, trial.call.gradients)
