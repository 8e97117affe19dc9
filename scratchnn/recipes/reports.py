"""The five reports as recipes, and the two small tasks beside one of them.

Each states what its report says; what the report leaves open, and was chosen here, is in `source`.
All of them learn the disk: 1,000 points of the unit square to train on, 1,000 to test on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from scratchnn.activations import ReLU, Sigmoid, Tanh
from scratchnn.losses import MSELoss
from scratchnn.recipes import tasks
from scratchnn.recipes.recipe import Recipe
from scratchnn.recipes.weights import as_torch, gaussian, glorot

summed = partial(MSELoss, reduction="sum")

disk2021 = Recipe(
    name="disk2021",
    source="report 000; chosen: loss, step size, batches, epochs, first weights",
    sizes=(2, 25, 25, 25, 1),
    activations=(Tanh, Tanh, Tanh),
    weights=as_torch,
    task=tasks.disk(columns=1),
    loss=MSELoss,
    lr=0.1,
    momentum=0.9,
    batch_size=50,
    epochs=50,
)

alternating = Recipe(
    name="alternating",
    source="report 001; chosen: batches, first weights",
    sizes=(2, 25, 25, 25, 1),
    activations=(ReLU, Tanh, ReLU),
    weights=as_torch,
    task=tasks.disk(columns=1),
    loss=MSELoss,
    lr=0.01,
    batch_size=1,
    epochs=50,
)

layerwise = Recipe(
    name="layerwise",
    source="report 002; chosen: units, step size, batches, first weights",
    sizes=(2, 25, 25, 1),
    activations=(Tanh, Tanh, Sigmoid),
    weights=as_torch,
    task=tasks.disk(columns=1),
    loss=MSELoss,
    lr=0.5,
    batch_size=10,
    epochs=60,
    self_stepping=True,
)

xor = replace(
    layerwise,
    name="xor",
    task=tasks.xor,
    batch_size=4,
    epochs=1000,
)

perceptron = replace(
    xor,
    name="perceptron",
    epochs=200,
    sizes=(2, 1),
    activations=(Sigmoid,),
)

onehot = Recipe(
    name="onehot",
    source="report 003; chosen: step size, batches, epochs, the order of the activations",
    sizes=(2, 25, 25, 25, 2),
    activations=(ReLU, Tanh, ReLU),
    weights=gaussian(0.1),
    task=tasks.disk(columns=2, normalised=True),
    loss=summed,
    lr=0.001,
    batch_size=50,
    epochs=100,
)

mytorch = Recipe(
    name="mytorch",
    source="report 004; chosen: step size, momentum, batches",
    sizes=(2, 25, 25, 25, 2),
    activations=(ReLU, ReLU, ReLU),
    weights=glorot,
    task=tasks.disk(columns=2),
    loss=MSELoss,
    lr=0.02,
    momentum=0.9,
    batch_size=10,
    epochs=25,
)

RECIPES = {recipe.name: recipe for recipe in (disk2021, alternating, layerwise, onehot, mytorch)}
BESIDE = {recipe.name: recipe for recipe in (xor, perceptron)}
