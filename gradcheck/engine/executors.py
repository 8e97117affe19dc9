"""Where tasks run: in threads here, each of which has a process; or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from gradcheck.engine import tasks
from gradcheck.errors import CommandError
from gradcheck.processes.limits import Limits
from gradcheck.processes.service import OURS
from gradcheck.processes.worker import Worker

_DASK = "dask:"


@contextmanager
def executor(where: str, jobs: int, limits: Limits) -> Iterator[Executor]:
    """The executor of this name: empty for this machine, or ``dask:ADDRESS``.

    Raises:
        CommandError: If there is none of this name, or it does not answer.
    """
    if not where:
        with local(jobs, limits) as here:
            yield here
    elif where.startswith(_DASK):
        with _dask(where.removeprefix(_DASK)) as cluster:
            yield cluster
    else:
        raise CommandError(f"--executor {where}: expected dask:ADDRESS, as dask:tcp://host:8786")


@contextmanager
def local(jobs: int, limits: Limits) -> Iterator[Executor]:
    """As many threads as there are jobs, each with a worker that can be ended.

    The workers are started before the threads: a process without threads may be forked.
    """
    workers = [Worker(limits) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    idle = iter(workers)
    pool = ThreadPoolExecutor(
        jobs, thread_name_prefix=OURS, initializer=lambda: tasks.adopt(next(idle))
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()  # its thread waits for it, and hears of that
        pool.shutdown()
        for worker in workers:
            worker.end()


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415 an extra, and a second to import
    except ImportError as error:
        raise CommandError(
            f"--executor dask:{address} needs Dask: pip install 'gradcheck-scratchnn[dask]'"
        ) from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise CommandError(f"--executor dask:{address} does not answer: {error}") from error
    with client:
        yield client.get_executor(pure=False)
