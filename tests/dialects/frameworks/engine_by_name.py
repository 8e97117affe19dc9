"""Operations of an engine that ask what class they are given by its name, as torch's has it too."""

import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data = np.array(data)
        self.requires_grad = requires_grad
        self.grad = None

    @property
    def shape(self):
        return self.data.shape


class Mul:
    @staticmethod
    def forward(ctx, a, b):
        if not (type(a).__name__ == "Tensor" and type(b).__name__ == "Tensor"):
            raise Exception(f"both must be Tensors: {type(a).__name__}, {type(b).__name__}")
        ctx.save_for_backward(a, b)
        return Tensor(a.data * b.data, requires_grad=a.requires_grad or b.requires_grad)

    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        grad = np.ones(a.shape) * grad_output.data
        return Tensor(grad * b.data), Tensor(grad * a.data)


class WrongMul(Mul):
    @staticmethod
    def backward(ctx, grad_output):
        a, b = ctx.saved_tensors
        grad = np.ones(a.shape) * grad_output.data
        return Tensor(grad * a.data), Tensor(grad * b.data)


class Sub:
    @staticmethod
    def forward(ctx, a, b):
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
            raise ValueError("both must be Tensors")
        return Tensor(a.data - b.data)

    @staticmethod
    def backward(ctx, grad_output):
        return Tensor(grad_output.data), Tensor(-1 * grad_output.data.copy())
