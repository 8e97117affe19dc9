"""What every module does: finding its parameters, its states, and the order of calls."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import scratchnn
from scratchnn import (
    ArgumentError,
    BackwardBeforeForward,
    Linear,
    Module,
    Parameter,
    ReLU,
    SavedTensorError,
    Sequential,
    ShapeError,
    StateDictError,
    Tanh,
)


class Block(Module):
    """A parameter after a child, children in a list, in a dictionary, and one shared."""

    def __init__(self) -> None:
        shared = Linear(2, 2)
        self.first = shared
        self.many = [Linear(2, 2, bias=False), (Tanh(), shared)]
        self.named = {"out": Linear(2, 1)}
        self.scale = Parameter(torch.ones(1))
        self.nothing = None
        self.number = 3

    def forward(self, x: Tensor) -> Tensor:
        """Use one child only."""
        return self.first.forward(x)

    def backward(self, grad_output: Tensor) -> Tensor:
        """Use one child only."""
        return self.first.backward(grad_output)


def network(dtype: torch.dtype | None = None) -> Sequential:
    """Two layers: enough for names with a dot."""
    return Sequential(Linear(2, 3, dtype=dtype), ReLU(), Linear(3, 1, dtype=dtype))


def torch_network() -> torch.nn.Sequential:
    """Return the same in torch.nn."""
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))


# Abstract


def test_a_module_without_backward_cannot_be_made() -> None:
    """A forward alone is half a module."""

    class Half(Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    with pytest.raises(TypeError, match="backward"):
        Half()  # type: ignore[abstract]


# Parameters and children


def test_parameters_are_found_in_attributes_lists_tuples_and_dictionaries() -> None:
    """Nothing has to be registered; own parameters come first, as in torch."""
    assert [name for name, _ in Block().named_parameters()] == [
        "scale",
        "first.weight",
        "first.bias",
        "many.0.weight",
        "named.out.weight",
        "named.out.bias",
    ]


def test_a_shared_parameter_is_yielded_once() -> None:
    """An optimizer would step it twice otherwise."""
    layer = Linear(2, 2)
    parameters = list(Sequential(layer, Tanh(), layer).parameters())
    assert [id(p) for p in parameters] == [id(layer.weight), id(layer.bias)]


def test_named_parameters_are_named_as_in_torch() -> None:
    """Names and their order, with and without a prefix."""
    for prefix in ("", "net"):
        ours = [name for name, _ in network().named_parameters(prefix)]
        assert ours == [name for name, _ in torch_network().named_parameters(prefix)]


def test_children_are_direct_and_yielded_once() -> None:
    """A grandchild is not a child; a shared child is one child."""
    block = Block()
    assert [name for name, _ in block.named_children()] == [
        "first",
        "many.0",
        "many.1.0",
        "named.out",
    ]
    assert len(list(Sequential(Sequential(Tanh()), Tanh()).children())) == 2


def test_zero_grad_reaches_every_parameter() -> None:
    """Grandchildren included."""
    model = Sequential(network(), Linear(1, 1))
    model.backward(torch.ones_like(model(torch.ones(4, 2))))
    assert all(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


# State dictionaries


def test_state_travels_to_torch_and_back() -> None:
    """The keys are torch's, so either framework loads what the other saved."""
    ours, theirs, copied = network(), torch_network(), network()
    theirs.load_state_dict(ours.state_dict())
    copied.load_state_dict(theirs.state_dict())
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, value in ours.state_dict().items():
        assert torch.equal(value, copied.state_dict()[name])


def test_a_shared_parameter_has_each_of_its_keys() -> None:
    """As in torch: the state fits a model that does not share, too."""
    layer = Linear(2, 2)
    theirs = torch.nn.Linear(2, 2)
    assert list(Sequential(layer, layer).state_dict()) == list(
        torch.nn.Sequential(theirs, theirs).state_dict()
    )


