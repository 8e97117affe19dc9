"""The architecture, proved from the syntax tree of every file and again at run time.

What "scratchnn uses no autograd" means here, precisely. It may not name, by any alias,

- torch.nn, torch.autograd, torch.optim, torch.func, torch.ops, or anything private to torch;
- `torch.no_grad` and the other switches: where nothing is recorded, nothing is switched off;
- torch's own backward kernels (`torch.batch_norm_backward_reduce`, `Tensor.backward`, ...);
- `requires_grad` and its kin, on whatever object, as attribute or as keyword;
- `backward` with an argument that only a tensor's backward knows, or on an expression that can
  only be a tensor.

`layer.backward(g)` and `loss.backward()` are legal names of our own, and no syntax tells whether
`loss` is a tensor. It need not: a tensor's backward raises unless something requires a gradient,
which nothing can. The same rule is then applied to every torch function that runs.
"""

from __future__ import annotations

import ast
import builtins
import functools
import graphlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

import scratchnn
from tests.scratchnn.exercises import EXERCISES, exercise

ROOT = Path(__file__).parents[1]
PACKAGES = ("gradcheck", "scratchnn")

COMPUTED = "<computed>"
FORBIDDEN_IN_TORCH = {
    *("nn", "autograd", "optim", "func", "ops", "*", COMPUTED),
    *("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"),
}
FORBIDDEN_ANYWHERE = {"requires_grad", "requires_grad_", "retain_grad", "grad_fn"}
FORBIDDEN_OUTRIGHT = {
    "builtins.eval",
    "builtins.exec",
    COMPUTED,
    "operator.attrgetter",
    "operator.methodcaller",
}
# Trains in torch.nn what the recipes are compared with: the one file that may.
PEER = "scratchnn.recipes.peer"
TENSOR_BACKWARD_ONLY = {"gradient", "retain_graph", "create_graph", "inputs"}

# From top to bottom. A module may import from lower layers and from its own name only.
LAYERS = (
    {"__init__", "__main__"},
    {"cli", "plugin"},
    {"diff_command"},
    {"engine", "compat"},
    {"api"},
    {"injection"},
    {"campaign"},
    {"examples"},
    {"recognition", "strategies"},
    {"choice"},
    {"settings"},
    {"pipeline", "training"},
    {"illustrate"},
    {"examiners"},
    {"outcome"},
    {"options"},
    {"diagnosis"},
    {"contracts"},
    {"witnesses"},
    {"result"},
    {"modes"},
    {"targets"},
    {"cases", "adapters"},
    {"intention"},
    {"batch", "stand_in"},
    {"subject", "report"},
    {"faults", "records"},
    {"comparison", "exhibits", "processes"},
    {"foreign"},
    {"grid"},
    {"activations", "errors", "norms", "pair"},
    {"chunks"},
)


# Reading names out of a syntax tree.


def parse(package: str) -> dict[str, ast.Module]:
    """Return the syntax tree of every module of a package, by dotted name."""
    trees = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        trees[".".join(parts)] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees


def source_of(node: ast.ImportFrom, module: str) -> str:
    """Return the absolute name of what `from ... import` imports from, in `module`."""
    if not node.level:
        return node.module or ""
    above = module.split(".")[: -node.level]
    return ".".join([*above, *([node.module] if node.module else [])])


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, local name, dotted origin) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            source = f"{source_of(node, module)}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                yield node.lineno, alias.asname or alias.name, source + alias.name


