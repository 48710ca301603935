"""What the page "How to add ..." says is done here, in a copy of the package, and what it promises is tried."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import napari_deconvolve as nd

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(nd.__file__).parent
PAGE = (ROOT / "docs" / "about" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^`([\w./]+)`\n\n```(python|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# At most so many files for each, beside tests and docs.
FILES = {"A prior": 1, "A method": 1, "A parameter": 3, "A dock": 3, "A file format": 2}

Probe = Callable[[str], dict[str, Any]]


def sections() -> dict[str, list[tuple[str, str, str]]]:
    """Return the file, kind and text of each block, by section."""
    parts = re.split(r"^## (.*)\n", PAGE, flags=re.MULTILINE)
    return {title: BLOCK.findall(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def changed(text: str, difference: str) -> str:
    """Apply a difference: what it takes out or leaves stands in one place only."""
    lines = difference.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    assert text.count(before) == 1, before
    return text.replace(before, after)


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """Run code with a copy of the package in which all that the page says is done."""
    copy = tmp_path_factory.mktemp("extended")
    shutil.copytree(PACKAGE, copy / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for blocks in sections().values():
        for name, kind, text in blocks:
            path = copy / PACKAGE.name / name
            path.parent.mkdir(exist_ok=True)
            assert path.exists() == (kind == "diff"), name
            path.write_text(
                changed(path.read_text(encoding="utf-8"), text) if kind == "diff" else text, encoding="utf-8"
            )

    def run(code: str) -> dict[str, Any]:
        settings = {**os.environ, "PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=settings, cwd=copy, check=False
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert Path(found["package"]).parent == copy / PACKAGE.name
        return found

    return run


@pytest.fixture(scope="module")
def core(probe: Probe) -> dict[str, Any]:
    return probe(CORE)


@pytest.fixture(scope="module")
def window(probe: Probe) -> dict[str, Any]:
    pytest.importorskip("qtpy.QtWidgets", reason="no Qt binding", exc_type=ImportError)
    return probe(WINDOW)


CORE = """
import json, re
import numpy as np
import napari_deconvolve as nd
from typer.testing import CliRunner
from napari_deconvolve import cli
from napari_deconvolve.io import read_image
from napari_deconvolve.recipe.fields import table
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.recipe.recipe import parameter

def refused(do):
    try:
        do()
    except nd.DeconvolutionError as error:
        return str(error)

rng = np.random.default_rng(0)
truth = np.zeros((24, 24)); truth[8:16, 8:16] = 90
psf = nd.psf.gaussian(3.0, ndim=2)
image = rng.poisson(nd.convolve(truth, psf) + 9.0).astype(float)
with open("image.pgm", "wb") as file:
    file.write(b"P5\\n# counts\\n24 24\\n65535\\n" + image.astype(">u2").tobytes())
with open("broken.pgm", "wb") as file:
    file.write(b"P2\\n24 24\\n255\\n")

def run(**how):
    return nd.deconvolve(image, psf, nd.Recipe(background=9.0, **how))

def command(*arguments):
    return cli.execute(["run", "image.pgm", "--gaussian", "3", "--iterations", "3", "-o", "out.ome.tif", *arguments])

