"""Activations: what stands between two linear maps, lest they be one."""

from scratchnn.activations.exponential import ELU as ELU
from scratchnn.activations.exponential import SELU as SELU
from scratchnn.activations.gated import GELU as GELU
from scratchnn.activations.gated import Mish as Mish
from scratchnn.activations.gated import SiLU as SiLU
from scratchnn.activations.rectified import Hardtanh as Hardtanh
from scratchnn.activations.rectified import LeakyReLU as LeakyReLU
from scratchnn.activations.rectified import PReLU as PReLU
from scratchnn.activations.rectified import ReLU as ReLU
from scratchnn.activations.sigmoid import LogSigmoid as LogSigmoid
from scratchnn.activations.sigmoid import Sigmoid as Sigmoid
from scratchnn.activations.sigmoid import Softplus as Softplus
from scratchnn.activations.sigmoid import Tanh as Tanh
from scratchnn.activations.softmax import LogSoftmax as LogSoftmax
from scratchnn.activations.softmax import Softmax as Softmax
