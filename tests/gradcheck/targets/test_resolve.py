"""From what the user typed to an object: names, files, packages, and what is wrong with them."""

from __future__ import annotations

import importlib
import json
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import scratchnn.recipes
from gradcheck import Pair, TargetError, campaign
from gradcheck.options import Options
from gradcheck.targets.members import Broken
from gradcheck.targets.resolve import resolve

SCALE = """
class Scale:
    def forward(self, x): return FACTOR * x
    def backward(self, grad_output): return FACTOR * grad_output

FACTOR = 2
"""
SHIFT = """
class Shift:
    def forward(self, x): return x + 1
    def backward(self, grad_output): return grad_output
"""

Write = Callable[[dict[str, str]], None]


@pytest.fixture(autouse=True)
def _no_module_of_another_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget what was imported from temporary folders: their files have the same few names."""
    base = str(tmp_path_factory.getbasetemp())

    def forget() -> None:
        for name, module in list(sys.modules.items()):
            places = getattr(module, "__dict__", {})
            if any(base in str(places.get(place)) for place in ("__file__", "__path__")):
                del sys.modules[name]

    forget()
    yield
    forget()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into a fresh folder, which is the current one."""
    monkeypatch.chdir(tmp_path)

    def files(texts: dict[str, str]) -> None:
        for name, text in texts.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        importlib.invalidate_caches()

    return files


def names(target: str) -> list[str]:
    """List the names of all targets that a name stands for."""
    return [found.name for found in resolve(target)]


def factor(target: str) -> int:
    """Return what the only class of a target multiplies by."""
    found: int = resolve(target)[0].object().forward(1)
    return found


def refusal(target: str) -> str:
    """Return the text with which a name is refused."""
    with pytest.raises(TargetError) as refused:
        resolve(target)
    return str(refused.value)


# Dotted names.


@pytest.mark.parametrize("name", ["scratchnn.Tanh", "scratchnn.activations.Tanh"])
def test_a_dotted_name_leads_to_a_class(name: str) -> None:
    """Through the package that exports it, or through the module that defines it."""
    (found,) = resolve(name)
    assert (found.name, found.object) == (name, scratchnn.Tanh)


def test_a_dotted_name_leads_to_an_instance(write: Write) -> None:
    """Whatever is bound to the name, a Pair for instance."""
    write({"pairs.py": "import gradcheck\nsquare = gradcheck.Pair(lambda x: x, lambda g, x: g)"})
    assert isinstance(resolve("pairs.square")[0].object, Pair)


def test_a_dotted_name_leads_into_a_class(write: Write) -> None:
    """A class may be defined inside another."""
    write({"nested.py": "class Outer:" + SCALE.replace("\n", "\n    ")})
    assert resolve("nested.Outer.Scale")[0].object.__qualname__ == "Outer.Scale"


def test_a_module_in_the_current_folder_is_found(write: Write) -> None:
    """As `python -m` finds it, also where gradcheck is started by its own name."""
    write({"mylib/layers.py": SCALE})
    assert names("mylib.layers.Scale") == ["mylib.layers.Scale"]


def test_a_module_stands_for_everything_in_it(write: Write) -> None:
    """Each class under the name with which it can be asked for alone."""
    write({"layers.py": SCALE + SHIFT})
    assert names("layers") == ["layers.Scale", "layers.Shift"]
    assert resolve("layers.Shift")[0] == resolve("layers")[1]


# Files.


def test_a_class_in_a_file_is_found(write: Write) -> None:
    """The file, a colon, the class."""
    write({"some/folder/layers.py": SCALE + SHIFT})
    assert names("some/folder/layers.py:Scale") == ["some/folder/layers.py:Scale"]


def test_a_file_stands_for_everything_in_it(write: Write) -> None:
    """Each class under the name with which it can be asked for alone."""
    write({"layers.py": SCALE + SHIFT})
    assert names("layers.py") == ["layers.py:Scale", "layers.py:Shift"]
    assert resolve("layers.py:Shift")[0] == resolve("layers.py")[1]


def test_a_file_can_be_named_from_anywhere(write: Write, tmp_path: Path) -> None:
    """A path that starts at the root works like one that starts here."""
    write({"layers.py": SCALE})
    assert resolve(f"{tmp_path}/layers.py:Scale")[0].object is resolve("./layers.py")[0].object


