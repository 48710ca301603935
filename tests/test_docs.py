"""What README and docs tell a reader to type is done here, in a folder of its own, in the reader's order.

A block is fenced as ``python`` or ``sh``. Files that the reader is supposed to have are made by code in a comment that
a reader does not see: ``<!-- test ... -->``. The few commands that install or stay open are checked in another way,
each by its own rule below: one that is not listed there is run. A command of ours that needs nothing of a shell runs in
this process, which saves starting Python; the pages in ``AS_TYPED`` leave every line to the shell.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_structure import LAYERS

import napari_deconvolve as nd
from napari_deconvolve import cli, io

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$|^<!-- test\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
AS_TYPED = ("README", "install")
IN_A_COPY = "extending"  # what that page does to the package is done by test_extending.py
OURS = "napari-deconvolve "
SHELL = re.compile(r"[<>|&;$`*?~\\]")  # outside quotes, each of them wants a shell
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# Those that a reader of "How to add" makes.
NEW_FILES = {"core/priors/huber.py", "methods/landweber.py", "formats/pgm.py"}
NEW_FILES |= {f"_napari/docks/brightness/{name}.py" for name in ("__init__", "widget")}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Give the language and text of each block; hidden ones are Python."""
    found = []
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        language, text, hidden = match.groups()
        found.append(("hidden", hidden) if hidden is not None else (language, text))
    return found


def is_a_target(command: str) -> None:
    """``make X`` would set up a whole environment: ask make whether it knows X, and the shell for what it would do."""
    done = subprocess.run(
        ["make", "--dry-run", *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "tools/setup.sh" in done.stdout


def is_an_extra(command: str) -> None:
    """``pip install`` would fetch a gigabyte: see that the extra exists."""
    extras = re.search(r"\[([\w,]+)\]", command)
    assert set(extras[1].split(",") if extras else ()) <= set(PROJECT["optional-dependencies"])


def is_the_repository(command: str) -> None:
    """``git clone`` would fetch it: see that it is the project's address."""
    assert command.split()[-1] == PROJECT["urls"]["Repository"]


def is_a_program(command: str) -> None:
    """It opens a window that stays: see that it is installed."""
    assert shutil.which(command.split()[0], path=str(Path(sys.executable).parent))


OTHERWISE: dict[str, Callable[[str], None]] = {
    r"make (demo|test|bench|docs|site|setup|lint|types)": is_a_target,
    r'(python -m )?pip install "(\.|napari-deconvolve)(\[[\w,]+\])?"': is_an_extra,
    r"git clone \S+": is_the_repository,
    r"cd napari-deconvolve": lambda _: None,  # into the clone
    r"napari": is_a_program,
}


def run_here(text: str) -> None:
    """Run commands of ours in this process, one a line."""
    for line in text.splitlines():
        assert cli.execute(shlex.split(line)[1:]) == 0, line


def run_shell(text: str, folder: Path) -> None:
    """Run the lines in a shell, which stops at the first that fails."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def run_commands(text: str, page: Path, folder: Path) -> None:
    lines = []
    for line in text.splitlines():
        check = next((check for pattern, check in OTHERWISE.items() if re.fullmatch(pattern, line.strip())), None)
        if check is None:
            lines.append(line)
        else:
            check(line.strip())
    bare = [re.sub(r"'[^']*'|\"[^\"$`]*\"", "", line) for line in lines]
    ours = all(line.startswith(OURS) and not SHELL.search(line) for line in bare)
    if ours and page.stem not in AS_TYPED:
        run_here("\n".join(lines))
    else:
        run_shell("\n".join(lines), folder)


def name_of(page: Path) -> str:
    """Return "README", or a page's name within docs."""
    return page.relative_to(DOCS if page.is_relative_to(DOCS) else ROOT).with_suffix("").as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != IN_A_COPY], ids=name_of)
