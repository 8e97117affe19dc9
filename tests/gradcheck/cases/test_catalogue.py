"""The catalogue: cases that hide nothing, and that torch itself accepts."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gradcheck.adapters.nesting import flat_of
from gradcheck.cases.catalogue import CATALOGUE, torch_name
from gradcheck.cases.feeds import drawn_for
from gradcheck.cases.spec import Spec
from gradcheck.witnesses.composites import COMPOSITES

CASES = [
    pytest.param(name, spec, id=f"{name}: {spec.label}")
    for name, s in CATALOGUE.items()
    for spec in s
]
LOSSES = [name for name in CATALOGUE if name.endswith("Loss")]


def torchs(name: str) -> type[nn.Module]:
    """Return the module that bears the name."""
    found: type[nn.Module] = COMPOSITES.get(name) or getattr(nn, name)
    return found


def sizes_of(spec: Spec) -> list[int]:
    """Return all sizes that a case's constructor arguments name."""
    return [value for value in spec.options.values() if type(value) is int]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_catalogued_name_is_torchs(name: str) -> None:
    """Whoever bears the name means that module, or a container made of torch's."""
    assert issubclass(torchs(name), nn.Module)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_first_case_hides_nothing(name: str) -> None:
    """A batch of three or more, and no two sizes alike: a transposed weight does not fit."""
    spec = CATALOGUE[name][0]
    for shape in spec.shapes:
        assert shape[0] >= 3
        assert len(set(shape)) == len(shape) >= 2
    sizes = sizes_of(spec)
    assert spec.shapes[0][0] not in sizes
    assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_batch_of_one_is_tried(name: str) -> None:
    """There the mean over the batch and the sum are the same, and squeezing goes wrong."""
    assert any(1 in spec.shapes[0][:2] for spec in CATALOGUE[name])


@pytest.mark.parametrize("name", ["Linear", "ReLU", "Tanh", "Sigmoid"])
def test_layers_are_tried_without_a_batch_and_with_more_axes(name: str) -> None:
    """Torch allows any number of leading axes."""
    assert {1, 2, 3} <= {len(spec.shapes[0]) for spec in CATALOGUE[name]}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_tried_with_each_reduction(name: str) -> None:
    """The prediction and the target have one shape."""
    assert {spec.options.get("reduction") for spec in CATALOGUE[name]} >= {"mean", "sum", "none"}
    assert all(len(spec.shapes) == 2 for spec in CATALOGUE[name])
    assert all(sorted(spec.shapes[0]) == sorted(spec.shapes[1]) for spec in CATALOGUE[name])


def test_a_missing_bias_is_tried() -> None:
    """A backward that always writes its gradient fails there."""
    assert any(spec.options.get("bias") is False for spec in CATALOGUE["Linear"])


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's advice on 'mean' and 'same'
@pytest.mark.parametrize(("name", "spec"), CASES)
def test_torch_accepts_every_case(name: str, spec: Spec) -> None:
    """A case that torch's own module refuses could not be compared with it."""
    module = spec.construct(torchs(name), lambda part: getattr(nn, part)).double()
    outputs = flat_of(module(*drawn_for(spec, seed=0)))
    assert outputs
    assert all(bool(torch.isfinite(output).all()) for output in outputs)


def test_no_case_is_tried_twice() -> None:
    """It would cost time and say nothing."""
    for specs in CATALOGUE.values():
        labels = [spec.label for spec in specs]
        assert len(set(labels)) == len(labels)


def test_a_class_bears_its_name_or_that_of_a_base() -> None:
    """The nearest one counts; a name that torch lacks is no name."""
    relu = type("ReLU", (), {})
    assert torch_name(relu) == "ReLU"
    assert torch_name(type("MyReLU", (relu,), {})) == "ReLU"
    assert torch_name(type("Tanh", (relu,), {})) == "Tanh"
    assert torch_name(type("Dense", (), {})) is None
