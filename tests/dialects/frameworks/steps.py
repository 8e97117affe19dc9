"""An engine whose steps are made for each call: what they keep, are told, and hand their gradients."""

import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=False, step=None):
        self._data, self.step, self.requires_grad = (
            np.asarray(data, dtype=float),
            step,
            requires_grad,
        )
        self.used = []
        self.grad = np.zeros_like(self._data)

    def data(self):
        return self._data

    @property
    def shape(self):
        return self._data.shape

    def take(self, grad, out):
        self.used.remove(out)
        self.grad = self.grad + grad

    def __mul__(self, other):
        return Tensor(self._data * getattr(other, "_data", other))

    __rmul__ = __mul__
    __array_ufunc__ = None


class Product:
    """Hands its gradients on by itself, and wants to know of which output."""

    def forward(self, a, b):
        out = Tensor(a._data * b._data, a.requires_grad or b.requires_grad, self)
        for one in (a, b):
            one.used.append(out)
        self.kept = a, b
        return out

    def backward(self, dz, z):
        a, b = self.kept
        a.take(dz * b._data, z)
        b.take(dz * a._data, z)


class WrongProduct(Product):
    def backward(self, dz, z):
        a, b = self.kept
        a.take(dz * b._data, z)
        b.take(dz * b._data, z)


class Step:
    """Keeps its tensors when it is called, and computes its gradient with them."""

    def __init__(self):
        self.tensors = None

    def __call__(self, *tensors):
        self.tensors = tensors
        return self.forward(*tensors)

    def forward(self, *tensors):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Square(Step):
    def forward(self, tensor):
        return Tensor(tensor._data**2)

    def backward(self, grad):
        (tensor,) = self.tensors
        return 2 * grad * tensor


class WrongSquare(Square):
    def backward(self, grad):
        (tensor,) = self.tensors
        return grad * tensor


class Power(Step):
    def __init__(self, power):
        super(Power, self).__init__()
        self.power = power

    def forward(self, tensor):
        return Tensor(np.abs(tensor._data) ** self.power)

    def backward(self, grad):
        (tensor,) = self.tensors
        x = tensor._data
        return grad * (self.power * np.abs(x) ** (self.power - 1) * np.sign(x))


class WrongPower(Power):
    def backward(self, grad):
        (tensor,) = self.tensors
        x = tensor._data
        return grad * (np.abs(x) ** (self.power - 1) * np.sign(x))


class Total(Step):
    def __init__(self, axis=None, keepdims=False):
        super().__init__()
        self.axis = axis
        self.keepdims = keepdims

    def forward(self, tensor):
        return Tensor(np.sum(tensor._data, axis=self.axis, keepdims=self.keepdims))

    def backward(self, grad):
        (tensor,) = self.tensors
        if self.axis is not None and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return grad * np.ones(tensor.shape)


class WrongTotal(Total):
    def backward(self, grad):
        return super().backward(grad) / self.tensors[0]._data.size
