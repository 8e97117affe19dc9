"""fit: the loop does what its page says, and its figures mean what the page says."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from scratchnn import (
    SGD,
    ArgumentError,
    Epoch,
    L1Loss,
    Linear,
    Loss,
    Module,
    MSELoss,
    Sequential,
    ShapeError,
    Tanh,
    accuracy,
    data,
    fit,
)


def setting(columns: int = 1) -> tuple[Sequential, SGD, torch.Tensor, torch.Tensor]:
    """Make a small model, its optimizer, ten points and their targets."""
    model = Sequential(Linear(2, 5), Tanh(), Linear(5, columns))
    points, labels = data.disk(10)
    return (
        model,
        SGD(model.parameters(), lr=0.1),
        points,
        labels if columns == 1 else data.one_hot(labels),
    )


class Spy(Module):
    """An identity that notes what it sees."""

    def __init__(self) -> None:
        self.inputs: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Note x."""
        self.inputs.append(x.clone())
        self.save(output=x)
        return x.clone()

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Pass ȳ on."""
        self.saved(grad_output)
        return grad_output.clone()


def seen_batches(rows: int, batch_size: int, epochs: int, seed: int | None) -> list[list[int]]:
    """Return which rows each forward saw."""
    spy = Spy()
    model = Sequential(spy, Linear(1, 1))
    numbers = torch.arange(float(rows)).unsqueeze(1)
    shuffle = None if seed is None else torch.Generator().manual_seed(seed)
    optimizer = SGD(model.parameters(), lr=0)
    list(
        fit(
            model,
            MSELoss(),
            optimizer,
            numbers,
            numbers,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
        )
    )
    return [[int(value) for value in x.flatten()] for x in spy.inputs]


def test_without_shuffle_the_rows_keep_their_order() -> None:
    """The last batch is short, and every epoch is the same."""
    assert seen_batches(7, 3, 2, None) == [[0, 1, 2], [3, 4, 5], [6]] * 2


def test_a_batch_size_beyond_the_data_is_one_batch() -> None:
    """Full-batch training needs no other switch."""
    assert seen_batches(3, 100, 1, None) == [[0, 1, 2]]


def test_shuffling_draws_a_new_order_each_epoch_from_the_generator() -> None:
    """By torch.randperm, so that another framework can repeat the batches."""
    generator = torch.Generator().manual_seed(4)
    orders = [torch.randperm(6, generator=generator).tolist() for _ in range(2)]
    assert orders[0] != orders[1]
    batches = [order[i : i + 2] for order in orders for i in range(0, 6, 2)]
    assert seen_batches(6, 2, 2, 4) == batches


def test_inputs_and_targets_are_shuffled_together() -> None:
    """A target that is a function of its input stays one: an exact fit stays exact."""
    model = Linear(1, 1)
    model.load_state_dict({"weight": torch.ones(1, 1), "bias": torch.zeros(1)})
    x = torch.arange(8.0).unsqueeze(1)
    shuffle = torch.Generator().manual_seed(0)
    optimizer = SGD(model.parameters(), lr=0.1)
    (epoch,) = fit(model, MSELoss(), optimizer, x, x, epochs=1, batch_size=3, shuffle=shuffle)
    assert epoch == Epoch(1, 0.0, 1.0)


@pytest.mark.parametrize("loss", [MSELoss("mean"), MSELoss("sum"), L1Loss("mean"), L1Loss("sum")])
@pytest.mark.parametrize("columns", [1, 2])
def test_the_figures_are_of_the_outputs_before_each_step(loss: Loss, columns: int) -> None:
    """The loss of the whole pass in the loss's own reduction, the short batch by its size."""
    model, optimizer, points, targets = setting(columns)
    twin, stepper, *_ = setting(columns)
    twin.load_state_dict(model.state_dict())
    (epoch,) = fit(model, loss, optimizer, points, targets, epochs=1, batch_size=4)
    values, weights, right = [], [], 0.0
    for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
        outputs = twin(points[rows])
        values.append(float(loss(outputs, targets[rows])))
        weights.append(len(outputs) / 10 if loss.reduction == "mean" else 1)
        right += accuracy(outputs, targets[rows]) * len(outputs)
        stepper.zero_grad()
        twin.backward(loss.backward())
        stepper.step()
    expected = sum(value * weight for value, weight in zip(values, weights, strict=True))
    assert epoch.loss == pytest.approx(expected, rel=1e-6)
    assert epoch.accuracy == pytest.approx(right / 10)
    assert all(
        torch.equal(a.data, b.data)
        for a, b in zip(model.parameters(), twin.parameters(), strict=True)
    )


def test_epochs_are_numbered_from_one_and_frozen() -> None:
    """A record of what happened does not change."""
    model, optimizer, points, labels = setting()
    epochs = list(fit(model, MSELoss(), optimizer, points, labels, epochs=3, batch_size=5))
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    with pytest.raises(dataclasses.FrozenInstanceError):
        epochs[0].loss = 0.0  # type: ignore[misc]