helped = CliRunner().invoke(cli.app, ["run", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
huber = nd.Recipe(prior="huber", strength=0.1, iterations=3)
three, thirty = (run(method="landweber", iterations=number) for number in (3, 30))
plain = run(iterations=3)
slow = nd.Recipe(method="landweber", iterations=3, relaxation=0.25)
print(json.dumps({
    "package": nd.__file__,
    "help": helped,
    "priors": parameter("prior").choices,
    "methods": parameter("method").choices,
    "names": [ending(huber.to_dict(), 3), ending(slow.to_dict(), 3)],
    "cost": [nd.estimate_cost((64, 64), (5, 5), 10, prior=prior).seconds for prior in ("huber", None)],
    "huber": float(np.abs(run(iterations=3, prior="huber", strength=0.1).estimate - plain.estimate).max()),
    "error": [float(np.mean((found.estimate - truth) ** 2)) for found in (three, thirty)],
    "least": float(thirty.estimate.min()),
    "automatic": run(method="landweber").iterations,
    "no prior": refused(lambda: nd.Recipe(method="landweber", prior="huber")),
    "again": nd.Recipe.from_json(slow.to_json()) == slow,
    "too long": refused(lambda: nd.Recipe(relaxation=3)),
    "trace": [run(method="landweber", iterations=3, relaxation=step).trace[-1] for step in (0.25, 1.0, "auto")],
    "codes": [command("--method", "landweber", "--relaxation", text) for text in ("3", "0.25")],
    "written": read_image("out.ome.tif").recipe.relaxation,
    "row": [line for line in table(nd.Recipe).splitlines() if "relaxation" in line],
    "pgm": bool(np.array_equal(read_image("image.pgm").data, image)),
    "pgm psf": nd.psf.load("image.pgm", spacing=1.0).shape,
    "broken": refused(lambda: read_image("broken.pgm")),
    "unknown": refused(lambda: read_image("napari_deconvolve/napari.yaml")),
}))
"""


WINDOW = """
import json, time
import napari_deconvolve as nd
import numpy as np
import npe2
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication
application = QApplication([])
from napari_deconvolve._napari.docks.brightness.widget import BrightnessWidget
from napari_deconvolve._napari.kit.settings import Settings, rows_of
from napari_deconvolve._napari.layers.readers import get_reader
from napari_deconvolve.recipe.method import METHODS

settings = Settings()
boxes = [settings.controls[name].widget for name in ("method", "prior")]
settings.take(nd.Recipe(method="landweber", relaxation=0.25))

with open("image.pgm", "wb") as file:
    file.write(b"P5 4 4 255\\n" + bytes(range(16)))
((data, meta, kind),) = get_reader("image.pgm")("image.pgm")
viewer = ViewerModel()
dock = BrightnessWidget(viewer)
empty = dock.mean.text()
viewer.add_image(data, **meta)
dock.reset_choices()
end = time.monotonic() + 10
while dock.running and time.monotonic() < end:
    application.processEvents()
viewer.theme = "light"

manifest = npe2.PluginManifest.from_file("napari_deconvolve/napari.yaml")
manifest.validate_imports()
contributed = manifest.contributions
print(json.dumps({
    "package": nd.__file__,
    "boxes": [[box.itemText(number) for number in range(box.count())] for box in boxes],
    "relaxation": settings.recipe().relaxation,
    "remembered": settings.values()["relaxation"],
    "text": settings.controls["relaxation"].box.text(),
    "methods": [name for name, one in METHODS.items() if "relaxation" in rows_of(one)],
    "docks": [widget.display_name for widget in contributed.widgets],
    "patterns": contributed.readers[0].filename_patterns,
    "mean": [empty, dock.mean.text()],
}))
"""


@pytest.mark.parametrize("title", FILES)
def test_no_more_files_are_touched(title: str) -> None:
    used = {name for name, _, _ in sections()[title]}
    assert 1 <= len(used) <= FILES[title], used


def test_all_code_of_the_page_is_tried() -> None:
    assert sum(map(len, sections().values())) == PAGE.count("\n```") / 2
    assert {title for title, blocks in sections().items() if blocks} == set(FILES)


def test_a_prior_is_one_file(core: dict[str, Any]) -> None:
    assert core["priors"] == ["none", "auto", "tv", "huber", "tikhonov", "good", "hessian"]
    assert "huber" in core["help"]
    assert core["names"][0] == "Huber 3"
    assert core["cost"][0] / core["cost"][1] == pytest.approx(7)
    assert core["huber"] > 0.01


def test_a_method_is_one_file(core: dict[str, Any]) -> None:
    assert core["methods"] == ["rl", "rl-gc", "wiener", "blind", "landweber"]
    assert "landweber" in core["help"]
    assert core["names"][1] == "LW 3"
    assert core["error"][1] < 0.8 * core["error"][0]
    assert core["least"] >= 0
    assert 1 < core["automatic"] < 100
    assert core["no prior"] == "The method 'landweber' takes no prior, and 'huber' is given; choose rl, or none."


def test_a_declaration_reaches_python_files_command_line_and_docs(core: dict[str, Any]) -> None:
    assert core["again"]
    assert core["too long"] == "The relaxation is 3; give a number above 0 and at most 2, or 'auto'."
    assert "--relaxation" in core["help"]
    assert "X|auto" in core["help"]
    assert core["codes"] == [2, 0]
    assert core["written"] == 0.25
    slow, full, automatic = core["trace"]
    assert full < 0.9 * slow
    assert automatic == full
    (row,) = core["row"]
    assert row.startswith("| `relaxation` | Relaxation |  | above 0 and at most 2, auto | auto | Length of")


def test_a_file_format_is_read_wherever_images_are(core: dict[str, Any]) -> None:
    assert core["pgm"]
    assert core["pgm psf"] == [25, 25]
    assert core["broken"] == "broken.pgm is not a binary graymap; save it as PGM (P5)."
    assert core["unknown"].endswith("give a .tif, .tiff, .npy or .pgm file.")


def test_the_docks_follow(window: dict[str, Any]) -> None:
    methods, priors = window["boxes"]
    assert "Landweber" in methods
    assert "huber" in priors
    assert (window["relaxation"], window["remembered"]) == (0.25, 0.25)
    assert window["text"] == "0.25"
    assert window["methods"] == ["landweber"]


def test_a_dock_is_a_folder_and_its_entries(window: dict[str, Any]) -> None:
    assert "Brightness" in window["docks"]
    assert window["mean"] == ["", "image: mean 7.5"]
    assert "*.pgm" in window["patterns"]
