"""The spec that its author means, near one that was found: where the gradients fit only there."""

from __future__ import annotations

from collections.abc import Callable

from gradcheck.adapters.fitting import fits
from gradcheck.cases.case import Case
from gradcheck.cases.spec import Spec
from gradcheck.choice.claimed import as_claimed
from gradcheck.choice.heard import as_wide_as_heard
from gradcheck.choice.stacked import as_many_as_return
from gradcheck.choice.trial import trial_of, trying

# Each is given a spec and its trial; what it has nothing to say of, it returns as it is.
_PROPOSALS = (as_wide_as_heard, as_claimed, as_many_as_return)


def as_meant(spec: Spec, build: Callable[[Spec], Case]) -> Spec:
    """At the columns that are read, weights shaped as their gradients, and as many rows."""
    for propose in _PROPOSALS:
        try:
            with trying():
                other = propose(spec, trial_of(build(spec)))
                if other is not spec and fits(trial_of(build(other)).subject):
                    spec = other
        except Exception:  # noqa: BLE001, S112 somebody's code, given what it may not expect
            continue
    return spec
