"""The one function: what it accepts, what it returns, and that it changes nothing."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gradcheck
import scratchnn
from gradcheck import (
    CommandError,
    ExerciseError,
    Finding,
    GradientError,
    Pair,
    Result,
    UndecidedError,
    Verdict,
    check,
)
from gradcheck.records import CONTRACTS
from tests.process import state

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
FLOATS = st.sampled_from([torch.float16, torch.float32, torch.float64])
X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -3.0]])

SQUARE = Pair(lambda x: x * x, lambda g, x: 2 * g * x, "square")
WRONG = Pair(lambda x: x * x, lambda g, x: 3 * g * x, "wrong")
RAISING = Pair(lambda x: x * x, lambda g, x: g.no_such_thing, "raising")
# Finite differences cannot follow it, and nobody else is asked.
WAVES = Pair(lambda x: (1e12 * x).sin(), lambda g, x: 1e12 * g * (1e12 * x).cos(), "waves")
RANDOM = Pair(lambda x: x * torch.rand(()), lambda g, x: g, "random")


def bits(value: Any) -> Any:
    """Return everything about a tensor, an array or a plain value that a check could change."""
    if isinstance(value, torch.Tensor):
        grad = None if value.grad is None else (id(value.grad), value.grad.tolist())
        return value.tolist(), value.dtype, value.requires_grad, grad, value.data_ptr()
    if isinstance(value, np.ndarray):
        return value.tobytes(), value.dtype, value.shape, value.flags.writeable
    return value


class _Vandal:
    """Right, and careless about everything that it does not own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        np.random.seed(1)  # noqa: NPY002 the global one is meant
        random.seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(not torch.is_grad_enabled())
        torch.set_grad_enabled(not torch.is_grad_enabled())
        self.x = x
        return x * x

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        torch.set_grad_enabled(True)
        return 2 * grad_output * self.x


class _FailingVandal(_Vandal):
    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        super().backward(grad_output)
        raise RuntimeError


# What is never changed.


@settings(max_examples=20)
@given(SHAPES, FLOATS, st.booleans(), st.sampled_from([SQUARE, WRONG]))
def test_a_tensor_that_is_passed_in_is_what_it_was(
    shape: tuple[int, ...], dtype: torch.dtype, wants_grad: bool, pair: Pair
) -> None:
    """Its values, its dtype, its gradient, and whether it wants one."""
    x = torch.randn(shape).to(dtype).requires_grad_(wants_grad)
    x.grad = torch.ones_like(x) if wants_grad else None
    before = bits(x)
    check(pair, x)
    assert bits(x) == before


@settings(max_examples=20)
@given(SHAPES, st.sampled_from([np.float16, np.float32, np.float64]))
def test_an_array_that_is_passed_in_is_what_it_was(shape: tuple[int, ...], dtype: type) -> None:
    """To the byte, also where the functions write to what they are given."""

    def backward(g: Any, x: Any) -> Any:
        g *= 2 * x
        x[...] = 7
        return g

    x: Any = np.random.default_rng(0).normal(size=shape).astype(dtype)
    before = bits(x)
    assert check(Pair(lambda x: x * x, backward), x, contracts=()).passed
    assert check(Pair(lambda x: x * x, backward), x).cause == "mutation"
    assert bits(x) == before


def test_a_layer_that_is_passed_in_is_what_it_was() -> None:
    """Its weights, their gradients, and the forward that waits for its backward."""
    layer = scratchnn.Sequential(scratchnn.Linear(3, 4), scratchnn.Tanh(), scratchnn.Linear(4, 2))
    layer.backward(torch.ones_like(layer(X)))
    y = layer(X)
    before = [(id(p.data), bits(p.data), bits(p.grad)) for p in layer.parameters()]
    assert check(layer, X).passed
    assert [(id(p.data), bits(p.data), bits(p.grad)) for p in layer.parameters()] == before
    assert layer.backward(torch.ones_like(y)).shape == X.shape


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_of_a_layer_is_what_it_was(training: bool) -> None:
    """Whether it can be checked in that mode or refuses to."""
    layer = scratchnn.Sequential(scratchnn.Linear(3, 2), scratchnn.Tanh()).train(training)
    with contextlib.nullcontext() if training else pytest.raises(ExerciseError, match="train"):
        check(layer, X)
    assert [part.training for part in (layer, *layer.children())] == [training] * 3


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", [_Vandal, _FailingVandal])
def test_the_process_is_what_it_was(kind: type, dtype: torch.dtype, grad: bool) -> None:
    """Random states, default dtype and grad mode, also after an exception."""
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(grad)
    before = state()
    if kind is _Vandal:
        assert check(kind, X).passed
    else:
        with pytest.raises(ExerciseError, match=r"_FailingVandal\.backward raised RuntimeError"):
            check(kind, X)
    assert state() == before


