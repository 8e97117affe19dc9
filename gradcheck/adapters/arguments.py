"""The arguments of a forward: which are leaves, which are constants, and what comes back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.nested import cast, real, refuse_sparse
from gradcheck.adapters.nesting import given_like, parts_of
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.signatures import positional, stood_for
from gradcheck.records import Source
from gradcheck.subject import Leaf, Outputs, Values


@dataclass(frozen=True)
class Arguments:
    """The arguments that a forward is called with, in order.

    Floating-point tensors and arrays are leaves, all in one dtype; all else is constant.  What lies
    in tuples is named by its place there, and lies there again when the forward is called.  Where
    ``parts`` are told, complex ones are leaves as well, as their real and imaginary parts.  Where
    they are ``fixed``, only those that ask for a gradient are leaves.
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]
    numpy: bool = False
    required: frozenset[int] = frozenset()  # the positions of tensors that require grad
    pattern: tuple[Any, ...] | None = None
    parts: bool = False
    fixed: bool = False

    @classmethod
    def of(
        cls,
        forward: Callable[..., Any],
        inputs: Sequence[Any],
        dtype: torch.dtype = torch.float64,
        *,
        parts: bool = False,
    ) -> Arguments:
        """Name the inputs as the forward's signature does; a single one is called ``input``."""
        names = ["input"] if len(inputs) == 1 else _positional_names(forward, len(inputs))
        pairs = [one for pair in zip(names, inputs, strict=True) for one in parts_of(*pair)]
        for pair in pairs:
            refuse_sparse(*pair)
        flat = [value for _, value in pairs]
        numpy = any(isinstance(value, np.ndarray) for value in flat)
        required = (p for p, x in enumerate(flat) if isinstance(x, Tensor) and x.requires_grad)
        return cls(
            tuple(name for name, _ in pairs),
            tuple(_converted(value, dtype) for value in flat),
            numpy,
            frozenset(required),
            tuple(inputs) if any(isinstance(value, tuple | list) for value in inputs) else None,
            parts,
        )

    @cached_property
    def leaf_positions(self) -> tuple[int, ...]:
        """Where the differentiable arguments stand."""
        return tuple(
            position
            for position, value in enumerate(self.values)
            if isinstance(value, Tensor)
            and (value.is_floating_point() or (self.parts and value.is_complex()))
            and (position in self.required or not self.fixed)
        )

    def leaves(self, unclaimed: Callable[[str], str] = lambda name: "") -> tuple[Leaf, ...]:  # noqa: ARG005
        """One leaf for each differentiable argument; ``unclaimed`` may excuse one by name."""
        return tuple(
            Leaf(
                self.names[position],
                real(self.values[position]),
                unclaimed=unclaimed(self.names[position]),
                required=position in self.required if self.required else None,
                is_complex=self.values[position].is_complex(),
            )
            for position in self.leaf_positions
        )

    def filled(self, values: Values) -> tuple[Any, ...]:
        """All arguments, with these values at the leaves."""
        filled = list(self.values)
        for position, value in zip(self.leaf_positions, values, strict=True):
            filled[position] = like(self.values[position], value)
        given = tuple(self.given(value) for value in filled)
        return given if self.pattern is None else given_like(self.pattern, given)

    def given(self, value: Any) -> Any:
        """A tensor in the kind that the author's code was given: an array, where it was one."""
        return value.detach().numpy() if self.numpy and isinstance(value, Tensor) else value


def outputs_of(result: Any, name: str, *, parts: bool = False) -> Outputs:
    """The differentiable outputs of a forward, as a tuple of tensors.

    Where ``parts`` are told, complex ones too, as their real and imaginary parts.

    Raises:
        ExerciseError: If there is none, or one is no number, tensor or array.
    """
    returned = result if isinstance(result, tuple | list) else (result,)
    tensors = tuple(_as_tensor(part, name) for part in returned)
    tensors = tuple(real(tensor) for tensor in tensors) if parts else tensors
    outputs = tuple(tensor for tensor in tensors if tensor.is_floating_point())
    if not outputs:
        raise ExerciseError(f"{name} returned no floating-point output, so it has no gradient")
    return outputs


