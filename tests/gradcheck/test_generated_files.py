"""Files that nobody would write: each gets an answer, and none an error that was not expected."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck.records import Verdict
from tests.gradcheck.engine.commands import run

PARAMETERS = st.sampled_from(["x", "x, y", "*args", "x, scale=2.0", "x, *, mode", "", "x, **more"])
BODIES = st.sampled_from(
    [
        "return x",
        "return 2 * x",
        "return x @ self.weight",
        "return x.sum()",
        "return x, x",
        "return None",
        "return 'text'",
        "return [x, {'y': x}]",
        "self.saved = x; return np.asarray(x) ** 2",
        "return np.float32(3)",
        "return x.tolist()",
        "return self",
        "return x.int()",
        "x *= 2; return x",
        "raise KeyError(x)",
        "yield x",
        "return lambda: x",
        "return torch.zeros(0)",
        "return x * float('nan')",
        "del self.__dict__; return x",
        "self.forward = None; return x",
        "return getattr(self, 'saved', x) * x",
    ]
)
HEADS = st.sampled_from(
    [
        "class {name}:",
        "class {name}(torch.nn.Module):",
        "class {name}(torch.autograd.Function):",
        "class {name}(list):",
        "@dataclasses.dataclass\nclass {name}:\n    weight: object = None",
        "class {name}(Base):",
    ]
)
DECORATORS = st.sampled_from(["", "", "", "@staticmethod", "@property", "@classmethod"])
NAMES = st.sampled_from(
    [
        *("forward", "backward", "__call__", "grad", "update", "step", "parameters", "zero_grad"),
        *("__init__", "__getattr__", "__len__", "__eq__", "reset", "derivative", "_backward"),
    ]
)
PRELUDE = """
import dataclasses
import numpy as np
import torch

class Base:
    weight = torch.ones(5, 5)
    def forward(self, x): return x
"""


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A file with a class or two, whose methods are as they come."""
    parts = [PRELUDE]
    for number in range(draw(st.integers(1, 2))):
        parts.append(draw(HEADS).format(name=f"Layer{number}"))
        always = ["forward", "backward"]
        for name in [*always, *draw(st.lists(NAMES, max_size=2))]:
            decorator = draw(DECORATORS)
            own = "cls" if decorator == "@classmethod" else "self"
            first = [] if decorator == "@staticmethod" else [own]
            more = draw(PARAMETERS)
            words = ", ".join([*first, *([more] if more else [])])
            lines = [decorator, f"def {name}({words}):", f"    {draw(BODIES)}"]
            parts += [f"    {line}" for line in lines if line.strip()]
    return "\n".join(parts) + "\n"


@given(sources())
@settings(max_examples=8, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_a_generated_file_is_answered(tmp_path: Path, source: str) -> None:
    """With a verdict for each class, and an exit code that fits the worst of them."""
    answers(tmp_path, source)


@pytest.mark.proof
@given(sources())
@settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_many_generated_files_are_answered(tmp_path: Path, source: str) -> None:
    """The same, minutes long."""
    answers(tmp_path, source)


def answers(folder: Path, source: str) -> None:
    """Check a file, and hold the answer against what every answer must be."""
    path = folder / "generated.py"
    path.write_text(source, encoding="utf-8")
    with redirect_stderr(io.StringIO()) as complaints:
        code, text = run(str(path), "--format", "json")
    assert code in (0, 1, 2, 3)
    assert "was not expected" not in complaints.getvalue()
    if text:  # else one line on standard error: the file cannot be imported, or holds no layer
        report = json.loads(text)
        found = [result["verdict"] for result in report["results"]]
        assert found
        assert set(found) <= set(Verdict)
        assert (code == 1) == ("refuted" in found)
        assert (code == 0) == (set(found) == {"verified"})
