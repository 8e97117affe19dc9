"""A gradient under suspicion: what is claimed and what is true, and whom to ask for more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.diagnosis.truth import TooExpensive, Truth
from gradcheck.errors import ExerciseError
from gradcheck.norms import largest
from gradcheck.subject import Leaf, Outputs, Role, Subject, Values, vjp

# A hypothesis must explain the error, not only come as near to the claim as the truth does.
EXPLAINED = 1e-2


@dataclass(frozen=True)
class Sample:
    """One cotangent, with the claimed and the true gradient for it.

    Shapes   claim, truth: that of the leaf
    """

    values: Values
    cotangents: Outputs
    claim: Tensor
    truth: Tensor

    @property
    def residual(self) -> Tensor:
        """What is claimed too much."""
        return self.claim - self.truth


Prediction = Callable[[Sample], Tensor | None]
"""What a hypothesis says that the claim is; None where it has nothing to say."""


@dataclass(frozen=True)
class Suspect:
    """One leaf in one case.

    Attributes:
        probe: The subject at its point, each claim in the shape of its leaf.
        position: Which leaf.
        truth: The true VJP.
        case: The case, for the reader.
        error: How far the witnesses find the claim from the truth.
        refuted: Whether the gradient is wrong here: what is right is asked what it would show.
    """

    probe: Probe
    position: int
    truth: Truth
    case: str = ""
    error: float = 0.0
    refuted: bool = True

    @property
    def subject(self) -> Subject:
        """Whose gradient it is."""
        return self.probe.subject

    @property
    def leaf(self) -> Leaf:
        """The leaf."""
        return self.subject.leaves[self.position]

    @property
    def value(self) -> Tensor:
        """The leaf's value at the point."""
        return self.probe.values[self.position]

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """One for each draw.

        Raises:
            TooExpensive: If the truth is.
        """
        found = []
        for draw in self.probe.draws:
            claim = draw.claims[self.position]
            if isinstance(claim, Tensor) and claim.shape == self.value.shape:
                truth = self.truth(self.probe.values, draw.cotangents, self.position)
                found.append(
                    Sample(self.probe.values, draw.cotangents, claim.double(), truth.double())
                )
        return tuple(found)

    @cached_property
    def wrong(self) -> tuple[Sample, ...]:
        """The samples whose claim is not the truth."""
        return tuple(s for s in self.samples if not self.same(s.claim, s.truth))

    def same(self, one: Tensor, other: Tensor) -> bool:
        """Whether two gradients are equal but for rounding, relative to their largest element."""
        if one.shape != other.shape:
            return False
        size = max(largest(one), largest(other))
        return largest(one - other) <= self.truth.close * size

    def explains(self, prediction: Prediction) -> bool:
        """Whether the claim of every sample is just what is predicted, and is not the truth too.

        Of a leaf that is right everywhere, whether it would be right as predicted.
        """
        looked_at = self.wrong or self.samples
        return bool(looked_at) and all(self._explains(prediction, s) for s in looked_at)

    def _explains(self, prediction: Prediction, sample: Sample) -> bool:
        try:
            predicted = prediction(sample)
        except (TooExpensive, ExerciseError):
            return False
        if predicted is None or predicted.shape != sample.claim.shape:
            return False
        if not self.same(sample.claim, predicted.double()):
            return False
        left, error = largest(sample.claim - predicted), largest(sample.residual)
        return not self.wrong or left <= EXPLAINED * error

    def vjp_of(self, change: Callable[[Tensor], Tensor | None]) -> Prediction:
        """The truth for cotangents that are changed as told."""

        def predict(sample: Sample) -> Tensor | None:
            changed = [change(u) for u in sample.cotangents]
            if any(u is None for u in changed):
                return None
            return self.truth(
                sample.values, tuple(u for u in changed if u is not None), self.position
            )

        return predict

    def vjp_at(self, change: Callable[[Values], Values | None]) -> Prediction:
        """The truth at another point."""

        def predict(sample: Sample) -> Tensor | None:
            values = change(sample.values)
            return None if values is None else self.truth(values, sample.cotangents, self.position)

        return predict

    def claim_at(self, values: Values, cotangents: Outputs) -> Tensor | None:
        """What the backward of a fresh object claims there."""
        with torch.no_grad():
            claim = vjp(self.subject, values, cotangents)[self.position]
        if not isinstance(claim, Tensor) or claim.numel() != self.value.numel():
            return None
        return claim.double().reshape(self.value.shape)

    def arguments(self, values: Values) -> tuple[object, ...]:
        """All arguments of the forward, constants too."""
        pairs = zip(self.subject.leaves, values, strict=True)
        return self.subject.arguments(tuple(v for leaf, v in pairs if leaf.role == Role.INPUT))

    @cached_property
    def is_elementwise_shape(self) -> bool:
        """Whether there is one output, in the shape of the leaf."""
        outputs = self.probe.outputs
        return len(outputs) == 1 and outputs[0].shape == self.value.shape
