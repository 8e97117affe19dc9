"""A layer's cases with a loss behind it, as ``--with-loss`` names one."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from gradcheck.adapters import adapt, is_loss, prediction_position
from gradcheck.adapters.chain import chained, loss_among
from gradcheck.cases.feeds import drawn_for
from gradcheck.cases.inference import known_cases, siblings_of
from gradcheck.cases.inputs import loss_feeds
from gradcheck.cases.spec import Spec
from gradcheck.choice.exercise import chosen
from gradcheck.errors import CommandError
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.subject import Subject
from gradcheck.targets.resolve import Target


def behind(loss: Target) -> Callable[[Subject], Subject]:
    """What puts a loss behind a layer.

    Raises:
        CommandError: If it is no loss.
    """
    kind = loss.object
    if not isinstance(kind, type) or not is_loss(kind):
        raise CommandError(f"--with-loss {loss.name}: expected a class of a loss, (input, target)")
    specs = chosen(kind, known_cases(kind, ()), siblings_of(kind), ())
    position = prediction_position(kind)

    def loss_at(prediction: Tensor) -> Subject:
        def candidate(kinds: tuple[str, ...], *, arrays: bool) -> Subject:
            pin_random_numbers()  # its weights, if it draws any, are the same each time
            spec = Spec(shapes=(tuple(prediction.shape),) * 2, kinds=kinds, arrays=arrays)
            inputs = list(drawn_for(spec, 0))
            inputs[0] = prediction.numpy() if arrays else prediction
            given = inputs if position == 0 else inputs[::-1]
            return adapt(specs[0].construct(kind, siblings_of(kind)), given, {})

        made = [
            lambda kinds=kinds, arrays=arrays: candidate(kinds, arrays=arrays)
            for arrays in (specs[0].arrays, not specs[0].arrays)
            for kinds in dict.fromkeys(kinds for _, kinds in loss_feeds())
        ]
        return loss_among(made, prediction)

    return lambda subject: chained(subject, loss_at, loss.name)