def test_a_file_imports_what_lies_beside_it(write: Write) -> None:
    """As it does when it is run as a script."""
    write({"far/away/helper.py": "FACTOR = 5", "far/away/layers.py": SCALE})
    write({"far/away/layers.py": SCALE.replace("FACTOR = 2", "from helper import FACTOR")})
    assert factor("far/away/layers.py") == 5


def test_a_file_in_a_package_imports_relatively(write: Write) -> None:
    """The folder above the outermost package is where its dotted name begins."""
    write(
        {
            "src/deep/__init__.py": "FACTOR = 7",
            "src/deep/layers/__init__.py": "",
            "src/deep/layers/scale.py": SCALE.replace("FACTOR = 2", "from .. import FACTOR"),
        }
    )
    assert factor("src/deep/layers/scale.py:Scale") == 7
    assert resolve("src/deep/layers/scale.py")[0].object.__module__ == "deep.layers.scale"


def test_a_file_climbs_as_far_as_those_beside_it(write: Write) -> None:
    """It imports one of them, which imports from the folder above both."""
    base = "from ..engine import FACTOR\n"
    scale = "from ._base import FACTOR\n" + SCALE.replace("\nFACTOR = 2\n", "")
    write({"nn/engine.py": "FACTOR = 2", "nn/layers/_base.py": base, "nn/layers/scale.py": scale})
    assert [target.name for target in resolve("nn/layers/scale.py")] == ["nn/layers/scale.py:Scale"]


def test_imports_climb_as_far_as_their_dots_where_no_folder_is_a_package(write: Write) -> None:
    """Python finds them so from the folder above the project."""
    wanted = SCALE.replace("FACTOR = 2", "from ...source.shared import FACTOR")
    write(
        {
            "project/source/shared.py": "FACTOR = 11",
            "project/source/layers/scale.py": f"# no matter\n{wanted}",
        }
    )
    assert factor("project/source/layers/scale.py") == 11


def test_two_files_of_one_name_are_two_files(write: Write) -> None:
    """The folders of two students each hold their own layers.py."""
    write({"alice/layers.py": SCALE, "bob/layers.py": SCALE.replace("2", "3")})
    assert (factor("alice/layers.py"), factor("bob/layers.py"), factor("alice/layers.py")) == (
        2,
        3,
        2,
    )


@pytest.mark.parametrize("name", ["json", "random", "torch", "scratchnn", "gradcheck"])
def test_a_file_may_be_called_like_a_module_in_use(name: str, write: Write) -> None:
    """The user's file is checked, and everybody else keeps the module they had."""
    write({f"{name}.py": SCALE})
    before = sys.modules[name]
    assert factor(f"{name}.py:Scale") == 2
    assert sys.modules[name] is before
    assert json.loads("[1]") == [1]


def test_a_file_is_read_once(write: Write) -> None:
    """Its classes stay the same objects, and what it prints is not printed twice."""
    write({"layers.py": f"import sys\nsys.readings = getattr(sys, 'readings', 0) + 1\n{SCALE}"})
    try:
        assert resolve("layers.py:Scale") == resolve("layers.py:Scale")
        assert vars(sys)["readings"] == 1
    finally:
        del vars(sys)["readings"]


@pytest.mark.parametrize("name", ["odd name-1", "ünï", "[red]", "class", "1"])
def test_a_file_may_have_a_name_that_cannot_be_imported(name: str, write: Write) -> None:
    """Blanks, accents, brackets, keywords and digits: the file is there, so it is read."""
    write({f"{name}.py": SCALE})
    assert names(f"{name}.py") == [f"{name}.py:Scale"]
    assert factor(f"./{name}.py:Scale") == 2


# What is in a module.


def test_what_begins_with_an_underscore_is_left_out(write: Write) -> None:
    """It is nobody's interface."""
    write({"layers.py": SCALE + SHIFT.replace("Shift", "_Shift")})
    assert names("layers.py") == ["layers.py:Scale"]


def test_an_imported_class_is_left_out(write: Write) -> None:
    """Its own module answers for it."""
    write({"base.py": SHIFT, "layers.py": f"from base import Shift\n{SCALE}"})
    assert names("layers.py") == ["layers.py:Scale"]
    assert names("layers") == ["layers.Scale"]


