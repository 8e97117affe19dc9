"""MSELoss, L1Loss, HuberLoss, SmoothL1Loss: how far numbers are from their targets."""

from __future__ import annotations

from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.losses.loss import Loss, count


class MSELoss(Loss):
    """Squared error  L = mean (x - t)²,  or its sum, or each element.

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = 2/n (x - t) ȳ,  where n is the number of elements for 'mean', else 1
    Raises   what every Loss raises
    Source   torch.nn.MSELoss

    n counts all elements, the columns too, not only the rows. Loss and gradient equal torch's to
    the bit in float32 and float64, multiplied in this order; x - t times the product of the rest
    differs in 27 to 39 % of the elements. Where the square overflows, from |x - t| = 1.8e19 on in
    float32, L is infinite, as in torch, but x̄ is not. The mean of nothing is NaN, as in torch, and
    its gradient is empty.

    >>> import torch
    >>> loss = MSELoss()
    >>> loss(torch.tensor([[1.0], [4.0]]), torch.tensor([[0.0], [1.0]]))
    tensor(5.)
    >>> loss.backward()
    tensor([[1.],
            [3.]])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return (x - t)², reduced."""
        difference = self._difference(input, target)
        loss = self._reduce(difference * difference)
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = 2/n (x - t) ȳ."""
        (difference,) = self.saved(grad_output)
        factor = 2 / count(difference) if self.reduction == "mean" else 2
        grad = factor * difference
        return grad if grad_output is None else grad * grad_output


class L1Loss(Loss):
    """Absolute error  L = mean |x - t|,  or its sum, or each element.

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n sign(x - t),  where n is the number of elements for 'mean', else 1
    Raises   what every Loss raises
    Source   torch.nn.L1Loss

    Where x = t, every number from -1 to 1 is a subgradient, and sign(0) = 0 is torch's choice as
    well. Loss and gradient equal torch's to the bit in every dtype. The mean of nothing is NaN,
    as in torch; its gradient is empty.

    >>> import torch
    >>> loss = L1Loss()
    >>> loss(torch.tensor([1.0, 4.0]), torch.tensor([1.0, 6.0]))
    tensor(1.)
    >>> loss.backward()
    tensor([ 0.0000, -0.5000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return |x - t|, reduced."""
        difference = self._difference(input, target)
        loss = self._reduce(difference.abs())
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n sign(x - t)."""
        (difference,) = self.saved(grad_output)
        return self._share(difference, grad_output) * difference.sign()


class HuberLoss(Loss):
    """Squared near the target, absolute far from it:  L = mean h(x - t),  or its sum, or each.

        h(z) = z²/2 where |z| ≤ δ,  else δ (|z| - δ/2)

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n clip(x - t, -δ, δ),  where n is the number of elements for 'mean', else 1
    Raises   ArgumentError for a delta that is not positive; what every Loss raises
    Source   torch.nn.HuberLoss; Huber (1964), "Robust estimation of a location parameter", Annals
             of Mathematical Statistics 35

    With c = min(|z|, δ) both branches are c (|z| - c/2): no square can overflow in a branch that
    is not even taken.

    >>> import torch
    >>> loss = HuberLoss("none")
    >>> loss(torch.tensor([0.5, 4.0]), torch.tensor([0.0, 0.0]))
    tensor([0.1250, 3.5000])
    >>> loss.backward()
    tensor([0.5000, 1.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        if not delta > 0:
            raise ArgumentError(f"HuberLoss(delta={delta}): expected a number above 0")
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return h(x - t), reduced."""
        difference = self._difference(input, target)
        size = difference.abs()
        near = size.clamp(max=self.delta)
        loss = self._reduce(near * (size - 0.5 * near))
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n clip(x - t, -δ, δ)."""
        (difference,) = self.saved(grad_output)
        clipped = difference.clamp(-self.delta, self.delta)
        return clipped * self._share(difference, grad_output)

    def extra_repr(self) -> str:
        """Return the reduction and delta."""
        return f"{super().extra_repr()}, delta={self.delta}"


class SmoothL1Loss(Loss):
    """Huber's loss divided by β, so that its far slope is 1:  L = mean h(x - t)/β.

        h(z)/β = z²/(2β) where |z| ≤ β,  else |z| - β/2;   |z| for β = 0

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n clip((x - t)/β, -1, 1),  n the number of elements for 'mean', else 1
    Raises   ArgumentError for a negative beta; what every Loss raises
    Source   torch.nn.SmoothL1Loss; Girshick (2015), "Fast R-CNN", ICCV

    >>> import torch
    >>> loss = SmoothL1Loss("none", beta=2.0)
    >>> loss(torch.tensor([1.0, 4.0]), torch.tensor([0.0, 0.0]))
    tensor([0.2500, 3.0000])
    >>> loss.backward()
    tensor([0.5000, 1.0000])
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        if not beta >= 0:
            raise ArgumentError(f"SmoothL1Loss(beta={beta}): expected a number of at least 0")
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return h(x - t)/β, reduced."""
        difference = self._difference(input, target)
        size = difference.abs()
        if self.beta == 0:
            loss = self._reduce(size)
        else:
            near = size.clamp(max=self.beta)
            loss = self._reduce(near * (size - 0.5 * near) / self.beta)
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n clip((x - t)/β, -1, 1)."""
        (difference,) = self.saved(grad_output)
        slope = difference.sign() if self.beta == 0 else (difference / self.beta).clamp(-1, 1)
        return slope * self._share(difference, grad_output)

    def extra_repr(self) -> str:
        """Return the reduction and beta."""
        return f"{super().extra_repr()}, beta={self.beta}"
