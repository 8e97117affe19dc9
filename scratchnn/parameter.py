"""Parameter: a tensor that training changes, and the gradient that it waits for."""

from __future__ import annotations

from torch import Tensor

from scratchnn.errors import check_dtype, check_shape


class Parameter:
    """A tensor W that training changes, and its gradient W̄.

    Shapes   data (...),  grad (...) or None
    Raises   ShapeError or DtypeError if a gradient is unlike the data; TypeError if data is no
             tensor
    Source   torch.nn.Parameter, whose `grad` is None until the first backward as well

    >>> import torch
    >>> weight = Parameter(torch.zeros(2))
    >>> weight.accumulate(torch.tensor([1.0, 2.0]))
    >>> weight.accumulate(torch.tensor([1.0, 2.0]))
    >>> weight.grad
    tensor([2., 4.])
    """

    def __init__(self, data: Tensor) -> None:
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter({data!r}): expected a torch.Tensor; torch.tensor makes one")
        self.data = data
        self.grad: Tensor | None = None

    def accumulate(self, grad: Tensor, *, fresh: bool = False) -> None:
        """Add `grad` to W̄: several backwards before one step add up, as in torch.

        `fresh` says that it was computed for this call and nobody else holds its memory.
        """
        check_shape("the gradient of a parameter", grad.shape, self.data.shape, "sum over the rest")
        check_dtype("the gradient of a parameter", grad, self.data.dtype)
        if self.grad is None:
            # A copy: `grad` may be a view of the cotangent, or one number expanded to a matrix.
            self.grad = grad if fresh else grad.clone()
        else:
            self.grad += grad

    def zero_grad(self) -> None:
        """Forget the gradient: it is None again, as before the first backward."""
        self.grad = None

    def __repr__(self) -> str:
        return f"Parameter(shape={tuple(self.data.shape)}, dtype={self.data.dtype})"
