"""The house: what is packed, what imports what, what the manifest says, and that all of it is documented."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import napari_deconvolve as nd

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
MANIFEST = SOURCE / "napari.yaml"
MODULES = sorted(SOURCE.rglob("*.py"))

# The parts from the lowest to the highest: each imports those before it. Only the command "demo" reaches `_napari`.
LAYERS = (
    ("_version", "errors"),
    ("units", "work"),
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
GUI = {"napari", "qtpy", "magicgui", "pyqtgraph", "superqt", "PyQt6", "PySide6"}


def module_name(path: Path) -> str:
    parts = ["napari_deconvolve", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, bool]]:
    """Give the dotted names that a file imports, and whether each stands at the top of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in tree.body) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they lead"
            if node.module == "napari_deconvolve":
                found += [(f"napari_deconvolve.{alias.name}", node in tree.body) for alias in node.names]
            else:
                found.append((node.module or "", node in tree.body))
    return found


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


# ---- imports


def test_every_part_has_its_place() -> None:
    assert {part(path) for path in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_run_one_way(path: Path) -> None:
    own = part(path)
    for name, at_top in imports(path):
        if not name.startswith("napari_deconvolve."):
            continue
        other = name.split(".")[1]
        allowed = MAY_IMPORT[own] | {own}
        assert other in allowed, f"{module_name(path)} imports {name}"
        if other == "_napari":
            assert own == "_napari" or not at_top, f"{module_name(path)} imports {name} at once"


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) != "_napari"], ids=module_name)
def test_only_the_gui_part_imports_a_gui(path: Path) -> None:
    assert not {name.split(".")[0] for name, _ in imports(path)} & GUI


def test_importing_brings_no_gui_and_no_heavy_library() -> None:
    heavy = GUI | {"skimage", "tifffile", "matplotlib"}
    done = python(f"import sys, napari_deconvolve; print(sorted(set(sys.modules) & {heavy!r}))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_everything_but_the_gui_works_without_napari() -> None:
    names = [module_name(path) for path in MODULES if part(path) != "_napari"]
    blocked = dict.fromkeys(sorted(GUI))
    done = python(
        "import sys, importlib\n"
        f"sys.modules.update({blocked!r})\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "import napari_deconvolve as nd, numpy as np\n"
        "psf = nd.psf.gaussian(3, ndim=2)\n"
        "print(nd.richardson_lucy(np.full((16, 16), 7.0), psf, 3).mean())"
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(7, abs=0.05)


PSF_KINDS = {"PSF", "Strata", "ChannelPSFs"}


def kinds_asked_for(tree: ast.AST) -> set[str]:
    """Give the kinds of PSF for which code asks, by isinstance or by type(...) is."""
    asked = set()
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if (called and node.func.id in ("isinstance", "issubclass")) or isinstance(node, (ast.Compare, ast.MatchClass)):
            names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
            asked |= PSF_KINDS & (names | {name.attr for name in ast.walk(node) if isinstance(name, ast.Attribute)})
    return asked


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) != "psf"], ids=module_name)
def test_no_kind_of_psf_is_asked_for_outside_psf(path: Path) -> None:
    assert kinds_asked_for(ast.parse(path.read_text(encoding="utf-8"))) == set()


@pytest.mark.parametrize(
    "code", ["isinstance(a, PSF)", "isinstance(a, (int, nd.psf.Strata))", "isinstance(a, PSF | int)", "type(a) is PSF"]
)
def test_a_question_for_a_kind_is_found(code: str) -> None:
    assert kinds_asked_for(ast.parse(code)) <= PSF_KINDS
    assert kinds_asked_for(ast.parse(code))


# ---- names and words


def test_the_public_names() -> None:
    assert len(nd.__all__) == len(set(nd.__all__))
    assert all(hasattr(nd, name) for name in nd.__all__)
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == set(nd.__all__), "__all__ and the imports differ"
    capitals = [name for name in nd.__all__ if name.isupper()]
    classes = [name for name in nd.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in nd.__all__ if not name[0].isupper()]
    assert nd.__all__ == [*sorted(capitals), *sorted(classes), *sorted(functions)]


