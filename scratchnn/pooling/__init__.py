"""Pooling: one number for each window of an image."""

from scratchnn.pooling.average import AdaptiveAvgPool2d as AdaptiveAvgPool2d
from scratchnn.pooling.average import AvgPool2d as AvgPool2d
from scratchnn.pooling.maximum import MaxPool2d as MaxPool2d