def test_an_imported_class_can_be_asked_for_by_name(write: Write) -> None:
    """Whoever names it means it."""
    write({"base.py": SHIFT, "layers.py": "from base import Shift"})
    assert names("layers.py:Shift") == ["layers.py:Shift"]


def test_an_abstract_class_is_left_out(write: Write) -> None:
    """It has no forward of its own to check; what derives from it has one."""
    abstract = "    @abc.abstractmethod\n    def forward(self, x): ...\n"
    layer = f"import abc\nclass Layer(abc.ABC):\n{abstract}    def backward(self, g): return g\n"
    write({"layers.py": layer + SCALE.replace("Scale", "Scale(Layer)")})
    assert names("layers.py") == ["layers.py:Scale"]


def test_what_has_no_backward_is_left_out(write: Write) -> None:
    """Functions, numbers and classes that do something else."""
    other = "class Data:\n    def forward(self): ...\ndef backward(g): ...\nx = 3\n"
    write({"layers.py": other + SCALE})
    assert names("layers.py") == ["layers.py:Scale"]


def test_an_export_list_is_obeyed(write: Write) -> None:
    """A module that says what it exports means it."""
    write({"layers.py": SCALE + SHIFT + "\n__all__ = ['Shift']"})
    assert names("layers.py") == ["layers.py:Shift"]


def test_an_alias_is_not_a_second_class(write: Write) -> None:
    """One object is one target, under the first of its names."""
    write({"layers.py": SCALE + "Zoom = Scale"})
    assert names("layers.py") == ["layers.py:Scale"]


def test_a_package_stands_for_everything_below_it(write: Write) -> None:
    """At any depth, and without naming a class twice that is exported further up."""
    write(
        {
            "pack/__init__.py": "from pack.one import Scale",
            "pack/one.py": SCALE,
            "pack/sub/__init__.py": "",
            "pack/sub/deeper/__init__.py": "",
            "pack/sub/deeper/two.py": SHIFT,
        }
    )
    assert names("pack") == ["pack.Scale", "pack.sub.deeper.two.Shift"]


def test_a_package_is_never_run(write: Write) -> None:
    """Importing its `__main__` would start its program, here and in any package below."""
    stop = "raise RuntimeError('was run')"
    write({"pack/__init__.py": SCALE, "pack/__main__.py": stop})
    write({"pack/sub/__init__.py": "", "pack/sub/__main__.py": stop})
    assert names("pack") == ["pack.Scale"]


def test_the_names_of_a_package_can_be_typed(write: Write) -> None:
    """What is listed can be asked for."""
    write({"pack/__init__.py": "", "pack/one.py": SCALE, "pack/sub/__init__.py": SHIFT})
    listed = resolve("pack")
    assert [resolve(found.name)[0] for found in listed] == list(listed)


# What is wrong with a name.


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("scratchnn.Linaer", "Linear"),
        ("scratchn.Linear", "scratchnn"),
        ("layer.py", "layers.py"),
        ("layers.py:Scael", "Scale"),
        ("layers.Scael", "Scale"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest_one(
    wrong: str, right: str, write: Write
) -> None:
    """A package, a class, a file, a class in a file."""
    write({"layers.py": SCALE})
    assert f"did you mean {right}?" in refusal(wrong)


@pytest.mark.parametrize("wrong", ["scratchnn.Qqqq", "zqxjkv.Linear", "layers.py:Qqqq"])
def test_where_nothing_is_near_nothing_is_suggested(wrong: str, write: Write) -> None:
    """A wrong suggestion costs more than none."""
    write({"layers.py": SCALE})
    assert "did you mean" not in refusal(wrong)


@pytest.mark.parametrize("wrong", ["", "a..b", "layers:Scale", "my layers", "1.2", "--"])
def test_a_word_that_is_no_name_is_told_what_names_look_like(wrong: str) -> None:
    """It is repeated, and both spellings are shown."""
    told = refusal(wrong)
    assert repr(wrong) in told
    assert "scratchnn.Linear" in told
    assert "path/to/layers.py:Linear" in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero"),
        ("x = (", "raised SyntaxError: "),
        ("import json.no_such", "raised ModuleNotFoundError: No module named 'json.no_such'"),
        ("from json import no_such_name", "raised ImportError: cannot import name"),
    ],
)
@pytest.mark.parametrize("target", ["broken.py", "broken.py:Scale", "broken"])
def test_a_module_that_cannot_be_imported_says_why(
    target: str, text: str, reason: str, write: Write
) -> None:
    """In one line that names the module and the error."""
    write({"broken.py": text})
    told = refusal(target)
    assert told.startswith("importing ")
    assert "broken" in told
    assert reason in told
    assert "\n" not in told