def test_state_dict_is_a_snapshot() -> None:
    """The best weights so far stay the best when training goes on."""
    layer = Linear(2, 2)
    before = layer.state_dict()
    kept = before["weight"].clone()
    layer.weight.data += 1
    assert torch.equal(kept, before["weight"])


def test_loading_copies_and_does_not_share() -> None:
    """Training one of the two models must not change the other."""
    state = {"weight": torch.ones(1, 2), "bias": torch.ones(1)}
    layer = Linear(2, 1)
    layer.load_state_dict(state)
    layer.weight.data += 1
    assert torch.equal(torch.ones(1, 2), state["weight"])


def test_loading_parameters_of_torch_brings_no_autograd_along() -> None:
    """A torch.nn.Parameter requires a gradient; ours must not start to."""
    layer = Linear(2, 1)
    layer.load_state_dict(dict(torch.nn.Linear(2, 1).named_parameters()))
    assert not layer.weight.data.requires_grad


def test_loading_converts_to_the_parameters_dtype() -> None:
    """As in torch: the model's dtype decides."""
    layer = Linear(2, 1, dtype=torch.float64)
    layer.load_state_dict(Linear(2, 1).state_dict())
    assert layer.weight.data.dtype == torch.float64


def test_a_state_that_does_not_fit_is_refused_with_every_difference() -> None:
    """Missing and unexpected keys and both shapes, in one message."""
    state = {"0.weight": torch.ones(2, 3), "0.bias": torch.ones(3), "2.wieght": torch.ones(1, 3)}
    with pytest.raises(StateDictError) as caught:
        network().load_state_dict(state)
    assert str(caught.value) == (
        "the state does not fit Sequential:\n"
        "  '0.weight' is (2, 3), expected (3, 2)\n"
        "  missing '2.weight'\n"
        "  missing '2.bias'\n"
        "  unexpected '2.wieght'"
    )


@pytest.mark.parametrize("strict", [True, False])
def test_a_refused_state_changes_nothing(strict: bool) -> None:
    """All of it or none: half a state is no model."""
    model = network()
    before = model.state_dict()
    state = {name: torch.zeros_like(value) for name, value in before.items()}
    state["2.weight"] = torch.zeros(9, 9)
    with pytest.raises(StateDictError, match=r"'2.weight' is \(9, 9\), expected \(1, 3\)"):
        model.load_state_dict(state, strict=strict)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_not_strict_loads_what_fits_and_returns_the_rest() -> None:
    """Under torch's names for the two lists."""
    layer = Linear(2, 1)
    left_out = layer.load_state_dict(
        {"weight": torch.ones(1, 2), "extra": torch.ones(1)}, strict=False
    )
    assert left_out.missing_keys == ["bias"]
    assert left_out.unexpected_keys == ["extra"]
    assert torch.equal(torch.ones(1, 2), layer.weight.data)


# Modes


def test_modules_are_born_in_training_mode() -> None:
    """As in torch."""
    assert Linear(1, 1).training


def test_train_and_eval_reach_every_child_and_return_the_module() -> None:
    """So that `model = Model().eval()` works."""
    model = Sequential(Sequential(Tanh()))
    assert model.eval() is model
    assert not any(module.training for module in (model, *model, *model[0].children()))
    assert model.train() is model
    assert all(module.training for module in (model, *model, *model[0].children()))


def test_train_takes_only_a_truth_value() -> None:
    """`model.train(dataset)` is a mistake that torch refuses too."""
    with pytest.raises(ArgumentError, match=r"train\('yes'\): expected True or False"):
        network().train("yes")  # type: ignore[arg-type]


def test_evaluation_keeps_nothing() -> None:
    """Neither memory, nor a record that a later backward might take for its own."""
    model = network().eval()
    model(torch.ones(4, 2))
    model.train()
    with pytest.raises(BackwardBeforeForward, match="came before any forward"):
        model.backward(torch.ones(4, 1))


