"""The training runs of five reports, each to be run here and, from the same start, in torch.nn.

>>> from scratchnn.recipes import RECIPES
>>> list(RECIPES)
['disk2021', 'alternating', 'layerwise', 'onehot', 'mytorch']
"""

from scratchnn.recipes.progress import Confusion as Confusion
from scratchnn.recipes.progress import Progress as Progress
from scratchnn.recipes.progress import confusion as confusion
from scratchnn.recipes.recipe import Recipe as Recipe
from scratchnn.recipes.recipe import Start as Start
from scratchnn.recipes.reports import BESIDE as BESIDE
from scratchnn.recipes.reports import RECIPES as RECIPES
from scratchnn.recipes.reports import alternating as alternating
from scratchnn.recipes.reports import disk2021 as disk2021
from scratchnn.recipes.reports import layerwise as layerwise
from scratchnn.recipes.reports import mytorch as mytorch
from scratchnn.recipes.reports import onehot as onehot
from scratchnn.recipes.reports import perceptron as perceptron
from scratchnn.recipes.reports import xor as xor
from scratchnn.recipes.self_stepping import Layerwise as Layerwise
from scratchnn.recipes.tasks import Task as Task
