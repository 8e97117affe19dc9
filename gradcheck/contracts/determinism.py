"""Called twice alike, forward and backward give the same bits."""

from __future__ import annotations

from gradcheck.contracts.answer import Answer, Broken, Kept
from gradcheck.contracts.trial import Trial

CAUSE = "nondeterministic"
# Sums in another order, as threads add them, differ by less.
TOLERATED = 1e-9


def examine(trial: Trial) -> Answer:
    """Compare the plain call with the same call made for the witnesses.

    The generators of random numbers are set alike before each forward: what differs draws from
    elsewhere, reads memory that nobody wrote, or adds up in another order each time.
    """
    forward, backward = trial.forward_noise, trial.backward_noise
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