def is_differentiable(part: Any) -> bool:
    """Whether a part of what a forward returned is an output with a gradient."""
    tensor = _as_tensor(part, "forward")
    return tensor.is_floating_point() or tensor.is_complex()


def like(part: Any, value: Tensor) -> Tensor:
    """A value, complex where the part that it stands for is.

    >>> like(torch.zeros(1, dtype=torch.complex64), torch.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    is_complex = isinstance(part, Tensor | np.ndarray | np.generic) and (
        part.is_complex() if isinstance(part, Tensor) else np.iscomplexobj(part)
    )
    return torch.view_as_complex(value.contiguous()) if is_complex else value


def claim_of(gradient: Any) -> Any:
    """A gradient as a tensor, where it is an array; what it is where it is neither.

    A mask is zeros and ones.
    """
    claim = tensor_of(gradient) if isinstance(gradient, np.ndarray | np.generic) else gradient
    is_mask = isinstance(claim, Tensor) and claim.dtype == torch.bool
    return claim.double() if is_mask else claim


def part_of(gradient: Any, leaf: Tensor) -> Any:
    """A gradient as its real and imaginary parts, where the leaf is complex; torch's convention.

    Of a real leaf, the real part: there the imaginary one is no change that could be made.
    """
    claim = claim_of(gradient)
    if not isinstance(claim, Tensor) or not (claim.is_complex() or leaf.is_complex()):
        return claim
    if not leaf.is_complex():
        return real(claim)[..., 0]
    return real(claim if claim.is_complex() else torch.complex(claim, torch.zeros_like(claim)))


def tensor_of(array: Any) -> Tensor:
    """On the memory of the array; a copy of one that runs backwards, which torch cannot hold.

    >>> tensor_of(np.arange(3)[::-1])
    tensor([2, 1, 0])
    """
    backwards = isinstance(array, np.ndarray) and min(array.strides, default=0) < 0
    return torch.as_tensor(array.copy() if backwards else array)


def call(
    function: Callable[..., Any],
    name: str,
    *arguments: Any,
    error: type[ExerciseError] = ExerciseError,
) -> Any:
    """Call somebody's function; what it raises becomes one line that names the function."""
    try:
        return function(*arguments)
    except (Exception, SystemExit) as raised:
        raise error(f"{name} raised {one_line(raised)}") from raised


def source_of(function: Callable[..., Any] | None) -> Source | None:
    """Where a function is written; None for what Python cannot show."""
    if function is None:
        return None
    function = inspect.unwrap(stood_for(function))
    try:
        return _place_of(function, Path.cwd())
    except (OSError, TypeError):
        return None


@lru_cache(maxsize=64)
def _place_of(function: Callable[..., Any], here: Path) -> Source:
    """Seen from here; remembered, for to find the end of a function Python reads all of it."""
    path, line = Path(inspect.getsourcefile(function) or ""), inspect.getsourcelines(function)[1]
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return Source(str(shown), line, function.__qualname__)


def _positional_names(forward: Callable[..., Any], count: int) -> list[str]:
    names = [parameter.name for parameter in positional(forward)][:count]
    return names + [f"input{position}" for position in range(len(names), count)]


def _converted(value: Any, dtype: torch.dtype) -> Any:
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value.copy())
    if isinstance(value, Tensor):
        copy = value.detach().clone()
        return cast(copy, dtype)
    return value


def _as_tensor(part: Any, name: str) -> Tensor:
    if isinstance(part, Tensor):
        return part
    if isinstance(part, float):
        return torch.tensor(part, dtype=torch.float64, device="cpu")
    if isinstance(part, np.ndarray | np.generic):
        return tensor_of(part)
    raise ExerciseError(f"{name} returned {type(part).__name__}, not a tensor, array or number")
