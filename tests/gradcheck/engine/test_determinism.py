"""Same seed, any number of jobs: the same report, byte for byte, timings aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gradcheck.engine.commands import document

SEVERAL = """
import random
import numpy as np
import torch

class Draws:
    def forward(self, x):
        self.factor = random.random() + np.random.rand() + float(torch.rand(()))
        return self.factor * x
    def backward(self, g): return self.factor * g

class Fails:
    def forward(self, x): raise ValueError(f"{self} cannot")
    def backward(self, g): return g

class Leaves:
    left = []
    def forward(self, x):
        self.left.append(x)
        torch.manual_seed(len(self.left))
        return 2 * x
    def backward(self, g): return 2 * g

class Sums:
    def __init__(self, size):
        self.weight = torch.randn(size, 400)
    def forward(self, x):
        self.x = x
        return x @ self.weight
    def backward(self, g):
        self.grad_weight = self.x.T @ g
        return g @ self.weight.T

class Wrong:
    def forward(self, x): return x.tanh()
    def backward(self, g): return g
"""


@pytest.mark.parametrize("jobs", [1, 3])
def test_any_number_of_jobs_writes_the_same_report(jobs: int, folder: Path) -> None:
    """As one process does alone: what is drawn, what is summed, what is refused."""
    (folder / "several.py").write_text(SEVERAL, encoding="utf-8")
    words = ["several.py", "scratchnn.BatchNorm1d", "scratchnn.Tanh", "--seed", "7"]
    alone = document(*words)
    assert alone[0] == 1
    assert len(alone[1]["results"]) == 7
    several = document(*words, "--jobs", str(jobs))
    assert json.dumps(several) == json.dumps(alone)
