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