def test_a_mended_file_is_read_again(write: Write) -> None:
    """A failed import leaves nothing half made behind."""
    write({"layers.py": "1 / 0" + SCALE})
    refusal("layers.py")
    write({"layers.py": SCALE})
    assert names("layers.py") == ["layers.py:Scale"]


def test_a_module_without_a_backward_is_refused(write: Write) -> None:
    """An empty answer would look like a green one."""
    write({"data.py": "x = 3", "pack/__init__.py": ""})
    for name in ("data.py", "data", "pack"):
        assert refusal(name) == f"{name} defines nothing with a forward and a backward"


@pytest.mark.parametrize(
    "target",
    [
        "layers.py:Scale",
        "src/pack/inner.py",
        "layers",
        "scratchnn.Tanh",
        "layers.py:Nothing",
        "nowhere.py",
        "nowhere.Nothing",
        "broken.py",
        "broken",
    ],
)
def test_the_search_path_is_what_it_was(target: str, write: Write) -> None:
    """Whether the name was found or refused."""
    write({"layers.py": SCALE, "broken.py": "1 / 0"})
    write({"src/pack/__init__.py": "", "src/pack/inner.py": SHIFT})
    before = list(sys.path)
    try:
        resolve(target)
    except TargetError:
        assert target.endswith("Nothing") or "nowhere" in target or "broken" in target
    assert sys.path == before


def test_two_files_of_one_name_do_not_share_their_siblings(tmp_path: Path) -> None:
    """Both say `from helper import FACTOR`, and each means its own."""
    for owner, factor in (("alice", 2), ("bob", 3)):
        folder = tmp_path / owner
        folder.mkdir()
        (folder / "helper.py").write_text(f"FACTOR = {factor}\n", encoding="utf-8")
        (folder / "layers.py").write_text(
            "from helper import FACTOR\n"
            "class Scale:\n"
            "    factor = FACTOR\n"
            "    def forward(self, x): return x * FACTOR\n"
            "    def backward(self, g): return g * FACTOR\n",
            encoding="utf-8",
        )
    found = [resolve(f"{tmp_path}/{owner}/layers.py:Scale")[0] for owner in ("alice", "bob")]
    assert [target.object.factor for target in found] == [2, 3]


def test_two_packages_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """A second package named like a loaded one is loaded from its own folder."""
    for owner in ("alice", "bob"):
        package = tmp_path / owner / "mylib_of_two"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "layers.py").write_text(
            f"class Same:\n    owner = {owner!r}\n"
            "    def forward(self, x): return x\n    def backward(self, g): return g\n",
            encoding="utf-8",
        )
    names = [f"{tmp_path}/{owner}/mylib_of_two/layers.py:Same" for owner in ("alice", "bob")]
    assert [resolve(name)[0].object.owner for name in names] == ["alice", "bob"]


# Folders, and packages of which a part is broken.


def test_a_folder_stands_for_the_files_below_it(write: Write) -> None:
    """A package or not, at any depth, each class once, under the name of its file."""
    write({"some/one.py": SCALE, "some/deep/two.py": SHIFT, "some/.hidden/three.py": SCALE})
    write({"pack/__init__.py": "from pack.one import Scale", "pack/one.py": SCALE})
    write({"pack/__main__.py": "raise RuntimeError('was run')"})
    assert names("./some") == ["some/deep/two.py:Shift", "some/one.py:Scale"]
    assert len(names("pack/")) == 1


