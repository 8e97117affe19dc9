"""Global state that a check, or the code it runs, may change: captured, and put back."""

from __future__ import annotations

import io
import os
import random
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, NoReturn

import numpy as np
import torch

from gradcheck.errors import causes


@contextmanager
def preserved_globals() -> Iterator[None]:
    """Put back what somebody's code may set for the whole process, whatever happens inside.

    Random states, torch's default dtype and device, grad mode and number of threads, NumPy's
    ways with errors, warnings, the search path, the command's words, the environment, the current
    folder, matplotlib's backend.

    >>> before = torch.initial_seed()
    >>> with preserved_globals():
    ...     _ = torch.manual_seed(before + 1)
    >>> torch.initial_seed() == before
    True
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 the global one is meant
    torch_state, cuda_states = torch.get_rng_state(), _cuda_states()
    dtype, grad_mode = torch.get_default_dtype(), torch.is_grad_enabled()
    threads, device = torch.get_num_threads(), torch.get_default_device()
    paths, search_path = sys.path, list(sys.path)
    folder, errors = _folder(), np.geterr()
    words, variables = list(sys.argv), dict(os.environ)
    backend = _backend()
    with warnings.catch_warnings(), repeatable():
        try:
            yield
        except BaseException as raised:
            _let_go(raised)
            raise
        finally:
            if torch.get_default_device() != device:
                torch.set_default_device(device)
            torch.set_rng_state(torch_state)
            for number, state in enumerate(cuda_states):
                torch.cuda.set_rng_state(state, number)
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002 the same
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(grad_mode)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            np.seterr(**errors)
            sys.path = paths
            sys.path[:] = search_path
            sys.argv[:] = words
            if os.environ != variables:
                os.environ.clear()
                os.environ.update(variables)
            if _folder() != folder:
                with suppress(OSError):
                    os.chdir(folder)
            _put_back(backend)


class _Nowhere(io.TextIOBase):
    """Takes every text, and keeps none: ten megabytes cost nothing."""

    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


@contextmanager
def silenced() -> Iterator[None]:
    """Drop what somebody's code prints or warns of: it is no part of an answer.

    Nobody is there to answer what it asks for, and it may not end the process.

    >>> with silenced():
    ...     print("hello")
    """
    asked, end = sys.stdin, os._exit
    sys.stdin, os._exit = io.StringIO(), _refused_exit
    try:
        with redirect_stdout(_Nowhere()), redirect_stderr(_Nowhere()):
            yield
    finally:
        sys.stdin, os._exit = asked, end


def _refused_exit(status: int) -> NoReturn:
    """Stand in for ``os._exit``, after which a check that saw nothing would look like a pass."""
    raise SystemExit(status)


@contextmanager
def repeatable() -> Iterator[None]:
    """Let a generator that is made without a seed follow from NumPy's global one.

    Some give the time in its stead, in nanoseconds: no seed that an author writes is as large.

    >>> def drawn():
    ...     pin_random_numbers()
    ...     return np.random.default_rng().random()
    >>> with repeatable():
    ...     assert drawn() == drawn()
    """
    made = np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        is_unsaid = seed is None or (isinstance(seed, int | np.integer) and seed >= _LARGEST_SEED)
        return made(np.random.randint(_LARGEST_SEED) if is_unsaid else seed)  # noqa: NPY002 the same

    np.random.default_rng = default_rng
    try:
        yield
    finally:
        np.random.default_rng = made


_LARGEST_SEED = 2**31


def pin_random_numbers(seed: int = 0) -> None:
    """Start every generator anew: a forward that draws must draw the same each time."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 the global one is meant
    # torch.manual_seed would do the same, and format three stack traces for absent accelerators:
    # a millisecond, ten times a small forward.
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)


def draws_numbers(call: Callable[[], object]) -> bool:
    """Whether a call draws from the generators that belong to everybody.

    >>> draws_numbers(lambda: torch.rand(2)), draws_numbers(lambda: torch.ones(2))
    (True, False)
    """
    pin_random_numbers()
    before = _drawn_so_far()
    call()
    return before != _drawn_so_far()


def _drawn_so_far() -> tuple[object, ...]:
    numpys = np.random.get_state(legacy=False)  # noqa: NPY002 the global one is meant
    torchs = [torch.default_generator.get_state(), *_cuda_states()]
    return random.getstate(), str(numpys), *(state.numpy().tobytes() for state in torchs)


def _let_go(raised: BaseException) -> None:
    """Of what the calls that it has ended hold: a generator among them may not be over yet.

    ``torch.utils.checkpoint`` is such a one: its hooks stay in place for all else, until then.
    """
    for one in causes(raised):
        traceback.clear_frames(one.__traceback__)


def _cuda_states() -> list[torch.Tensor]:
    """Those of the generators of all GPUs, once one is in use."""
    return torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109 as it is spelt, links and all
    return ""  # it has been deleted


def _backend() -> Any:
    """Matplotlib's, if anybody has imported it and chosen one."""
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", None)
    return dict.get(settings, "backend") if isinstance(settings, dict) else None


def _put_back(backend: Any) -> None:
    """Unless a window is open already, a backend is but a setting."""
    settings = getattr(sys.modules.get("matplotlib"), "rcParams", None)
    if isinstance(settings, dict) and backend is not None and _backend() != backend:
        dict.__setitem__(settings, "backend", backend)
