"""A thousand targets, of which fifty crash, leave, hang, leak or print without end: none is lost.

    python -m pytest -m proof -s tests/proofs/test_thousand.py

prints how long they took beside their honest work, and what a second worker brings.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.gradcheck.engine.commands import reasons, run, verdicts

HONEST, BROKEN, A_FEW = 950, 50, 200
PER_FILE = 10
TIMEOUT, MEMORY = 5, "500M"

LAYERS = (
    """
class {name}:
    def forward(self, x):
        self.y = np.tanh({a} * x)
        return self.y

    def backward(self, grad_output):
        return {a} * (1 - self.y**2) * grad_output
""",
    """
class {name}:
    def __init__(self, in_features, out_features):
        self.w = {a} * np.ones((in_features, out_features))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, grad_output):
        self.dw = self.x.T @ grad_output
        return grad_output @ self.w.T
""",
    """
class {name}:
    def forward(self, x):
        self.x = x
        return x**2 / (x**2 + {a})

    def backward(self, grad_output):
        return grad_output * 2 * {a} * self.x / (self.x**2 + {a}) ** 2
""",
)
DEEDS = {
    "Crashes": "ctypes.string_at(0)",
    "Leaves": "os._exit(0)",
    "Hangs": "while True: pass",
    "Leaks": "while True: KEPT.append(bytearray(10**7))",
    "Prints": 'while True: os.write(1, b"x" * 1000)',
}
HEAD = "import ctypes, os\nimport numpy as np\n\nKEPT = []\n"


def honest(number: int) -> str:
    """A layer of one of three kinds, that no other is equal to."""
    a = 0.5 + number / HONEST
    return LAYERS[number % len(LAYERS)].format(name=f"Honest{number}", a=a)


def broken(number: int) -> str:
    """A layer whose forward does one of five things that end a process, or never end."""
    deed = list(DEEDS)[number % len(DEEDS)]
    body = f"\n    def forward(self, x):\n        {DEEDS[deed]}\n"
    return f"\nclass {deed}{number}:{body}\n    def backward(self, g):\n        return g\n"


def written(folder: Path, classes: Sequence[str]) -> None:
    """Ten to a file, those that are broken among the others."""
    files = -(-len(classes) // PER_FILE)
    for number in range(files):
        text = "".join(classes[number::files])
        (folder / f"part{number:03}.py").write_text(HEAD + text, encoding="utf-8")


@pytest.mark.proof
def test_a_thousand_targets_have_a_verdict_each_whatever_some_of_them_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The honest ones are verified, the others undecided, each for its own reason."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, [*map(honest, range(HONEST)), *map(broken, range(BROKEN))])
    limits = ["--timeout", str(TIMEOUT), "--memory", MEMORY]
    code, report, seconds = timed(".", "--jobs", "2", *limits)
    found = {name.partition(":")[2]: verdict for name, verdict in verdicts(report).items()}
    assert len(found) == HONEST + BROKEN
    undecided = {name for name, verdict in found.items() if verdict == "undecided"}
    assert undecided == set(broken_names())
    assert code == 2
    late = [one for one in reasons(report).values() if f"longer than {TIMEOUT} s" in one]
    work = sum(one["seconds"] for one in report["results"] if one["verdict"] == "verified")
    least = (work + TIMEOUT * len(late)) / 2
    print(  # noqa: T201 the figures
        f"\n{len(found):,} targets in {seconds:.0f} s: {seconds / least:.2f} times the honest work "
        f"of {work:.0f} s and {len(late)} timeouts of {TIMEOUT} s, over two workers"
    )


@pytest.mark.proof
def test_one_worker_and_two_say_the_same_of_two_hundred_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the time of both is printed."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, [*map(honest, range(A_FEW))])
    (_, one, alone), (_, two, together) = (timed(".", "--jobs", jobs) for jobs in ("1", "2"))
    assert verdicts(one) == verdicts(two)
    assert set(verdicts(two).values()) == {"verified"}
    assert len(verdicts(two)) == A_FEW
    print(f"\n{A_FEW} targets: {alone:.0f} s, two workers {alone / together:.2f} times as fast")  # noqa: T201


def broken_names() -> Iterator[str]:
    """Of the classes that end or never end."""
    deeds = list(DEEDS)
    return (f"{deeds[number % len(deeds)]}{number}" for number in range(BROKEN))


def timed(*words: str) -> tuple[int, dict[str, Any], float]:
    """The exit code, the document with its timings, and how long it took."""
    started = time.perf_counter()
    code, text = run(*words, "--format", "json")
    return code, json.loads(text), time.perf_counter() - started
