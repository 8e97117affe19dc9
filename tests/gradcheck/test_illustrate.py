"""What a report draws: gathered where it is asked for, of what was found."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import scratchnn
from gradcheck.campaign import check_target
from gradcheck.choice.wishes import Wishes
from gradcheck.illustrate import MOST, excerpt_around
from gradcheck.options import Options
from gradcheck.records import Record, Source
from gradcheck.targets.resolve import Target

X = torch.linspace(-1, 1.25, 15, dtype=torch.float64).reshape(3, 5)


class Halved(scratchnn.Linear):
    """A backward whose bias is wrong, and whose weight is right."""

    def backward(self, grad_output: torch.Tensor) -> torch.Tensor:
        """Halve what the bias gets."""
        x, weight = self.saved(grad_output)
        assert self.bias is not None
        self.weight.accumulate(grad_output.mT @ x)
        self.bias.accumulate(grad_output.sum(0) / 2)
        return grad_output @ weight


def record_of(*, exhibits: bool) -> Record:
    """Check the wrong layer."""
    options = Options(exhibits=exhibits, contracts=())
    return check_target(Target("Halved", Halved(5, 3)), options, Wishes(inputs=(X,)))


def test_nothing_is_drawn_for_nobody() -> None:
    """Without a report there are no sweeps to pay for."""
    record = record_of(exhibits=False)
    assert (record.exhibits, record.excerpts) == ((), ())


def test_each_leaf_is_drawn_and_the_wrong_one_in_full() -> None:
    """A map of the entries is of use only where some are wrong."""
    drawn = {exhibit.leaf: exhibit for exhibit in record_of(exhibits=True).exhibits}
    assert set(drawn) == {"input", "weight", "bias"}
    assert all(exhibit.sweep for exhibit in drawn.values())
    assert [leaf for leaf, exhibit in drawn.items() if exhibit.heat] == ["bias"]


def test_the_excerpt_begins_at_the_statement_that_is_wrong() -> None:
    """Known only after all cases are: it is no use to show the head of the backward."""
    record = record_of(exhibits=True)
    (place,) = record.refutations[0].places
    (excerpt,) = record.excerpts
    told = excerpt.lines[place.line - excerpt.first]
    assert told == "        self.bias.accumulate(grad_output.sum(0) / 2)"


def test_an_excerpt_ends_with_the_function_or_when_it_is_long(tmp_path: Path) -> None:
    """Neither the next definition nor a hundred lines belong to it."""
    path = tmp_path / "layers.py"
    path.write_text("def f():\n    a = 1\n\n    return a\n\n\ndef g():\n" + "    b = 2\n" * 50)
    short = excerpt_around((Source(str(path), 1, "f"),))
    long = excerpt_around((Source(str(path), 9, "g"), Source(str(path), 8, "g")))
    assert short is not None
    assert short.lines == ("def f():", "    a = 1", "", "    return a")
    assert long is not None
    assert (long.first, len(long.lines)) == (7, MOST)


@pytest.mark.parametrize("place", [Source("<string>", 1, "f"), Source(__file__, 10_000, "f")])
def test_lines_that_python_cannot_show_are_left_out(place: Source) -> None:
    """A function typed into a prompt has no file."""
    assert excerpt_around((place,)) is None
    assert excerpt_around(()) is None