def test_an_exception_leaves_the_arguments_alone() -> None:
    """Whether the forward raises, the backward does, or nothing can be checked."""
    x = X.clone()
    layer = scratchnn.Linear(3, 2)
    before = bits(x), [bits(p.data) for p in layer.parameters()]
    for target, given_input in ((RAISING, x), (layer, x[:, :2]), (layer, torch.tensor([1]))):
        with pytest.raises(ExerciseError):
            check(target, given_input)
    assert (bits(x), [bits(p.data) for p in layer.parameters()]) == before


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("grad", [True, False])
def test_the_answer_does_not_depend_on_the_process(dtype: torch.dtype, grad: bool) -> None:
    """Neither on the default dtype, nor on the grad mode, nor on what was drawn before."""
    expected = check(WRONG, X).findings
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(grad)
    torch.manual_seed(int(grad))
    assert check(WRONG, X).findings == expected


# What can be checked.


@pytest.mark.parametrize(
    ("target", "inputs"),
    [
        (scratchnn.Linear(3, 2), (X,)),
        (scratchnn.Tanh, (X,)),
        (scratchnn.Tanh, ()),
        (scratchnn.MSELoss(), (X, X + 1)),
        (scratchnn.MSELoss, ()),
        ("scratchnn.Linear", ()),
        ("scratchnn.Sigmoid", (X,)),
        (SQUARE, (X,)),
        (SQUARE, (X.numpy(),)),
        (SQUARE, (X.double().numpy(),)),
        (Pair(lambda x, n: x**n, lambda g, x, n: (n * g * x ** (n - 1), None)), (X, 3)),
        (Pair(lambda a, b: a * b, lambda g, a, b: (g * b, g * a)), (X, X.numpy())),
    ],
)
def test_whatever_holds_a_backward_can_be_checked(target: Any, inputs: tuple[Any, ...]) -> None:
    """Instances, classes, names and pairs of functions; tensors, arrays and constants."""
    assert check(target, *inputs).verdict == "verified"


def test_a_file_can_be_checked_by_its_name(tmp_path: Path) -> None:
    """As on the command line."""
    file = tmp_path / "doubling.py"
    file.write_text(
        "class Double:\n"
        "    def forward(self, x): return 2 * x\n"
        "    def backward(self, grad_output): return 3 * grad_output\n",
        encoding="utf-8",
    )
    result = check(f"{file}:Double")
    assert (result.verdict, result.cause) == ("refuted", "factor")
    assert result.target == f"{file}:Double"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (scratchnn.Tanh, "Tanh"),
        (scratchnn.Tanh(), "Tanh"),
        ("scratchnn.Tanh", "scratchnn.Tanh"),
        (SQUARE, "square"),
    ],
)
def test_the_answer_bears_the_name_of_its_target(target: Any, name: str) -> None:
    """As the user wrote it, or that of the class."""
    assert check(target, X).target == name


def test_without_inputs_the_cases_come_from_the_catalogue() -> None:
    """Several of them, unlike the one that is given."""
    assert len({finding.case for finding in check(scratchnn.Linear).findings}) > 3
    assert len({finding.case for finding in check(scratchnn.Linear(3, 2), X).findings}) == 1


@pytest.mark.parametrize("thing", [3, None, X, object(), scratchnn])
def test_what_holds_no_backward_is_refused(thing: object) -> None:
    """With the forms that are known."""
    with pytest.raises(ExerciseError, match="is no hand-written backward that is known here"):
        check(thing, X)


def test_a_function_is_held_to_what_torch_derives_from_it() -> None:
    """The backward is then that of the operators it is made of."""
    assert check(torch.tanh, X.double()).verdict == Verdict.VERIFIED


def test_an_instance_without_inputs_is_fed_by_the_sizes_of_its_weights() -> None:
    """As its class would be."""
    (case, *_) = {finding.case for finding in check(scratchnn.Linear(3, 2)).findings}
    assert "3)" in case


def test_an_instance_that_nothing_fits_is_asked_about() -> None:
    """The shapes are asked for as one would type them."""

    class Table:
        def forward(self, rows: Any) -> Any:
            return rows.column("price")

        def backward(self, grad_output: Any) -> Any:
            return grad_output

    with pytest.raises(ExerciseError, match="nothing that was tried fits: give the inputs"):
        check(Table())


@pytest.mark.parametrize("witnesses", [("numerical",), ("numeric", "oracle"), (), []])
def test_an_unknown_witness_is_refused(witnesses: Any) -> None:
    """The choices are listed; asking nobody is no check."""
    with pytest.raises(CommandError, match="choose from numeric, autograd, reference"):
        check(SQUARE, X, witnesses=witnesses)


