"""Cases of normalisation."""

from __future__ import annotations

from gradcheck.cases.spec import Shape, Spec

SEQUENCE = 3
_IMAGE: Shape = (3, 4, 2, 5)


def _batch(*shapes: Shape) -> tuple[Spec, ...]:
    channels = shapes[0][1]
    # Sequences in the place of rows are for whoever has them.
    return (
        *(
            Spec({"num_features": channels}, (shape,), torch_only=len(shape) == SEQUENCE)
            for shape in shapes
        ),
        Spec({"num_features": channels, "eps": 0.25}, (shapes[0],)),
        Spec({"num_features": channels, "affine": False}, (shapes[0],)),
        Spec({"num_features": channels, "momentum": None}, (shapes[0],)),
        Spec({"num_features": channels, "track_running_stats": False}, (shapes[0],)),
    )


def _layer() -> tuple[Spec, ...]:
    # Several axes are for whoever has them: elsewhere the last one alone is common.
    return (
        Spec({"normalized_shape": 5}, ((4, 5),)),
        Spec({"normalized_shape": 5}, ((1, 5),)),
        Spec({"normalized_shape": (2, 5)}, (_IMAGE,), torch_only=True),
        Spec({"normalized_shape": 5, "eps": 0.25}, ((4, 5),)),
        Spec({"normalized_shape": 5, "elementwise_affine": False}, ((4, 5),)),
        Spec({"normalized_shape": (4, 5)}, ((4, 5),), torch_only=True),
    )


def _group() -> tuple[Spec, ...]:
    return (
        Spec({"num_groups": 2, "num_channels": 4}, (_IMAGE,)),
        Spec({"num_groups": 2, "num_channels": 4}, ((1, 4, 2, 5),)),
        Spec({"num_groups": 2, "num_channels": 6}, ((4, 6),), torch_only=True),
        Spec({"num_groups": 1, "num_channels": 4}, (_IMAGE,)),
        Spec({"num_groups": 4, "num_channels": 4, "eps": 0.25}, (_IMAGE,)),
        Spec({"num_groups": 2, "num_channels": 4, "affine": False}, (_IMAGE,)),
    )


_WITHOUT_BIAS = Spec({"normalized_shape": 5, "bias": False}, ((4, 5),))

NORMALISATION: dict[str, tuple[Spec, ...]] = {
    "BatchNorm1d": _batch((4, 5), (4, 5, 3), (1, 5, 3)),
    "BatchNorm2d": _batch(_IMAGE, (1, 4, 2, 5)),
    "LayerNorm": (*_layer(), _WITHOUT_BIAS),
    "RMSNorm": _layer(),
    "GroupNorm": _group(),
}
