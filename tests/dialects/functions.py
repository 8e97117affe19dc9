"""Right and wrong ``torch.autograd.Function`` classes, in every style that torch knows.

The right ones say ``right = True``; a wrong one says by which check it is refuted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

# What is right.


class Exp(Function):
    """Saves its output."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (y,) = ctx.saved_tensors
        return grad_outputs[0] * y


class Dense(Function):
    """In the style of ``setup_context``, with what is optional and what nobody asked for."""

    right = True

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Compute."""
        y = x @ weight.T
        return y if bias is None else y + bias

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save."""
        del output
        x, weight, bias = inputs
        ctx.has_bias = bias is not None
        ctx.save_for_backward(x, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        x, weight = ctx.saved_tensors
        (g,) = grad_outputs
        grad_x = g @ weight if ctx.needs_input_grad[0] else None
        return grad_x, g.T @ x, g if ctx.has_bias else None  # torch sums the bias


class Power(Function):
    """With an integer beside the tensor."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, exponent: int) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        ctx.exponent = exponent
        return x**exponent

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] * ctx.exponent * x ** (ctx.exponent - 1), None


class Tilted(Function):
    """With a number that nobody must give."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float = 1.0) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        ctx.slope = slope
        return torch.where(x > 0, x, slope * x)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] * torch.where(x > 0, 1.0, ctx.slope), None


class Largest(Function):
    """Several outputs: one with a gradient, whole numbers, one marked to have none, and None."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, k: int) -> Any:
        """Compute."""
        values, places = x.topk(k, dim=-1)
        share = values / values.sum(dim=-1, keepdim=True)
        ctx.mark_non_differentiable(places, share)
        ctx.save_for_backward(places)
        ctx.shape = x.shape
        return values, places, share, None

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (places,) = ctx.saved_tensors
        g = grad_outputs[0]
        return g.new_zeros(ctx.shape).scatter(-1, places, g), None


class Both(Function):
    """Two outputs, whose missing cotangents stay None."""

    right = True

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Any:
        """Compute."""
        ctx.set_materialize_grads(value=False)
        ctx.save_for_backward(a, b)
        return a * b, a + b

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        a, b = ctx.saved_tensors
        product, total = (0.0 if g is None else g for g in grad_outputs)
        return product * b + total, product * a + total


class RectifiedInPlace(Function):
    """Changes its input, and says so."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        x.clamp_(min=0)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (y,) = ctx.saved_tensors
        return grad_outputs[0] * (y > 0)


class SineInNumPy(Function):
    """A forward that autograd cannot look into."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        return torch.from_numpy(np.sin(x.numpy()))

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] * x.cos()


class Passed(Function):
    """Returns what it is given, and hands ``grad_output`` on: both are right in torch."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        del ctx
        return x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx
        return grad_outputs[0]


class CrossEntropy(Function):
    """A loss, with class indices."""

    right = True

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor) -> Tensor:
        """Compute."""
        p = logits.softmax(dim=-1)
        ctx.save_for_backward(p, target)
        return -p[torch.arange(len(target)), target].log().mean()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        p, target = ctx.saved_tensors
        wanted = torch.nn.functional.one_hot(target, p.shape[1])
        return grad_outputs[0] * (p - wanted) / len(target), None


class Logarithm(Function):
    """Takes positive numbers only."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        return x.log()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] / x


# What is wrong.


class Square(Function):
    """Derive the wrong ones from a right forward."""

    right = True

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return 2 * x * grad_outputs[0]


class IgnoresTheCotangent(Square):
    """A local derivative."""

    broken = "gradient"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del grad_outputs
        (x,) = ctx.saved_tensors
        return 2 * x


class Scaled(Square):
    """Less than torch's own check would see."""

    broken = "gradient"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return 1.0009 * 2 * x * grad_outputs[0]


class InFloat32(Square):
    """Less precise than its input."""

    broken = "gradient"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return (2 * x.float() * grad_outputs[0].float()).to(x.dtype)


class OfAnotherShape(Dense):
    """The weight's gradient, transposed."""

    broken = "shape"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        x, weight = ctx.saved_tensors
        (g,) = grad_outputs
        return g @ weight, x.T @ g, g if ctx.has_bias else None


class WritesToTheInput(Square):
    """The saved tensor is the caller's."""

    broken = "purity"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return x.mul_(2) * grad_outputs[0]


class WritesToTheCotangent(Square):
    """Which belongs to the caller, and may be another's as well."""

    broken = "purity"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0].mul_(2).mul_(x)


class RectifiesUndeclared(RectifiedInPlace):
    """Changes its input without a word."""

    broken = "purity"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        y = x.clamp_(min=0).clone()
        ctx.save_for_backward(y)
        return y


class WritesToWhatItKeeps(Function):
    """Right once: a second backward finds something else."""

    broken = "call_order"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        ctx.y = x.exp()
        return ctx.y.clone()  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        return ctx.y.mul_(grad_outputs[0]).clone()


class WritesToWhatItSaved(Exp):
    """Right once: torch refuses the second."""

    broken = "call_order"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (y,) = ctx.saved_tensors
        return y.mul_(grad_outputs[0])


class KeepsOnTheClass(Square):
    """One place for all calls."""

    broken = "call_order"
    kept: Tensor

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Compute."""
        del ctx
        KeepsOnTheClass.kept = x
        return x * x

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx
        return 2 * KeepsOnTheClass.kept * grad_outputs[0]


class ReadsMemoryAsItLies(Square):
    """Right for contiguous cotangents only."""

    broken = "layout"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        (g,) = grad_outputs
        return 2 * x * torch.as_strided(g, (g.numel(),), (1,)).reshape(x.shape)


class FlattensByView(Square):
    """Fails for a cotangent that is not contiguous, as that of a sum is."""

    broken = "layout"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (x,) = ctx.saved_tensors
        return (2 * x.reshape(-1) * grad_outputs[0].view(-1)).reshape(x.shape)


class ForgetsTheSlope(Tilted):
    """Right where the slope is left at one."""

    broken = "gradient"

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        del ctx
        return grad_outputs[0], None