def test_an_unknown_contract_is_refused_with_the_nearest_spelling() -> None:
    """Nobody remembers eleven names."""
    with pytest.raises(CommandError, match=r"^contract lineraity: did you mean linearity\? All"):
        check(SQUARE, X, contracts=("purity", "lineraity"))


def test_a_name_of_several_targets_is_refused() -> None:
    """One result cannot speak for all; some of the names show how to ask for one."""
    with pytest.raises(CommandError, match=r"^scratchnn names \d+ targets \(scratchnn\.\w+, "):
        check("scratchnn")


# What can be chosen.


@pytest.mark.parametrize("witness", ["numeric", "autograd", "reference"])
def test_only_the_witnesses_that_are_named_are_asked(witness: str) -> None:
    """Each is enough to verify a right gradient."""
    result = check(scratchnn.Linear(3, 2), X.double(), witnesses=(witness,))
    heard = {c.witness for f in result.findings for c in f.comparisons}
    assert heard == {witness}
    assert result.passed


@pytest.mark.parametrize("chosen", ["purity", ("purity",), ["layout", "purity"]])
def test_only_the_contracts_that_are_named_are_examined(chosen: Any) -> None:
    """The others are listed as switched off."""
    result = check(scratchnn.Linear(3, 2), X, contracts=chosen)
    examined = {f.check for f in result.findings if f.is_contract}
    assert examined == ({chosen} if isinstance(chosen, str) else set(chosen))
    off = {name for name, why in result.unverified.items() if why == "switched off"}
    assert off == set(CONTRACTS) - examined


def test_without_a_reference_nobody_speaks_for_the_forward() -> None:
    """It is listed among what was not verified."""
    result = check(scratchnn.Linear(3, 2), X, reference="none")
    assert "forward" not in {f.check for f in result.findings}
    assert "forward" in result.unverified


def test_a_reference_can_be_named() -> None:
    """For a class whose own name says nothing, and against one that says something else."""
    renamed = type("Squash", (scratchnn.Tanh,), {})
    assert "output" in {f.leaf for f in check(renamed, X, reference="torch.nn.Tanh").findings}
    result = check(scratchnn.Tanh, X, reference="torch.nn.Sigmoid")
    assert (result.verdict, result.cause) == ("refuted", "wrong_forward")


def test_equal_seeds_give_equal_answers() -> None:
    """To the last digit; another seed draws other directions."""

    def drawn(seed: int) -> dict[str, Any]:
        plain = check(WRONG, X, seed=seed).to_dict()
        return {key: value for key, value in plain.items() if key not in {"seconds", "seed"}}

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert check(WRONG, X, seed=4).seed == 4


# What comes back.


def test_a_right_gradient_is_verified() -> None:
    """With the smallest error that would have been seen, and without a cause."""
    result = check(SQUARE, X)
    assert isinstance(result, Result)
    assert isinstance(result.verdict, Verdict)
    assert (result.verdict, result.passed, result.cause) == ("verified", True, None)
    assert result.resolution is not None
    assert 0 < result.resolution <= 1e-6


def test_a_wrong_gradient_is_refuted() -> None:
    """With its leaf, its size and its cause."""
    result = check(WRONG, X, contracts=())
    assert (result.verdict, result.passed, result.cause) == ("refuted", False, "factor")
    (finding,) = result.findings
    assert isinstance(finding, Finding)
    assert (finding.check, finding.leaf, finding.verdict) == ("gradient", "input", "refuted")
    assert finding.error == pytest.approx(0.4, rel=0.5)
    assert "1.5 times the true one" in finding.message


def test_what_nobody_can_decide_is_undecided() -> None:
    """It is neither passed nor failed, and the reason is told."""
    result = check(WAVES, X, witnesses=("numeric",))
    assert (result.verdict, result.passed, result.cause) == ("undecided", False, None)
    assert result.findings[0].message


def test_what_was_not_verified_is_listed_with_the_reason() -> None:
    """Leaves without a claim, and the contracts."""
    pair = Pair(lambda a, b: a * b, lambda g, a, b: (g * b, None))
    result = check(pair, X, X)
    assert result.unverified["b"] == "the backward returns None for it"
    assert all(result.unverified.values())


def test_none_for_what_requires_grad_is_refuted() -> None:
    """The user has said that its gradient is wanted, and the output moves with it."""
    pair = Pair(lambda a, b: a * b, lambda g, a, b: (g * b, None))
    result = check(pair, X, X.clone().requires_grad_())
    assert (result.verdict, result.cause) == ("refuted", "zero")
    unread = Pair(lambda a, b: 2 * a, lambda g, a, b: (2 * g, None))
    assert check(unread, X, X.clone().requires_grad_()).passed


