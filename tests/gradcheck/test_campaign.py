"""Many targets: each gets its cases and its answer, and none is lost."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import scratchnn
from gradcheck import CommandError, ExerciseError, Pair
from gradcheck.campaign import check_target, run
from gradcheck.choice.wishes import NO_WISHES, Wishes
from gradcheck.options import Options
from gradcheck.targets.resolve import Target

QUICK = Options(witnesses=("autograd",), reference="none")
WIDTH = 3


class _Scale:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def forward(self, x: Any) -> Any:
        return self.factor * x

    def backward(self, grad_output: Any) -> Any:
        return self.factor * grad_output


class _Refusing(_Scale):
    def forward(self, x: Any) -> Any:
        raise ValueError("no")


class _Secret(_Scale):
    def __init__(self, factor: Any) -> None:
        super().__init__({chr(7): 2.0}[factor])


class _Unbuildable(_Scale):
    def __init__(self) -> None:
        raise OSError("no")


def check(thing: Any, **wishes: Any) -> Any:
    """Check one thing with these wishes."""
    return check_target(Target("it", thing), QUICK, Wishes(**wishes))


def cases(thing: Any, **wishes: Any) -> set[str]:
    """Return the labels of the cases that are tried."""
    return {finding.case for finding in check(thing, **wishes).findings}


def test_every_target_has_an_answer_in_its_place() -> None:
    """Verified, refused or impossible: one for each, in the order of the command."""
    things = [scratchnn.Tanh, _Refusing, _Unbuildable, _Secret, 3, scratchnn.ReLU]
    targets = [Target(f"target{i}", thing) for i, thing in enumerate(things)]
    results = list(run(targets, QUICK))
    assert [result.target for result in results] == [target.name for target in targets]
    assert [result.exercised for result in results] == [True, False, False, False, False, True]
    assert [str(result.verdict) for result in results] == [
        "verified",
        *["undecided"] * 4,
        "verified",
    ]


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (_Unbuildable, "_Unbuildable() raised OSError: no"),
        (
            _Secret,
            "_Secret wants factor, and nothing that was tried works (_Secret(factor=",
        ),
        (3, "it (int) is no hand-written backward that is known here"),
        (dict, "it (class) is no hand-written backward that is known here"),
    ],
)
def test_a_target_that_cannot_be_exercised_says_why(thing: Any, words: str) -> None:
    """Alone it is an error, among others it is one finding with the same words."""
    with pytest.raises(ExerciseError) as refused:
        check(thing)
    assert str(refused.value).startswith(words)
    (result,) = run([Target("it", thing)], Options(seed=7))
    (finding,) = result.findings
    assert (finding.check, finding.leaf, finding.message) == (
        "exercise",
        None,
        str(refused.value),
    )
    assert result.seed == 7


def test_targets_are_checked_one_by_one() -> None:
    """The next is begun when its answer is wanted, and the listener hears of it first."""
    heard: list[tuple[str, int]] = []
    targets = [Target("a", scratchnn.Tanh), Target("b", _Refusing), Target("c", scratchnn.ReLU)]
    answers = run(targets, QUICK, on_start=lambda target, done: heard.append((target.name, done)))
    assert heard == []
    next(answers)
    assert heard == [("a", 0)]
    assert len(list(answers)) == 2
    assert heard == [("a", 0), ("b", 1), ("c", 2)]


def test_a_class_is_tried_in_its_catalogued_cases() -> None:
    """Unless the user says otherwise."""
    assert len(cases(scratchnn.Tanh)) == 4
    assert cases(scratchnn.Tanh, shapes=((2, 3),)) == {"input (2, 3)"}
    assert cases(_Scale, init="2.5") == {"2.5; input (4, 5)"}
    assert cases(_Scale, init="factor=2.5", shapes=((7,),)) == {"factor=2.5; input (7,)"}


def test_a_loss_is_given_two_inputs() -> None:
    """A prediction and a target, of one shape, whatever the class is called."""

    class Energy:
        def forward(self, prediction: Any, target: Any) -> Any:
            self.difference = prediction - target
            return self.difference.square().sum()

        def backward(self) -> Any:
            return 2 * self.difference

    assert check(Energy).passed
    assert cases(Energy) == {
        "input (4, 3) probabilities, (4, 3) one-hot",
        "input (4, 3) wide, (4, 3) one-hot",
    }


def test_the_users_words_may_name_what_their_module_holds() -> None:
    """A constant of the target's own module, and torch."""
    assert cases(_Scale, init="WIDTH") == {"3; input (4, 3)"}
    assert check(_Scale, init="float(torch.tensor(2.0))").passed


def test_words_that_cannot_be_read_are_a_wrong_command() -> None:
    """Not a property of the target."""
    with pytest.raises(CommandError, match="--init") as refused:
        check(_Scale, init="HEIGHT")
    assert not isinstance(refused.value, ExerciseError)


def test_an_instance_is_tried_at_the_inputs_or_shapes_given() -> None:
    """The inputs as they are, or drawn ones."""
    assert cases(_Scale(2.0), inputs=(torch.ones(2, 3),)) == {"input (2, 3)"}
    assert cases(_Scale(2.0), shapes=((6,),)) == {"input (6,)"}
    pair = Pair(lambda a, b: a * b, lambda g, a, b: (g * b, g * a))
    assert cases(pair, shapes=((6,), (6,))) == {"input (6,), (6,)"}


def test_an_instance_has_no_constructor_arguments() -> None:
    """Saying some is a slip that would otherwise go unnoticed."""
    with pytest.raises(ExerciseError, match="is an instance, built already: leave out --init"):
        check(_Scale(2.0), init="3", shapes=((6,),))


def test_an_instance_without_inputs_is_asked_about() -> None:
    """The option is shown as one would type it."""
    with pytest.raises(ExerciseError, match="--input 4,3"):
        check(_Refusing(2.0))


def test_no_wishes_are_no_wishes() -> None:
    """The default says nothing at all."""
    assert Wishes() == NO_WISHES
    assert (NO_WISHES.init, NO_WISHES.shapes, NO_WISHES.inputs) == (None, (), ())