def test_a_backward_in_evaluation_mode_says_to_call_train() -> None:
    """Even if a training forward waits: it is not the one that was evaluated."""
    layer = Tanh()
    layer(torch.ones(2))
    layer.eval()
    with pytest.raises(BackwardBeforeForward, match=r"evaluation mode, .* call train\(\)"):
        layer.backward(torch.ones(2))


def test_evaluating_between_forward_and_backward_does_not_disturb() -> None:
    """Validation in the middle of a step leaves the step's gradient alone."""
    layer, x = Tanh(), torch.tensor([0.5])
    layer(x)
    layer.eval()(torch.tensor([3.0]))
    assert torch.allclose(1 - torch.tanh(x) ** 2, layer.train().backward(torch.ones(1)))


# The order of calls


def test_two_forwards_then_two_backwards_answer_last_in_first_out() -> None:
    """Each backward gets the gradients of its own forward, through every layer."""
    model = network(torch.float64)
    inputs = [torch.randn(4, 2, dtype=torch.float64) for _ in range(2)]
    cotangents = [torch.randn(4, 1, dtype=torch.float64) for _ in range(2)]
    alone = []
    for x, g in zip(inputs, cotangents, strict=True):
        model(x)
        alone.append(model.backward(g))
    separate = [p.grad for p in model.parameters()]
    model.zero_grad()
    for x in inputs:
        model(x)
    together = [model.backward(g) for g in reversed(cotangents)]
    assert all(torch.equal(a, b) for a, b in zip(alone, reversed(together), strict=True))
    for parameter, expected in zip(model.parameters(), separate, strict=True):
        assert expected is not None
        assert parameter.grad is not None
        assert torch.equal(expected, parameter.grad)


@pytest.mark.parametrize("module", [Tanh(), Linear(2, 2), Sequential(Linear(2, 2)), Sequential()])
def test_a_backward_before_any_forward_is_a_clear_error(module: Module) -> None:
    """The text names the class that was called."""
    with pytest.raises(BackwardBeforeForward, match=f"{type(module).__name__}.backward came"):
        module.backward(torch.ones(1, 2))


@pytest.mark.parametrize("module", [Tanh(), Linear(2, 2), Sequential(Linear(2, 2)), Sequential()])
def test_a_second_backward_on_one_forward_is_a_clear_error(module: Module) -> None:
    """Never silently the gradient of something else."""
    module(torch.ones(1, 2))
    module.backward(torch.ones(1, 2))
    with pytest.raises(BackwardBeforeForward, match="already had its backward"):
        module.backward(torch.ones(1, 2))


def test_a_refused_cotangent_can_be_corrected() -> None:
    """The forward still waits for its backward after a ShapeError."""
    model = network()
    model(torch.ones(4, 2))
    with pytest.raises(ShapeError, match=r"grad_output of Sequential is \(4, 2\), .* \(4, 1\)"):
        model.backward(torch.ones(4, 2))
    assert model.backward(torch.ones(4, 1)).shape == (4, 2)


def test_stepping_between_forward_and_backward_is_refused() -> None:
    """The gradient of the old weights cannot be computed from the new ones."""
    layer = Linear(2, 1)
    layer(torch.ones(4, 2))
    layer.weight.data += 1
    with pytest.raises(SavedTensorError, match=r"Linear\.backward: .* step the optimizer"):
        layer.backward(torch.ones(4, 1))


def test_changing_the_input_in_place_is_refused() -> None:
    """`x += 1` between forward and backward would give the gradient at x + 1."""
    layer, x = Linear(2, 1), torch.ones(4, 2)
    layer(x)
    x += 1
    with pytest.raises(SavedTensorError, match=r"Linear\.backward"):
        layer.backward(torch.ones(4, 1))


def test_replacing_the_data_between_forward_and_backward_is_harmless() -> None:
    """The forward kept the tensor it computed with."""
    layer, x = Linear(2, 1), torch.ones(4, 2)
    expected = layer.weight.data.expand(4, 2).clone()
    layer(x)
    layer.weight.data = torch.zeros(1, 2)
    assert torch.equal(expected, layer.backward(torch.ones(4, 1)))


