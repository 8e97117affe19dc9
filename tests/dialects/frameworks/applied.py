"""Functions whose arguments no name tells: said by who calls them, or found by trying."""

import torch
from torch import nn
from torch.autograd import Function


class _Sharpened(Function):
    """Private, with a word that only its caller knows."""

    @staticmethod
    def forward(ctx, scores, how, blend):
        if how != "tempered" or not isinstance(blend, tuple):
            raise ValueError("who else calls it?")
        soft = torch.softmax(scores / blend[0], dim=-1)
        ctx.save_for_backward(soft)
        ctx.blend = blend
        return soft * blend[1]

    @staticmethod
    def backward(ctx, grad):
        (soft,) = ctx.saved_tensors
        inner = (grad * soft).sum(dim=-1, keepdim=True)
        return ctx.blend[1] / ctx.blend[0] * soft * (grad - inner), None, None


class Wrong_Sharpened(_Sharpened):
    @staticmethod
    def backward(ctx, grad):
        right, *others = _Sharpened.backward(ctx, grad)
        return right * ctx.blend[0], *others


def sharpened(scores, heat=0.75, top=1.5):
    return _Sharpened.apply(scores, "tempered", (heat, top))


def wrong_sharpened(scores, heat=0.75, top=1.5):
    return Wrong_Sharpened.apply(scores, "tempered", (heat, top))


class _Filtered(Function):
    """Without a gradient for its filter, which its Module holds as a buffer."""

    @staticmethod
    def forward(ctx, signal, taps, stride):
        if taps.shape != (signal.shape[1], 1, 3) or stride != 2:
            raise ValueError("not the filter that it is made for")
        ctx.save_for_backward(taps)
        ctx.length = signal.shape[2]
        return nn.functional.conv1d(signal, taps, stride=2, groups=len(taps))

    @staticmethod
    def backward(ctx, grad):
        (taps,) = ctx.saved_tensors
        rest = ctx.length - 3 - 2 * (grad.shape[2] - 1)
        full = nn.functional.conv_transpose1d(
            grad, taps, stride=2, groups=len(taps), output_padding=rest
        )
        return full, None, None


class Wrong_Filtered(_Filtered):
    @staticmethod
    def backward(ctx, grad):
        full, *others = _Filtered.backward(ctx, grad)
        return full.flip(2), *others


class Smoother(nn.Module):
    """Holds the filter."""

    function = _Filtered

    def __init__(self, channels=3):
        super().__init__()
        taps = torch.tensor([0.25, 0.5, 0.125])
        self.register_buffer("taps", taps.expand(channels, 1, 3).clone())

    def forward(self, signal):
        return _Filtered.apply(signal, self.taps, 2)


class WrongSmoother(Smoother):
    def forward(self, signal):
        return Wrong_Filtered.apply(signal, self.taps, 2)


class Between(Function):
    """A function of somebody's, a switch, and what is nothing but ``None``."""

    @staticmethod
    def forward(ctx, x, shape_with, sizes, upside_down):
        if sizes is not None:
            raise TypeError("sizes are not known yet")
        ctx.save_for_backward(x)
        ctx.shape_with, ctx.sign = shape_with, -1.0 if upside_down else 1.0
        with torch.no_grad():
            return ctx.sign * shape_with(x) + x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        with torch.enable_grad():
            again = x.detach().requires_grad_()
            y = ctx.shape_with(again)
        (inner,) = torch.autograd.grad(y, again, grad)
        return ctx.sign * inner + grad, None, None, None


class Turned(Function):
    """Two that must be told: a switch, and nothing at all."""

    @staticmethod
    def forward(ctx, x, sizes, upside_down):
        if sizes is not None:
            raise TypeError("sizes are not known yet")
        ctx.save_for_backward(x)
        ctx.sign = -1.0 if upside_down else 1.0
        return ctx.sign * x.exp()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return ctx.sign * grad * x.exp(), None, None


class WrongTurned(Turned):
    @staticmethod
    def backward(ctx, grad):
        right, *others = Turned.backward(ctx, grad)
        return right * ctx.sign, *others


class Joined(Function):
    """Any number of tensors."""

    @staticmethod
    def forward(ctx, weight: float, *parts):
        ctx.save_for_backward(*parts)
        ctx.weight = weight
        return ctx.weight * torch.stack(parts).prod(dim=0)

    @staticmethod
    def backward(ctx, grad):
        parts = ctx.saved_tensors
        whole = torch.stack(parts).prod(dim=0)
        return None, *(ctx.weight * grad * whole / part for part in parts)


class WrongJoined(Joined):
    @staticmethod
    def backward(ctx, grad):
        return None, *(2 * one for one in Joined.backward(ctx, grad)[1:])


class Bell(Function):
    """Keeps a number as a tensor, in torch's default dtype."""

    @staticmethod
    def forward(ctx, x, width=0.1):
        ctx.save_for_backward(x, torch.tensor(width))
        return torch.exp(-((x * width) ** 2))

    @staticmethod
    def backward(ctx, grad):
        x, width = ctx.saved_tensors
        return -2 * width**2 * x * torch.exp(-((x * width) ** 2)) * grad, None


class WrongBell(Bell):
    @staticmethod
    def backward(ctx, grad):
        right, _ = Bell.backward(ctx, grad)
        return (1 + 1e-6) * right, None
