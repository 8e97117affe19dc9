"""How to build and feed each module of scratchnn that takes arguments or particular inputs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

import scratchnn

Exercise = tuple[scratchnn.Module, tuple[Tensor, ...]]


def _classes() -> Tensor:
    return torch.randint(3, (5,))


def _image() -> tuple[Tensor]:
    return (torch.randn(3, 2, 6, 5),)


def _sequence() -> tuple[Tensor]:
    return (torch.randn(5, 3, 4),)


# Anything else is built without arguments and fed (5, 3).
EXERCISES: dict[str, Callable[[], Exercise]] = {
    "Linear": lambda: (scratchnn.Linear(3, 2), (torch.randn(5, 3),)),
    "Bilinear": lambda: (scratchnn.Bilinear(3, 4, 2), (torch.randn(5, 3), torch.randn(5, 4))),
    "Sequential": lambda: (
        scratchnn.Sequential(scratchnn.Linear(3, 4), scratchnn.Tanh(), scratchnn.Linear(4, 2)),
        (torch.randn(5, 3),),
    ),
    "Residual": lambda: (scratchnn.Residual(scratchnn.Linear(3, 3)), (torch.randn(5, 3),)),
    "Parallel": lambda: (
        scratchnn.Parallel(scratchnn.Linear(3, 2), scratchnn.Tanh()),
        (torch.randn(5, 3),),
    ),
    "Softmax": lambda: (scratchnn.Softmax(dim=1), (torch.randn(5, 3),)),
    "LogSoftmax": lambda: (scratchnn.LogSoftmax(dim=1), (torch.randn(5, 3),)),
    "Conv1d": lambda: (scratchnn.Conv1d(2, 4, 3), (torch.randn(3, 2, 6),)),
    "Conv2d": lambda: (scratchnn.Conv2d(2, 4, 3), _image()),
    "ConvTranspose2d": lambda: (scratchnn.ConvTranspose2d(2, 4, 3), _image()),
    "Upsample": lambda: (scratchnn.Upsample(scale_factor=2), _image()),
    "MaxPool2d": lambda: (scratchnn.MaxPool2d(2), _image()),
    "AvgPool2d": lambda: (scratchnn.AvgPool2d(2), _image()),
    "AdaptiveAvgPool2d": lambda: (scratchnn.AdaptiveAvgPool2d(2), _image()),
    "BatchNorm1d": lambda: (scratchnn.BatchNorm1d(3), (torch.randn(5, 3),)),
    "BatchNorm2d": lambda: (scratchnn.BatchNorm2d(2), _image()),
    "LayerNorm": lambda: (scratchnn.LayerNorm(3), (torch.randn(5, 3),)),
    "RMSNorm": lambda: (scratchnn.RMSNorm(3), (torch.randn(5, 3),)),
    "GroupNorm": lambda: (scratchnn.GroupNorm(2, 4), (torch.randn(3, 4, 5),)),
    "Embedding": lambda: (scratchnn.Embedding(3, 4), (_classes(),)),
    "RNN": lambda: (scratchnn.RNN(4, 6), _sequence()),
    "LSTM": lambda: (scratchnn.LSTM(4, 6), _sequence()),
    "GRU": lambda: (scratchnn.GRU(4, 6), _sequence()),
    "MultiheadAttention": lambda: (scratchnn.MultiheadAttention(4, 2), _sequence() * 3),
    "TransformerEncoderLayer": lambda: (
        scratchnn.TransformerEncoderLayer(4, 2, 6, dropout=0.25),
        _sequence(),
    ),
    "BCELoss": lambda: (scratchnn.BCELoss(), (torch.rand(5, 3), torch.rand(5, 3))),
    "NLLLoss": lambda: (scratchnn.NLLLoss(), (torch.randn(5, 3), _classes())),
    "MultiMarginLoss": lambda: (scratchnn.MultiMarginLoss(), (torch.randn(5, 3), _classes())),
}


def exercise(name: str) -> Exercise:
    """Return one module that scratchnn exports, and inputs for it."""
    if name in EXERCISES:
        return EXERCISES[name]()
    kind = getattr(scratchnn, name)
    arguments = 2 if issubclass(kind, scratchnn.Loss) else 1
    return kind(), tuple(torch.randn(5, 3) for _ in range(arguments))