def test_what_the_page_says_can_be_done(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(DOCS / "figures")  # where the scripts that make pictures have what they share
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    names: dict[str, Any] = {"__name__": "__page__", "ROOT": ROOT}
    for number, (language, text) in enumerate(blocks(page), 1):
        assert language in {"python", "sh", "hidden", "text"}, f"block {number} of {page.name} is in {language!r}"
        if language == "sh":
            run_commands(text, page, tmp_path)
        elif language != "text":
            exec(compile(text, f"{page.name}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "#")):
            assert (page.parent / target.split("#")[0]).is_file(), target


def test_all_pages_stand_in_the_menu_once() -> None:
    menu = re.findall(r"[\w/]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(menu) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


def test_all_pictures_are_shown() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (DOCS / "pictures").iterdir():
        assert picture.name in text


def test_the_house_is_drawn_as_it_stands() -> None:
    drawn = runpy.run_path(str(DOCS / "figures" / "draw_house.py"))
    floors = drawn["floors"](drawn["imports"]())
    places = [(drawn["COLUMN"][name], floor) for name, floor in floors.items()]
    assert len(set(places)) == len(places), "two parts stand in one place"
    assert drawn["svg"](drawn["imports"]()) == drawn["PICTURE"].read_text(encoding="utf-8"), (
        "run docs/figures/draw_house.py"
    )


def test_the_reference_is_that_of_the_code() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))["pages"]()
    for page, text in made.items():
        assert page.read_text(encoding="utf-8") == text, "run tools/make_reference.py"


def test_the_pages_of_the_api_name_all_that_is_public() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference" / "api").glob("*.md")))
    shown = re.findall(r"^::: napari_deconvolve\.([\w.]+)$", text, re.MULTILINE)
    public = {name for name in nd.__all__ if name not in {"psf", "__version__"}}
    public |= {f"psf.{name}" for name in nd.psf.__all__} - {"psf.PSF"}  # which is nd.PSF
    public |= {f"io.{name}" for name in io.__all__}
    assert sorted(shown) == sorted(public)


def test_the_parts_stand_in_their_order() -> None:
    """The table of the architecture names the parts from the lowest to the highest, as the rule of imports has them."""
    text = (DOCS / "about" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \*\*(\w+)\*\* \|", text, re.MULTILINE)
    hidden = {"__init__", "_version"}
    assert set(named) == {name for names in LAYERS for name in names} - hidden
    level = {name: number for number, names in enumerate(LAYERS) for name in names}
    assert [level[name] for name in named] == sorted(level[name] for name in named)


@pytest.mark.parametrize("page", ["architecture", "extending"])
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    text = FENCED.sub("", (DOCS / "about" / f"{page}.md").read_text(encoding="utf-8"))
    named = set(re.findall(r"`([\w./]+(?:/|\.py|\.yaml))`", text))
    places = (ROOT, ROOT / "src" / "napari_deconvolve", ROOT / "src" / "napari_deconvolve" / "_napari")
    lost = {name for name in named if not any((place / name).exists() for place in places)}
    assert lost <= NEW_FILES


def lines_of(name: str) -> str:
    return (ROOT / name if name == "README.md" else DOCS / name).read_text(encoding="utf-8")


def text_of(name: str) -> str:
    return " ".join(lines_of(name).split())


def test_pages_quote_the_tables_of_the_benchmarks() -> None:
    """Figures that stand on several pages are those that were measured."""
    iterations = lines_of("benchmarks/iterations.md")
    in_2d, in_3d = re.findall(r"^\| all \|.*$", iterations, re.MULTILINE)
    mean, worst = re.findall(r"([\d.]+) \(([\d.]+)\)", in_2d)[2]  # the default
    for page in ("README.md", "how_to/choose_iterations.md"):
        assert f"{float(mean):.2f} times" in text_of(page)
    assert f"(worst {worst})" in text_of("README.md")
    alone, sieve = (float(one) for one, _ in re.findall(r"([\d.]+) \(([\d.]+)\)", in_3d)[:2])
    assert f"lowers the error by {100 * (1 - sieve):.0f} % on average" in text_of("explanation/priors_and_sieves.md")
    assert alone > sieve
    within = dict(re.findall(r"^\| (2D|3D), noise and blur \|[^|]*\| ([\d.]+)", iterations, re.MULTILINE))
    assert f"{within['2D']} in 2D and {within['3D']} in 3D" in text_of("how_to/check_result.md")
    rows = re.findall(r"^\| \**(of the middle|3 strata)\** \|(.*)\|$", lines_of("benchmarks/methods.md"), re.MULTILINE)
    middle, strata = ([float(one) for one in re.findall(r"\**([\d.]+) \(", row)] for _, row in rows)
    gains = [100 * (1 - strata[place] / middle[place]) for place in (2, 1)]
    assert "by {:.0f} % at 20 µm and {:.0f} % at 10 µm".format(*gains) in text_of("benchmarks/methods.md")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_scripts_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\b((?:benchmarks|docs|examples|tests|tools)/[\w/]+\.py)\b", text):
        assert (ROOT / name).is_file(), name


def missing_names(script: Path) -> list[str]:
    """Return what a script takes from this package and what is not there; nothing is run."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    taken: dict[str, Any] = {"nd": nd}
    missing = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("napari_deconvolve"):
            continue
        for alias in node.names:
            try:
                exec(f"from {node.module} import {alias.name} as {alias.asname or alias.name}", taken)
            except ImportError:
                missing.append(f"{script.name}: {node.module}.{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = taken.get(node.value.id)
            if isinstance(module, ModuleType) and not hasattr(module, node.attr):
                missing.append(f"{script.name}: {module.__name__}.{node.attr}")
    return missing


def test_scripts_take_what_there_is() -> None:
    """The scripts that make pictures and measure take hours; that their names are there is seen at once."""
    scripts = [*(DOCS / "figures").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    assert [name for script in scripts for name in missing_names(script)] == []


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_readme_has_its_title_a_sentence_and_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# napari-deconvolve"
    assert next(line for line in lines[1:] if line and not line.startswith("[!")).startswith("napari-deconvolve ")
    commands = [line for language, text in blocks(ROOT / "README.md") if language == "sh" for line in text.splitlines()]
    assert {"make demo", "make test"} <= set(commands)
    called = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in called
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