@pytest.mark.parametrize("folder", ["some", "0-some", "some.v2"])
def test_a_folder_that_is_no_package_needs_no_slash(folder: str, write: Write) -> None:
    """Its files find each other as they lie, and those in folders that are no packages too."""
    write(
        {
            f"{folder}/base_of_some.py": SCALE.replace("Scale", "Base"),
            f"{folder}/deep/two.py": "from base_of_some import Base\nclass Two(Base): ...\n",
        }
    )
    assert names(folder) == [f"{folder}/base_of_some.py:Base", f"{folder}/deep/two.py:Two"]


def test_a_part_of_a_package_may_be_called_like_the_package(write: Write) -> None:
    """Its own folder is not where the package is looked for."""
    write(
        {
            "lib/kinds_of/__init__.py": "",
            "lib/kinds_of/kinds_of.py": SCALE,
        }
    )
    assert names("lib") == ["lib/kinds_of/kinds_of.py:Scale"]


def test_what_inherits_stubs_may_have_methods_of_other_names(write: Write) -> None:
    """The stubs are not what it is known by."""
    stubs = "    def forward(self, *x): raise NotImplementedError\n"
    stubs += "    def backward(self, *g): raise NotImplementedError\n"
    loss = "    def loss_value(self, p, t): return ((p - t) ** 2).sum()\n"
    loss += "    def loss_grad(self, p, t): return 2 * (p - t)\n"
    write({"layers.py": f"class Base:\n{stubs}class MyLoss(Base):\n{loss}"})
    assert names("layers.py") == ["layers.py:MyLoss"]


@pytest.mark.parametrize("target", ["pack", "./pack"])
def test_a_broken_part_costs_none_of_the_others(target: str, write: Write) -> None:
    """It is listed as what could not be imported, with the reason."""
    write({"pack/__init__.py": "", "pack/bad.py": f"1 / 0\n{SCALE}", "pack/good.py": SCALE})
    broken, good = resolve(target)
    assert isinstance(broken.object, Broken)
    assert "bad" in broken.name
    assert "ZeroDivisionError" in broken.object.reason
    assert good.name.endswith("Scale")


def test_a_broken_part_is_an_answer_of_its_own(write: Write) -> None:
    """The others are checked, and the exit code says that something could not be."""
    write({"pack/__init__.py": "", "pack/bad.py": "1 / 0", "pack/good.py": SCALE})
    bad, good = campaign.run(resolve("pack"), Options())
    assert (bad.verdict, bad.exercised, good.verdict) == ("undecided", False, "verified")
    assert "ZeroDivisionError" in bad.explain()


def test_a_file_may_have_dots_in_its_name(write: Write) -> None:
    """Alone, and in a package, from which it imports relatively."""
    write({"layers.v2.py": SCALE, "pack/__init__.py": "FACTOR = 5"})
    write({"pack/more.v2.py": SCALE.replace("FACTOR = 2", "from . import FACTOR")})
    assert names("layers.v2.py") == ["layers.v2.py:Scale"]
    assert factor("layers.v2.py:Scale") == 2
    assert factor("pack/more.v2.py:Scale") == 5


def test_a_class_inside_another_is_found_in_a_file(write: Write) -> None:
    """With a suggestion where the inner name is misspelt."""
    write({"nested.py": "class Outer:" + SCALE.replace("\n", "\n    ")})
    assert resolve("nested.py:Outer.Scale")[0].object.__qualname__ == "Outer.Scale"
    assert refusal("nested.py:Outer.Scael") == (
        "nested.py:Outer defines no Scael: did you mean Scale?"
    )


@pytest.mark.parametrize(
    ("wrong", "right"), [("layer.Scale", "layers"), ("pack.oen", "one"), ("pak.one", "pack")]
)
def test_files_and_parts_of_packages_are_suggested(wrong: str, right: str, write: Write) -> None:
    """What lies in the current folder is near as well."""
    write({"layers.py": SCALE, "pack/__init__.py": "", "pack/one.py": SCALE})
    assert f"did you mean {right}?" in refusal(wrong)


def test_a_base_that_only_raises_is_left_out_and_told(write: Write) -> None:
    """What derives from it is checked; whoever names it means it."""
    raising = "raise NotImplementedError"
    base = f"""
class Layer:
    def forward(self, x):
        '''Say what it does.'''
        {raising}("forward")
    def backward(self, grad_output): {raising}
"""
    write({"layers.py": base + SCALE.replace("Scale", "Scale(Layer)")})
    told: list[str] = []
    (found,) = resolve("layers.py", told.append)
    assert found.name == "layers.py:Scale"
    assert told == [
        "layers.py:Layer is left out: its forward or backward only raises, or does nothing"
    ]
    assert names("layers.py:Layer") == ["layers.py:Layer"]