def dotted(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """Return the dotted origin of an expression, if its parts can be traced to an import."""
    match node:
        case ast.Name(id):
            return names.get(id, f"builtins.{id}" if hasattr(builtins, id) else None)
        case ast.Attribute(value, attr):
            base = dotted(value, names)
            return base and f"{base}.{attr}"
        case ast.NamedExpr(_, value):
            return dotted(value, names)
        case ast.Subscript(value, key):
            return looked_up(dotted(value, names) or "", key)
        case ast.Call(func, [first, *rest]):
            return fetched(dotted(func, names) or "", dotted(first, names) or "?", [first, *rest])
    return None


def looked_up(mapping: str, key: ast.expr) -> str | None:
    """Return what `sys.modules[...]` and `X.__dict__[...]` hold."""
    if mapping == "sys.modules":
        return literal(key)
    owner, _, attribute = mapping.rpartition(".")
    return f"{owner}.{literal(key)}" if attribute == "__dict__" else None


def fetched(function: str, owner: str, arguments: list[ast.expr]) -> str | None:
    """Return what `getattr`, `vars`, `import_module` and their like reach for."""
    match function, arguments:
        case "builtins.getattr" | "builtins.setattr" | "builtins.hasattr", [_, name, *_]:
            return f"{owner}.{literal(name)}"
        case "builtins.vars", [_]:
            return f"{owner}.__dict__"
        case "importlib.import_module" | "builtins.__import__", [name, *_]:
            return literal(name)
    return None


def literal(node: ast.expr) -> str:
    """Return the text of a string constant, or a mark for any other expression."""
    match node:
        case ast.Constant(str(text)):
            return text
    return COMPUTED


def origins(tree: ast.AST, module: str) -> dict[str, str]:
    """Map every local name to its dotted origin: imports, then assignments of such names."""
    names: dict[str, str] = {}
    for _, local, origin in imports(tree, module):
        top = local.partition(".")[0]
        names[top] = top if "." in local else origin
    pairs = [*assignments(tree)]
    for _ in pairs:  # a chain of assignments is at most that long
        names |= {name: traced for name, value in pairs if (traced := dotted(value, names))}
    return names


def assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield (name, value) of every assignment to a plain name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def uses(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything that a file names, '?' standing for an unknown."""
    names = origins(tree, module)
    for line_of_import, _, imported in imports(tree, module):
        yield line_of_import, imported
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if origin := dotted(node, names):
            yield line, origin
        if isinstance(node, ast.Attribute):
            yield line, f"?.{node.attr}"
        elif isinstance(node, ast.Call):
            yield from ((line, f"?.{keyword.arg}") for keyword in node.keywords if keyword.arg)
            if is_tensor_backward(node, names):
                yield line, "torch.Tensor.backward"


def is_tensor_backward(call: ast.Call, names: Mapping[str, str]) -> bool:
    """Tell whether `X.backward(...)` can only be the backward of a tensor."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "backward":
        return False
    if TENSOR_BACKWARD_ONLY.intersection(keyword.arg or "" for keyword in call.keywords):
        return True
    match call.func.value:
        case ast.BinOp() | ast.UnaryOp():
            return True
        case ast.Call(ast.Attribute(_, method) as function):
            torch_made = (dotted(function, names) or "").startswith("torch.")
            return torch_made or hasattr(torch.Tensor, method)
    return False


def is_forbidden(name: str) -> bool:
    """Tell whether scratchnn may not use what this dotted name stands for."""
    top, *rest = name.split(".")
    if FORBIDDEN_ANYWHERE.intersection(rest) or name in FORBIDDEN_OUTRIGHT or top == "functorch":
        return True
    if top != "torch" or not rest:
        return False
    # Plain arithmetic on lists of tensors has no public name; what else is private may hide an nn.
    private = rest[0].startswith("_") and not rest[0].endswith("__")
    private = private and not rest[0].startswith("_foreach_")
    return private or rest[0] in FORBIDDEN_IN_TORCH or any("backward" in part for part in rest)


def autograd_in(source: str | ast.AST, module: str = "scratchnn.example") -> list[str]:
    """Return every forbidden use in a source, as 'module:line: name'."""
    tree = ast.parse(source) if isinstance(source, str) else source
    return [f"{module}:{line}: {name}" for line, name in uses(tree, module) if is_forbidden(name)]


def strangers(tree: ast.AST, other: str) -> Iterator[str]:
    """Yield every name in a file that belongs to the package `other`."""
    yield from (name for _, name in uses(tree, "") if name.partition(".")[0] == other)


# Reading the import graph.


def graph_of(trees: Mapping[str, ast.AST]) -> dict[str, set[str]]:
    """Map every module to what it imports: modules of `trees`, else the top-level name."""
    return {
        module.removesuffix(".__init__"): {
            internal_name(origin, trees) for _, _, origin in imports(tree, module)
        }
        for module, tree in trees.items()
    }


def internal_name(origin: str, trees: Collection[str]) -> str:
    """Return the module of `trees` that holds `origin`, or the top-level name of a stranger."""
    parts = origin.split(".")
    for end in range(len(parts), 0, -1):
        candidate = ".".join(parts[:end])
        if candidate in trees or f"{candidate}.__init__" in trees:
            return candidate
    return parts[0]


def cycle_in(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return the modules of one import cycle, or nothing."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


def rank_of(module: str) -> int:
    """Return the layer of a module of gradcheck, 0 being the top."""
    name = [*module.split("."), "__init__"][1]
    return {name: rank for rank, layer in enumerate(LAYERS) for name in layer}[name]


def upward_imports(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return every import that leaves its own part of gradcheck and does not go downwards."""
    return [
        f"{module} -> {imported}"
        for module in sorted(graph)
        for imported in sorted(graph[module])
        if imported.partition(".")[0] == "gradcheck"
        and imported.split(".")[1:2] != module.split(".")[1:2]
        and rank_of(imported) <= rank_of(module)
    ]


def closure(graph: Mapping[str, Collection[str]], start: Collection[str]) -> set[str]:
    """Return everything that can be reached from `start` along imports."""
    reached: set[str] = set()
    front = set(start)
    while front:
        reached |= front
        front = {target for module in front for target in graph.get(module, ())} - reached
    return reached


# Watching what runs.


def torch_name(func: Any) -> str:
    """Return the dotted name of any torch function; torch's own `resolve_name` knows but some."""
    attribute = func.__self__ if func.__name__ in {"__get__", "__set__"} else func
    written_in_c = "torch.Tensor" if hasattr(attribute, "__objclass__") else "torch"
    module = getattr(func, "__module__", None) or written_in_c
    return f"{module.replace('torch._tensor', 'torch.Tensor')}.{attribute.__name__}"


class TorchCalls(TorchFunctionMode):
    """Notes every torch function that Python code calls, and the keywords it passes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        del types
        self.seen.add(torch_name(func))
        self.seen.update(f"?.{keyword}" for keyword in kwargs or {})
        return func(*args, **(kwargs or {}))


def watch(action: Callable[[], object]) -> tuple[set[str], set[str]]:
    """Run `action`; return all that it used of torch, and the forbidden part of that."""
    calls = TorchCalls()
    with calls:
        action()
    return calls.seen, {name for name in calls.seen if is_forbidden(name)}


def public(base: type) -> dict[str, Any]:
    """Return the concrete classes that scratchnn exports and that derive from `base`."""
    return {
        name: value
        for name, value in vars(scratchnn).items()
        if inspect.isclass(value) and issubclass(value, base) and not inspect.isabstract(value)
    }


def tensors_in(thing: object) -> Iterator[torch.Tensor]:
    """Yield every tensor in an object's attributes, lists, tuples and dictionaries."""
    if isinstance(thing, torch.Tensor):
        yield thing
    elif isinstance(thing, list | tuple | set):
        for item in thing:
            yield from tensors_in(item)
    elif isinstance(thing, dict):
        yield from tensors_in([*thing.values()])
    elif type(thing).__module__.startswith("scratchnn"):
        yield from tensors_in([getattr(thing, "__dict__", {})])


def train_once(
    module: scratchnn.Module, inputs: tuple[torch.Tensor, ...], optimizer: Any
) -> list[torch.Tensor]:
    """Run a forward, a backward and a step; return every tensor that had a part in it."""
    output = module(*inputs)
    first = output[0] if isinstance(output, tuple) else output
    gradient = module.backward(torch.randn_like(first))
    if optimizer:
        optimizer.step()
    return [*tensors_in([output, gradient, *inputs, module, optimizer])]


def assert_no_autograd(
    module: scratchnn.Module, inputs: tuple[torch.Tensor, ...], optimizer: Any
) -> None:
    """Assert that a training step calls nothing forbidden and records no graph."""
    touched: list[torch.Tensor] = []
    seen, forbidden = watch(lambda: touched.extend(train_once(module, inputs, optimizer)))
    assert seen
    assert forbidden == set()
    assert touched
    assert not any(tensor.requires_grad or tensor.grad_fn for tensor in touched)


def run_alone(code: str) -> str:
    """Run Python code in a process of its own, in the project's folder; return what it prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# The claims.


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_of_a_package_is_read(package: str) -> None:
    """The proofs below quantify over all files, so there must be some, in every folder."""
    trees = parse(package)
    assert f"{package}.__init__" in trees
    assert len(trees) == len([*(ROOT / package).rglob("*.py")]) > 10


def test_scratchnn_names_nothing_of_autograd() -> None:
    """No file of scratchnn names torch.nn, torch.autograd and the like, by whatever alias."""
    trees = parse("scratchnn")
    assert autograd_in(trees.pop(PEER), PEER)
    assert [use for module, tree in trees.items() for use in autograd_in(tree, module)] == []


def test_only_recipes_reach_the_peer() -> None:
    """The file that trains in torch.nn is there to be compared with, and for nothing else."""
    graph = graph_of(parse("scratchnn"))
    assert [module for module, imported in graph.items() if PEER in imported] == [
        "scratchnn.recipes.recipe"
    ]
    assert not any("recipes" in name for name in graph["scratchnn"])


@pytest.mark.parametrize(
    "source",
    [
        "import torch.nn",
        "import torch.nn.functional as F",
        "import torch as t\nt.nn.Linear(2, 3)",
        "import torch\nt = torch\nu = t\nu.optim.SGD",
        "if (t := __import__('torch')).nn:\n    pass",
        "from torch import nn",
        "from torch import autograd as a",
        "from torch.func import vjp",
        "from torch import *",
        "from torch.nn.functional import relu",
        "def f():\n    import torch\n    return torch.autograd.grad",
        "import torch\ngetattr(torch, 'nn')",
        "import torch\nfetch = getattr\nfetch(torch, 'n' + 'n')",
        "import torch\nvars(torch)['nn']",
        "import torch\ntorch.__dict__['optim']",
        "import sys\nsys.modules['torch.nn']",
        "import sys\nname = 'torch'\nsys.modules[name + '.nn']",
        "import importlib\nimportlib.import_module('torch.nn')",
        "from importlib import import_module as load\nload('torch.nn')",
        "from importlib import import_module\nimport_module('.'.join(['torch', 'nn']))",
        "__import__('torch.nn')",
        "import operator, torch\noperator.attrgetter('nn')(torch)",
        "exec('import torch' + '.nn')",
        "import functorch",
        "import torch\ntorch.ops.aten.threshold_backward",
        "import torch\ntorch._C._nn.linear",
        "from torch._C import _nn",
        "from torch import no_grad",
        "import torch\ntorch.batch_norm_backward_reduce",
        "import torch\ntorch.ones(2, requires_grad=True)",
        "def f(x):\n    x.requires_grad = True",
        "def f(x):\n    x.requires_grad_()",
        "def f(x):\n    setattr(x, 'requires_grad', True)",
        "def f(x):\n    return x.grad_fn",
        "import torch\ntorch.Tensor.backward",
        "from torch import Tensor\ndef f(x):\n    Tensor.backward(x)",
        "def f(x):\n    (x * x).backward()",
        "def f(x):\n    x.square().sum().backward()",
        "import torch\ntorch.sum(torch.ones(2)).backward()",
        "def f(x, g):\n    x.backward(gradient=g)",
        "def f(x):\n    x.backward(retain_graph=True)",
    ],
)
def test_a_forbidden_name_is_found(source: str) -> None:
    """The proof from the syntax tree fails on every way round it that we could think of."""
    assert autograd_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nfrom torch import Tensor\ntorch.tanh(Tensor())",
        "import torch\ntorch.__version__",
        "import torch\ntorch._foreach_add_([torch.ones(2)], 1)",
        "from scratchnn import optim\noptim.SGD",
        "from . import optim\noptim.SGD",
        "def f(layer, g):\n    return layer.backward(g)",
        "def f(loss):\n    return loss.backward()",
        "class A:\n    def backward(self, g):\n        return super().backward(g)",
        "import torch\nx = {'nn': 1}['nn']",
        "def f(parameter):\n    parameter.grad += 1",
    ],
)
def test_a_legal_name_is_left_alone(source: str) -> None:
    """Our own `backward`, `optim` and `grad` are no false alarms."""
    assert autograd_in(source) == []


@pytest.mark.parametrize("name", sorted(public(scratchnn.Module)))
def test_a_training_step_runs_no_autograd(name: str) -> None:
    """Forward, backward and an SGD step call nothing forbidden and leave no graph behind."""
    module, inputs = exercise(name)
    parameters = [*module.parameters()]
    assert_no_autograd(module, inputs, scratchnn.SGD(parameters, lr=0.1) if parameters else None)


@pytest.mark.parametrize("name", sorted(public(scratchnn.Optimizer)))
def test_an_optimizer_runs_no_autograd(name: str) -> None:
    """Two steps of every optimizer call nothing forbidden and leave no graph behind."""
    module, inputs = exercise("Linear")
    optimizer = public(scratchnn.Optimizer)[name](module.parameters(), lr=0.1)
    for _ in range(2):
        assert_no_autograd(module, inputs, optimizer)


def test_every_exercise_is_of_a_module_that_exists() -> None:
    """A row for a class that was renamed would prove nothing any more."""
    assert EXERCISES.keys() <= public(scratchnn.Module).keys()


FORBIDDEN_CALLS: dict[str, Callable[[torch.Tensor], object]] = {
    "requires_grad_": lambda x: x.requires_grad_(),
    "requires_grad=": lambda x: setattr(x, "requires_grad", True),
    "requires_grad keyword": lambda x: torch.ones(2, dtype=x.dtype, requires_grad=True),
    "grad_fn": lambda x: x.grad_fn,
    "nn.functional in Python": torch.nn.functional.relu,
    "nn.functional in C": lambda x: torch.nn.functional.linear(x, x),
    "nn.Module": torch.nn.Linear(2, 2),
    "ops": lambda x: torch.ops.aten.threshold_backward(x, x, 0.0),
    "autograd": lambda x: torch.autograd.functional.vjp(torch.tanh, x, x),
}


@pytest.mark.parametrize("name", FORBIDDEN_CALLS)
def test_a_forbidden_call_is_seen_at_run_time(name: str) -> None:
    """The proof at run time fails on autograd, however it was reached."""
    _, forbidden = watch(functools.partial(FORBIDDEN_CALLS[name], torch.ones(2, 2)))
    assert forbidden


@pytest.mark.parametrize(("package", "other"), [PACKAGES, PACKAGES[::-1]])
def test_neither_package_names_the_other(package: str, other: str) -> None:
    """A stranger's framework must be treated like our own, so the checker cannot know ours."""
    assert [found for tree in parse(package).values() for found in strangers(tree, other)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import scratchnn.linear as layer",
        "def f():\n    from scratchnn import Linear",
        "__import__('scratchnn')",
        "from importlib import import_module\nimport_module('scratchnn.linear')",
    ],
)
def test_naming_the_other_package_is_found(source: str) -> None:
    """The proof that the packages are independent can fail."""
    assert [*strangers(ast.parse(source), "scratchnn")]


@pytest.mark.parametrize(("package", "other"), [PACKAGES, PACKAGES[::-1]])
def test_importing_all_of_a_package_leaves_the_other_out(package: str, other: str) -> None:
    """Whatever a file does on import, in a fresh process the other package does not appear."""
    code = f"""
import importlib, pkgutil, sys, {package}
for module in pkgutil.walk_packages({package}.__path__, "{package}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print({{name.partition(".")[0] for name in sys.modules}} & {set(PACKAGES)})
"""
    assert run_alone(code) == str({package}), f"{other} was imported"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_cycle(package: str) -> None:
    """Every file can be read after what it imports, also counting imports for types alone."""
    assert cycle_in(graph_of(parse(package))) == []


@pytest.mark.parametrize(
    "sources",
    [
        {"p.a": "import p.b", "p.b": "from p.a import x"},
        {"p.a": "from . import b", "p.b": "from .c import x", "p.c": "def f():\n    import p.a"},
        {"p.__init__": "from p.a import x", "p.a": "from p import x"},
        {"p.q.__init__": "from . import a", "p.q.a": "from .. import q", "p.__init__": ""},
    ],
)
def test_an_import_cycle_is_found(sources: dict[str, str]) -> None:
    """The proof that there is no cycle can fail, also on relative and late imports."""
    assert cycle_in(graph_of({name: ast.parse(text) for name, text in sources.items()}))


def test_every_module_of_gradcheck_has_a_layer() -> None:
    """A new module says in LAYERS where it stands, and no layer stands empty."""
    parts = {module.split(".")[1] for module in parse("gradcheck")}
    assert parts - set().union(*LAYERS) == set()
    assert all(layer & parts for layer in LAYERS)


def test_gradcheck_imports_point_downwards_only() -> None:
    """cli, campaign, pipeline, diagnosis, witnesses, ..., records, errors: never back up."""
    graph = graph_of(parse("gradcheck"))
    assert sum(len(imported) for imported in graph.values()) > len(LAYERS)
    assert upward_imports(graph) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("gradcheck.records", "from gradcheck import subject"),
        ("gradcheck.witnesses.numeric.stencil", "from gradcheck.diagnosis import locate"),
        ("gradcheck.cases.catalogue", "from ..adapters import module"),
        ("gradcheck.pipeline", "from gradcheck import check"),
        ("gradcheck.errors", "import gradcheck"),
    ],
)
def test_an_upward_import_is_found(module: str, source: str) -> None:
    """The proof of the layers can fail: upwards, sideways, and through the package root."""
    trees = dict.fromkeys(parse("gradcheck"), ast.parse("")) | {module: ast.parse(source)}
    assert upward_imports(graph_of(trees))


# Witnesses, what adapts what torch differentiates, and what answers in its name.
KNOW_AUTOGRAD = {
    "adapters.bodies",
    "adapters.carried",
    "adapters.differentiated",
    "adapters.function",
    "adapters.graph",
    "adapters.torch_module",
    "compat",
    "diagnosis.uses",  # reads the graph to name a cause, after the witnesses have decided
    "modes",
    "witnesses",
}


def autograd_outside(trees: Mapping[str, ast.AST]) -> list[str]:
    """Return every use of torch.autograd in gradcheck where nobody may ask it."""
    return [
        f"{module}:{line}"
        for module, tree in trees.items()
        for line, name in uses(tree, module)
        if name.startswith("torch.autograd")
        and not any(module.startswith(f"gradcheck.{known}") for known in KNOW_AUTOGRAD)
    ]


def test_only_witnesses_and_torchs_own_kinds_ask_autograd() -> None:
    """Whatever else differentiated by it would be no independent estimate."""
    trees = parse("gradcheck")
    assert autograd_outside(trees) == []
    asking = "import torch\ntorch.autograd.grad"
    assert autograd_outside({"gradcheck.adapters.module": ast.parse(asking)})


def test_reports_know_records_and_no_torch() -> None:
    """A report reads a finished result: of gradcheck it needs what holds one, and errors."""
    graph = graph_of(parse("gradcheck"))
    reports = {module for module in graph if module.startswith("gradcheck.report")}
    reached = closure(graph, reports)
    assert "gradcheck.records" in reached
    assert "torch" not in reached
    ours = {module for module in reached - reports if module.startswith("gradcheck")}
    known = ("records", "comparison", "faults", "errors", "exhibits")
    assert ours <= {f"gradcheck.{name}" for name in known}
