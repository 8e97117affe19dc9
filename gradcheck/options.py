"""What a user may choose about a check, and what is refused."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from gradcheck.adapters.placing import refuse_unusable
from gradcheck.errors import CommandError
from gradcheck.records import CONTRACTS, PROMISES
from gradcheck.witnesses import autograd, precision, reference
from gradcheck.witnesses.numeric import witness as numeric
from gradcheck.witnesses.numeric.aim import Aim

WITNESSES = (numeric.NAME, autograd.NAME, reference.NAME)
DTYPES = ("float64", *precision.DTYPES)
ORDERS = (1, 2)
RAREST = 1e-12
LARGEST_SEED = 2**63


@dataclass(frozen=True)
class Options:
    """What a user may choose about a check.

    Attributes:
        witnesses: Which of numeric, autograd and reference are asked.
        reference: ``auto``, the name of a torch module, or ``none``.
        seed: From which every random draw follows.
        dtype: The dtype to judge rounding in: one of ``DTYPES``, float64 for none, None for that
            of the inputs.
        contracts: Which of ``PROMISES`` are examined.
        resolution: The relative error of a gradient that must show; None for the best that comes
            cheaply, and 1e-6 at least.
        miss_probability: The chance that a wrong gradient above its stated resolution is missed.
        exhibits: Whether what a report can draw is gathered as well.
        examples: How many cases are drawn beside the built-in ones.
        order: 2 to check the derivative of the backward as well.
        shrink: Whether the smallest example of what is refuted is looked for.
        device: The device to check on, such as ``cuda``; None for wherever the target and the
            inputs are.

    Raises:
        CommandError: If one of them is none of the choices.
    """

    witnesses: tuple[str, ...] = WITNESSES
    reference: str = "auto"
    seed: int = 0
    dtype: str | None = None
    contracts: tuple[str, ...] = CONTRACTS
    resolution: float | None = None
    miss_probability: float = Aim().miss_probability
    exhibits: bool = False
    examples: int = 0
    order: int = 1
    shrink: bool = False
    device: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no choice, or leaves nobody to ask."""
        if type(self.seed) is not int or not 0 <= self.seed < LARGEST_SEED:
            raise CommandError(f"seed={self.seed}: expected a whole number from 0 to 2⁶³ - 1")
        if self.dtype not in (None, *DTYPES):
            raise CommandError(f"dtype={self.dtype}: choose from {', '.join(DTYPES)}")
        unknown = [name for name in self.witnesses if name not in WITNESSES]
        if unknown or not self.witnesses:
            raise CommandError(f"witnesses={self.witnesses}: choose from {', '.join(WITNESSES)}")
        if self.witnesses == (reference.NAME,) and not self.asks_reference:
            raise CommandError("the reference is the only witness, and it is none: name one")
        for name in self.contracts:
            if name not in PROMISES:
                near = difflib.get_close_matches(name, PROMISES, n=1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise CommandError(f"contract {name}: {meant}All are: {', '.join(PROMISES)}")
        self._refuse_numbers()
        if self.device is not None:
            refuse_unusable(self.device)

    def _refuse_numbers(self) -> None:
        if self.resolution is not None and not 0 < self.resolution < 1:
            raise CommandError(
                f"resolution={self.resolution}: expected a relative error between 0 and 1, as 1e-9"
            )
        if self.order not in ORDERS:
            raise CommandError(f"order={self.order}: choose 1, or 2 for double backward too")
        if type(self.examples) is not int or self.examples < 0:
            raise CommandError(f"examples={self.examples}: expected a whole number, 0 for none")
        if not RAREST <= self.miss_probability < 1:
            raise CommandError(
                f"miss_probability={self.miss_probability}: expected a chance between {RAREST} "
                "and 1, as 1e-6"
            )

    def asks(self, promise: str) -> bool:
        """Whether it is examined: what is beyond the ``CONTRACTS``, unless some are left out.

        >>> Options().asks("symmetry"), Options(contracts=("purity",)).asks("symmetry")
        (True, False)
        """
        return promise in self.contracts or (
            promise not in CONTRACTS and self.contracts == CONTRACTS
        )

    @property
    def asks_reference(self) -> bool:
        """Whether torch's counterpart is wanted."""
        return reference.NAME in self.witnesses and self.reference != "none"

    @property
    def aim(self) -> Aim:
        """What finite differences should see."""
        return Aim(asked=self.resolution, miss_probability=self.miss_probability)
