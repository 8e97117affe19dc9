"""Faults in the numbers: the gradients that a backward claims, changed on their way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradcheck.subject import Claims, Outputs, Session, Subject, Unlisted, Values

Change = Callable[[Tensor], Tensor]
_MATRIX = 2


@dataclass
class Perturbed:
    """Somebody's session, one of whose claims is changed."""

    session: Session
    position: int
    change: Change

    def place(self, values: Values) -> None:
        """As it is."""
        self.session.place(values)

    def forward(self, values: Values) -> Outputs:
        """As it is."""
        return self.session.forward(values)

    def backward(self, cotangents: Outputs) -> Claims:
        """With the one claim changed."""
        claims = list(self.session.backward(cotangents))
        claim = claims[self.position]
        if isinstance(claim, Tensor):
            claims[self.position] = self.change(claim.clone())
        return tuple(claims)

    def zero_grad(self) -> bool:
        """As it is."""
        return self.session.zero_grad()

    def unlisted(self) -> Mapping[str, Unlisted]:
        """As it is."""
        return self.session.unlisted()


def perturbed(subject: Subject, leaf: str, change: Change) -> Subject:
    """The subject, the claims of the leaf of that name changed; as it is if it has none."""
    names = [one.name for one in subject.leaves]
    if leaf not in names:
        return subject
    position = names.index(leaf)
    return replace(subject, open=lambda: Perturbed(subject.open(), position, change))


def scaled(by: float) -> Change:
    """The whole gradient times a number."""
    return lambda claim: claim * by


def one_element(by: float) -> Change:
    """The largest element times a number."""

    def change(claim: Tensor) -> Tensor:
        flat = claim.reshape(-1).clone()
        if flat.numel():
            flat[flat.abs().argmax()] *= by
        return flat.reshape(claim.shape)

    return change


def _without(index: int) -> Change:
    """One index along the first axis set to zero."""

    def change(claim: Tensor) -> Tensor:
        changed = claim.clone()
        if changed.dim() and len(changed):
            changed[index] = 0
        return changed

    return change


def _transposed(claim: Tensor) -> Tensor:
    square = claim.dim() >= _MATRIX and claim.shape[-1] == claim.shape[-2]
    return claim.transpose(-1, -2) if square else claim


CHANGES: dict[str, Change] = {
    "the opposite sign": torch.neg,
    "zero": torch.zeros_like,
    "twice the gradient": scaled(2.0),
    "0.1 % too large": scaled(1.001),
    "one part in a million too large": scaled(1 + 1e-6),
    "the largest element 0.1 % too large": one_element(1.001),
    "the largest element zero": one_element(0.0),
    "the first row or element zero": _without(0),
    "the last row or element zero": _without(-1),
    "transposed, where it is square": _transposed,
    "shifted by one along the last axis": lambda c: c.roll(1, -1) if c.dim() else c,
    "clipped at half of its largest element": lambda c: c.clamp(
        *(sign * 0.5 * float(c.abs().max()) if c.numel() else 0.0 for sign in (-1, 1))
    ),
    "the absolute value": torch.abs,
    "a constant of 0.1 % of its size added": lambda c: c + 1e-3 * c.abs().mean(),
    "rounded to float32": lambda c: c.float().to(c.dtype),
}
