"""The structure of the source: what imports what, where names may stand, how long a piece may be.

Each rule collects all that breaks it, so that a failure is a list of places.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.methods.base import METHODS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
PACKAGE = "napari_deconvolve"

# The parts from the lowest to the highest: each imports those before it. Only the command "demo" reaches `_napari`, and
# only the dock "Batch" reaches `cli`, whose batch it runs.
LAYERS = (
    ("_version", "errors"),
    ("schema", "units", "work", "memory"),
    ("image", "core"),
    ("formats",),
    ("psf",),
    ("recipe",),
    ("job",),
    ("tuning",),
    ("methods",),
    ("run",),
    ("api",),
    ("phantoms", "io"),
    ("cli", "_napari"),
    ("__init__",),
)
MAY_IMPORT = {
    name: {below for lower in LAYERS[:level] for below in lower} for level, names in enumerate(LAYERS) for name in names
}
MAY_IMPORT["cli"].add("_napari")
MAY_IMPORT["_napari"].add("cli")
GUI = {"napari", "qtpy", "magicgui", "pyqtgraph", "superqt", "PyQt6", "PySide6"}

PSF_KINDS = {"PSF", "Strata", "ChannelPSFs"}
# Texts that read like the name of a method or a prior, and are something else.
OTHER_MEANING = {
    (f"{PACKAGE}._napari.kit.settings", "blind"): "the recipe's field",
    (f"{PACKAGE}.recipe.recipe", "rl"): "the field's default",
    (f"{PACKAGE}.run.cost", "rl"): "the parameter's default, for whoever reads the signature",
    (f"{PACKAGE}.tuning.alternation", "blind"): "the source of a PSF, in recipes and files",
}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 45

Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_name(path: Path) -> str:
    parts = [PACKAGE, *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def part(module: str) -> str:
    """Return the layer's name: the folder or file right below the package."""
    return [*module.split("."), "__init__"][1]


@functools.cache
def imports(module: str) -> tuple[tuple[str, bool], ...]:
    """Return what a module imports, inside functions and for type checkers too, and whether it does so at the top."""
    top, found = tree(module).body, []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide where they lead"
            source = node.module or ""
            names = [f"{source}.{alias.name}" for alias in node.names]
            found += [(name if name in MODULES else source, node in top) for name in names]
    return tuple(found)


def inner_imports(module: str) -> set[str]:
    """Return the modules of the package that a module imports."""
    return {name for name, _ in imports(module) if name in MODULES and name != module}


def where(module: str, node: ast.AST) -> str:
    return f"{MODULES[module].relative_to(SOURCE)}:{getattr(node, 'lineno', 1)}"


# ---- imports


def circles() -> list[list[str]]:
    """Return the modules that reach each other by imports, group by group (Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in sorted(inner_imports(module)):
            if other not in order:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], order[other])
        if low[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in MODULES:
        if module not in order:
            visit(module)
    return found


def test_no_imports_go_in_circles() -> None:
    assert circles() == []


def test_every_part_has_its_place() -> None:
    assert {part(module) for module in MODULES} <= set(MAY_IMPORT)


def test_imports_run_one_way() -> None:
    """Nobody imports the package's own public names either: they stand above all parts."""
    upwards = [
        f"{module} imports {name}"
        for module in MODULES
        for name in sorted(inner_imports(module))
        if part(name) not in MAY_IMPORT[part(module)] | {part(module)}
    ]
    assert upwards == []


def test_only_the_window_is_late() -> None:
    """The part `_napari` is imported at the top of its own modules only: the rest runs without a window."""
    early = [
        f"{module} imports {name}"
        for module in MODULES
        for name, at_top in imports(module)
        if at_top and name.startswith(f"{PACKAGE}._napari") and part(module) != "_napari"
    ]
    assert early == []


def test_only_the_window_imports_a_gui() -> None:
    found = [
        f"{module} imports {name}"
        for module in MODULES
        for name, _ in imports(module)
        if part(module) != "_napari" and name.split(".")[0] in GUI
    ]
    assert found == []


def dock(module: str) -> str | None:
    """Return the dock that a module belongs to."""
    names = module.split(".")
    return names[3] if names[1:3] == ["_napari", "docks"] and len(names) > 3 else None


def test_no_dock_imports_another() -> None:
    crossing = [
        f"{module} imports {name}"
        for module in MODULES
        for name in sorted(inner_imports(module))
        if dock(module) and dock(name) and dock(module) != dock(name)
    ]
    assert crossing == []


