"""Cases for the layers and losses that torch.nn names, for whoever's class bears the name.

Shapes hide nothing: a batch of at least three, every size different from every other, so that a
transposed weight does not fit and a factor can be told from another.  A batch of one, a single
sample without a batch, and further leading axes follow.
"""

from __future__ import annotations

from gradcheck.cases.spec import Part, Shape, Spec

_BATCHES: tuple[Shape, ...] = ((4, 5), (1, 5))
_OTHER_RANKS: tuple[Shape, ...] = ((5,), (2, 3, 5))
_REDUCTIONS = ("mean", "sum", "none")


def _elementwise() -> tuple[Spec, ...]:
    return (
        *(Spec(shapes=(shape,)) for shape in _BATCHES),
        *(Spec(shapes=(shape,), torch_only=True) for shape in _OTHER_RANKS),
    )


def _elementwise_with_kinks() -> tuple[Spec, ...]:
    return (*_elementwise(), Spec(shapes=((4, 5),), on_kinks=True))


def _linear() -> tuple[Spec, ...]:
    sizes = {"in_features": 5, "out_features": 3}
    return (
        *(Spec(sizes, (shape,)) for shape in _BATCHES),
        *(Spec(sizes, (shape,), torch_only=True) for shape in _OTHER_RANKS),
        Spec({**sizes, "bias": False}, ((4, 5),)),
        # The one case in which a transposed weight does fit.
        Spec({"in_features": 4, "out_features": 4}, ((3, 4),)),
    )


def _regression_loss() -> tuple[Spec, ...]:
    several = tuple(Spec({"reduction": name}, ((4, 3), (4, 3))) for name in _REDUCTIONS)
    on_kinks = Spec({}, ((4, 3), (4, 3)), on_kinks=True)
    three_axes = Spec({}, ((2, 4, 3), (2, 4, 3)), torch_only=True)
    return (*several, Spec({}, ((4, 3), (4, 3))), Spec({}, ((1, 3), (1, 3))), on_kinks, three_axes)


def _sequential() -> tuple[Spec, ...]:
    relu, tanh, sigmoid = (Part(name, {}) for name in ("ReLU", "Tanh", "Sigmoid"))
    shallow = (_part_linear(5, 4), relu, _part_linear(4, 3))
    deep = (_part_linear(5, 4), tanh, _part_linear(4, 6), relu, _part_linear(6, 3), sigmoid)
    return (
        Spec(shapes=((7, 5),), parts=shallow),
        Spec(shapes=((1, 5),), parts=shallow),
        Spec(shapes=((7, 5),), parts=deep),
    )


def _part_linear(in_features: int, out_features: int) -> Part:
    return Part("Linear", {"in_features": in_features, "out_features": out_features})


CATALOGUE: dict[str, tuple[Spec, ...]] = {
    "Linear": _linear(),
    "ReLU": _elementwise_with_kinks(),
    "Tanh": _elementwise(),
    "Sigmoid": _elementwise(),
    "MSELoss": _regression_loss(),
    "L1Loss": _regression_loss(),
    "Sequential": _sequential(),
}


def torch_name(target: type) -> str | None:
    """The catalogued torch name that a class bears, itself or by inheritance.

    >>> torch_name(type("Linear", (), {}))
    'Linear'
    """
    return next((base.__name__ for base in target.__mro__ if base.__name__ in CATALOGUE), None)
