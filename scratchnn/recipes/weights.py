"""How the reports draw their first weights: each function fills one Linear from a generator."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from scratchnn import init
from scratchnn.linear import Linear

Draw = Callable[[Linear, torch.Generator], None]


def glorot(layer: Linear, generator: torch.Generator) -> None:
    """Draw from N(0, 2 / (in + out)), the bias too: report 004, formula (1)."""
    init.glorot_normal(layer.weight.data, generator=generator)
    if layer.bias is not None:
        std = math.sqrt(2 / (layer.in_features + layer.out_features))
        init.normal(layer.bias.data, std=std, generator=generator)


def gaussian(std: float) -> Draw:
    """Return what draws from N(0, std²), the bias too: report 003, section 3.4.1."""

    def draw(layer: Linear, generator: torch.Generator) -> None:
        for parameter in layer.parameters():
            init.normal(parameter.data, std=std, generator=generator)

    return draw


def as_torch(layer: Linear, generator: torch.Generator) -> None:
    """Draw as torch.nn.Linear does: for the reports that do not say how they drew."""
    init.kaiming_uniform(layer.weight.data, generator=generator)
    if layer.bias is not None:
        init.fan_in_uniform(layer.bias.data, layer.in_features, generator=generator)
