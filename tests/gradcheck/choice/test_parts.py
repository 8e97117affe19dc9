"""A container is tried with the layers and losses that its own package has."""

from pathlib import Path
from typing import Any

import pytest

from gradcheck import campaign
from gradcheck.choice.parts import Parts
from gradcheck.options import Options
from gradcheck.targets.resolve import resolve

HELD = Path(__file__).parents[2] / "dialects" / "frameworks" / "held.py"


@pytest.fixture
def stack() -> Any:
    """A container that wants layers."""
    (target,) = resolve(f"{HELD}:Stack")
    return target.object


def test_a_chain_begins_with_an_affine_layer(stack: type) -> None:
    """An activation follows it; the sizes stay those of any other layer."""
    assert [str(one) for one in Parts(stack).chain] == ["Dense(n_in=5, n_out=3)", "Tanh()"]


def test_each_part_is_made_anew_and_alike(stack: type) -> None:
    """Two instances share nothing, and hold the same weights."""
    dense = Parts(stack).chain[0]
    one, other = dense.make(), dense.make()
    assert one is not other
    assert (one.w == other.w).all()


def test_losses_are_kept_apart_and_classes_found_by_their_base(stack: type) -> None:
    """Whoever is annotated with a base is given what is derived from it."""
    loss, layer = Parts(stack).loss(), Parts(stack).of("Layer", 0)
    assert "SquaredError" in str(loss)
    assert layer is not None


def test_where_there_is_nothing_nothing_is_built() -> None:
    """A class by itself has no parts."""
    (target,) = resolve(f"{HELD.with_name('aged.py')}:Scale")
    assert Parts(target.object).loss() is None
    assert Parts(target.object).of("Layer", 0) is None


def test_a_container_alone_in_its_file_holds_layers_of_the_files_beside_it(tmp_path: Path) -> None:
    """Of those that nothing has imported, only what may define a backward is."""
    body = "def __init__(self, *layers):\n        self.layers = layers\n"
    (tmp_path / "container.py").write_text(
        f"class Sequential:\n    {body}"
        "    def forward(self, x):\n        for layer in self.layers:\n"
        "            x = layer.forward(x)\n        return x\n"
        "    def backward(self, g):\n        for layer in self.layers[::-1]:\n"
        "            g = layer.backward(g)\n        return g\n"
    )
    (tmp_path / "layers.py").write_text(
        "import numpy as np\n\n\nclass Tanh:\n"
        "    def forward(self, x):\n        self.y = np.tanh(x)\n        return self.y\n"
        "    def backward(self, g):\n        return g * (1 - self.y**2)\n"
    )
    (tmp_path / "script.py").write_text("raise SystemExit('not to be run')\n")
    (target,) = resolve(f"{tmp_path}/container.py")
    assert [str(one) for one in Parts(target.object).chain] == ["Tanh()"]
    (result,) = campaign.run([target], Options())
    assert result.verdict == "verified", result.explain()
