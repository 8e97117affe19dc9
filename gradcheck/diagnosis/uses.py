"""What each single use of a leaf contributes to its gradient: a forward may read it many times.

Torch adds the contributions where they meet.  Its graph knows them before: every edge that leads
to the leaf is a use, and what flows along it a contribution.

Source: https://pytorch.org/docs/stable/generated/torch.autograd.graph.Node.register_hook.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.subject import Outputs, Values

MOST = 64
_SINGLY = 8

Node = Any
"""torch.autograd.graph.Node, whose annotations differ between versions of torch."""


Way = Callable[[Tensor, Tensor], Tensor | None]
"""What comes back through an argument, and what came into the operation → what comes back then."""


@dataclass(frozen=True)
class Use:
    """One use of a leaf.

    Attributes:
        operation: As torch calls its derivative.
        contribution: In the shape of the leaf.
    """

    operation: str
    contribution: Tensor


def uses_of(
    forward: Callable[[Values], Outputs], values: Values, cotangents: Outputs, position: int
) -> list[Use]:
    """Every use of one leaf, in the order in which the forward makes them.

    Nothing where there is but one, or too many, or torch cannot tell.

    >>> x = (torch.tensor([3.0]),)
    >>> [use.contribution for use in uses_of(lambda v: (v[0] * v[0],), x, (torch.ones(1),), 0)]
    [tensor([3.]), tensor([3.])]
    """
    try:
        total, leaves = _followed(forward, values, cotangents)
        return _collected(total, leaves[position])
    except (ExerciseError, RuntimeError, TypeError):  # a node of several outputs on the way
        return []


def with_each_way(
    change: Way, forward: Callable[[Values], Outputs], values: Values, cotangents: Outputs
) -> Callable[[int], dict[str, Tensor]]:
    """The gradients of the leaves if the way back through one argument were changed.

    Of each kind of operation, in all places at once and in each alone.

    Args:
        change: What comes back, and what came in → what comes back instead; None for no change.
        forward: Values of the leaves → outputs.
        values: Of the leaves.
        cotangents: One for each output.

    Returns:
        Position of a leaf → way → its gradient; no way where torch cannot tell.
    """

    def of_leaf(position: int) -> dict[str, Tensor]:
        try:
            total, leaves = _followed(forward, values, cotangents)
            ways = _ways(total.grad_fn)
            if len(ways) > MOST:
                return {}
            leaf = leaves[position]
            return {name: _changed(total, leaf, on, change) for name, on in ways.items()}
        except (ExerciseError, RuntimeError, TypeError):
            return {}

    return of_leaf


def stopped(flow: Tensor, given: Tensor) -> Tensor | None:
    """Nothing comes back: the argument was taken for a constant."""
    del given
    return torch.zeros_like(flow)


def passed(flow: Tensor, given: Tensor) -> Tensor | None:
    """What came in comes back: the other factor is left out."""
    return given.clone() if given.shape == flow.shape else None


def _followed(
    forward: Callable[[Values], Outputs], values: Values, cotangents: Outputs
) -> tuple[Tensor, Values]:
    """⟨cotangents, outputs⟩ with torch's graph behind it, and the leaves of that graph."""
    with torch.enable_grad():
        leaves = tuple(value.detach().clone().requires_grad_() for value in values)
        outputs = [y * u for y, u in zip(forward(leaves), cotangents, strict=True)]
        return torch.stack([y.sum() for y in outputs if y.requires_grad]).sum(), leaves


def _ways(start: Node) -> dict[str, list[tuple[Node, int]]]:
    """The arguments of operations that have several, by the operation's name."""
    kinds: dict[str, list[tuple[Node, int]]] = {}
    for edges in _consumers(start).values():
        for node, number in edges:
            operation = node.name().removesuffix("0").removesuffix("Backward")
            if len(node.next_functions) > 1:
                kinds.setdefault(f"argument {number + 1} of {operation}", []).append((node, number))
    found = dict(kinds)
    for name, edges in kinds.items():
        edges.sort(key=lambda edge: edge[0]._sequence_nr())  # noqa: SLF001 torch's own count
        if 1 < len(edges) <= _SINGLY:
            for place, edge in enumerate(edges, start=1):
                found[f"{name} (number {place} of {len(edges)})"] = [edge]
    return found


def _changed(total: Tensor, leaf: Tensor, edges: list[tuple[Node, int]], change: Way) -> Tensor:
    def hook_on(number: int) -> Callable[..., Any]:
        def hook(inwards: tuple[Tensor | None, ...], given: tuple[Tensor | None, ...]) -> Any:
            flows, came = list(inwards), given[0]
            flow = flows[number]
            if flow is not None and came is not None:
                other = change(flow, came)
                flows[number] = flow if other is None else other
            return tuple(flows)

        return hook

    hooks = [node.register_hook(hook_on(number)) for node, number in edges]
    try:
        (found,) = torch.autograd.grad(total, leaf, retain_graph=True, materialize_grads=True)
    finally:
        for hook in hooks:
            hook.remove()
    return found.detach()


def _collected(total: Tensor, leaf: Tensor) -> list[Use]:
    consumers = _consumers(total.grad_fn)
    end = next((n for n in consumers if getattr(n, "variable", None) is leaf), None)
    if end is None:
        return []
    chain: list[Node] = []  # what lies between the leaf and where its uses part: a transpose
    while len(consumers[end]) == 1:
        end, _ = consumers[end][0]
        if end not in consumers or len(end.next_functions) != 1:
            return []
        chain.append(end)
    edges = consumers[end]
    if len(edges) > MOST:
        return []
    flows: dict[tuple[Node, int], Tensor] = {}
    hooks = [node.register_hook(_note(flows, node)) for node in {node for node, _ in edges}]
    try:
        torch.autograd.grad(total, leaf, retain_graph=True)
    finally:
        for hook in hooks:
            hook.remove()
    edges.sort(key=lambda edge: (edge[0]._sequence_nr(), edge[1]))  # noqa: SLF001 torch's own count
    found = [(node, flows.get((node, number))) for node, number in edges]
    return [Use(node.name(), _back(flow, chain, leaf)) for node, flow in found if flow is not None]


def _consumers(start: Node) -> dict[Node, list[tuple[Node, int]]]:
    """Node → who hands gradients to it, and as which of its own."""
    found: dict[Node, list[tuple[Node, int]]] = {}
    seen, front = {start}, [start]
    while front:
        node = front.pop()
        for number, (following, _) in enumerate(node.next_functions):
            if following is None:
                continue
            found.setdefault(following, []).append((node, number))
            if following not in seen:
                seen.add(following)
                front.append(following)
    return found


def _note(flows: dict[tuple[Node, int], Tensor], node: Node) -> Callable[..., None]:
    def hook(inwards: tuple[Tensor | None, ...], _: Any) -> None:
        for number, flow in enumerate(inwards):
            if flow is not None:
                flows[node, number] = flow.detach().clone()

    return hook


def _back(flow: Tensor, chain: list[Node], leaf: Tensor) -> Tensor:
    """A contribution at the leaf itself; what was broadcast is summed, as torch does later."""
    for node in reversed(chain):
        flow = node(flow)
    while flow.dim() > leaf.dim():
        flow = flow.sum(0)
    wide = [a for a, n in enumerate(leaf.shape) if n == 1 and flow.shape[a] > 1]
    return (flow.sum(wide, keepdim=True) if wide else flow).reshape(leaf.shape)
