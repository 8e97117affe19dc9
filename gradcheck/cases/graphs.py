"""The inputs of a layer of a graph: a row of features for each node, and which nodes are joined.

    def forward(self, X, A): ...

Of such a matrix nobody wants a gradient.  Its zeros and ones may be compared with one, its rows
summed, and the root of that divided by: normal numbers do for none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor

from gradcheck.cases.point import normal
from gradcheck.cases.spec import REAL, Feed, Shape

JOINED, DIRECTED = "joined nodes", "joined nodes, one way"
_NODES = 4
_NAMED = re.compile(r"A|A_?(hat|norm|tilde)|(norm(alized)?_?)?(?i:adj\w*)|(?i:laplacian)")


def graph_feeds(names: Sequence[str], sizes: Sequence[int]) -> Iterator[Feed]:
    """Rows of each size, and beside them a matrix, where one of two names may mean such.

    >>> next(graph_feeds(["X", "A"], [5]))
    (((4, 5), (4, 4)), ('real', 'joined nodes'))
    """
    named = [_NAMED.fullmatch(name) is not None for name in names]
    if len(names) != len("XA") or named.count(True) != 1:
        return
    for size in sizes or (5,):
        shapes: tuple[Shape, ...] = tuple((_NODES, _NODES if one else size) for one in named)
        yield shapes, tuple(JOINED if one else REAL for one in named)


def joined(shape: Shape, draws: Generator) -> Tensor:
    """One where two nodes are joined, each with itself and with its neighbour; symmetric.

    >>> joined((3, 3), Generator().manual_seed(0)).diagonal()
    tensor([1., 1., 1.], dtype=torch.float64)
    """
    one_way = directed(shape, draws)
    return torch.maximum(one_way, one_way.mT)


def directed(shape: Shape, draws: Generator) -> Tensor:
    """The same, and not symmetric: the path from the first to the last has no way back."""
    drawn = (normal(shape, draws) > 1).to(torch.float64)
    path = torch.ones(shape, dtype=torch.float64, device="cpu").triu().tril(1)
    return torch.maximum(drawn.triu(), path)
