"""Convolution: the same small linear map at every place of an image."""

from scratchnn.convolution.conv import Conv1d as Conv1d
from scratchnn.convolution.conv import Conv2d as Conv2d
from scratchnn.convolution.transposed import ConvTranspose2d as ConvTranspose2d
from scratchnn.convolution.upsample import Upsample as Upsample
