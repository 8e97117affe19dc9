"""Finding torch's own counterpart: by name, by inheritance, with the same options and weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import scratchnn
from gradcheck.errors import CommandError
from gradcheck.witnesses.counterpart import NoCounterpart, counterpart, with_weights


class Renamed(scratchnn.Linear):
    """A user's own layer on top of a known one."""


def test_a_class_is_found_by_its_name() -> None:
    """scratchnn.Tanh is compared with torch.nn.Tanh."""
    assert isinstance(counterpart(scratchnn.Tanh(), {}), nn.Tanh)


def test_a_subclass_is_found_by_inheritance() -> None:
    """The first base whose name torch knows decides."""
    assert isinstance(counterpart(Renamed(3, 2), {}), nn.Linear)


def test_options_are_read_off_the_instance() -> None:
    """The sizes and the absence of a bias are the instance's."""
    found = counterpart(scratchnn.Linear(3, 2, bias=False), {})
    assert isinstance(found, nn.Linear)
    assert (found.in_features, found.out_features) == (3, 2)
    assert dict(found.named_parameters()).keys() == {"weight"}


def test_known_options_go_before_attributes() -> None:
    """What the constructor was called with is surer than an attribute of the same name."""
    found = counterpart(scratchnn.MSELoss(), {"reduction": "sum"})
    assert isinstance(found, nn.MSELoss)
    assert found.reduction == "sum"


def test_a_container_is_rebuilt_layer_by_layer() -> None:
    """Its counterpart holds the counterparts of its layers."""
    ours = scratchnn.Sequential(scratchnn.Linear(3, 2), scratchnn.Tanh())
    found = counterpart(ours, {})
    assert [type(layer) for layer in found.children()] == [nn.Linear, nn.Tanh]


def test_the_counterpart_is_in_float64() -> None:
    """The question is the formula."""
    assert next(counterpart(Renamed(3, 2), {}).parameters()).dtype == torch.float64


def test_a_name_can_be_given() -> None:
    """With --reference any torch module may be the judge."""
    assert isinstance(counterpart(object(), {}, "torch.nn.ReLU"), nn.ReLU)


@pytest.mark.parametrize(
    ("instance", "name", "why"),
    [
        (object(), "auto", "torch.nn has no object"),
        (object(), "Linear", "torch.nn.Linear wants in_features, which object does not have"),
    ],
)
def test_where_there_is_none_the_reason_is_said(instance: object, name: str, why: str) -> None:
    """The reason becomes the witness's note."""
    with pytest.raises(NoCounterpart, match=why):
        counterpart(instance, {}, name)


def test_a_misspelt_reference_is_answered_with_the_nearest_name() -> None:
    """A name that the user gave and torch does not have is a mistake, not a silent absence."""
    with pytest.raises(CommandError, match=r"did you mean torch\.nn\.Linear\?"):
        counterpart(object(), {}, "torch.nn.Linaer")


def test_weights_of_another_shape_are_no_counterpart() -> None:
    """A weight stored transposed is not torch's weight."""
    weights = {"weight": torch.ones(3, 2), "bias": torch.ones(2)}
    with pytest.raises(NoCounterpart, match=r"are not those of torch\.nn\.Linear"):
        with_weights(nn.Linear(3, 2), weights)


class BatchNorm1d(nn.Module):
    """Somebody's own, of torch's name and options."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features
        self.register_buffer("running_mean", torch.full((num_features,), 0.5))
        self.register_buffer("running_var", torch.full((num_features,), 4.0))


def test_the_counterpart_is_in_evaluation_mode_where_the_instance_is() -> None:
    """Else a right dropout in evaluation is told that torch's forward is another."""
    dropout = scratchnn.Dropout(0.5)
    assert counterpart(dropout, {}).training
    dropout.eval()
    assert not counterpart(dropout, {}).training


def test_the_counterpart_has_the_running_statistics_of_the_instance() -> None:
    """In evaluation, a normalisation's outputs follow from them."""
    module = counterpart(BatchNorm1d(3).eval(), {})
    x = torch.tensor([[0.5, 2.5, 4.5]], dtype=torch.float64)
    wanted = torch.tensor([[0.0, 1.0, 2.0]], dtype=torch.float64)
    torch.testing.assert_close(module(x).detach(), wanted, rtol=1e-5, atol=0)
