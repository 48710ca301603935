"""The project: what is packed, what its import brings, and what the manifest says."""

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
from test_structure import GUI, MODULES, part

import napari_deconvolve as nd

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "napari_deconvolve"
MANIFEST = SOURCE / "napari.yaml"


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


# ---- imports


def test_importing_brings_no_gui_and_no_heavy_library() -> None:
    heavy = GUI | {"skimage", "tifffile", "matplotlib"}
    done = python(f"import sys; from napari_deconvolve import *; print(sorted(set(sys.modules) & {heavy!r}))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("first", range(3))
def test_threads_may_use_names_for_the_first_time_at_once(first) -> None:
    done = python(
        "import threading, napari_deconvolve as nd\n"
        f"names = nd.__all__[{first}::3]\n"
        "gate, found = threading.Barrier(len(names)), []\n"
        "def use(name):\n"
        "    gate.wait()\n"
        "    found.append(getattr(nd, name))\n"
        "threads = [threading.Thread(target=use, args=(name,)) for name in names]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(len(names) - len(found))"
    )
    assert done.stdout.strip() == "0", done.stderr


def test_everything_but_the_gui_works_without_napari() -> None:
    names = [module for module in MODULES if part(module) != "_napari"]
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


# ---- names and words


def test_the_public_names() -> None:
    assert len(nd.__all__) == len(set(nd.__all__))
    assert all(hasattr(nd, name) for name in nd.__all__)
    tree = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    (listed,) = (ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    assert imported == set(nd.__all__) == set(listed), "__all__ and the imports differ"
    capitals = [name for name in listed if name.isupper()]
    classes = [name for name in listed if name[0].isupper() and not name.isupper()]
    functions = [name for name in listed if not name[0].isupper()]
    assert listed == [*sorted(capitals), *sorted(classes), *sorted(functions)]


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is not a clone, so nothing tells which files belong to the project")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_place_on_one_machine() -> None:
    places = re.compile(r"(?<![\w.-])/(?:work|home|root|Users)/|C:" + r"\\")  # "_napari/work/" is one of ours
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}: {place}" for place in places.findall(text)]
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
        f"napari_deconvolve/{path.relative_to(SOURCE).as_posix()}" for path in MODULES.values()
    }
    links = re.findall(r"\]\(([^)\s]+)\)", metadata)
    assert links
    assert all(link.startswith("https://") for link in links), "PyPI has no files beside the readme"
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
    assert installs("gui") == installs("docs") == 2, "dev brings all of gui and docs"
    project.write_text("[project]\nname = 'other'\n", encoding="utf-8")
    assert installs("dev") == 3
