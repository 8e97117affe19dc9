"""A second device where there is none: numbers that refuse to meet those of the CPU, as a GPU's do.

It goes by torch's name ``meta``, for which torch has all that a device needs but the numbers.
Those lie in a tensor of the CPU behind each tensor of the device.  What a GPU refuses is refused
here: two devices in one operation, a generator of the CPU, a look at its memory from NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map

NAME = "meta"
# As in torch: these take the device of their first argument, whatever indices they are given.
INDEXING = ("aten::index", "aten::index_put", "aten::index_put_", "aten::_unsafe_index")
COPYING = ("aten::_to_copy", "aten::copy_", "aten::copy")


class There(Tensor):
    """A tensor on the device."""

    numbers: Tensor

    @staticmethod
    def __new__(cls: type[There], numbers: Tensor) -> There:  # noqa: PYI034 torch's own way
        """Put it before the tensor that holds its numbers."""
        made: There = Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=torch.device(NAME),
        )
        made.numbers = numbers
        return made

    @classmethod
    def __torch_dispatch__(  # type: ignore[override] # torch's own signature is that of an instance
        cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Compute on the numbers."""
        return computed(operation, args, kwargs or {})

    def data_ptr(self) -> int:
        """Return where its numbers lie."""
        return self.numbers.data_ptr()

    def tolist(self) -> Any:
        """Return its numbers."""
        return self.numbers.tolist()

    def numpy(self, **_: Any) -> Any:
        """Refuse, as a GPU's does."""
        raise TypeError(f"can't convert {NAME} device type tensor to numpy. Use Tensor.cpu()")

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        """Copy the numbers."""
        copied = self.detach().clone().requires_grad_(self.requires_grad)
        memo[id(self)] = copied
        return copied

    def __repr__(self) -> str:  # type: ignore[override] # nobody asks it for more
        """Show the numbers."""
        return f"There({self.numbers!r})"


class Device(TorchDispatchMode):
    """Makes the device: what is asked for on it is made there."""

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Compute on the numbers."""
        return computed(operation, args, kwargs or {})


class Literals(TorchFunctionMode):
    """Numbers written in Python are put into memory by torch itself, out of a dispatch's sight."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Make them on the CPU, and move them."""
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and not isinstance(args[0], Tensor):
            asked = kwargs.pop("device", None) or "cpu"
            return function(*args, **kwargs, device="cpu").to(asked)
        if function is Tensor.new_tensor:
            kwargs.setdefault("dtype", args[0].dtype)
            return torch.tensor(args[1], **{**kwargs, "device": "cpu"}).to(args[0].device)
        return function(*args, **kwargs)


def computed(operation: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run an operation where its arguments are.

    Raises:
        RuntimeError: If they are in two places.
    """
    asked = kwargs.get("device")
    given = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, Tensor)]
    here = any(isinstance(x, There) for x in given)
    name = operation._schema.name
    if name not in COPYING:
        _refuse_two_places(operation, name, given)
    target = torch.device(asked).type if asked is not None else (NAME if here else "cpu")
    if target == NAME and kwargs.get("generator") is not None:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
    inner = {k: _numbers(v) for k, v in kwargs.items()}
    if asked is not None:
        inner["device"] = "cpu"
    if any(x.device.type == NAME and not isinstance(x, There) for x in given):
        raise RuntimeError(f"{name}: torch has made a tensor without numbers")
    result = operation(*_numbers(args), **inner)
    if name == "aten::copy_":
        return args[0]
    if target != NAME:
        return result
    wrapped = tree_map(lambda x: There(x) if isinstance(x, Tensor) else x, result)
    return return_and_correct_aliasing(operation, args, kwargs, wrapped) if here else wrapped


def _refuse_two_places(operation: Any, name: str, given: list[Tensor]) -> None:
    met = given[:1] if name in INDEXING else given
    # A number of the CPU may meet what lies elsewhere, element by element.
    is_easy = torch.Tag.pointwise in operation.tags
    places = {x.device.type for x in met if not (is_easy and x.dim() == 0)}
    if len(places) > 1:
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, "
            f"{' and '.join(sorted(places))}, in {name}"
        )


def _numbers(values: Any) -> Any:
    return tree_map(lambda x: x.numbers if isinstance(x, There) else x, values)


@contextmanager
def device() -> Iterator[str]:
    """Have the device in here; its name."""
    with Device(), Literals():  # type: ignore[no-untyped-call] # torch's own
        yield NAME
