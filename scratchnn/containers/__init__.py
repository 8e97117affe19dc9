"""Containers: modules made of modules."""

from scratchnn.containers.branches import Parallel as Parallel
from scratchnn.containers.branches import Residual as Residual
from scratchnn.containers.sequential import Sequential as Sequential