def test_a_gradient_that_is_infinite_where_the_slope_is_too_is_undecided() -> None:
    """As that of a square root at zero; that of |x| is NaN there by mistake."""
    at_zero = torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64)
    root = check(Pair(torch.sqrt, lambda g, x: g / (2 * x.sqrt())), at_zero)
    assert root.verdict == "undecided"
    assert "no finite slope there, nor has torch" in root.findings[0].message
    distance = check(Pair(torch.abs, lambda g, x: g * x / x.abs()), at_zero)
    assert (distance.verdict, distance.cause) == ("refuted", "nonfinite")


def test_a_backward_that_is_noisy_is_told_so_and_the_rest_is_still_examined() -> None:
    """What differs between two calls breaks one contract; a purity that is broken is another."""
    source = random.SystemRandom()

    def backward(g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        gradient = g * x.cos() * (1 + 1e-6 * source.random())
        x.add_(1.0)
        return gradient

    result = check(Pair(torch.sin, backward), X)
    told = {finding.check: finding.verdict for finding in result.findings}
    assert told["determinism"] == told["purity"] == "refuted"
    assert told.get("linearity") != "refuted"


@pytest.mark.parametrize("name", ["Linear", "RelU"])
def test_a_reference_that_cannot_be_used_is_refused_in_one_line(name: str) -> None:
    """It was asked for by name: to leave it out in silence would answer another question."""
    relu = Pair(torch.relu, lambda g, x: g * (x > 0).to(x.dtype))
    with pytest.raises(CommandError) as told:
        check(relu, X, reference=name)
    assert name in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("seed", [-1, 2**63, True, 0.5])
def test_a_seed_that_is_none_is_refused_in_one_line(seed: Any) -> None:
    """Before anything is asked."""
    with pytest.raises(CommandError, match=r"^seed=.*: expected a whole number from 0 to 2⁶³ - 1$"):
        check(SQUARE, X, seed=seed)


@pytest.mark.parametrize(
    ("target", "inputs"),
    [(SQUARE, (X,)), (WRONG, (X,)), (WAVES, (X,)), (RANDOM, (X,)), ("scratchnn.MSELoss", ())],
    ids=["right", "wrong", "unclear", "random", "loss"],
)
def test_an_answer_can_be_stored_and_shown(target: Any, inputs: tuple[Any, ...]) -> None:
    """As JSON without infinities, and as the text of one screen."""
    result = check(target, *inputs)
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (plain["target"], plain["verdict"]) == (result.target, result.verdict)
    headline, *rest = result.explain().split("\n")
    assert headline.startswith(f"{result.target}  {result.verdict}")
    assert len(rest) - len(result.example.splitlines()) < 24
    assert len(result.example.splitlines()) <= 10


def test_a_refutation_can_be_raised() -> None:
    """As an AssertionError, so that a test fails with the explanation as its text."""
    result = check(WRONG, X)
    with pytest.raises(AssertionError) as raised:
        result.raise_if_refuted()
    assert isinstance(raised.value, GradientError)
    assert str(raised.value) == result.explain()


@pytest.mark.parametrize("pair", [SQUARE, WAVES], ids=lambda pair: pair.name)
def test_only_a_refutation_is_raised(pair: Pair) -> None:
    """An undecided gradient is not a wrong one."""
    check(pair, X, witnesses=("numeric",)).raise_if_refuted()


@pytest.mark.parametrize(("pair", "error"), [(WRONG, GradientError), (WAVES, UndecidedError)])
def test_only_what_is_verified_passes_as_verified(pair: Pair, error: type[Exception]) -> None:
    """A gradient that nobody could decide is no reason to go on, and no wrong one either."""
    with pytest.raises(error) as raised:
        gradcheck.assert_verified(pair, X, witnesses=("numeric",))
    assert type(raised.value) is error
    assert str(raised.value).startswith(f"{pair.name}  ")


def test_what_is_verified_is_returned() -> None:
    """Its resolution may be of interest; the options are those of `check`."""
    assert gradcheck.assert_verified(SQUARE, X, seed=3).seed == 3


def test_a_result_is_a_record_with_a_voice() -> None:
    """It holds the same findings, and can be compared like them."""
    result = check(SQUARE, X)
    assert Result.of(result) == result
    assert Result.of(result) is not result


def test_the_public_names_are_these() -> None:
    """Each can be imported from the package itself."""
    for name in gradcheck.__all__:
        assert getattr(gradcheck, name)
    assert set(gradcheck.__all__) >= {"check", "Pair", "Result", "Finding", "Verdict"}
    assert set(gradcheck.__all__) <= {*dir(gradcheck)}
    with pytest.raises(AttributeError, match="module 'gradcheck' has no attribute 'chekc'"):
        _ = gradcheck.chekc
