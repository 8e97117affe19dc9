"""Cases of convolution, pooling and upsampling: no two sizes alike, and windows that overlap."""

from __future__ import annotations

from typing import Any

from gradcheck.cases.spec import Shape, Spec

_IMAGE: Shape = (5, 2, 7, 6)
_ONE: Shape = (1, 2, 7, 6)
_ALONE: Shape = (2, 7, 6)


def _variants(base: dict[str, Any], shape: Shape, *variants: dict[str, Any]) -> tuple[Spec, ...]:
    return tuple(Spec({**base, **options}, (shape,)) for options in variants)


def _conv2d() -> tuple[Spec, ...]:
    base = {"in_channels": 2, "out_channels": 4, "kernel_size": 3}
    groups = {"in_channels": 4, "out_channels": 6, "kernel_size": (2, 3), "groups": 2}
    return (
        Spec(base, (_IMAGE,)),
        Spec(base, (_ONE,)),
        Spec({**base, "stride": 2, "padding": 1}, (_IMAGE,)),
        *_variants(
            base,
            _IMAGE,
            {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0), "dilation": (1, 2)},
            {"dilation": 2, "padding": 2, "bias": False},
            {"padding": "same", "kernel_size": (2, 3)},
            {"padding": 1, "padding_mode": "circular"},
            {"padding": (1, 2), "padding_mode": "reflect"},
            {"padding": 2, "padding_mode": "replicate", "stride": 2},
        ),
        Spec(groups, ((3, 4, 7, 6),)),
        Spec(base, (_ALONE,), torch_only=True),
    )


def _conv1d() -> tuple[Spec, ...]:
    base = {"in_channels": 2, "out_channels": 4, "kernel_size": 3}
    groups = {"in_channels": 4, "out_channels": 6, "kernel_size": 2, "groups": 2}
    return (
        Spec(base, ((5, 2, 7),)),
        Spec(base, ((1, 2, 7),)),
        *_variants(
            base,
            (4, 2, 8),
            {"stride": 2, "padding": 1},
            {"dilation": 2, "padding": 2, "bias": False},
            {"padding": "same"},
            {"padding": 1, "padding_mode": "reflect"},
        ),
        Spec(groups, ((4, 4, 7),)),
        Spec(base, ((2, 7),), torch_only=True),
    )


def _transposed() -> tuple[Spec, ...]:
    base = {"in_channels": 2, "out_channels": 4, "kernel_size": 3}
    groups = {"in_channels": 4, "out_channels": 6, "kernel_size": (2, 3), "groups": 2}
    strides = {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2), "dilation": (1, 2)}
    small: Shape = (5, 2, 6, 3)
    return (
        Spec(base, (small,)),
        Spec(base, ((1, 2, 6, 3),)),
        *_variants(
            base,
            small,
            {"stride": 2, "padding": 1},
            {"stride": 2, "padding": 1, "output_padding": 1, "bias": False},
            {"dilation": 2, "output_padding": 1},
            {"kernel_size": (3, 2), **strides},
        ),
        Spec(groups, ((3, 4, 4, 3),)),
        Spec(base, ((2, 4, 3),), torch_only=True),
    )


def _max_pool() -> tuple[Spec, ...]:
    return (
        Spec({"kernel_size": 2}, ((3, 2, 6, 8),)),
        Spec({"kernel_size": 2}, ((1, 2, 6, 8),)),
        Spec({"kernel_size": 3, "stride": 2}, (_IMAGE,)),
        Spec({"kernel_size": 2}, ((3, 2, 6, 8),), on_kinks=True),
        Spec({"kernel_size": 3, "stride": 1, "padding": 1}, (_IMAGE,)),
        Spec({"kernel_size": (2, 3), "stride": (1, 2), "dilation": (2, 1)}, (_IMAGE,)),
        Spec({"kernel_size": 2, "ceil_mode": True}, (_IMAGE,)),
        Spec({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, ((3, 2, 6, 8),)),
        Spec({"kernel_size": 2, "ceil_mode": True}, ((3, 2, 6, 7),)),
        Spec({"kernel_size": 2, "dilation": 1, "ceil_mode": True}, (_ALONE,), torch_only=True),
    )


def _avg_pool() -> tuple[Spec, ...]:
    return (
        Spec({"kernel_size": 2}, ((3, 2, 6, 8),)),
        Spec({"kernel_size": 2}, ((1, 2, 6, 8),)),
        Spec({"kernel_size": 3, "stride": 2, "padding": 1}, (_IMAGE,)),
        *_variants(
            {"kernel_size": (3, 2)},
            _IMAGE,
            {"stride": (1, 2), "padding": (1, 0)},
            {"padding": 1, "count_include_pad": False},
            {"ceil_mode": True, "padding": 1},
            {"ceil_mode": True, "count_include_pad": False, "padding": (1, 1)},
            {"divisor_override": 5},
        ),
        Spec({"kernel_size": 2, "ceil_mode": True}, (_ALONE,), torch_only=True),
    )


def _adaptive_pool() -> tuple[Spec, ...]:
    return (
        Spec({"output_size": (2, 3)}, (_IMAGE,)),
        Spec({"output_size": (2, 3)}, (_ONE,)),
        Spec({"output_size": 1}, (_IMAGE,)),
        Spec({"output_size": (None, 4)}, (_IMAGE,), torch_only=True),
        Spec({"output_size": (9, 5)}, (_IMAGE,), torch_only=True),
        Spec({"output_size": 3}, (_ALONE,), torch_only=True),
    )


def _upsample() -> tuple[Spec, ...]:
    return (
        Spec({"scale_factor": 2}, ((3, 1, 4, 5),)),
        Spec({"scale_factor": 2}, ((1, 2, 4, 3),)),
        Spec({"scale_factor": (2.0, 1.5)}, ((3, 2, 4, 3),)),
        Spec({"scale_factor": 0.7}, ((3, 2, 7, 6),)),
        Spec({"size": (5, 7)}, ((3, 2, 4, 3),)),
        Spec({"size": 5}, ((3, 2, 4),), torch_only=True),
        Spec({"scale_factor": 2}, ((2, 3, 2, 4, 3),), torch_only=True),
    )


IMAGES: dict[str, tuple[Spec, ...]] = {
    "Conv2d": _conv2d(),
    "Conv1d": _conv1d(),
    "ConvTranspose2d": _transposed(),
    "MaxPool2d": _max_pool(),
    "AvgPool2d": _avg_pool(),
    "AdaptiveAvgPool2d": _adaptive_pool(),
    "Upsample": _upsample(),
}
