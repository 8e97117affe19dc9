"""A layer:  ``forward(*inputs) -> y``  and  ``backward(grad_output) -> grad_input``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from gradcheck.adapters import fused, local
from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.calls import ALL, LAST, LayerCalls
from gradcheck.adapters.fitting import fits
from gradcheck.adapters.functions import at_output
from gradcheck.adapters.fused_calls import FusedCalls, UntoldCalls
from gradcheck.adapters.given_back import GivenBack, sizes_of_weights
from gradcheck.adapters.instructions import keeps
from gradcheck.adapters.kinds import Kind, ends_here, shape_of
from gradcheck.adapters.optimizer import RATE, SMALL_RATE
from gradcheck.adapters.pairing import Discovery
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.routes import routes
from gradcheck.adapters.sequences import is_list
from gradcheck.adapters.shape import asked_as, own_positional
from gradcheck.adapters.stateful import Stateful
from gradcheck.adapters.vocabulary import INPUT_GRADIENTS, means
from gradcheck.adapters.vocabulary import RATE as RATE_WORDS
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.signatures import positional
from gradcheck.subject import Claims, Subject, vjp

ENDS = "the backward of a network, or of a chain, returns nothing: no layer stands before it"

_STEPS = "its forward returns a list, with an output for each step"
JOINS = "it tells one thing from another by zeros and ones, and no gradient of it is returned"


def recognises(target: object) -> bool:
    """Whether it has a forward, and a backward that must be given a cotangent."""
    shape = shape_of(target)
    return shape is not None and shape.kind == Kind.LAYER


def adapt(
    instance: Any,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype,
    *,
    found: Discovery | None = None,
    known: LayerCalls | None = None,
    alone: bool = False,
) -> Subject:
    """The layer as a subject: backward returns one gradient for each input that it must have.

    ``found`` and ``known`` are what was found out of the same layer at other inputs, and whether
    the one gradient that it returns is ``alone`` that of its first.
    """
    calls = replace(known) if known else LayerCalls.of(instance)
    forward = asked_as(instance, calls.forward_name)
    arguments = Arguments.of(forward, inputs, dtype)
    ends = ends_here(instance, calls.backward_name) or _teaches_itself(instance, calls)
    joins = _indicators(arguments) if alone else {}
    every = arguments.leaves(unclaimed=lambda name: ENDS if ends else joins.get(name, ""))
    spared = _may_be_absent(forward, arguments)
    leaves = tuple(replace(x, optional=p) for x, p in zip(every, spared, strict=True))
    back = GivenBack(leaves, alone=alone)

    def claims(returned: tuple[Any, ...]) -> Claims:
        if isinstance(calls, UntoldCalls):
            raise calls.refusal(instance)
        if ends:
            return (None,) * len(leaves)
        given = back.claims(returned)
        if given is None:
            raise BackwardError(
                f"{type(instance).__name__}.{calls.backward_name} returned {len(returned)} "
                f"gradient(s) for {len(leaves)} inputs"
            )
        return given

    given = calls.gives_cotangent
    layer = Stateful(
        instance, arguments, dtype, claims, gives_cotangent=given, calls=calls, found=found
    )
    back.of_weights.update(layer.found.returned)

    def again(inputs: Sequence[Any], dtype: torch.dtype) -> Subject:
        return adapt(instance, inputs, options, dtype, found=layer.found, known=calls, alone=alone)

    subject = replace(layer.subject(leaves, options), again=again)
    if isinstance(calls, FusedCalls):
        back.weights += sizes_of_weights(subject)
        return fused.finished(subject, calls)
    if known is None and layer.rate == RATE and not fits(subject):
        small = replace(calls, step=SMALL_RATE)
        # What is computed with a weight that such a step has changed is another number, too large
        # to be compared with anything.
        subject = adapt(instance, inputs, options, dtype, known=small)
    slope = local.instead_of(subject, inputs, dtype)
    if slope is not None or known is not None:
        return slope or subject
    return (
        _in_steps(subject, calls, lambda way: adapt(instance, inputs, options, dtype, known=way))
        or _of_the_first(
            subject,
            arguments,
            lambda: adapt(instance, inputs, options, dtype, known=calls, alone=True),
        )
        or _given_its_output(subject, inputs, options, dtype)
        or _with_its_loss(
            subject,
            inputs,
            lambda calls, given: adapt(instance, given, options, dtype, known=calls),
        )
    )


def _in_steps(
    subject: Subject, calls: LayerCalls, read: Callable[[LayerCalls], Subject]
) -> Subject | None:
    """The layer that returns a list, with an output for each step: of the last, or of all."""
    if not is_list(calls.pattern) or fits(subject):
        return None
    ways = [read(replace(calls, states=one)) for one in (LAST, ALL)]
    meant = next((one for one in ways if fits(one)), ways[0])
    return replace(meant, notes=(*meant.notes, _STEPS))


def _of_the_first(
    subject: Subject, arguments: Arguments, read: Callable[[], Subject]
) -> Subject | None:
    """The layer whose one gradient is that of its first input, where it fits no other.

    As beside a mask or the edges of a graph, of which nobody wants one.
    """
    if not _may_be_shared(arguments) or fits(subject):
        return None
    alone = read()
    is_short = bool(_indicators(arguments)) and not _answers(subject)
    return alone if is_short or fits(alone, steep=True) else None


def _answers(subject: Subject) -> bool:
    """Whether its backward runs, and gives as many gradients as there are inputs."""
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        vjp(subject, values, tuple(torch.ones_like(y) for y in subject.forward(values)))
    except (ExerciseError, RuntimeError):
        return False
    return True


def _teaches_itself(instance: Any, calls: LayerCalls) -> bool:
    """Whether it is several layers in one, whose backward takes their steps and returns nothing."""
    method = getattr(instance, calls.backward_name)
    words = [p.name for p in own_positional(instance, calls.backward_name)]
    if not returns_nothing(method) or keeps(method, INPUT_GRADIENTS):
        return False
    matrices = [item for item in routes(instance).values() if len(item.shape) > 1]
    return any(means(RATE_WORDS, name) for name in words) and _has_layers(matrices)


def _has_layers(matrices: Sequence[Any]) -> bool:
    """Whether there are several weights: a column or a row is a bias."""
    return len([item for item in matrices if 1 not in item.shape]) > 1


def _indicators(arguments: Arguments) -> dict[str, str]:
    """Those of the arguments that hold zeros and ones alone, and why nobody asks for a gradient."""
    leaves = arguments.leaves()
    return {
        leaf.name: JOINS
        for leaf in leaves[1:]
        if leaf.value.ndim > 1 and bool(((leaf.value == 0) | (leaf.value == 1)).all())
    }


def _with_its_loss(subject: Subject, inputs: Sequence[Any], read: fused.Read) -> Subject:
    """The layer, with a loss behind it where its backward is that of both."""
    calls = fused.instead_of(subject, inputs, read)
    return read(calls, inputs) if calls else subject


def _given_its_output(
    subject: Subject, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject | None:
    """A pair of functions whose backward is given the output, where the numbers want it so."""
    other = at_output(subject.instance)
    if other is None or fits(subject):
        return None
    meant = adapt(other, inputs, options, dtype)
    said = f"the backward of {subject.name} is given the output of its forward"
    return replace(meant, notes=(*meant.notes, said)) if fits(meant) else None


def _may_be_absent(forward: Callable[..., Any], arguments: Arguments) -> list[bool]:
    """Of each leaf, whether its forward may be left without it, and its backward with no word."""
    defaults = [parameter.default for parameter in positional(forward)]
    return [defaults[p] is None if p < len(defaults) else False for p in arguments.leaf_positions]


def _may_be_shared(arguments: Arguments) -> bool:
    """Whether one gradient could be that of one of several inputs, arguments of their own."""
    leaves = arguments.leaves()
    return len(leaves) > 1 and leaves[0].value.numel() > 1 and arguments.pattern is None
