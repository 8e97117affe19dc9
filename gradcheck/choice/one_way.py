"""A graph whose nodes are joined one way, where a layer was tried on one that is symmetric.

Who writes the matrix for its transpose is right where both are the same, which its author may mean:
such a layer is neither right nor wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gradcheck.cases.graphs import DIRECTED, JOINED
from gradcheck.cases.spec import Spec


def one_way(spec: Spec) -> Iterator[Spec]:
    """The same, one way: who is wrong there alone may mean no such graph.

    >>> [one.kinds for one in one_way(Spec(shapes=((4, 5), (4, 4)), kinds=("real", JOINED)))]
    [('real', 'joined nodes, one way')]
    """
    if JOINED in spec.kinds:
        kinds = tuple(DIRECTED if kind == JOINED else kind for kind in spec.kinds)
        yield replace(spec, kinds=kinds)
