"""Layers that are composed of an engine's operations."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import gradcheck
from gradcheck.adapters.composable import denies_values, engine_of_plain
from gradcheck.adapters.compositions import composed, compositions_in
from gradcheck.adapters.passage import Passage
from gradcheck.adapters.values import engine_of
from gradcheck.errors import BackwardError
from gradcheck.targets.resolve import resolve

FRAMEWORKS = Path(__file__).parents[2] / "dialects" / "frameworks"


def loaded(name: str) -> ModuleType:
    """One of the small frameworks."""
    spec = importlib.util.spec_from_file_location(name, FRAMEWORKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def names(path: Path) -> set[str]:
    """What is listed of a file or a folder."""
    return {target.name.rpartition(":")[2] for target in resolve(str(path))}


def test_layers_and_losses_are_listed_and_all_else_is_not() -> None:
    """No base, no optimizer, no measure, no function of arrays."""
    found = names(FRAMEWORKS / "composed.py")
    assert {"Affine", "Softmax", "Chain", "SquaredError", "hinge", "gelu"} <= found
    assert not {"Block", "Weight", "Sgd", "Accuracy", "one_hot", "unspread"} & found


def test_what_is_given_a_network_and_answers_with_a_number_is_no_layer() -> None:
    """Its annotation says so."""
    module = loaded("composed_recorded")
    assert composed(module.Trainer) is None
    engine = engine_of(module.Var)
    assert engine is not None
    assert denies_values(module.Trainer.__call__, engine)
    assert not denies_values(module.Dense.forward, engine)


def test_nothing_is_called_to_find_out_where_more_is_named_than_values_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function may write a file."""
    monkeypatch.chdir(tmp_path)
    text = (FRAMEWORKS / "composed.py").read_text(encoding="utf-8")
    text += "\n\ndef kept(x):\n    open('written', 'w').close()\n    return x * 2.0\n"
    text += "\n\nclass Kept:\n    def __call__(self, x):\n        return kept(x)\n"
    (tmp_path / "some.py").write_text(text, encoding="utf-8")
    assert not {"kept", "Kept"} & names(tmp_path / "some.py")
    assert not (tmp_path / "written").exists()


def test_a_file_of_functions_alone_is_looked_at_where_it_names_the_values(tmp_path: Path) -> None:
    """Unless it does something when it is imported."""
    engine = (FRAMEWORKS / "composed.py").read_text(encoding="utf-8")
    (tmp_path / "values.py").write_text(engine, encoding="utf-8")
    said = "from values import Node\n\ndef cubed(x: Node) -> Node:\n    return x * x * x\n"
    (tmp_path / "costs.py").write_text(said, encoding="utf-8")
    (tmp_path / "script.py").write_text(f"{said}\nprint(cubed)\n", encoding="utf-8")
    found = [one.name for one in resolve(str(tmp_path)) if one.name.endswith(":cubed")]
    assert found == [f"{tmp_path}/costs.py:cubed"]


def test_an_instance_is_checked_at_its_own_weights_and_left_as_it_is() -> None:
    """With nothing hanging on it afterwards."""
    layer = loaded("composed").Affine(3, 2)
    before, held = layer.w.data.copy(), set(vars(layer))
    result = gradcheck.check(layer, np.ones((4, 3)))
    assert result.verdict == "verified", result.explain()
    assert {finding.leaf for finding in result.findings} >= {"input", "w", "b"}
    assert type(layer).__name__ == "Affine"
    assert composed(type(layer)) is not None
    assert set(vars(layer)) == held
    assert np.array_equal(layer.w.data, before)
    assert not layer.w.grad.any()


def test_a_mask_beside_the_graph_has_no_claim() -> None:
    """And that is said."""
    result = gradcheck.check(f"{FRAMEWORKS}/composed.py:Masked")
    assert result.verdict == "verified", result.explain()
    assert "no path" in result.unverified["mask"]


def test_what_asks_for_no_gradient_is_a_constant() -> None:
    """As statistics are."""
    result = gradcheck.check(f"{FRAMEWORKS}/composed_recorded.py:Standard")
    assert {finding.leaf for finding in result.findings if finding.leaf} == {"input", "gain"}


def test_weights_are_known_where_a_neuron_is_silent() -> None:
    """All of them lie in it, whatever its forward shows."""
    module = loaded("composed_numbers")
    gate = module.Gate(2)
    for weight in gate.w:
        weight.data = -1.0
    result = gradcheck.check(gate, np.array([1.0, 2.0]))
    assert {finding.leaf for finding in result.findings if finding.leaf} >= {"w.0", "w.1", "b"}


def test_a_loss_that_looks_at_no_gradient_of_its_own_is_taken_for_the_end() -> None:
    """And a note says so."""
    result = gradcheck.check(f"{FRAMEWORKS}/composed.py:EndingError")
    assert any("looks at no gradient of the loss" in note for note in result.notes)


def test_a_wrong_operation_is_named_in_the_layer_that_calls_it() -> None:
    """What is right beside it is not."""
    result = gradcheck.check(f"{FRAMEWORKS}/composed_upon_wrong.py:WrongAffine")
    (said,) = [note for note in result.notes if "wrong by itself" in note]
    assert "WrongFlow.__add__" in said


def test_what_only_inherits_the_code_that_was_called_is_not_blamed() -> None:
    """It is its base that the layer has called."""
    result = gradcheck.check(f"{FRAMEWORKS}/composed_twice.py:WrongShifted")
    assert not any("wrong by itself" in note for note in result.notes)


def test_a_state_is_no_way_back_to_the_call_before() -> None:
    """It is moved as a constant, and so its graph is cut off."""
    module = loaded("composed_recorded")
    memory = module.Memory(3, 2)
    memory(module.Var(np.ones((4, 3))))
    result = gradcheck.check(memory, np.ones((4, 3)))
    assert result.verdict == "verified", result.explain()
    assert {finding.leaf for finding in result.findings} >= {"to_itself.weight"}


def test_a_graph_can_be_walked_back_once() -> None:
    """What lies in the middle has kept its gradient."""
    module = loaded("composed")
    engine = engine_of(module.Node)
    assert engine is not None
    passage = Passage(engine, lambda x: x * x, [np.array([3.0])], lambda _: True)
    (found,) = passage.back([np.array([1.0])])
    assert found.tolist() == [6.0]
    with pytest.raises(BackwardError, match="used up"):
        passage.back([np.array([1.0])])


def test_what_leaves_the_graph_leads_nowhere() -> None:
    """Nothing is claimed of it: no gradient is not a gradient of zero."""
    module = loaded("composed")
    engine = engine_of(module.Node)
    assert engine is not None
    passage = Passage(engine, lambda x: module.Node(x.data), [np.ones(2)], lambda _: True)
    with pytest.raises(BackwardError, match="stands in no graph"):
        passage.back([np.ones(2)])


def test_a_function_that_only_makes_sure_of_a_value_is_no_layer() -> None:
    """It returns what it is given."""
    module = loaded("composed")
    source = "def sure(x):\n    return x if isinstance(x, Node) else Node(x)\n"
    exec(source, vars(module))  # noqa: S102 a function of that module's
    assert "sure" not in compositions_in(module)
    assert "gelu" in compositions_in(module)


def test_a_class_that_needs_arguments_is_never_made_to_find_out() -> None:
    """Where nothing but its file says that it computes with values."""
    module = loaded("composed")
    source = "class Odd:\n    def __init__(self, k):\n        self.k = k\n"
    exec(source + "    def __call__(self, x):\n        return x * self.k\n", vars(module))  # noqa: S102
    assert engine_of_plain(module.Odd) is None
