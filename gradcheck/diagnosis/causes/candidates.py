"""The terms that a backward may lack, or have too many of, each by its name."""

from __future__ import annotations

import itertools

from torch import Tensor

from gradcheck.diagnosis.suspect import Sample, Suspect


def candidates(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """Candidate terms in the shape of the leaf, the commonest first."""
    value = sample.values[suspect.position].double()
    found: dict[str, Tensor] = {"the leaf itself": value}
    if len(sample.cotangents) == 1:
        u, y = sample.cotangents[0].double(), suspect.probe.outputs[0].double()
        if suspect.is_elementwise_shape:
            found |= {
                "grad_output": u,
                "grad_output × output": u * y,
                "grad_output × output²": u * y**2,
                "grad_output × input": u * value,
                "grad_output × input²": u * value**2,
                "grad_output × input × output": u * value * y,
                "grad_output × output⁴": u * y**4,
            }
            found |= _shared_out(u, y)
        found |= _summed(u, y, value)
    found["the sign of the leaf"] = value.sign()
    found |= _other_leaves(suspect, sample)
    found |= _means_of_truth(sample.truth)
    return found


def _summed(u: Tensor, y: Tensor, value: Tensor) -> dict[str, Tensor]:
    """Sums of the cotangent, and of its product with the output, that fit the leaf."""
    found = {}
    sources = {"grad_output": u, "grad_output × output": u * y if u.shape == y.shape else u}
    for words, source in sources.items():
        for count in range(1, source.dim() + 1):
            for axes in itertools.combinations(range(source.dim()), count):
                for kept in (True, False):
                    total = source.sum(axes, keepdim=kept)
                    if kept and source.shape == value.shape:
                        name = f"the sum of {words} over {axes}"
                        found[name] = total.expand_as(value)
                    elif not kept and total.shape == value.shape:
                        found[f"the sum of {words} over {axes}"] = total
    return found


def _shared_out(u: Tensor, y: Tensor) -> dict[str, Tensor]:
    """A sum along some axes, shared out by the output or its exponential: softmax and its log."""
    found = {}
    for count in range(1, u.dim() + 1):
        for axes in itertools.combinations(range(u.dim()), count):
            weighted, plain = ((t.sum(axes, keepdim=True)) for t in (u * y, u))
            found[f"output × the sum of grad_output × output over {axes}"] = y * weighted
            if bool((y <= 0).all()):
                found[f"e^output × the sum of grad_output over {axes}"] = y.exp() * plain
    return found


def _other_leaves(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """The other leaves where they fit, with the cotangent where that fits too."""
    found = {}
    for position, leaf in enumerate(suspect.subject.leaves):
        other = sample.values[position].double()
        if position != suspect.position and other.shape == suspect.value.shape:
            found[leaf.name] = other
            u = sample.cotangents[0].double()
            if suspect.is_elementwise_shape or u.numel() == 1:  # a loss has one grad_output
                found[f"grad_output × {leaf.name}"] = (
                    u.reshape(() if u.numel() == 1 else u.shape) * other
                )
    return found


def _means_of_truth(truth: Tensor) -> dict[str, Tensor]:
    return {
        f"the mean of the true gradient over axis {axis}": truth.mean(axis, keepdim=True).expand_as(
            truth
        )
        for axis in range(truth.dim())
        if truth.shape[axis] > 1
    }
