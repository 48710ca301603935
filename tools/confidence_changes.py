"""Changes of the program that tests should notice, drawn from all that cosmic-ray can make, and tried by tests.

A change is tried in a process of its own, forked from one that has loaded the package and all tests: what changed
functions do is put into those that are loaded, and only for what is done at import the package is loaded again.
"""

from __future__ import annotations

import ast
import gc
import importlib.util
import os
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
CHANGED = ("core", "psf")
FIRST = 12  # tests that are tried before the others are collected: they notice most changes
PLUGINS = ("no:cacheprovider", "_hypothesis_pytestplugin")  # no others: Qt's and napari's take seconds to load


@dataclass(frozen=True)
class Change:
    """A change of the source: the how manyth of an operator's, and where it is."""

    path: Path
    operator: str
    number: int
    first: int
    last: int

    @property
    def module(self) -> str:
        """The module's name."""
        parts = self.path.relative_to(SOURCE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def source(self) -> str | None:
        """Return the changed source; None where it is no program, or no other than before: types and docstrings."""
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        before = self.path.read_text(encoding="utf-8")
        after = mutate_code(before, get_operator(self.operator)(), self.number)
        try:
            return None if after is None or _meaning(before) == _meaning(after) else str(after)
        except SyntaxError:  # the mark of parameters without names is taken for a division
            return None

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.first} {self.operator.removeprefix('core/')} ({self.number})"


def draw(count: int, seed: int) -> list[Change]:
    """Draw so many of all changes that mean something."""
    every = [one for package in CHANGED for path in sorted((SOURCE / package).rglob("*.py")) for one in changes(path)]
    random.Random(seed).shuffle(every)
    found: list[Change] = []
    for one in every:
        if len(found) == count:
            break
        if one.source() is not None:
            found.append(one)
    return found


def changes(path: Path) -> Iterator[Change]:
    """Yield all changes of a module that cosmic-ray's operators can make."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast_from_path(path)))
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if kind.arguments() or name.endswith("no-op"):
            continue
        places = (place for node in nodes for place in kind().mutation_positions(node))
        for number, (begin, end) in enumerate(places):
            yield Change(path, name, number, begin[0], end[0])


def _meaning(source: str) -> str:
    """Return a program without its docstrings and types."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant("")
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.dump(tree)


def in_function(change: Change) -> bool:
    """Return whether a change lies in what a function does, and not in what is done when the module is imported."""
    nodes = ast.walk(ast.parse(change.path.read_text(encoding="utf-8")))
    bodies = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return any(node.body[0].lineno <= change.first <= (node.end_lineno or 0) for node in bodies)


class Changed(SourceFileLoader):
    """Finds and loads one module from another source; all others are left to Python."""

    def __init__(self, change: Change, source: str) -> None:
        super().__init__(change.module, str(change.path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed source."""
        return compile(self._source, self.path, "exec")

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Answer for the module alone."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None


def begin(change: Change, names: Sequence[str]) -> int:
    """Run tests of a change in a process of its own; return its number. It ends with 0 where no test fails."""
    source = change.source()
    assert source is not None
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        if not (in_function(change) and _swapped(change, source)):
            _unload()
            sys.meta_path.insert(0, Changed(change, source))  # type: ignore[arg-type]
        parts = [part for part in (names[:FIRST], names[FIRST:]) if part]
        code = next((found for part in parts if (found := run_pytest("-x", *part))), 0)
    finally:
        os._exit(code)


def run_pytest(*arguments: str) -> int:
    """Run pytest in this process, and print nothing; return its exit code."""
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = [word for one in PLUGINS for word in ("-p", one)]
    os.chdir(ROOT)
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stdout(null), redirect_stderr(null):
        return int(pytest.main(["-q", "-o", "addopts=", *plugins, *arguments]))


def _swapped(change: Change, source: str) -> bool:
    """Put what changed functions do into those that are loaded; return whether that was possible."""
    module = sys.modules.get(change.module)
    path = getattr(module, "__file__", None) or str(change.path)
    codes, swapped = {(one.co_qualname, one.co_firstlineno): one for one in _codes(compile(source, path, "exec"))}, 0
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == path:
            known = codes.get((one.__code__.co_qualname, one.__code__.co_firstlineno))
            if known is None or len(known.co_freevars) != len(one.__code__.co_freevars):
                return False
            swapped += known != one.__code__
            one.__code__ = known
    return swapped > 0


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a module and of all functions and classes in it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _unload() -> None:
    """Forget the package and the tests, so that they are loaded again."""
    places = (str(SOURCE), str(ROOT / "tests"))
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(places):
            del sys.modules[name]
