"""Layout: the same numbers in other places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import gradcheck
from gradcheck import Pair
from gradcheck.contracts.layout import expanded, strided, transposed

X = torch.linspace(-1, 1.25, 12, dtype=torch.float64).reshape(4, 3)
SHAPES = st.lists(st.integers(0, 4), max_size=4)


def answer(forward: Callable[..., Any], backward: Callable[..., Any], x: Any) -> tuple[str, str]:
    """The verdict on layout alone, and the words."""
    result = gradcheck.check(Pair(forward, backward), x, contracts=("layout",))
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["layout"]
    return str(found[0].verdict), found[0].message


@given(SHAPES)
def test_a_layout_keeps_the_values(shape: list[int]) -> None:
    """Of any shape; what is expanded repeats the first sample."""
    x = torch.arange(float(torch.Size(shape).numel())).reshape(shape)
    assert torch.equal(transposed(x), x)
    assert torch.equal(strided(x), x)
    assert expanded(x).shape == x.shape
    assert not shape or all(torch.equal(row, x[0]) for row in expanded(x))


def test_a_layout_is_another_one() -> None:
    """Else nothing would be asked."""
    assert [lay(X).is_contiguous() for lay in (transposed, strided, expanded)] == [False] * 3


@pytest.mark.parametrize("x", [X, X[0], X.reshape(2, 2, 3)], ids=["two axes", "one", "three"])
def test_what_reads_elements_is_verified(x: Tensor) -> None:
    """Of tensors and of arrays."""
    assert answer(torch.tanh, lambda g, x: g * (1 - torch.tanh(x) ** 2), x)[0] == "verified"
    assert answer(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), x.numpy())[0] == "verified"


def flat(x: Tensor) -> Tensor:
    """All elements in the order in which they lie in memory: wrong unless they lie in one piece."""
    return x.as_strided((x.numel(),), (1,)).reshape(x.shape).clone()


def test_what_reads_memory_is_refuted_and_the_tensor_is_named() -> None:
    """Silently other numbers are no convention."""
    in_backward = answer(lambda x: 2 * x, lambda g, x: 2 * flat(g), X)
    assert in_backward == (
        "refuted",
        "given a transposed grad_output of equal values, the gradient of input is another",
    )
    in_forward = answer(lambda x: x * x, lambda g, x: 2 * flat(x) * g, X)
    assert in_forward[1].startswith("given a transposed input of equal values")


def test_what_fails_for_an_expanded_cotangent_is_seen() -> None:
    """As `y.sum().backward()` hands one over."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        if 0 in g.stride():
            raise ValueError("expanded")
        return 2 * g

    verdict, words = answer(lambda x: 2 * x, backward, X)
    assert verdict == "waived"
    assert words.startswith("given an expanded grad_output it fails: pair.backward raised")


def test_what_refuses_a_layout_is_a_convention_unless_more_is_promised() -> None:
    """`view` says so itself."""

    class Flat:
        def forward(self, x: Tensor) -> Tensor:
            return 2 * x.view(-1)

        def backward(self, grad: Tensor) -> Tensor:
            return 2 * grad.view(-1, 3)

    result = gradcheck.check(Flat(), X, contracts=("layout",), reference="none")
    assert "given a transposed input it fails" in result.unverified["layout"]
    promising = type("Flat", (Flat,), {"torch_conventions": True})()
    result = gradcheck.check(promising, X, contracts=("layout",), reference="none")
    assert (result.verdict, result.cause) == ("refuted", "layout")


def test_another_order_of_adding_up_is_no_other_gradient() -> None:
    """Sums of numbers from 1e-8 to 1e8 that nearly cancel, in whatever order they lie."""
    x = torch.linspace(-8, 8, 600, dtype=torch.float64).reshape(20, 30)
    x = 10**x * torch.where(torch.arange(30) % 2 == 0, 1.0, -1.0)

    def forward(x: Tensor) -> Tensor:
        return x.sum() ** 2 * torch.ones(20, 30, dtype=x.dtype) / 1e16

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (2 * x.sum() * g.sum() / 1e16).expand(20, 30).clone()

    assert answer(forward, backward, x)[0] == "verified"


def in_memory_order(x: Tensor) -> Tensor:
    """The sum, one element after the other as they lie in memory."""
    order = sorted(range(x.dim()), key=lambda axis: -x.stride()[axis])
    total = torch.zeros((), dtype=x.dtype)
    for number in x.permute(order).reshape(-1):
        total = total + number
    return total


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_an_output_that_is_added_up_in_another_order_is_no_other_output(dtype: torch.dtype) -> None:
    """As far as the last bits of the dtype reach, where terms of 1e3 cancel to 1."""
    x = X + 0.3
    x = torch.cat([1000 * x, -1000 * x.flip(0) + 0.1])

    def forward(x: Tensor) -> Tensor:
        low = x.to(dtype)
        return (low * in_memory_order(low)).double()

    def backward(g: Tensor, x: Tensor) -> Tensor:
        u, low = g.to(dtype), x.to(dtype)
        return (u * in_memory_order(low) + in_memory_order(u * low)).double()

    assert answer(forward, backward, x)[0] == "verified"


