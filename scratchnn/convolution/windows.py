"""Windows: the patches under a kernel that moves over an image, and the way back.

    unfold   image (N, C, H, W)  ->  patches (N, C, kh, kw, oh, ow)      a view, nothing is copied
    fold     patches             ->  image, where patches overlap added up

Each is the other's transpose, ⟨unfold(x), p⟩ = ⟨x, fold(p)⟩, so each is the other's VJP: on these
two and a product of matrices rest convolution, transposed convolution and pooling.

Source: Dumoulin, Visin (2016), "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285, whose relations 6 and 14 give the sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError

Pair = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """How a kernel moves: its size, its step, and the distance between its elements.

    >>> import torch
    >>> windows = Windows(kernel=(2, 2), stride=(1, 1), dilation=(1, 1))
    >>> image = torch.arange(6.0).reshape(1, 1, 2, 3)
    >>> windows.unfold(image)[0, 0, :, :, 0, 1]
    tensor([[1., 2.],
            [4., 5.]])
    >>> windows.fold(windows.unfold(torch.ones(1, 1, 2, 3)), (2, 3))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """

    kernel: Pair
    stride: Pair
    dilation: Pair

    @property
    def reach(self) -> Pair:
        """How many pixels lie under the kernel, those between its elements too."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    def counts(self, size: Pair) -> Pair:
        """Return how often the kernel fits into an image of this size, along both axes.

        Raises ShapeError where it does not fit at all.
        """
        if size[0] < self.reach[0] or size[1] < self.reach[1]:
            raise ShapeError(
                f"a kernel that reaches over {self.reach} does not fit into an image of {size}, "
                "padding included"
            )
        return tuple(
            (extent - reach) // stride + 1
            for extent, reach, stride in zip(size, self.reach, self.stride, strict=True)
        )  # type: ignore[return-value] # two of them

    def unfold(self, image: Tensor) -> Tensor:
        """Return the patches, as a view."""
        (oh, ow), (sh, sw), (dh, dw) = self.counts(_size(image)), self.stride, self.dilation
        n, c, y, x = image.stride()
        shape = (*image.shape[:2], *self.kernel, oh, ow)
        return image.as_strided(shape, (n, c, y * dh, x * dw, y * sh, x * sw))

    def fold(self, patches: Tensor, size: Pair) -> Tensor:
        """Return the image of this size in which overlapping patches are added up."""
        (kh, kw), (sh, sw), (dh, dw) = self.kernel, self.stride, self.dilation
        oh, ow = patches.shape[-2:]
        image = patches.new_zeros(*patches.shape[:2], *size)
        for i in range(kh):
            rows = slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)
            for j in range(kw):
                columns = slice(j * dw, j * dw + sw * (ow - 1) + 1, sw)
                image[:, :, rows, columns] += patches[:, :, i, j]
        return image


def pair(name: str, value: int | tuple[int, ...], least: int) -> Pair:
    """Return a setting for both axes; one number stands for two.

    >>> pair("stride", 2, least=1)
    (2, 2)
    >>> pair("stride", (2, 0), least=1)
    Traceback (most recent call last):
    scratchnn.errors.ArgumentError: stride=(2, 0): expected one or two numbers of at least 1
    """
    both = (value, value) if isinstance(value, int) else tuple(value)
    if len(both) != 2 or min(both) < least:
        raise ArgumentError(f"{name}={value}: expected one or two numbers of at least {least}")
    return both[0], both[1]


def _size(image: Tensor) -> Pair:
    return image.shape[-2], image.shape[-1]