def test_forget_drops_what_waits_in_the_children_too() -> None:
    """After an exception, the next backward must not pair with an old forward."""
    model = network()
    model(torch.ones(4, 2))
    model.forget()
    with pytest.raises(BackwardBeforeForward, match=r"dropped by forget\(\)"):
        model[-1].backward(torch.ones(4, 1))


# Copies


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))],  # noqa: S301 - our bytes
    ids=["deepcopy", "pickle"],
)
def test_a_copy_has_weights_and_gradients_but_no_pending_forward(
    duplicate: Callable[[Module], Module],
) -> None:
    """It shares no memory, and a file holds no activations."""
    model = network()
    model(torch.ones(4, 2))
    model.backward(torch.ones(4, 1))
    model(torch.ones(4, 2))
    twin = duplicate(model)
    assert repr(twin) == repr(model)
    for old, new in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(old.data, new.data)
        assert old.grad is not None
        assert new.grad is not None
        assert torch.equal(old.grad, new.grad)
        assert old.data.data_ptr() != new.data.data_ptr()
    with pytest.raises(BackwardBeforeForward):
        twin.backward(torch.ones(4, 1))
    twin(torch.ones(4, 2))
    assert torch.equal(model.backward(torch.ones(4, 1)), twin.backward(torch.ones(4, 1)))


def test_a_copy_made_while_a_forward_waits_has_no_forward() -> None:
    """The records stay with the module that ran it."""
    layer = Tanh()
    layer(torch.ones(2))
    with pytest.raises(BackwardBeforeForward, match="before any forward"):
        copy.deepcopy(layer).backward(torch.ones(2))
    assert layer.backward(torch.ones(2)).shape == (2,)


def test_a_copy_keeps_its_mode() -> None:
    """A model that was frozen for evaluation is loaded frozen."""
    assert not copy.deepcopy(Tanh().eval()).training


def test_a_copy_keeps_shared_layers_shared() -> None:
    """Otherwise training the copy would drift them apart."""
    layer = Linear(2, 2)
    twin = copy.deepcopy(Sequential(layer, layer))
    assert twin[0] is twin[1]


# Conversion


def test_to_converts_parameters_and_gradients_in_place() -> None:
    """An optimizer that holds the parameters keeps working."""
    layer = Linear(2, 1)
    weight = layer.weight
    layer.backward(torch.ones_like(layer(torch.ones(1, 2))))
    assert layer.to(dtype=torch.float64) is layer
    assert layer.weight is weight
    assert weight.data.dtype == torch.float64
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float64
    assert layer.to(device="meta").weight.data.device.type == "meta"
    assert layer.to().weight is weight


def test_to_takes_only_floating_point_dtypes() -> None:
    """Integers have no gradient."""
    with pytest.raises(ArgumentError, match=r"to\(dtype=torch.int64\): expected a floating"):
        network().to(dtype=torch.int64)


# What it looks like


def test_repr_is_that_of_torch() -> None:
    """Nested, with the settings of each layer."""
    ours = Sequential(
        Linear(2, 3), Sequential(ReLU(), scratchnn.Sigmoid()), Linear(3, 1, bias=False)
    )
    theirs = torch.nn.Sequential(
        torch.nn.Linear(2, 3),
        torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Sigmoid()),
        torch.nn.Linear(3, 1, bias=False),
    )
    assert repr(ours) == repr(theirs)
    assert repr(Sequential()) == repr(torch.nn.Sequential())


def test_repr_shows_settings_beside_children() -> None:
    """A module with both lists the settings first."""

    class Both(Block):
        def extra_repr(self) -> str:
            return "setting=1"

    assert repr(Both()).startswith("Both(\n  setting=1\n  (first): Linear(")
