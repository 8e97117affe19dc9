"""Each target in a process of its own: whatever it does there costs its own verdict only."""

from __future__ import annotations

from pathlib import Path

from tests.gradcheck.engine.commands import document, reasons, verdicts

# In the order of their names, and each followed by one that is right.
HOSTILE = """
import ctypes, os, sys
import torch

class Right:
    def forward(self, x): return 2 * x
    def backward(self, g): return 2 * g

class Aborts(Right):
    def forward(self, x): os.abort()
class AfterAborting(Right): pass

class Corrupts(Right):
    def forward(self, x):
        torch.Tensor.__mul__ = torch.Tensor.__rmul__ = lambda a, b: torch.zeros_like(a)
        torch.autograd.grad = torch.randn = None
        return x
class CorruptsAfter(Right): pass

class Exits(Right):
    def forward(self, x): os.kill(os.getpid(), 9)
class ExitsAfter(Right): pass

class Hangs(Right):
    def forward(self, x): return sum(range(10**15)) * x
class HangsAfter(Right): pass

class Leaks(Right):
    kept = []
    def forward(self, x):
        while True: self.kept.append(bytearray(10**7))
class LeaksAfter(Right): pass

class Prints(Right):
    def forward(self, x):
        while True: os.write(1, b"x" * 1000); os.write(2, b"x" * 1000)
class PrintsAfter(Right): pass

class Segfaults(Right):
    def forward(self, x): ctypes.string_at(0)
class SegfaultsAfter(Right): pass
"""


def test_whatever_a_target_does_costs_its_own_verdict_only(folder: Path) -> None:
    """It aborts, corrupts, is killed, hangs, leaks, floods, segfaults; the next is verified."""
    (folder / "hostile.py").write_text(HOSTILE, encoding="utf-8")
    limits = ["--timeout", "4", "--memory", "300M"]
    code, report = document("hostile.py", "--jobs", "1", "--contract", "none", *limits)
    assert code == 2
    said = {name.partition(":")[2]: reason for name, reason in reasons(report).items()}
    found = {name.partition(":")[2]: verdict for name, verdict in verdicts(report).items()}
    assert {name for name, verdict in found.items() if verdict == "undecided"} == {
        *("Aborts", "Corrupts", "Exits", "Hangs", "Leaks", "Prints", "Segfaults")
    }
    assert {found[name] for name in found if name.endswith(("After", "Aborting", "Right"))} == {
        "verified"
    }
    ended = "ended the whole process ({}), without an error that could be caught"
    assert said["Aborts"] == f"hostile.py:Aborts {ended.format('SIGABRT')}"
    assert said["Exits"] == f"hostile.py:Exits {ended.format('SIGKILL')}"
    assert said["Segfaults"] == f"hostile.py:Segfaults {ended.format('SIGSEGV')}"
    late = "took longer than 4 s and was ended: --timeout allows more"
    assert said["Hangs"] == f"hostile.py:Hangs {late}"
    assert said["Prints"] == f"hostile.py:Prints {late}"
    large = "took more than 300 MiB and was ended: --memory allows more"
    assert said["Leaks"] == f"hostile.py:Leaks {large}"
