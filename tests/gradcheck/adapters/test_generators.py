"""Generators that an object holds begin anew before each forward."""

import importlib
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck.adapters.generators import Generators


class Holder:
    """Something that holds a generator."""

    def __init__(self, source: Any) -> None:
        self.sources = [source]


DRAWS: list[tuple[Any, Any]] = [
    (lambda: np.random.default_rng(3), lambda g: g.random()),
    (lambda: np.random.RandomState(3), lambda g: g.rand()),
    (lambda: random.Random(3), lambda g: g.random()),  # noqa: S311 no secret
    (lambda: torch.Generator().manual_seed(3), lambda g: float(torch.rand((), generator=g))),
]


@pytest.mark.parametrize(("make", "draw"), DRAWS, ids=["new", "old", "python", "torch"])
def test_every_kind_of_generator_is_wound_back(make: Any, draw: Any) -> None:
    """To where it began, as often as it is asked."""
    holder = Holder(make())
    own = Generators(holder)
    draws = []
    for _ in range(3):
        own.rewind()
        draws.append([draw(holder.sources[0]), draw(holder.sources[0])])
    assert draws[0] == draws[1] == draws[2]
    assert draws[0][0] != draws[0][1]


def test_one_that_a_forward_makes_begins_where_its_seed_made_it() -> None:
    """Though it has drawn before anybody saw it."""
    holder = Holder(None)
    own = Generators(holder)
    own.rewind()
    holder.sources[0] = np.random.default_rng(7)
    first = holder.sources[0].random()
    own.rewind()
    assert holder.sources[0].random() == first


def test_one_that_a_file_holds_for_all_its_layers_is_wound_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one of another file of the package, whose function the layer's file calls."""
    folder = tmp_path / "noisy_course"
    folder.mkdir()
    helper = "import numpy\nrng = numpy.random.default_rng(3)\ndef draw(): return rng.random()\n"
    (folder / "helper.py").write_text(helper)
    (folder / "layers.py").write_text("from .helper import draw\nclass Dropout: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    layers = importlib.import_module("noisy_course.layers")
    own = Generators(layers.Dropout())
    own.rewind()
    first = layers.draw()
    own.rewind()
    assert layers.draw() == first