def test_only_one_dock_reaches_the_commands() -> None:
    reaching = {
        (dock(module) or module, name.removeprefix(f"{PACKAGE}.").rpartition(".")[0])
        for module in MODULES
        for name in inner_imports(module)
        if part(module) == "_napari" and part(name) == "cli"
    }
    assert reaching == {("batch", "cli.batch"), ("batch", "cli")}  # of the latter why something failed


# ---- names that one place knows


def without_docstrings(module: str) -> Iterator[ast.Constant]:
    """Return the texts in a module's expressions: all but docstrings and texts that stand for themselves."""
    alone = {id(node.value) for node in ast.walk(tree(module)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def literals(homes: dict[str, str]) -> list[str]:
    """Return where names stand as texts outside the modules that define them."""
    return [
        f"{where(module, node)}: {node.value!r} of {homes[node.value]}"
        for module in MODULES
        for node in without_docstrings(module)
        if node.value in homes and homes[node.value] != module and (module, node.value) not in OTHER_MEANING
    ]


def test_names_of_methods_stand_in_their_files_only() -> None:
    assert literals({name: type(method).__module__ for name, method in METHODS.items()}) == []


def test_names_of_priors_stand_in_their_files_only() -> None:
    assert literals({name: prior.__module__ for name, prior in PRIORS.items()}) == []


def test_exceptions_are_needed() -> None:
    found = {(module, node.value) for module in MODULES for node in without_docstrings(module)}
    assert set(OTHER_MEANING) - found == set()


def names_in(node: ast.AST) -> set[str]:
    """Return the last parts of all names in an expression."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def asked_kinds(node: ast.AST) -> set[str]:
    """Return the kinds of PSF that a node asks for: by `isinstance`, by comparing types, by a pattern of `match`."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
    if called in ("isinstance", "issubclass") or isinstance(node, ast.Compare | ast.MatchClass):
        return names_in(node) & PSF_KINDS
    return set()


def test_nobody_asks_for_the_kind_of_a_psf_outside_its_folder() -> None:
    asked = [
        f"{where(module, node)}: {', '.join(sorted(kinds))}"
        for module in MODULES
        for node in ast.walk(tree(module))
        if part(module) != "psf" and (kinds := asked_kinds(node))
    ]
    assert asked == []


# ---- size and form


def functions() -> Iterator[tuple[str, Function]]:
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, Function):
                yield module, node


def length(function: Function) -> int:
    """Return the lines of a function, without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    first = function.body[0]
    return lines - ((first.end_lineno or 0) - first.lineno + 1)


def test_no_module_is_long() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > LONGEST_MODULE} == {}


def test_no_function_is_long() -> None:
    long = {f"{where(module, one)} {one.name}": length(one) for module, one in functions()}
    assert {name: count for name, count in long.items() if count > LONGEST_FUNCTION} == {}


def documented() -> Iterator[tuple[str, ast.AST, str]]:
    """Return all docstrings."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for module in MODULES:
        for node in ast.walk(tree(module)):
            if isinstance(node, kinds) and (text := ast.get_docstring(node)):
                yield module, node, text


def test_docstrings_return_and_do_not_give() -> None:
    assert [where(module, node) for module, node, text in documented() if text.startswith(("Give ", "Gives "))] == []


def undocumented(module: str) -> list[str]:
    missing = [] if ast.get_docstring(tree(module)) or not tree(module).body else [module]
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

    def look(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, kinds) and not child.name.startswith("_"):
                if not ast.get_docstring(child):
                    missing.append(f"{inside}.{child.name}")
                if isinstance(child, ast.ClassDef):
                    look(child, f"{inside}.{child.name}")

    look(tree(module), module)
    return missing


def test_all_that_is_public_is_documented() -> None:
    assert [name for module in MODULES for name in undocumented(module)] == []


# ---- the rules themselves


def broken_by(rule: Callable[[ast.AST], Iterable[str]], text: str) -> set[str]:
    return {found for node in ast.walk(ast.parse(text)) for found in rule(node)}


def test_the_rule_about_psfs_sees_all_ways_to_ask() -> None:
    assert broken_by(asked_kinds, "isinstance(psf, Strata | values.ChannelPSFs)") == {"Strata", "ChannelPSFs"}
    assert broken_by(asked_kinds, "isinstance(psf, (PSF, int))") == {"PSF"}
    assert broken_by(asked_kinds, "match psf:\n    case Strata(): pass") == {"Strata"}
    assert broken_by(asked_kinds, "type(psf) is values.PSF") == {"PSF"}
    assert broken_by(asked_kinds, "isinstance(strata, int)") == set()
