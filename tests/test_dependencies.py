"""Declared dependencies and imports agree: each is imported somewhere, and each import is declared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MODULE_OF = {"scikit-image": "skimage"}  # where a distribution and its module differ in name
NOT_IMPORTED = {"imagecodecs"}  # tifffile loads it by itself, for LZW and predictors
OPTIONAL = {"napari", "ducc0", "spc_io"}  # extras "gui", "fast" and "spc"; that of "big" is imported by name
FROM_NAPARI = {"imageio", "npe2", "pint", "superqt", "vispy"}  # napari requires them


def declared() -> set[str]:
    return {re.split(r"[<>=!~\[; ]", one)[0].lower() for one in PROJECT["dependencies"]}


@cache
def imported() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name.split(".")[0]: path for name in names}
    return found


@pytest.mark.parametrize("name", sorted(declared() - NOT_IMPORTED))
def test_each_dependency_is_imported_somewhere(name: str) -> None:
    found = MODULE_OF.get(name, name) in imported()
    assert found, f"no line of src imports {name}: take it out of pyproject.toml"


def test_each_imported_package_is_declared() -> None:
    known = {MODULE_OF.get(name, name) for name in declared()} | OPTIONAL | FROM_NAPARI
    known |= set(sys.stdlib_module_names) | {"napari_deconvolve"}
    strangers = {name: str(path) for name, path in imported().items() if name not in known}
    assert not strangers, "declare these in pyproject.toml"