def test_what_looks_like_a_backward_and_is_none_is_told(write: Write) -> None:
    """A class without a forward, and functions that only their names join."""
    others = """
class Engine:
    def backward(self): self.grad = 1.0

def tanh(x): return x
def tanh_backward(y): return y

def forward(x): return x
def backward(g): return g
"""
    write({"layers.py": SCALE + others})
    told: list[str] = []
    (found,) = resolve("layers.py", told.append)
    assert found.name == "layers.py:Scale"
    assert told == [
        "layers.py:Engine is left out: it has a backward, and no forward for it",
        "layers.py:tanh is left out: tanh_backward takes something else than it could be given",
        "layers.py:forward is left out: backward takes something else than it could be given",
    ]


def test_a_file_of_a_folder_that_can_hold_no_backward_is_not_run(write: Write) -> None:
    """It may be a script that trains for an hour."""
    write({"project/layers.py": SCALE, "project/train.py": "1 / 0\nprint('trained')"})
    assert names("./project") == ["project/layers.py:Scale"]


def test_a_folder_above_is_searched_for_what_a_file_imports(write: Write) -> None:
    """As if the file had been run from there; also where no __init__ says that it is a package."""
    write(
        {
            "project/src/base.py": "class Layer: pass",
            "project/src/layers.py": f"from src.base import Layer\n{SCALE}",
            "project/lib/base.py": "class Layer: pass",
            "project/lib/layers.py": f"from .base import Layer\n{SCALE}",
        }
    )
    assert names("project/src/layers.py") == ["project/src/layers.py:Scale"]
    assert names("project/lib/layers.py") == ["project/lib/layers.py:Scale"]


def test_a_package_whose_init_fails_is_entered_without_it(write: Write) -> None:
    """What is wrong in one of its parts is not wrong in another."""
    write({"pack/__init__.py": "1 / 0", "pack/layers.py": SCALE})
    assert names("pack/layers.py") == ["pack/layers.py:Scale"]


def test_an_imported_module_is_no_target(write: Write) -> None:
    """Though it may hold functions of those names."""
    pair = "def forward(x): return x\ndef backward(g): return g\n"
    write({"functional.py": pair, "layers.py": f"import functional\n{SCALE}"})
    assert names("layers.py") == ["layers.py:Scale"]


