"""A layer of ours beside torch's, with the same weights: outputs and all gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import scratchnn
from gradcheck.adapters.nesting import flat_of, nested_like


def twins(
    name: str, *arguments: Any, dtype: torch.dtype = torch.float64, **options: Any
) -> tuple[Any, torch.nn.Module]:
    """Make a module of ours and torch's of the same name, with ours' weights moved off their start.

    Ones and zeros, as normalisations have them, would hide a mistake.
    """
    ours = getattr(scratchnn, name)(*arguments, **options).to(dtype=dtype)
    theirs = getattr(torch.nn, name)(*arguments, **options).to(dtype)
    for parameter in ours.parameters():
        parameter.data += 0.25 * torch.randn_like(parameter.data)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def assert_alike(
    ours: Any, theirs: Any, *inputs: Any, rounding: float = 64, without: int = 0, **options: Any
) -> None:
    """Assert equal outputs and gradients, but for so many roundings of the largest element.

    So many of the last gradients belong to inputs that are not given, `without` a leaf of torch's.
    """
    given = [_leaf(item) for item in inputs]
    expected = theirs(*given, **options)
    output = ours(*inputs, **options)
    _assert_close(output, expected, rounding)
    outputs = [part for part in flat_of(output) if part.is_floating_point()]
    cotangents = [torch.randn_like(part) for part in outputs]
    every = flat_of(ours.backward(*_spread(output, cotangents)))
    grads = every[: len(every) - without]
    leaves = [leaf for leaf in flat_of(given) if isinstance(leaf, Tensor) and leaf.requires_grad]
    torch.autograd.backward(list(flat_of(expected)), cotangents)
    assert len(grads) == len(leaves) or isinstance(ours, scratchnn.Loss | scratchnn.Embedding)
    _assert_close(grads, [_grad(leaf) for leaf in leaves[: len(grads)]], rounding)
    mine = [_ours(parameter) for parameter in ours.parameters()]
    _assert_close(mine, [_grad(parameter) for parameter in theirs.parameters()], rounding)


def assert_state_goes_both_ways(ours: Any, theirs: torch.nn.Module) -> None:
    """Assert that each takes the other's state, keys in torch's order, and gives it back."""
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    _assert_same(ours.state_dict(), theirs.state_dict())
    for tensor in theirs.state_dict().values():
        tensor.add_(1)
    ours.load_state_dict(theirs.state_dict())
    _assert_same(ours.state_dict(), theirs.state_dict())


def _assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    for name, value in ours.items():
        assert value.dtype == theirs[name].dtype
        assert torch.equal(value, theirs[name])


def _assert_close(ours: Any, theirs: Any, rounding: float) -> None:
    pairs = list(zip(flat_of(ours), flat_of(theirs), strict=True))
    # Together: a gradient that is zero by structure has no size of its own.
    size = max([float(b.detach().abs().max()) for _, b in pairs if b.numel()] or [0.0])
    for mine, other in pairs:
        assert mine.shape == other.shape
        assert mine.dtype == other.dtype
        bar = rounding * torch.finfo(mine.dtype).eps * max(size, 1.0)
        torch.testing.assert_close(mine, other.detach(), rtol=0, atol=bar)


def _leaf(item: Any) -> Any:
    if isinstance(item, tuple):
        return tuple(_leaf(part) for part in item)
    if isinstance(item, Tensor) and item.is_floating_point():
        return item.detach().clone().requires_grad_()
    return item


def _spread(output: Any, cotangents: list[Tensor]) -> tuple[Any, ...]:
    nested = nested_like(output, cotangents)
    return nested if isinstance(nested, tuple) else (nested,)


def _grad(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def _ours(parameter: scratchnn.Parameter) -> Tensor:
    return torch.zeros_like(parameter.data) if parameter.grad is None else parameter.grad
