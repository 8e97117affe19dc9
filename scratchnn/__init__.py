"""scratchnn: a small neural-network framework on plain torch tensors, without autograd.

Every class states its formula and the backward derived from it, side by side; names, arguments,
shapes and state-dict keys are those of torch.nn. `scratchnn.module` explains the notation.

>>> import torch, scratchnn
>>> layer, loss = scratchnn.Linear(3, 1), scratchnn.MSELoss()
>>> loss(layer(torch.ones(5, 3)), torch.zeros(5, 1)).shape
torch.Size([])
>>> layer.backward(loss.backward()).shape
torch.Size([5, 3])
"""

from scratchnn import data as data
from scratchnn import init as init
from scratchnn.activations import ReLU as ReLU
from scratchnn.activations import Sigmoid as Sigmoid
from scratchnn.activations import Tanh as Tanh
from scratchnn.container import Sequential as Sequential
from scratchnn.errors import ArgumentError as ArgumentError
from scratchnn.errors import BackwardBeforeForward as BackwardBeforeForward
from scratchnn.errors import DtypeError as DtypeError
from scratchnn.errors import MissingExtraError as MissingExtraError
from scratchnn.errors import SavedTensorError as SavedTensorError
from scratchnn.errors import ScratchError as ScratchError
from scratchnn.errors import ShapeError as ShapeError
from scratchnn.errors import StateDictError as StateDictError
from scratchnn.linear import Linear as Linear
from scratchnn.losses import L1Loss as L1Loss
from scratchnn.losses import Loss as Loss
from scratchnn.losses import MSELoss as MSELoss
from scratchnn.module import Module as Module
from scratchnn.optim import SGD as SGD
from scratchnn.optim import Optimizer as Optimizer
from scratchnn.parameter import Parameter as Parameter
from scratchnn.train import Epoch as Epoch
from scratchnn.train import accuracy as accuracy
from scratchnn.train import fit as fit

__all__ = [
    "SGD",
    "ArgumentError",
    "BackwardBeforeForward",
    "DtypeError",
    "Epoch",
    "L1Loss",
    "Linear",
    "Loss",
    "MSELoss",
    "MissingExtraError",
    "Module",
    "Optimizer",
    "Parameter",
    "ReLU",
    "SavedTensorError",
    "ScratchError",
    "Sequential",
    "ShapeError",
    "Sigmoid",
    "StateDictError",
    "Tanh",
    "accuracy",
    "data",
    "fit",
    "init",
]
