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
from scratchnn.activations import ELU as ELU
from scratchnn.activations import GELU as GELU
from scratchnn.activations import SELU as SELU
from scratchnn.activations import Hardtanh as Hardtanh
from scratchnn.activations import LeakyReLU as LeakyReLU
from scratchnn.activations import LogSigmoid as LogSigmoid
from scratchnn.activations import LogSoftmax as LogSoftmax
from scratchnn.activations import Mish as Mish
from scratchnn.activations import PReLU as PReLU
from scratchnn.activations import ReLU as ReLU
from scratchnn.activations import Sigmoid as Sigmoid
from scratchnn.activations import SiLU as SiLU
from scratchnn.activations import Softmax as Softmax
from scratchnn.activations import Softplus as Softplus
from scratchnn.activations import Tanh as Tanh
from scratchnn.attention import MultiheadAttention as MultiheadAttention
from scratchnn.attention import TransformerEncoderLayer as TransformerEncoderLayer
from scratchnn.bilinear import Bilinear as Bilinear
from scratchnn.checkpoint import load as load
from scratchnn.checkpoint import save as save
from scratchnn.containers import Parallel as Parallel
from scratchnn.containers import Residual as Residual
from scratchnn.containers import Sequential as Sequential
from scratchnn.convolution import Conv1d as Conv1d
from scratchnn.convolution import Conv2d as Conv2d
from scratchnn.convolution import ConvTranspose2d as ConvTranspose2d
from scratchnn.convolution import Upsample as Upsample
from scratchnn.dropout import Dropout as Dropout
from scratchnn.embedding import Embedding as Embedding
from scratchnn.errors import ArgumentError as ArgumentError
from scratchnn.errors import BackwardBeforeForward as BackwardBeforeForward
from scratchnn.errors import DtypeError as DtypeError
from scratchnn.errors import MissingExtraError as MissingExtraError
from scratchnn.errors import SavedTensorError as SavedTensorError
from scratchnn.errors import ScratchError as ScratchError
from scratchnn.errors import ShapeError as ShapeError
from scratchnn.errors import StateDictError as StateDictError
from scratchnn.linear import Linear as Linear
from scratchnn.losses import BCELoss as BCELoss
from scratchnn.losses import BCEWithLogitsLoss as BCEWithLogitsLoss
from scratchnn.losses import CrossEntropyLoss as CrossEntropyLoss
from scratchnn.losses import HingeEmbeddingLoss as HingeEmbeddingLoss
from scratchnn.losses import HuberLoss as HuberLoss
from scratchnn.losses import KLDivLoss as KLDivLoss
from scratchnn.losses import L1Loss as L1Loss
from scratchnn.losses import Loss as Loss
from scratchnn.losses import MSELoss as MSELoss
from scratchnn.losses import MultiMarginLoss as MultiMarginLoss
from scratchnn.losses import NLLLoss as NLLLoss
from scratchnn.losses import SmoothL1Loss as SmoothL1Loss
from scratchnn.module import Module as Module
from scratchnn.normalisation import BatchNorm1d as BatchNorm1d
from scratchnn.normalisation import BatchNorm2d as BatchNorm2d
from scratchnn.normalisation import GroupNorm as GroupNorm
from scratchnn.normalisation import LayerNorm as LayerNorm
from scratchnn.normalisation import RMSNorm as RMSNorm
from scratchnn.optim import SGD as SGD
from scratchnn.optim import Adagrad as Adagrad
from scratchnn.optim import Adam as Adam
from scratchnn.optim import AdamW as AdamW
from scratchnn.optim import CosineAnnealingLR as CosineAnnealingLR
from scratchnn.optim import Optimizer as Optimizer
from scratchnn.optim import RMSprop as RMSprop
from scratchnn.optim import Schedule as Schedule
from scratchnn.optim import StepLR as StepLR
from scratchnn.optim import clip_grad_norm_ as clip_grad_norm_
from scratchnn.parameter import Parameter as Parameter
from scratchnn.pooling import AdaptiveAvgPool2d as AdaptiveAvgPool2d
from scratchnn.pooling import AvgPool2d as AvgPool2d
from scratchnn.pooling import MaxPool2d as MaxPool2d
from scratchnn.recurrent import GRU as GRU
from scratchnn.recurrent import LSTM as LSTM
from scratchnn.recurrent import RNN as RNN
from scratchnn.shape import Flatten as Flatten
from scratchnn.shape import Identity as Identity
from scratchnn.train import Epoch as Epoch
from scratchnn.train import accuracy as accuracy
from scratchnn.train import fit as fit

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AdaptiveAvgPool2d",
    "ArgumentError",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BackwardBeforeForward",
    "BatchNorm1d",
    "BatchNorm2d",
    "Bilinear",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CosineAnnealingLR",
    "CrossEntropyLoss",
    "Dropout",
    "DtypeError",
    "Embedding",
    "Epoch",
    "Flatten",
    "GroupNorm",
    "Hardtanh",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Loss",
    "MSELoss",
    "MaxPool2d",
    "Mish",
    "MissingExtraError",
    "Module",
    "MultiMarginLoss",
    "MultiheadAttention",
    "NLLLoss",
    "Optimizer",
    "PReLU",
    "Parallel",
    "Parameter",
    "RMSNorm",
    "RMSprop",
    "ReLU",
    "Residual",
    "SavedTensorError",
    "Schedule",
    "ScratchError",
    "Sequential",
    "ShapeError",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "StateDictError",
    "StepLR",
    "Tanh",
    "TransformerEncoderLayer",
    "Upsample",
    "accuracy",
    "clip_grad_norm_",
    "data",
    "fit",
    "init",
    "load",
    "save",
]
