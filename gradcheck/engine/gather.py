"""Tasks to answers, on whatever executor, each as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, as_completed

from gradcheck.engine import tasks
from gradcheck.engine.answer import Answer, lost
from gradcheck.engine.place import Task
from gradcheck.errors import CommandError, GradcheckError, one_line


def gather(
    executor: Executor, wanted: Sequence[Task], until: float | None = None
) -> Iterator[tuple[int, Answer]]:
    """Yield the number of a task and its answer, in the order in which they come.

    Ends early when the clock (``time.monotonic``) shows ``until``: what has not come by then is
    called off.

    Raises:
        CommandError: If the command itself is wrong.
    """
    futures: dict[Future[Answer], int] = {
        executor.submit(tasks.check, task): number for number, task in enumerate(wanted)
    }
    left = None if until is None else max(0.0, until - time.monotonic())
    try:
        for future in as_completed(futures, timeout=left):
            number = futures[future]
            yield number, _answer(future, wanted[number])
    except TimeoutError:
        return
    finally:
        for future in futures:
            future.cancel()


def _answer(future: Future[Answer], task: Task) -> Answer:
    try:
        return future.result()
    except CommandError:
        raise
    except (Exception, CancelledError) as error:  # noqa: BLE001 whatever became of its process
        why = GradcheckError(f"was lost on its way: {one_line(error)}")
        return lost(task.name, why, task.options.seed)