class Flattening:
    """A forward that reads memory; it tells the layout of its input to nobody."""

    torch_conventions = True

    def __init__(self, method: Callable[[Tensor], Tensor]) -> None:
        self.method = method

    def forward(self, x: Tensor) -> Tensor:
        """Twice."""
        return 2 * self.method(x)

    def backward(self, grad: Tensor) -> Tensor:
        """Twice."""
        return 2 * grad.reshape(X.shape)


@pytest.mark.parametrize("method", [flat, lambda x: x.view(-1)], ids=["silently", "loudly"])
def test_a_forward_that_reads_memory_is_refuted_in_its_own_lines(
    method: Callable[[Tensor], Tensor],
) -> None:
    """Its gradient is that of other layouts, too; whoever looks for the mistake is sent there."""
    result = gradcheck.check(Flattening(method), X, contracts=("layout",), reference="none")
    (finding,) = result.refutations
    assert finding.message.startswith("given a transposed input")
    assert finding.source is not None
    assert finding.source.function == "Flattening.forward"


def test_what_writes_to_its_input_is_told_elsewhere() -> None:
    """An expanded tensor cannot be written to, and purity has said enough."""
    assert answer(lambda x: x.mul_(2), lambda g, x: 2 * g, X) == (
        "waived",
        "it writes to what it is given",
    )


def at_median(g: Tensor, x: Tensor) -> Tensor:
    """All to the element that torch chooses."""
    place = x.median(-1, keepdim=True).indices
    return torch.zeros_like(x).scatter(-1, place, g.unsqueeze(-1))


@pytest.mark.parametrize("x", [[1.54, -0.29], [[1.0, 3.0, 2.0], [4.0, 4.0, 5.0]]])
def test_a_forward_of_torch_that_fails_on_shared_memory_refutes_no_backward(x: Any) -> None:
    """The median of an expanded tensor is whatever was in memory: torch's fault, and told."""
    verdict, words = answer(lambda x: x.median(-1).values, at_median, torch.tensor(x))
    assert verdict != "refuted", words


def first_in_memory(x: Tensor) -> Tensor:
    """The place of the largest element: of equal ones the first, or, strided, the last."""
    if x.stride(-1) == 1:
        return x.argmax(-1, keepdim=True)
    return x.shape[-1] - 1 - x.flip(-1).argmax(-1, keepdim=True)


def at_largest(g: Tensor, x: Tensor) -> Tensor:
    """All to one of the largest."""
    return torch.zeros_like(x).scatter(-1, first_in_memory(x), g.unsqueeze(-1))


@pytest.mark.parametrize("x", [[1.0, 1.0, 0.0], [[1.0, 2.0], [2.0, 2.0]], [0.5, 0.25]])
def test_another_choice_among_equals_is_no_other_gradient(x: Any) -> None:
    """Whether the equals are the user's or come of repeating a sample."""
    assert answer(lambda x: x.amax(-1), at_largest, torch.tensor(x))[0] == "verified"


class Dropping:
    """A mask drawn as the input lies in memory, as ``rand_like`` does."""

    def __init__(self, factor: Callable[[Tensor], Tensor] = torch.ones_like) -> None:
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Keep three in four."""
        self.mask = (torch.rand_like(x) > 0.25).to(x)
        return x * self.mask

    def backward(self, grad_output: Tensor) -> Tensor:
        """The same mask, times what should be one."""
        return grad_output * self.mask * self.factor(grad_output)


def test_a_mask_drawn_in_another_order_is_no_mistake() -> None:
    """A transposed input of equal values gets another mask, in torch's own dropout too."""
    result = gradcheck.check(Dropping(), X)
    assert result.verdict == gradcheck.Verdict.VERIFIED
    assert "draws random numbers in another order" in result.unverified["layout"]


def test_beside_random_numbers_a_backward_that_reads_memory_is_refuted() -> None:
    """The input stays as it lies, and grad_output does not."""

    def by_stride(grad_output: Tensor) -> Tensor:
        return torch.ones_like(grad_output) * (1 if grad_output.is_contiguous() else 2)

    (found,) = gradcheck.check(Dropping(by_stride), X).refutations
    assert found.check == "layout"
    assert "grad_output" in found.message