def test_the_caller_may_stop_early() -> None:
    """An epoch is trained when it is asked for, and not before."""
    model, optimizer, points, labels = setting()
    epochs = fit(model, MSELoss(), optimizer, points, labels, epochs=1000, batch_size=5)
    before = model.state_dict()
    next(epochs)
    after = model.state_dict()
    assert not torch.equal(before["0.weight"], after["0.weight"])
    assert torch.equal(after["0.weight"], model.state_dict()["0.weight"])


def test_the_caller_may_evaluate_between_epochs() -> None:
    """Each epoch enters training mode again."""
    model, optimizer, points, labels = setting()
    loss = MSELoss()
    for _ in fit(model, loss, optimizer, points, labels, epochs=2, batch_size=5):
        assert loss.training
        model.eval()
        loss.eval()


def test_training_leaves_nothing_pending() -> None:
    """Every forward got its backward, also those of the loss."""
    model, optimizer, points, labels = setting()
    loss = MSELoss()
    list(fit(model, loss, optimizer, points, labels, epochs=2, batch_size=5))
    assert not loss._stack.records
    assert not model._stack.records


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
@pytest.mark.parametrize("value", [0, -1])
def test_arguments_are_refused_at_the_call(name: str, value: int) -> None:
    """Not at the first epoch, which may be far from the mistake."""
    model, optimizer, points, labels = setting()
    arguments = {"epochs": 1, "batch_size": 1} | {name: value}
    with pytest.raises(ArgumentError, match=rf"fit\({name}={value}\): expected a whole number"):
        fit(model, MSELoss(), optimizer, points, labels, **arguments)  # type: ignore[arg-type]


def test_unequal_numbers_of_rows_are_refused() -> None:
    """Both numbers are named."""
    model, optimizer, points, labels = setting()
    with pytest.raises(ShapeError, match=r"targets is \(9,\), expected \(10,\)"):
        fit(model, MSELoss(), optimizer, points, labels[:9], epochs=1, batch_size=1)


def test_no_rows_are_refused() -> None:
    """There would be no loss to report."""
    model, optimizer, points, labels = setting()
    with pytest.raises(ArgumentError, match="no rows"):
        fit(model, MSELoss(), optimizer, points[:0], labels[:0], epochs=1, batch_size=1)


def test_a_loss_that_is_no_number_is_refused() -> None:
    """reduction='none' has no single value to descend."""
    model, optimizer, points, labels = setting()
    with pytest.raises(ArgumentError, match="use 'mean' or 'sum'"):
        fit(model, MSELoss("none"), optimizer, points, labels, epochs=1, batch_size=1)


def test_targets_unlike_the_output_are_refused() -> None:
    """One column against two: the loss names both shapes."""
    model, optimizer, points, targets = setting(columns=2)
    with pytest.raises(ShapeError, match=r"target of MSELoss is \(5, 1\), expected \(5, 2\)"):
        list(fit(model, MSELoss(), optimizer, points, targets[:, :1], epochs=1, batch_size=5))


def test_one_column_is_decided_at_one_half() -> None:
    """Exactly one half is class 0."""
    outputs = torch.tensor([[0.5], [0.51], [-3.0], [7.0]])
    assert accuracy(outputs, torch.tensor([[0.0], [1.0], [0.0], [0.0]])) == 0.75


def test_several_columns_are_decided_by_the_largest() -> None:
    """The first of equals."""
    outputs = torch.tensor([[0.1, 0.3, 0.2], [0.5, 0.5, 0.0]])
    assert accuracy(outputs, torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])) == 1.0
    assert accuracy(outputs, torch.tensor([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])) == 0.5


@pytest.mark.parametrize(
    ("outputs", "targets", "error"),
    [
        ((4, 2), (4, 1), ShapeError),
        ((4,), (4,), ShapeError),
        ((4, 0), (4, 0), ShapeError),
        ((0, 1), (0, 1), ArgumentError),
    ],
)
def test_accuracy_refuses_what_has_no_answer(
    outputs: tuple[int, ...], targets: tuple[int, ...], error: type[Exception]
) -> None:
    """Other shapes, no columns, no rows."""
    with pytest.raises(error):
        accuracy(torch.ones(outputs), torch.ones(targets))


def test_xor_is_learned_by_two_layers_and_not_by_one() -> None:
    """A perceptron gets at most three of the four rows right, however long it trains."""
    points, labels = data.xor()
    reached = {}
    for name, model in (
        ("perceptron", Sequential(Linear(2, 1))),
        ("two layers", Sequential(Linear(2, 8), Tanh(), Linear(8, 1))),
    ):
        optimizer = SGD(model.parameters(), lr=0.2, momentum=0.9)
        *_, last = fit(model, MSELoss(), optimizer, points, labels, epochs=300, batch_size=4)
        reached[name] = last
    assert reached["perceptron"].accuracy <= 0.75
    assert reached["perceptron"].loss == pytest.approx(0.25, abs=1e-3)
    assert reached["two layers"].accuracy == 1
    assert reached["two layers"].loss < 1e-3
