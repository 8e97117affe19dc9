"""What an input may hold: real numbers, probabilities, one-hot rows, class labels, indices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import torch
from torch import Generator, Tensor

from gradcheck.cases.graphs import DIRECTED, JOINED, directed, joined
from gradcheck.cases.libraries import as_arrays
from gradcheck.cases.point import generator, inputs, inputs_on_kinks, normal
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.cases.words import OPTIONS

FAR, MANY_TIMES = "far from zero", "many times as large"
AT_ZERO, BESIDE_ZERO, ACROSS_ZERO = "with zeros", "beside zeros", "across zeros"
AT_TIES, BESIDE_TIES, ACROSS_TIES = "with ties and a row of zeros", "beside ties", "across ties"
FIXED = "without a gradient"
SETTINGS, UNPADDED = "settings", "settings without padding"
NUMBER = "the number 0.375"
COUNTS = {"the number 2": 2, "the number 6": 6}
"""What an argument may be that is no tensor, and whose name says nothing."""
TIMES = 16.0
_NEAR = 2.0**-30
_FAR_TIMES, _FARTHEST = 6.0, 40.0
_WIDE = 3.0


def drawn_for(spec: Spec, seed: int) -> tuple[Any, ...]:
    """The inputs of a case, made anew from a seed."""
    drawn = in_dtype(_drawn(spec, seed), spec.dtype)
    if spec.arrays:
        drawn = as_arrays(drawn)
    if not spec.bundled:
        return drawn
    together = drawn[-spec.bundled :]
    return (*drawn[: -spec.bundled], list(together) if spec.listed else together)


def in_dtype(values: Sequence[Any], dtype: str) -> tuple[Any, ...]:
    """The same, floating-point numbers in this dtype; as they are, where none is named.

    >>> [x.dtype for x in in_dtype((torch.ones(2), torch.arange(2)), "bfloat16")]
    [torch.bfloat16, torch.int64]
    """
    wanted = getattr(torch, dtype) if dtype else None
    return tuple(
        x.to(wanted) if wanted and isinstance(x, Tensor) and x.is_floating_point() else x
        for x in values
    )


def _drawn(spec: Spec, seed: int) -> tuple[Any, ...]:
    if spec.on_kinks:
        return inputs_on_kinks(spec.shapes, seed)
    if not spec.kinds:
        return inputs(spec.shapes, seed)
    pairs = enumerate(zip(spec.shapes, spec.kinds, strict=True))
    return tuple(DRAWS[kind](shape, generator(seed, number)) for number, (shape, kind) in pairs)


def _far(x: Tensor) -> Tensor:
    """Six times as large; and every seventh at about 40 or -40, where a guard has taken over.

    An exponential of that is still a number, in float32 as well.  Of several rows alone: a softmax
    along the only one would be flat.

    >>> [round(float(x)) for x in _far(torch.ones(2, 6)).view(-1)]
    [6, 6, 6, 41, 6, 6, 6, 6, 6, 6, -39, 6]
    """
    moved = _FAR_TIMES * x
    if x.dim() > 1 and len(x) > 1:
        flat, near = moved.view(-1), x.reshape(-1)
        flat[3::14] = near[3::14] + _FARTHEST
        flat[10::14] = near[10::14] - _FARTHEST
    return moved


def _near_zero(x: Tensor, times: float) -> Tensor:
    """Every third element there, or nearly so: where a slope changes, if anywhere."""
    moved = x.clone()
    moved.view(-1)[1::3] *= times
    return moved


def _near_ties(x: Tensor, distance: float) -> Tensor:
    """Whole numbers, many of them equal, and a row of zeros; or nearly so.

    >>> _near_ties(torch.tensor([[0.8, 1.2], [0.6, -0.7]]), 0.0)
    tensor([[1., 1.],
            [0., 0.]])
    """
    moved = x.round()
    if x.dim() > 1:
        moved[1:2] = 0.0
    return moved + distance * x


MOVES: dict[str, Callable[[Tensor], Tensor]] = {
    FAR: _far,
    MANY_TIMES: lambda x: TIMES * x,
    AT_ZERO: lambda x: _near_zero(x, 0.0),
    BESIDE_ZERO: lambda x: _near_zero(x, _NEAR),
    ACROSS_ZERO: lambda x: _near_zero(x, -_NEAR),
    AT_TIES: lambda x: _near_ties(x, 0.0),
    BESIDE_TIES: lambda x: _near_ties(x, _NEAR),
    ACROSS_TIES: lambda x: _near_ties(x, -_NEAR),
}
"""From normal numbers to others."""


def _moved(move: Callable[[Tensor], Tensor]) -> Callable[[Shape, Generator], Tensor]:
    return lambda shape, draws: move(normal(shape, draws))


def _probability(shape: Shape, draws: Generator) -> Tensor:
    """Positive, each row of sum one."""
    return torch.softmax(normal(shape, draws), dim=-1) if shape else _unit(shape, draws)


def _unit(shape: Shape, draws: Generator) -> Tensor:
    return torch.sigmoid(normal(shape, draws))


def _labels(shape: Shape, draws: Generator) -> Tensor:
    """For rows of C: numbers below C, not all equal."""
    *rows, classes = shape
    return (torch.arange(max(1, _count(rows))) + _one(draws)).remainder(classes).reshape(rows)


def _one_hot(shape: Shape, draws: Generator) -> Tensor:
    return torch.nn.functional.one_hot(_labels(shape, draws), shape[-1]).double()


def _in_columns(draw: Callable[[Shape, Generator], Tensor]) -> Callable[[Shape, Generator], Tensor]:
    """The same, each column a sample."""
    return lambda shape, draws: draw(shape[::-1], draws).permute(*range(len(shape))[::-1])


def _pixel_labels(shape: Shape, draws: Generator) -> Tensor:
    """For images of C channels: a number below C at each place.

    >>> _pixel_labels((2, 3, 5, 4), generator(0)).shape
    torch.Size([2, 5, 4])
    """
    batch, channels, *places = shape
    return torch.randint(0, channels, (batch, *places), generator=draws)


def _binary(shape: Shape, draws: Generator) -> Tensor:
    return (normal(shape, draws) > 0).double()


def _sign(shape: Shape, draws: Generator) -> Tensor:
    return 2 * _binary(shape, draws) - 1


def _indices(shape: Shape, draws: Generator) -> Tensor:
    return torch.randint(0, 4, shape, generator=draws)


def _mask(shape: Shape, draws: Generator) -> Tensor:
    """True for some; never for the first of a row, of which something must be left."""
    hidden = normal(shape, draws) > 0
    hidden[..., 0] = False
    return hidden


def _positive_definite(shape: Shape, draws: Generator) -> Tensor:
    """Symmetric matrices whose eigenvalues are one and more; of what is no square, its square.

    >>> _positive_definite((2, 3, 3), generator(0)).mT.shape
    torch.Size([2, 3, 3])
    """
    sides = (*shape, *shape[-1:]) if len(shape) == 1 else (*shape[:-1], *shape[-2:-1])
    root = normal(sides, draws) if shape else normal((1, 1), draws)
    return root @ root.mT / root.shape[-1] + torch.eye(
        root.shape[-1], dtype=root.dtype, device=root.device
    )


def _lengths(shape: Shape, draws: Generator) -> Tensor:
    """How long each sequence is, of those of a batch that is this large: the first to its end."""
    longest = shape[1] if len(shape) > 1 else shape[0]
    some = torch.randint(1, longest + 1, shape[:1], generator=draws)
    some[0] = longest
    return some


_NO_PADDING = {"pad": 0, "padding": 0}


def _always(value: Any) -> Callable[[Shape, Generator], Any]:
    """Nothing is drawn; a dictionary is a new one each time, which a layer may write to."""
    return lambda *_: copy(value)


def _one(draws: Generator) -> int:
    return int(torch.randint(0, 3, (), generator=draws))


def _count(sizes: list[int]) -> int:
    return int(torch.tensor(sizes).prod()) if sizes else 1


DRAWS: dict[str, Callable[[Shape, Generator], Any]] = {
    REAL: normal,
    "wide": _moved(lambda x: _WIDE * x),
    **{kind: _moved(move) for kind, move in MOVES.items()},
    "probabilities": _probability,
    "in (0, 1)": _unit,
    "one-hot": _one_hot,
    "labels": _labels,
    "labels of pixels": _pixel_labels,
    "probabilities in columns": _in_columns(_probability),
    "one-hot columns": _in_columns(_one_hot),
    "fraction": _always(0.4),
    NUMBER: _always(0.375),
    "positive": lambda shape, draws: normal(shape, draws).abs() + 0.5,
    "positive definite": _positive_definite,
    "negative definite": lambda shape, draws: -_positive_definite(shape, draws),
    FIXED: normal,
    "lengths": _lengths,
    JOINED: joined,
    DIRECTED: directed,
    "0 or 1": _binary,
    "-1 or 1": _sign,
    "indices": _indices,
    SETTINGS: _always(OPTIONS),
    UNPADDED: _always({**OPTIONS, **_NO_PADDING}),
    **{kind: _always(count) for kind, count in COUNTS.items()},
    "mask": _mask,
    "None": _always(None),
    "'relu'": _always("relu"),
    "'sigmoid'": _always("sigmoid"),
    "'tanh'": _always("tanh"),
    "True": _always(value=True),
    "False": _always(value=False),
}
