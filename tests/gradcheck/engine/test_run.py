"""A run is whole: each target has a record in its place, whatever ends the run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from gradcheck.choice.wishes import NO_WISHES
from gradcheck.cli import screen
from gradcheck.engine.answer import Answer
from gradcheck.engine.apart import Apart
from gradcheck.engine.candidate import Candidate, Place
from gradcheck.engine.executors import executor
from gradcheck.engine.gather import gather
from gradcheck.engine.place import Task
from gradcheck.engine.plan import planned
from gradcheck.engine.run import Request, run
from gradcheck.engine.runner import Here
from gradcheck.errors import CommandError
from gradcheck.options import Options
from gradcheck.processes.limits import Limits
from gradcheck.records import Finding, Record, Verdict
from gradcheck.result import Result
from tests.gradcheck.engine.commands import document, reasons, verdicts
from tests.gradcheck.engine.commands import run as command

FILE = """
class A:
    def forward(self, x): return 2 * x
    def backward(self, g): return 2 * g
class B(A): pass
class C(A):
    def forward(self, x): return sum(range(10**15)) * x
"""
OPTIONS = Options(contracts=(), witnesses=("autograd",))


class _Backwards:
    """Answers the last first, and is then interrupted."""

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, chosen: Sequence[Candidate], *_: object) -> Iterator[tuple[int, Answer]]:
        for number in reversed(range(len(chosen) - self.count, len(chosen))):
            yield number, Answer(Result(chosen[number].name, ()), "where it came from")
        raise KeyboardInterrupt


def candidates(*names: str) -> list[Candidate]:
    """Targets of these names."""
    return [Candidate(name, 0, None) for name in names]


def test_answers_come_in_any_order_and_stand_in_their_own() -> None:
    """And whoever shows the progress hears of each."""
    heard: list[tuple[str, int]] = []
    traces: list[str] = []
    runner: Any = _Backwards(2)
    found = run(
        runner,
        candidates("a", "b", "c"),
        Request(OPTIONS),
        lambda *one: heard.append(one),
        on_trace=traces.append,
    )
    assert [record.target for record in found.records] == ["a", "b", "c"]
    assert heard == [("c", 1), ("b", 2)]
    assert traces == ["where it came from"] * 2
    assert [record.reached for record in found.records] == [False, True, True]
    assert found.records[0].findings[0].message == "not checked: the run was interrupted"


@pytest.fixture
def hears_ctrl_c() -> Iterator[None]:
    """A shell that starts a test run in the background makes it deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_ends_a_run_with_what_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a target hangs in compiled code, in a process of its own."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    whole = screen.progress

    def interrupting(total: int) -> Any:
        timers: list[threading.Timer] = []

        class Bar:
            def __enter__(self) -> Any:
                return self.advance

            def __exit__(self, *_: object) -> None:
                for timer in timers:
                    timer.join()

            def advance(self, name: str, done: int) -> None:
                if done == total - 1:  # C is left, and hangs
                    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
                    timers.append(timer)
                    timer.start()

        assert whole is not None
        return Bar()

    monkeypatch.setattr(screen, "progress", interrupting)
    code, report = document("file.py", "--jobs", "1", "--contract", "none")
    assert code == 3
    assert list(verdicts(report).values()) == ["verified", "verified", "undecided"]
    assert reasons(report)["file.py:C"] == "not checked: the run was interrupted"


def test_a_spent_budget_lists_what_is_left(folder: Path) -> None:
    """By name, in one paragraph; nothing is wrong, and not all is known."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    code, text = command("file.py", "--budget", "0.001s")
    assert code == 3
    told = "not checked: the budget of 0.001 s was spent: file.py:A, file.py:B, file.py:C"
    assert told in text
    assert "3 undecided in" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--budget", "soon"], "--budget soon: expected a time, as 60s or 10m"),
        (["--budget", "0"], "--budget 0: expected a time"),
        (["--memory", "much"], "--memory much: expected a size, as 512M or 2G"),
        (["--executor", "ray:here"], "--executor ray:here: expected dask:ADDRESS"),
    ],
)
def test_what_cannot_be_read_costs_one_line(
    words: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an example of what can."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    assert command("file.py", *words) == (2, "")
    assert told in capsys.readouterr().err


def test_a_name_that_leads_nowhere_is_the_commands_own_mistake(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a worker as here: one line, and the nearest spelling."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    assert command("file.py:AA", "--jobs", "1") == (2, "")
    assert "file.py defines no AA: did you mean A?" in capsys.readouterr().err
    assert command("file.py:A", "--jobs", "1", "--init", "3,,") == (2, "")
    assert '--init "3,," is no list of arguments' in capsys.readouterr().err


def test_where_an_error_came_from_is_shown_from_a_worker_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On demand, as it is here."""
    text = FILE.replace("return 2 * x", "raise ValueError('no such luck')")
    (folder / "failing.py").write_text(text, encoding="utf-8")
    code, _ = command("failing.py:A", "--jobs", "1", "--traceback")
    err = capsys.readouterr().err
    assert code == 2
    assert "Traceback" in err
    assert "no such luck" in err
    command("failing.py:A", "--jobs", "1")
    assert "Traceback" not in capsys.readouterr().err