def undocumented(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    missing = [] if ast.get_docstring(tree) or not tree.body else [module_name(path)]
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

    def look(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, kinds) and not child.name.startswith("_"):
                if not ast.get_docstring(child):
                    missing.append(f"{inside}.{child.name}")
                if isinstance(child, ast.ClassDef):
                    look(child, f"{inside}.{child.name}")

    look(tree, module_name(path))
    return missing


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_all_that_is_public_is_documented(path: Path) -> None:
    assert undocumented(path) == []


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is not a clone, so nothing tells which files belong to the project")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_on_one_machine() -> None:
    # Put together here, so that this file does not find itself.
    places = ["/" + "work/", "/" + "home/", "/" + "root/", "/" + "Users/", "C:" + "\\"]
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}: {place}" for place in places if place in text]
    assert found == []


def test_no_unfinished_work_is_marked() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".sh", ".yaml", ".toml"}]
    assert [str(path) for path in texts if marks.search(path.read_text(encoding="utf-8"))] == []


# ---- manifest


def test_the_link_and_the_manifest_say_the_same() -> None:
    assert (ROOT / "napari.yaml").read_text(encoding="utf-8").strip() in (
        MANIFEST.read_text(encoding="utf-8").strip(),
        "src/napari_deconvolve/napari.yaml",  # a clone on a system without links
    )


def test_the_manifest_is_valid_and_its_names_can_be_imported() -> None:
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_file(MANIFEST)
    manifest.validate_imports()
    assert manifest.name == "napari-deconvolve"
    commands = [command.id for command in manifest.contributions.commands or []]
    assert len(commands) == len(set(commands))


def test_the_installed_package_has_the_manifest() -> None:
    npe2 = pytest.importorskip("npe2")
    manifest = npe2.PluginManifest.from_distribution("napari-deconvolve")
    shown = {widget.display_name for widget in manifest.contributions.widgets or []}
    assert {"PSF", "Deconvolve"} <= shown


def test_the_validator_passes() -> None:
    pytest.importorskip("npe2")
    done = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(MANIFEST)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ---- packing


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    target = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        packed = archive.read("napari_deconvolve/napari.yaml").decode()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert packed == MANIFEST.read_text(encoding="utf-8")
    assert "napari_deconvolve/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"napari_deconvolve"}
    assert {name for name in names if name.endswith(".py")} == {
        f"napari_deconvolve/{path.relative_to(SOURCE).as_posix()}" for path in MODULES
    }
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE)
    assert not {name.lower() for name in needed} & {"pyqt6", "pyqt5", "napari", "ducc0"}, "no Qt, no GPL in the base"


def test_the_source_archive_can_be_built_from(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.split("/", 1)[1] for name in packed.getnames()}
    assert {"src/napari_deconvolve/napari.yaml", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert "napari.yaml" not in names, "the link would dangle where there are no links"


def test_the_command_is_installed() -> None:
    from importlib.metadata import entry_points

    (command,) = entry_points(group="console_scripts", name="napari-deconvolve")
    module, name = command.value.split(":")
    assert callable(getattr(importlib.import_module(module), name))


# ---- set-up


@pytest.mark.skipif(os.name == "nt", reason="the set-up script is for POSIX shells")
def test_set_up_installs_once_and_again_when_the_project_changes(tmp_path: Path) -> None:
    """With a stand-in for the environment's Python, which notes what pip is asked for."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", tmp_path / "tools")
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\n", encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    noted = tmp_path / "noted"
    python.write_text(
        f'#!/bin/sh\nif [ "$1 $2" = "-m pip" ]; then echo "$*" >> "{noted}"; else exec "{sys.executable}" "$@"; fi\n',
        encoding="utf-8",
    )
    python.chmod(0o755)

    def installs(extra: str) -> int:
        done = subprocess.run(
            ["sh", str(tmp_path / "tools" / "setup.sh"), extra],
            env={**os.environ, "SYSTEM": "skip"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return len(noted.read_text(encoding="utf-8").splitlines()) if noted.exists() else 0

    assert installs("gui") == 1
    assert installs("gui") == 1
    assert installs("dev") == 2
    assert installs("dev") == 2
    assert installs("gui") == 2, "dev brings all of gui"
    project.write_text("[project]\nname = 'other'\n", encoding="utf-8")
    assert installs("dev") == 3
