"""conjugate: a conjugate too many, or one that is missing, in the gradient of complex numbers.

Torch's gradient of a real loss L by z = x + iy is  ∂L/∂x + i ∂L/∂y.  With it, a holomorphic
y = f(z) sends back  z̄ = ȳ · conj(f'(z));  one who multiplies by f'(z) has the calculus of the
real line in mind.

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#autograd-for-complex-numbers
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect

_PARTS = 2


def conjugated(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is right but for a conjugate: of itself, of grad_output, or of the derivative."""
    if not suspect.leaf.is_complex:
        return
    if any(_may_be_complex(output) for output in suspect.probe.outputs):
        yield from _on_the_way(suspect)
    if suspect.explains(lambda sample: conjugate(sample.truth)):
        told = "the claimed gradient is the conjugate of the true one"
        yield Explanation("conjugate", "the gradient", told)


def _on_the_way(suspect: Suspect) -> Iterator[Explanation]:
    """Where what flows in is complex as well."""
    for_conjugate = suspect.vjp_of(lambda u: conjugate(u) if _may_be_complex(u) else u)

    def of_both(sample: Sample) -> Tensor | None:
        found = for_conjugate(sample)
        return None if found is None else conjugate(found)

    if suspect.explains(of_both):
        told = (
            "the derivative is not conjugated: grad_output times f'(z) is claimed, where torch's "
            "gradient is grad_output times the conjugate of f'(z)"
        )
        yield Explanation("conjugate", "the derivative", told)
    if suspect.explains(for_conjugate):
        told = "the claimed gradient is the true one for the conjugate of grad_output"
        yield Explanation("conjugate", "grad_output", told)


def conjugate(parts: Tensor) -> Tensor:
    """The conjugate of complex numbers that are given as their two parts.

    Shapes   (..., 2)  ->  (..., 2)

    >>> import torch
    >>> conjugate(torch.tensor([[1.0, 2.0], [3.0, -4.0]]))
    tensor([[ 1., -2.],
            [ 3.,  4.]])
    """
    return parts * parts.new_tensor([1.0, -1.0])


def _may_be_complex(output: Tensor) -> bool:
    return output.dim() > 0 and output.shape[-1] == _PARTS
