"""Cases of losses: every reduction, one sample, and targets of every kind."""

from __future__ import annotations

from typing import Any

import torch

from gradcheck.cases.spec import REAL, Shape, Spec

REDUCTIONS = ("mean", "sum", "none")
_WEIGHT = torch.tensor([0.5, 2.0, 1.25])


def _compared(
    *variants: dict[str, Any],
    kinds: tuple[str, str] = (REAL, REAL),
    kinks: bool = False,
) -> tuple[Spec, ...]:
    """A prediction and a target of one shape."""
    said = () if kinds == (REAL, REAL) else kinds
    rows: tuple[Shape, ...] = ((4, 3), (4, 3))
    three_axes: tuple[Shape, ...] = ((2, 4, 3), (2, 4, 3))
    return (
        *(Spec({"reduction": name}, rows, kinds=said) for name in REDUCTIONS),
        Spec({}, rows, kinds=said),
        Spec({}, ((1, 3), (1, 3)), kinds=said),
        *(Spec(options, rows, kinds=said) for options in variants),
        *(Spec(options, rows, on_kinks=True) for options in ({}, *variants) if kinks),
        Spec({}, three_axes, kinds=said, torch_only=True),
    )


def _classes(*variants: dict[str, Any]) -> tuple[Spec, ...]:
    """Scores for each of three classes, and the class; the target's shape is that of the scores."""
    rows: tuple[Shape, ...] = ((4, 3), (4, 3))
    kinds = (REAL, "labels")
    images: tuple[Shape, ...] = ((2, 3, 5), (2, 5, 3))  # the classes of an image's pixels
    weight = {"weight": _WEIGHT}
    return (
        *(Spec({"reduction": name}, rows, kinds=kinds) for name in REDUCTIONS),
        Spec({}, rows, kinds=kinds),
        Spec({}, ((1, 3), (1, 3)), kinds=kinds),
        Spec({}, ((3,), (3,)), kinds=kinds, torch_only=True),
        *(Spec({**weight, "reduction": name}, rows, kinds=kinds) for name in REDUCTIONS),
        *(Spec(options, rows, kinds=kinds) for options in variants),
        *(
            Spec(
                {"ignore_index": 1, **weight, "reduction": name},
                images,
                kinds=kinds,
                torch_only=True,
            )
            for name in REDUCTIONS
        ),
    )


def _cross_entropy() -> tuple[Spec, ...]:
    rows: tuple[Shape, ...] = ((4, 3), (4, 3))
    kinds = (REAL, "probabilities")
    smooth = {"label_smoothing": 0.25}
    weight = {"weight": _WEIGHT}
    return (
        *_classes({"ignore_index": 1}, smooth, {**smooth, **weight, "ignore_index": 2}),
        *(Spec({"reduction": name}, rows, kinds=kinds, torch_only=True) for name in REDUCTIONS),
        Spec({**smooth, **weight}, rows, kinds=kinds, torch_only=True),
        Spec({**smooth, "reduction": "none"}, rows, kinds=(REAL, "labels"), torch_only=True),
        Spec({**smooth, **weight}, ((2, 3, 5), (2, 3, 5)), kinds=kinds, torch_only=True),
    )


def _margin() -> tuple[Spec, ...]:
    rows: tuple[Shape, ...] = ((4, 3), (4, 3))
    kinds = (REAL, "labels")
    weight = {"weight": _WEIGHT}
    variants: tuple[dict[str, Any], ...] = (
        {"p": 2},
        {"margin": 0.375, **weight},
        {"p": 2, **weight, "reduction": "none"},
    )
    return (
        *(Spec({"reduction": name}, rows, kinds=kinds) for name in REDUCTIONS),
        Spec({}, ((1, 3), (1, 3)), kinds=kinds),
        Spec({}, ((3,), (3,)), kinds=kinds, torch_only=True),
        *(Spec(options, rows, kinds=kinds) for options in variants),
    )


LOSSES: dict[str, tuple[Spec, ...]] = {
    "MSELoss": _compared(kinks=True),
    "L1Loss": _compared(kinks=True),
    "HuberLoss": _compared({"delta": 0.375}, {"delta": 2.5, "reduction": "sum"}, kinks=True),
    "SmoothL1Loss": _compared({"beta": 0.375}, {"beta": 0.0}, kinks=True),
    "BCELoss": _compared(
        {"weight": _WEIGHT}, {"weight": _WEIGHT, "reduction": "none"}, kinds=("in (0, 1)",) * 2
    ),
    "BCEWithLogitsLoss": _compared(
        {"weight": _WEIGHT},
        {"pos_weight": _WEIGHT},
        {"weight": _WEIGHT, "pos_weight": _WEIGHT, "reduction": "none"},
        kinds=(REAL, "in (0, 1)"),
    ),
    "KLDivLoss": _compared(
        {"reduction": "batchmean"}, {"log_target": True}, kinds=(REAL, "probabilities")
    ),
    "NLLLoss": _classes({"ignore_index": 1}, {"ignore_index": 2, "weight": _WEIGHT}),
    "CrossEntropyLoss": _cross_entropy(),
    "HingeEmbeddingLoss": _compared({"margin": 0.375}, kinds=(REAL, "-1 or 1")),
    "MultiMarginLoss": _margin(),
}
