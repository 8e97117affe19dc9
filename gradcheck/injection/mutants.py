"""A backward with one change in its source: in memory, for a while; no file of anybody is touched.

The code of a function is exchanged, and put back.  So the target stays the object that it is,
whatever wraps it: a method, a static method of an autograd.Function, a helper far below.
"""

from __future__ import annotations
import __future__

import ast
import gc
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

import torch

from gradcheck.injection.syntax import Mutation, mutations
from gradcheck.injection.watch import Ran


@dataclass(frozen=True)
class Mutant:
    """One change in one function.

    Attributes:
        functions: All that share the code.
        code: What they run instead.
        what: The change, in words.
        place: File and line.
        file: The whole path of the file.
        runs: Whether any case runs the changed statement.
    """

    functions: tuple[FunctionType, ...]
    code: CodeType
    what: str
    place: str
    file: str
    runs: bool

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Run the changed code inside."""
        before = [function.__code__ for function in self.functions]
        try:
            for function in self.functions:
                function.__code__ = self.code
            yield
        finally:
            for function, code in zip(self.functions, before, strict=True):
                function.__code__ = code


def mutants_of(ran: Ran) -> Iterator[Mutant]:
    """One for each change of what has run; none of what has no source."""
    for code, lines in ran.items():
        tree = _parsed(code)
        functions = _functions_of(code)
        if tree is None or not functions or not _computes(tree):
            continue
        for mutation in mutations(tree):
            changed = _compiled(mutation.tree, code)
            if changed is not None:
                yield _mutant(functions, changed, mutation, lines)


def _mutant(
    functions: tuple[FunctionType, ...], code: CodeType, mutation: Mutation, lines: set[int]
) -> Mutant:
    place = f"{Path(code.co_filename).name}:{mutation.line}"
    runs = any(line in lines for line in mutation.statement)
    return Mutant(functions, code, mutation.what, place, code.co_filename, runs)


def _parsed(code: CodeType) -> ast.FunctionDef | None:
    """The syntax tree of a function, with the line numbers of its file."""
    try:
        source, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(source))).body[0]
    except (OSError, TypeError, SyntaxError):  # a piece of an expression, or no file
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    return tree


def _computes(tree: ast.FunctionDef) -> bool:
    """Whether it does anything with numbers: what keeps a tape or compares shapes does not."""
    return any(
        isinstance(node, ast.BinOp | ast.AugAssign)
        or (isinstance(node, ast.Attribute) and callable(getattr(torch.Tensor, node.attr, None)))
        for statement in tree.body
        for node in ast.walk(statement)
    )


def _functions_of(code: CodeType) -> tuple[FunctionType, ...]:
    """Every function that runs this code: one, or the closures made from it."""
    holders = gc.get_referrers(code)
    return tuple(f for f in holders if isinstance(f, FunctionType) and f.__code__ is code)


def _compiled(tree: ast.FunctionDef, code: CodeType) -> CodeType | None:
    """The code of the changed function, which closes over the very names of the old one.

    It is compiled in a class of the same name, so that ``self.__x`` means what it did, and inside
    a function whose arguments are the names; those that the change has dropped are kept in what
    never runs.
    """
    names = code.co_freevars
    never = [ast.If(ast.Constant(value=False), [ast.Expr(_read(name)) for name in names], [])]
    body = [*never, *tree.body] if names else tree.body
    function = _defined(tree.name, tree.args, body)
    parts = code.co_qualname.replace(".<locals>", "").split(".")
    inside: ast.stmt = function
    if len(parts) > 1:
        inside = ast.parse(f"class {parts[-2]}: pass").body[0]
        inside.body = [function]  # type: ignore[attr-defined] # of a class
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    maker = _defined("__maker", arguments, [inside])
    module = ast.fix_missing_locations(ast.Module([maker], []))
    flags = code.co_flags & __future__.annotations.compiler_flag
    try:
        compiled = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None
    found = _inner(compiled, tree.name)
    if found is None or found.co_freevars != names:
        return None
    return found.replace(co_qualname=code.co_qualname, co_firstlineno=code.co_firstlineno)


def _defined(name: str, arguments: ast.arguments, body: list[ast.stmt]) -> ast.FunctionDef:
    """A function; parsed, for what a node must hold differs between Pythons."""
    function = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 for the type checker
    function.args, function.body = arguments, body
    return function


def _read(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _inner(code: CodeType, name: str) -> CodeType | None:
    """The code of that name, which is at most three deep."""
    inside = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    for found in inside:
        if found.co_name == name and found.co_flags & inspect.CO_OPTIMIZED:
            return found
    return next((deep for one in inside if (deep := _inner(one, name)) is not None), None)
