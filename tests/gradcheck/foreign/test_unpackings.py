"""How many numbers an argument of a constructor is taken apart into."""

from __future__ import annotations

from typing import Any

import pytest

from gradcheck.foreign.unpackings import counts_of, listed_in


class _Taken:
    def __init__(self, kernel: Any, stride: Any) -> None:
        self.kernel_shape, self.steps = kernel, stride

    def forward(self) -> Any:
        kh, kw, _, _ = self.kernel_shape
        return kh * kw * self.steps[1]


class _Measured:
    def __init__(self, size: Any) -> None:
        if len(size) != 3:
            raise ValueError(size)


class _Either:
    def __init__(self, kernel: Any) -> None:
        if isinstance(kernel, int):
            kernel = (kernel, kernel)
        self.kh, self.kw = kernel


class _OfAnything:
    def __init__(self, sizes: Any) -> None:
        self.first, *self.others = sizes


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        (_Taken, {"kernel": 4, "stride": 2}),
        (_Measured, {"size": 3}),
        (_Either, {}),
        (_OfAnything, {}),
    ],
)
def test_an_argument_is_as_many_numbers_as_it_is_taken_apart_into(
    kind: type, counts: dict[str, int]
) -> None:
    """Under its own name or as an attribute; not where one number is as welcome."""
    assert counts_of(kind) == counts


class _Listed:
    def __init__(self, sizes: Any, words: Any, depth: int, either: Any) -> None:
        self.words, self.depth = words, depth
        self.total = sum(sizes[i] for i in range(len(sizes)))
        self.either = either if isinstance(either, int) else len(either)

    def forward(self) -> Any:
        return [word * self.depth for _, word in enumerate(self.words)]


def test_what_is_asked_for_its_length_is_a_list() -> None:
    """Not what may be a number as well."""
    assert listed_in(_Listed) == {"sizes", "words"}