# Any executor.


def test_a_campaign_runs_on_any_executor(folder: Path) -> None:
    """Threads, or processes of the standard library: the same records as here."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    here = Here()
    chosen = [*here.find("file.py:A", print), *here.find("file.py:B", print)]
    alone = run(here, chosen, Request(OPTIONS))
    pools: list[Executor] = [ProcessPoolExecutor(1, get_context("fork")), ThreadPoolExecutor(2)]
    for pool in pools:
        with pool:
            apart = Apart(pool, Limits(timeout=60))
            found = [*apart.find("file.py:A", print), *apart.find("file.py:B", print)]
            several = run(apart, found, Request(OPTIONS))
        assert [one.findings for one in several.records] == [one.findings for one in alone.records]


class _Losing(Executor):
    """Loses what it is given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        lost: Future[Any] = Future()
        lost.set_exception(self.error)
        return lost


def test_what_an_executor_loses_is_undecided_with_its_reason() -> None:
    """A machine of the cluster that dies each time, a result that cannot be sent."""
    task = Task("it", Place("it"), Options(seed=7), NO_WISHES)
    ((number, answer),) = gather(_Losing(OSError("no such machine")), [task])
    (finding,) = answer.result.findings
    assert (number, answer.result.seed, finding.verdict) == (0, 7, Verdict.UNDECIDED)
    assert finding.message == "it was lost on its way: OSError: no such machine"
    with pytest.raises(CommandError, match="wrong"):
        list(gather(_Losing(CommandError("wrong")), [task]))


def test_what_is_not_done_in_time_is_called_off() -> None:
    """The answers that came are kept; nobody waits for the others."""
    never = _Losing(OSError())
    never.submit = lambda *_, **__: Future()  # type: ignore[method-assign] # never done
    task = Task("it", Place("it"), OPTIONS, NO_WISHES)
    assert list(gather(never, [task], until=time.monotonic())) == []


def test_no_process_is_left_behind(folder: Path) -> None:
    """Neither the workers nor what they watch over, nor that of a thread which is gone."""
    (folder / "file.py").write_text(FILE, encoding="utf-8")
    before = _children(os.getpid())
    limits = Limits(timeout=0.5)
    with ThreadPoolExecutor(1) as theirs, executor("", 2, limits) as ours:
        for pool in (ours, theirs):
            apart = Apart(pool, limits)
            run(apart, apart.find("file.py:C", print), Request(OPTIONS))
        assert _children(os.getpid()) > before
    assert _children(os.getpid()) <= before


def _children(process: int) -> set[str]:
    """All processes that this one has started, or one of those."""
    own = Path(f"/proc/{process}/task/{process}/children")
    tasks = [path / "children" for path in own.parents[1].iterdir()] if own.exists() else []
    direct = {name for path in tasks if path.exists() for name in path.read_text().split()}
    return direct | {name for one in direct for name in _children(int(one))}


# The order under a budget.


def test_what_tells_most_comes_first() -> None:
    """Refuted, then unknown, then verified; layers before trainings; one of each file first."""
    weights = {"a.py:Train": 2, "a.py:One": 0, "a.py:Two": 0, "b.py:One": 0, "b.py:Wrong": 0}
    chosen = [Candidate(name, weight, None) for name, weight in weights.items()]
    names = [chosen[number].name for number in planned(chosen, {})]
    assert names == ["a.py:One", "b.py:One", "a.py:Two", "b.py:Wrong", "a.py:Train"]
    before = {
        name: Record(name, (Finding("gradient", "input", Verdict(verdict)),), seconds=seconds)
        for name, verdict, seconds in (
            ("b.py:Wrong", "refuted", 9.0),
            ("a.py:One", "verified", 2.0),
            ("b.py:One", "verified", 1.0),
        )
    }
    names = [chosen[number].name for number in planned(chosen, before)]
    assert names == ["b.py:Wrong", "a.py:Two", "a.py:Train", "b.py:One", "a.py:One"]
