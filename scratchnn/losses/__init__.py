"""Losses: how far what a model says is from what it should say, as one number."""

from scratchnn.losses.binary import BCELoss as BCELoss
from scratchnn.losses.binary import BCEWithLogitsLoss as BCEWithLogitsLoss
from scratchnn.losses.classification import CrossEntropyLoss as CrossEntropyLoss
from scratchnn.losses.classification import NLLLoss as NLLLoss
from scratchnn.losses.divergence import KLDivLoss as KLDivLoss
from scratchnn.losses.loss import Loss as Loss
from scratchnn.losses.margin import HingeEmbeddingLoss as HingeEmbeddingLoss
from scratchnn.losses.margin import MultiMarginLoss as MultiMarginLoss
from scratchnn.losses.regression import HuberLoss as HuberLoss
from scratchnn.losses.regression import L1Loss as L1Loss
from scratchnn.losses.regression import MSELoss as MSELoss
from scratchnn.losses.regression import SmoothL1Loss as SmoothL1Loss