# Modules that mean no good.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exit()", "SystemExit"),
        ("import sys\nsys.exit('no')", "SystemExit: no"),
        ("print('x' * 10_000_000)\n1 / 0", "ZeroDivisionError"),
        ("raise RuntimeError('[red]a\\nb\\x00')", "RuntimeError: [red]a b"),
        ("def f(): f()\nf()", "RecursionError"),
        ("import json.at_all", "ModuleNotFoundError: No module named 'json.at_all'"),
    ],
)
def test_a_module_that_fails_is_told_in_one_line(
    text: str, told: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what it prints before is dropped."""
    write({"hostile.py": text})
    answer = refusal("hostile.py")
    assert told in answer
    assert "\n" not in answer
    assert capsys.readouterr() == ("", "")


def test_what_a_module_sets_on_import_is_put_back(write: Write, tmp_path: Path) -> None:
    """Seeds, dtype, grad mode, warnings, the search path, the folder."""
    (tmp_path / "elsewhere").mkdir()
    write(
        {
            "hostile.py": "import os, random, sys, warnings, numpy, torch\n"
            "random.seed(1); numpy.random.seed(1); torch.manual_seed(1)\n"
            "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)\n"
            "warnings.simplefilter('ignore'); numpy.seterr(all='ignore')\n"
            f"sys.path.append('nowhere'); os.chdir('elsewhere')\n{SCALE}"
        }
    )

    def state() -> list[object]:
        return [
            random.getstate(),
            torch.initial_seed(),
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            list(warnings.filters),
            np.geterr(),
            list(sys.path),
            Path.cwd(),
        ]

    before = state()
    assert names("hostile.py") == ["hostile.py:Scale"]
    assert state() == before


@pytest.mark.parametrize("name", ["x" * 5000 + ".py", "a\0b.py", "./" + "y" * 5000, "a\0/b"])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    """Too long, or with a zero inside."""
    assert refusal(name).startswith("there is no file")


def test_a_backward_that_is_still_to_be_written_is_a_target(write: Write) -> None:
    """Homework: to leave it out would call the file right."""
    empty = SCALE.partition("    def backward")[0]
    write({"layers.py": f"{empty}    def backward(self, grad_output):\n        pass  # here\n"})
    assert names("layers.py") == ["layers.py:Scale"]


def test_of_scratchnn_nothing_is_listed_but_what_it_exports() -> None:
    """A helper whose name made it a backward would be asked for arguments that nobody knows."""
    exported = {f"scratchnn.{name}" for name in scratchnn.__all__}
    exported |= {f"scratchnn.recipes.{name}" for name in dir(scratchnn.recipes)}
    assert {target.name for target in resolve("scratchnn")} <= exported


def test_a_checkout_may_bear_the_name_of_its_package(write: Write) -> None:
    """Its modules import one another by that name, and mean the package, not the checkout."""
    write(
        {
            "spam/setup.py": "raise RuntimeError('not meant to be run')",
            "spam/spam/__init__.py": "",
            "spam/spam/numbers.py": "FACTOR = 3",
            "spam/spam/layers.py": f"from spam.numbers import *\n{SCALE}".replace("FACTOR = 2", ""),
        }
    )
    assert names("spam") == ["spam/spam/layers.py:Scale"]
    assert factor("spam") == 3


def test_a_folder_may_have_a_name_that_cannot_be_imported(write: Write) -> None:
    """It is a folder all the same, with or without a slash."""
    write({"my-layers/layers.py": SCALE})
    assert names("my-layers") == ["my-layers/layers.py:Scale"]


def test_a_module_may_bear_the_name_of_its_package(write: Write) -> None:
    """What is imported from the package is not looked for in the module beside it."""
    write(
        {
            "spam/__init__.py": "",
            "spam/spam.py": "",
            "spam/numbers.py": "FACTOR = 3",
            "spam/layers.py": f"from spam.numbers import *\n{SCALE}".replace("FACTOR = 2", ""),
        }
    )
    assert factor("spam/layers.py") == 3


def test_an_import_that_is_tried_again_begins_anew(write: Write) -> None:
    """A package that wants a library that is not there: its parts hold what has failed at first."""
    layers = SCALE.replace("FACTOR *", "spam.FACTOR *").replace("FACTOR = 2", "")
    write(
        {
            "spam/__init__.py": "from spam.layers import Scale\nimport absent_spam\nFACTOR = 3",
            "spam/layers.py": f"import spam\n{layers}",
        }
    )
    assert factor("spam/layers.py") == 3


def test_functions_that_are_the_body_of_methods_are_left_out_and_told(write: Write) -> None:
    """They are handed the object itself, whose class is a target."""
    write(
        {
            "spam.py": """
def dense_forward(layer, x):
    layer.cache["x"] = x
    return x @ layer.weight
def dense_backward(layer, grad):
    return grad @ layer.weight.T
def scale_forward(x, factor):
    return x.T * factor, (x, factor)
def scale_backward(grad, cache):
    return grad.T * cache[1], (grad.T * cache[0]).sum()
""",
        }
    )
    notes: list[str] = []
    assert [found.name for found in resolve("spam.py", notes.append)] == ["spam.py:scale"]
    assert any("dense is left out: its layer is an object" in note for note in notes)


def test_a_file_of_functions_alone_is_read_where_a_name_says_derivative(tmp_path: Path) -> None:
    """A folder is not imported file by file otherwise: some are scripts."""
    (tmp_path / "activations.py").write_text(
        "import numpy as np\ndef tanh(x): return np.tanh(x)\n"
        "def tanh_prime(x): return 1 - np.tanh(x) ** 2\n",
        encoding="utf-8",
    )
    (tmp_path / "script.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    (target,) = resolve(f"{tmp_path}/")
    assert target.name.endswith("activations.py:tanh")
