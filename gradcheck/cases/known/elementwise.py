"""Cases of activations, dropout, and what leaves numbers as they are."""

from __future__ import annotations

from typing import Any

from gradcheck.cases.spec import Shape, Spec

BATCHES: tuple[Shape, ...] = ((4, 5), (1, 5))
OTHER_RANKS: tuple[Shape, ...] = ((5,), (2, 3, 5))
_IMAGE: Shape = (6, 3, 4, 5)


def _all_ranks() -> tuple[Spec, ...]:
    return (
        *(Spec(shapes=(shape,)) for shape in BATCHES),
        *(Spec(shapes=(shape,), torch_only=True) for shape in OTHER_RANKS),
    )


def elementwise(*variants: dict[str, Any], kinks: bool = False) -> tuple[Spec, ...]:
    """All ranks, then every variant of the options."""
    others = tuple(Spec(options, ((4, 5),)) for options in variants)
    return (*_all_ranks(), *others, *((Spec(shapes=((4, 5),), on_kinks=True),) if kinks else ()))


def _along_an_axis() -> tuple[Spec, ...]:
    return (
        Spec({"dim": 1}, ((4, 5),)),
        Spec({"dim": 1}, ((1, 5),)),
        Spec({"dim": -1}, ((2, 3, 5),), torch_only=True),
        Spec({"dim": 0}, ((4, 5),), torch_only=True),
        Spec({"dim": 1}, (_IMAGE,), torch_only=True),
        Spec({"dim": 0}, ((5,),), torch_only=True),
    )


def _prelu() -> tuple[Spec, ...]:
    several = {"num_parameters": 3, "init": 0.375}
    return (
        *_all_ranks(),
        Spec(several, ((4, 3),)),
        Spec(several, (_IMAGE,)),
        Spec(shapes=((4, 5),), on_kinks=True),
    )


def _flatten() -> tuple[Spec, ...]:
    return (
        Spec(shapes=(_IMAGE,)),
        Spec(shapes=((1, 3, 4, 5),)),
        Spec({"start_dim": 2}, (_IMAGE,), torch_only=True),
        Spec({"start_dim": 0, "end_dim": 2}, (_IMAGE,), torch_only=True),
        Spec(shapes=((4, 5),)),
    )


ELEMENTWISE: dict[str, tuple[Spec, ...]] = {
    "ReLU": elementwise(kinks=True),
    "LeakyReLU": elementwise({"negative_slope": 0.375}, {"negative_slope": -0.5}, kinks=True),
    "PReLU": _prelu(),
    "ELU": elementwise({"alpha": 0.375}, kinks=True),
    "SELU": elementwise(kinks=True),
    "GELU": elementwise({"approximate": "tanh"}),
    "SiLU": elementwise(),
    "Mish": elementwise(),
    # A threshold so low that both branches are taken: at 20 normal numbers never reach it.
    "Softplus": elementwise({"beta": 2.5}, {"threshold": 0.5}, {"beta": -0.75}),
    "Hardtanh": elementwise({"min_val": -0.25, "max_val": 0.75}, {"min_val": 0.0}, kinks=True),
    "Sigmoid": elementwise(),
    "LogSigmoid": elementwise(),
    "Tanh": elementwise(),
    "Softmax": _along_an_axis(),
    "LogSoftmax": _along_an_axis(),
    "Dropout": elementwise({"p": 0.0}, {"p": 0.875}, {"p": 1.0}),
    "Identity": elementwise(),
    "Flatten": _flatten(),
}
