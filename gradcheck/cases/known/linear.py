"""Cases of affine maps and of containers."""

from __future__ import annotations

from gradcheck.cases.known.elementwise import BATCHES, OTHER_RANKS
from gradcheck.cases.spec import Part, Spec


def _linear() -> tuple[Spec, ...]:
    sizes = {"in_features": 5, "out_features": 3}
    return (
        *(Spec(sizes, (shape,)) for shape in BATCHES),
        *(Spec(sizes, (shape,), torch_only=True) for shape in OTHER_RANKS),
        Spec({**sizes, "bias": False}, ((4, 5),)),
        # The one case in which a transposed weight does fit.
        Spec({"in_features": 4, "out_features": 4}, ((3, 4),)),
    )


def _bilinear() -> tuple[Spec, ...]:
    sizes = {"in1_features": 5, "in2_features": 4, "out_features": 3}
    square = {"in1_features": 4, "in2_features": 4, "out_features": 4}
    return (
        Spec(sizes, ((6, 5), (6, 4))),
        Spec(sizes, ((1, 5), (1, 4))),
        Spec(sizes, ((2, 6, 5), (2, 6, 4)), torch_only=True),
        Spec(sizes, ((5,), (4,)), torch_only=True),
        Spec({**sizes, "bias": False}, ((6, 5), (6, 4))),
        Spec(square, ((6, 4), (6, 4))),
    )


def _part_linear(in_features: int, out_features: int) -> Part:
    return Part("Linear", {"in_features": in_features, "out_features": out_features})


_RELU, _TANH, _SIGMOID = (Part(name, {}) for name in ("ReLU", "Tanh", "Sigmoid"))


def _sequential() -> tuple[Spec, ...]:
    shallow = (_part_linear(5, 4), _RELU, _part_linear(4, 3))
    deep = (_part_linear(5, 4), _TANH, _part_linear(4, 6), _RELU, _part_linear(6, 3), _SIGMOID)
    return (
        Spec(shapes=((7, 5),), parts=shallow),
        Spec(shapes=((1, 5),), parts=shallow),
        Spec(shapes=((7, 5),), parts=deep),
        Spec(shapes=((7, 5),), torch_only=True),
    )


def _residual() -> tuple[Spec, ...]:
    there_and_back = (_part_linear(5, 4), _TANH, _part_linear(4, 5))
    return (
        Spec(shapes=((7, 5),), parts=there_and_back),
        Spec(shapes=((1, 5),), parts=there_and_back),
        Spec(shapes=((7, 5),), parts=(_RELU,)),
    )


def _parallel() -> tuple[Spec, ...]:
    different = (_part_linear(5, 4), _TANH, _part_linear(5, 3))
    return (
        Spec(shapes=((7, 5),), parts=different),
        Spec(shapes=((1, 5),), parts=different),
        Spec({"dim": 0}, ((7, 5),), parts=(_RELU, _SIGMOID)),
        Spec(shapes=((7, 5),), parts=(_RELU,)),
    )


LINEAR: dict[str, tuple[Spec, ...]] = {
    "Linear": _linear(),
    "Bilinear": _bilinear(),
    "Sequential": _sequential(),
    "Residual": _residual(),
    "Parallel": _parallel(),
}
