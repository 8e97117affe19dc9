"""Update rules, schedules of their learning rates, and clipping of what they are given."""

from scratchnn.optim.adagrad import Adagrad as Adagrad
from scratchnn.optim.adam import Adam as Adam
from scratchnn.optim.adam import AdamW as AdamW
from scratchnn.optim.clipping import clip_grad_norm_ as clip_grad_norm_
from scratchnn.optim.optimizer import Optimizer as Optimizer
from scratchnn.optim.rmsprop import RMSprop as RMSprop
from scratchnn.optim.schedules import CosineAnnealingLR as CosineAnnealingLR
from scratchnn.optim.schedules import Schedule as Schedule
from scratchnn.optim.schedules import StepLR as StepLR
from scratchnn.optim.sgd import SGD as SGD
