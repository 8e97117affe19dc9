"""Which cases are tried: the user's words first, then the catalogue, then the signature."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
import torch

import scratchnn
from gradcheck import ExerciseError
from gradcheck.cases.catalogue import CATALOGUE
from gradcheck.cases.inference import cases_for, siblings_of
from gradcheck.cases.spec import Spec


class _Dense:
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None: ...


class _NoBias:
    def __init__(self, in_features: int, out_features: int) -> None: ...


class _Other:
    def __init__(self, n_in: int, n_out: int, *, scale: float) -> None: ...


class _Plain:
    def __init__(self, scale: float = 1.0, *rest: Any, **more: Any) -> None: ...


def cases(target: type, init: Any = None, shapes: Any = (), inputs: int = 1) -> tuple[Spec, ...]:
    """Return the cases to try on a class."""
    return cases_for(target, init=init, shapes=shapes, inputs=inputs)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_catalogued_name_has_the_catalogues_cases(name: str) -> None:
    """Whoever wrote the class, and also under a name of its own by inheritance."""
    ours = getattr(scratchnn, name)
    assert cases(ours) == CATALOGUE[name]
    assert cases(type("Renamed", (ours,), {})) == CATALOGUE[name]


def test_a_class_that_takes_the_same_arguments_has_the_same_cases() -> None:
    """A Dense with in_features and out_features is a Linear; a case that it refuses is left out."""
    common = tuple(spec for spec in CATALOGUE["Linear"] if not spec.torch_only)
    assert cases(_Dense) == common
    assert cases(_NoBias) == tuple(spec for spec in common if "bias" not in spec.options)


def test_only_torchs_own_constructor_promises_all_that_torch_allows() -> None:
    """A Linear with fewer options need not take a single sample, or further axes."""
    few = type("Linear", (_Dense,), {})
    assert cases(few) == tuple(spec for spec in CATALOGUE["Linear"] if not spec.torch_only)
    assert cases(torch.nn.Linear) == CATALOGUE["Linear"]
    assert any(spec.torch_only for spec in CATALOGUE["Linear"])


def test_a_namesake_that_takes_other_arguments_has_its_own() -> None:
    """Many call the identity Linear."""
    identity = type("Linear", (), {})
    assert cases(identity) == (Spec(shapes=((4, 5),)),)


@pytest.mark.parametrize("inputs", [1, 2])
def test_a_class_without_arguments_is_given_a_matrix(inputs: int) -> None:
    """One for each input; optional and variadic arguments are left out."""
    assert cases(_Plain, inputs=inputs) == (Spec(shapes=((4, 5),) * inputs),)


def test_arguments_that_nothing_suggests_are_asked_for() -> None:
    """All of them, in an option that can be pasted."""
    with pytest.raises(ExerciseError) as asked:
        cases(_Other)
    assert str(asked.value).startswith("_Other wants n_in, n_out, scale, and nothing says")
    assert '--init "n_in=5, n_out=3, scale=4" --input 4,5' in str(asked.value)


def test_the_users_shapes_replace_the_catalogues() -> None:
    """The arguments are those of its first case."""
    (spec,) = cases(scratchnn.Linear, shapes=((2, 9, 5),))
    assert (spec.options, spec.shapes) == (CATALOGUE["Linear"][0].options, ((2, 9, 5),))
    (spec,) = cases(scratchnn.Sequential, shapes=((2, 5),))
    assert spec.parts == CATALOGUE["Sequential"][0].parts
    assert cases(_Plain, shapes=((3,),)) == (Spec(shapes=((3,),)),)


def test_the_users_arguments_come_first() -> None:
    """With their own shapes where they are given."""
    (spec,) = cases(scratchnn.Linear, init=((3, 2), {"bias": False}), shapes=((7, 3),))
    assert (spec.arguments, spec.options, spec.shapes) == ((3, 2), {"bias": False}, ((7, 3),))


@pytest.mark.parametrize(
    ("init", "shape"),
    [
        (((3, 2), {}), (4, 3)),
        (((), {"n_in": 6, "n_out": 2}), (4, 6)),
        (((True, "x", 7), {}), (4, 7)),
        (((), {"scale": 0.5}), (4, 5)),
        (((), {}), (4, 5)),
    ],
)
def test_the_first_size_given_is_taken_for_that_of_the_input(
    init: Any, shape: tuple[int, ...]
) -> None:
    """It nearly always is; flags are no sizes."""
    assert cases(_Other, init=init)[0].shapes == (shape,)
    assert cases(_Other, init=init, inputs=2)[0].shapes == (shape, shape)


def test_arguments_that_a_catalogued_case_has_bring_its_shapes() -> None:
    """A reduction says nothing of shapes, so the loss keeps the catalogue's two."""
    (spec,) = cases(scratchnn.MSELoss, init=((), {"reduction": "sum"}), inputs=2)
    assert spec.shapes == ((4, 3), (4, 3))


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> type:
    """Make a container in `course.layers.containers`, beside and above some layers."""
    package, module = ModuleType("course"), ModuleType("course.layers.containers")
    monkeypatch.setitem(sys.modules, "course", package)
    monkeypatch.setitem(sys.modules, "course.layers.containers", module)
    vars(module)["ReLU"] = type("ReLU", (), {"home": "module"})
    vars(package).update(
        ReLU=type("ReLU", (), {"home": "package"}), Tanh=type("Tanh", (), {}), Linear="no class"
    )
    return type("Sequential", (), {"__module__": module.__name__})


def test_the_layers_of_a_container_lie_beside_it_or_in_its_package(course: type) -> None:
    """The nearer one is taken."""
    find = siblings_of(course)
    assert find("ReLU").home == "module"
    assert find("Tanh").__name__ == "Tanh"


def test_the_layers_of_a_derived_container_are_its_bases(course: type) -> None:
    """A test derives from the course's container and has no layers of its own."""
    assert siblings_of(type("Mine", (course,), {"__module__": "nowhere"}))("Tanh")


def test_a_container_whose_layers_are_nowhere_is_asked_about(course: type) -> None:
    """The layer, the module, and the option that mends it."""
    with pytest.raises(ExerciseError, match=r"Sequential is tried with a Linear inside.*--init"):
        siblings_of(course)("Linear")
