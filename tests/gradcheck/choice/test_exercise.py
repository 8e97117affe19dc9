"""What is known of torch's class of a name is asked as its author may have meant it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target


class AvgPool2d:
    """Somebody's own, of windows with one size."""

    def __init__(
        self,
        kernel_size: int,
        stride: int | None = None,
        padding: int = 0,
        count_include_pad: bool = True,
    ) -> None:
        self.size, self.stride, self.padding = kernel_size, stride or kernel_size, padding
        self.counts_all = count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """Torch's own, which takes pairs as well."""
        self.shape = x.shape
        return functional.avg_pool2d(
            x, self.size, self.stride, self.padding, count_include_pad=self.counts_all
        )

    def share(self, grad: Tensor) -> Tensor:
        """Of each place in its window: a product that knows of no pair."""
        if self.counts_all:
            return grad / self.size**2
        there = torch.ones(self.shape[2:], dtype=grad.dtype)[None, None]
        counts = functional.avg_pool2d(there, self.size, self.stride, self.padding)
        return grad / (counts * self.size**2)

    def backward(self, grad: Tensor) -> Tensor:
        """Fold what each window gets."""
        n, c, h, w = self.shape
        columns = self.share(grad).reshape(n * c, 1, -1).expand(-1, self.size**2, -1)
        folded = functional.fold(
            columns, (h, w), self.size, padding=self.padding, stride=self.stride
        )
        return folded.reshape(self.shape)


class WrongAvgPool2d(AvgPool2d):
    """Counts the padding always."""

    def share(self, grad: Tensor) -> Tensor:
        """Forget what it was told."""
        return grad / self.size**2


WrongAvgPool2d.__name__ = "AvgPool2d"


def test_windows_with_one_size_are_asked_where_a_pair_is_of_the_wrong_type() -> None:
    """And that no pair was meant is told."""
    labels = [case.label for case in cases_of(Target("AvgPool2d", AvgPool2d))]
    assert "kernel_size=3, padding=1, count_include_pad=False; input (5, 2, 7, 6)" in labels
    result = gradcheck.check(AvgPool2d)
    assert result.verdict == "verified"
    assert any("kernel_size=(3, 2)" in name for name in result.unverified)
    assert gradcheck.check(WrongAvgPool2d).verdict == "refuted"


class Scaled:
    """Its `dim` is no axis, as that of a softmax is, but how many weights it has."""

    def __init__(self, dim: int) -> None:
        self.scale = torch.linspace(0.5, 1.5, dim, dtype=torch.float64)
        self.dscale = torch.zeros(dim, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply; one weight alone would fit, too, and hide what is summed over which axis."""
        self.x = x
        return x * self.scale

    def backward(self, grad: Tensor) -> Tensor:
        """Divide what was multiplied."""
        self.dscale = (grad * self.x).sum(0)
        return grad * self.scale


class Along:
    """Its `dim` is an axis."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Share out."""
        self.y = x.softmax(self.dim)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        """Of a softmax."""
        return self.y * (grad - (grad * self.y).sum(self.dim, keepdim=True))


def test_what_makes_as_many_weights_is_a_size_and_no_axis() -> None:
    """Where torch has a class whose argument of that name is an axis."""
    labels = [case.label for kind in (Scaled, Along) for case in cases_of(Target("x", kind))[:1]]
    assert labels == ["dim=5; input (4, 5)", "dim=1; input (4, 5)"]
