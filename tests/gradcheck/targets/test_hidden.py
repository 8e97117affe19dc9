"""A private Function of torch is a target: the hand-written backward is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcheck.targets.resolve import resolve

TWICE = """
class {name}(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x
    @staticmethod
    def backward(ctx, grad):
        return 2 * grad
"""
HEAD = "import torch\n{listed}def twice(x):\n    return _Twice.apply(x)\n"


def names(tmp_path: Path, text: str) -> list[str]:
    """Return what a file defines, as it is listed."""
    (tmp_path / "layers.py").write_text(text, encoding="utf-8")
    return [one.name.rpartition(":")[2] for one in resolve(str(tmp_path / "layers.py"))]


@pytest.mark.parametrize("listed", ["", "__all__ = ['twice']\n"])
def test_a_private_function_stands_for_itself(listed: str, tmp_path: Path) -> None:
    """Whether it begins with an underscore, or is not listed."""
    text = HEAD.format(listed=listed) + TWICE.format(name="_Twice") + TWICE.format(name="Double")
    assert sorted(names(tmp_path, text)) == ["Double", "_Twice"]


def test_another_private_class_is_left_alone(tmp_path: Path) -> None:
    """A layer that is hidden is nobody's interface, and an unfinished Function has no backward."""
    layer = (
        "class _Layer:\n    def forward(self, x): return x\n    def backward(self, g): return g\n"
    )
    base = "class _Base(torch.autograd.Function):\n    pass\n"
    text = HEAD.format(listed="") + TWICE.format(name="_Twice") + layer + base
    assert names(tmp_path, text) == ["_Twice"]
