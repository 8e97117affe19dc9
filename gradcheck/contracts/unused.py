"""An output that nobody uses counts as one whose gradient is zero.

Torch then hands zeros to a Function's backward, or None where it asked for that.
"""

from __future__ import annotations

import torch

from gradcheck.adapters.graph import pulled_back_for
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError
from gradcheck.subject import Claims, copies

CAUSE = "unused"


def examine(trial: Trial) -> Answer:
    """Use one output after the other alone."""
    graph, count = trial.subject.graph, len(trial.cotangents)
    if graph is None:
        return Waived("torch does not differentiate it: it always takes all gradients")
    if count == 1:
        return Waived("it has one output alone")
    for number in range(count):
        used = {number: trial.cotangents[number]}
        try:
            claims = pulled_back_for(graph, trial.values, used, trial.subject.name)
        except BackwardError as error:
            return Broken(CAUSE, f"where only output {number} is used it fails: {error}")
        expected = _with_zeros(trial, number)
        if wrong := trial.differing(trial.present(claims), expected):
            message = (
                f"where only output {number} is used, the gradient of {trial.names(wrong)} is "
                "another than with zeros for the others"
            )
            return Broken(CAUSE, message, trial.name(wrong[0]) if len(wrong) == 1 else None)
    return Kept()


def _with_zeros(trial: Trial, number: int) -> Claims:
    """What is claimed where the gradients of all other outputs are zero."""
    given = (u if n == number else torch.zeros_like(u) for n, u in enumerate(trial.cotangents))
    return trial.run(copies(trial.values), tuple(given))[1]
