"""Normalisation: numbers of mean 0 and variance 1, over the batch or over each sample."""

from scratchnn.normalisation.batch import BatchNorm1d as BatchNorm1d
from scratchnn.normalisation.batch import BatchNorm2d as BatchNorm2d
from scratchnn.normalisation.group import GroupNorm as GroupNorm
from scratchnn.normalisation.layer import LayerNorm as LayerNorm
from scratchnn.normalisation.layer import RMSNorm as RMSNorm
