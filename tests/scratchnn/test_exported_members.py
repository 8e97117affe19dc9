"""The public surface, pinned; and every public page complete."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import scratchnn

MODULES = [
    importlib.import_module(f"scratchnn.{module.name}")
    for module in pkgutil.iter_modules(scratchnn.__path__)
    # Importing __main__ would run it, and the pages of the command line are its --help.
    if not module.name.startswith("_") and module.name != "cli"
]
PAGES = {
    f"{module.__name__}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if not name.startswith("_")
    and (inspect.isclass(value) or inspect.isfunction(value))
    and value.__module__ == module.__name__
}


def test_the_exports_are_complete() -> None:
    """What is imported is exported, and nothing else."""
    public = {
        name
        for name, value in vars(scratchnn).items()
        if not name.startswith("_")
        and (not isinstance(value, ModuleType) or name in {"data", "init"})
    }
    assert set(scratchnn.__all__) == public
    assert len(scratchnn.__all__) == len(set(scratchnn.__all__))


def test_the_public_names_are_these() -> None:
    """A name that goes away breaks someone's import."""
    assert set(scratchnn.__all__) >= {
        "L1Loss",
        "Linear",
        "MSELoss",
        "Module",
        "Parameter",
        "ReLU",
        "SGD",
        "Sequential",
        "Sigmoid",
        "Tanh",
        "data",
        "fit",
        "init",
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_an_example(name: str) -> None:
    """The examples themselves run with the tests."""
    assert ">>> " in (inspect.getdoc(PAGES[name]) or "")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, value in PAGES.items()
        if inspect.isclass(value)
        and issubclass(value, scratchnn.Module)
        and not inspect.isabstract(value)
    ],
)
@pytest.mark.parametrize("heading", ["Shapes", "VJP", "Raises", "Source"])
def test_every_layer_states_shapes_vjp_errors_and_source(name: str, heading: str) -> None:
    """The page of code is the derivation."""
    assert f"\n{heading} " in (inspect.getdoc(PAGES[name]) or "")
