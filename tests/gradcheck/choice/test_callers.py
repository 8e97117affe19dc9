"""A Function is checked at what its own author gives it, where no name says what that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.cases.case import Case
from gradcheck.choice.callers import case_of_callers
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import resolve

Write = Callable[[str], None]

HEAD = """
import torch
from torch import nn
from torch.autograd import Function

class Scaled(Function):
    @staticmethod
    def forward(ctx, x, {names}):
        {body}
    @staticmethod
    def backward(ctx, grad):
        return ctx.by * grad, None
"""
SECRET = HEAD.format(
    names="key", body='ctx.by = {"opal": 3.0}[key[0][1]]\n        return x * ctx.by'
)
BY_FUNCTION = SECRET + "def scaled(x):\n    return Scaled.apply(x, [(0, 'opal')])\n"
BY_ALIAS = SECRET + "call = Scaled.apply\ndef scaled(x):\n    return call(x, [(0, 'opal')])\n"
BY_MODULE = (
    SECRET
    + """
class Scale(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)
    def forward(self, x):
        return Scaled.apply(self.inner(x), [(0, 'opal')])
"""
)
AT_SECOND_HAND = (
    BY_FUNCTION.replace("def scaled(x)", "def _scaled(x, times)").replace(
        "apply(x,", "apply(x * times['two'],"
    )
    + "def thrice(x):\n    return _scaled(x, {'two': 3.0})\n"
)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of layers into a folder of its own, and go there."""
    monkeypatch.chdir(tmp_path)

    def written(text: str) -> None:
        Path("layers.py").write_text(text, encoding="utf-8")

    return written


def case_of(name: str = "layers.py:Scaled") -> Case:
    """Return the first case of a target."""
    (target,) = resolve(name)
    return cases_of(target)[0]


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        (BY_FUNCTION, "as scaled(x (4, 5)) gives it"),
        (BY_ALIAS, "as scaled(x (4, 5)) gives it"),
        (BY_MODULE, "as Scale(size=5; input (4, 5)) gives it"),
        (AT_SECOND_HAND, "as thrice(x (4, 5)) gives it"),
    ],
)
def test_the_caller_says_what_is_given(text: str, caller: str, write: Write) -> None:
    """A function, by whatever name it calls it, a Module, or who calls such a function."""
    write(text)
    case = case_of()
    function, (x, key) = case.make(0)
    assert case.label == caller
    assert key == [(0, "opal")]
    assert isinstance(x, Tensor)
    assert function.__name__ == "Scaled"


def test_each_seed_draws_other_inputs(write: Write) -> None:
    """The same twice, others for another seed."""
    write(BY_FUNCTION)
    case = case_of()
    one, same, other = (case.make(seed)[1][0] for seed in (0, 0, 1))
    assert one.equal(same)
    assert not one.equal(other)


def test_what_asks_for_no_gradient_there_is_not_missed(write: Write) -> None:
    """A buffer of its Module's is a constant, whatever moves with it."""
    held = BY_MODULE.replace("[(0, 'opal')]", "self.by").replace(
        "self.inner =", 'self.register_buffer("by", torch.ones(1))\n        self.inner ='
    )
    write(held.replace('{"opal": 3.0}[key[0][1]]', "key"))
    (target,) = resolve("layers.py:Scaled")
    case = case_of_callers(target.object)
    assert case is not None
    subject = adapt(*case.make(0), {})
    assert [leaf.required for leaf in subject.leaves] == [True, False]


@pytest.mark.parametrize(("asked", "guessed"), [("x", False), ("x, other", True)])
def test_what_is_wrong_of_several_given_to_a_caller_decides_nothing(
    asked: str, guessed: bool, write: Write
) -> None:
    """Which of them are tensors and which are numbers is only guessed; of one there is no doubt."""
    write(BY_FUNCTION.replace("scaled(x)", f"scaled({asked})"))
    assert case_of().guessed is guessed


def test_nobody_calls_it(write: Write) -> None:
    """Then nothing is said."""
    write(SECRET)
    (target,) = resolve("layers.py:Scaled")
    assert case_of_callers(target.object) is None
