"""A parameter is three places: its declaration, the method that reads it, and the row of the form it stands in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import napari_deconvolve as nd

PACKAGE = Path(nd.__file__).parent
DECLARED = """    floor: float | Auto = described(
        AUTO,
        "Floor",
        "Lowest value of an estimate. Auto takes none.",
        Number(low=0, words=(AUTO,)),
        unit="counts",
    )
    boundary: str = described("""
# File, what stands there, and what is put in its place.
CHANGES = (
    ("recipe/recipe.py", "    boundary: str = described(", DECLARED),
    ("recipe/method.py", 'frozenset({"iterations"})', 'frozenset({"iterations", "floor"})'),
    ("_napari/kit/settings.py", '"acceleration", "boundary")', '"acceleration", "floor", "boundary")'),
)
PROBE = """
import json
import numpy as np
import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import read_image
from napari_deconvolve.recipe.fields import table

recipe = nd.Recipe(floor=2)
try:
    nd.Recipe(floor=-1)
except nd.ParameterError as error:
    refused = str(error)
np.save("image.npy", np.full((20, 20), 9.0))
run = ["run", "image.npy", "--gaussian", "3", "--iterations", "2", "-o", "out.ome.tif", "--floor"]
codes = [cli.execute([*run, "-3"]), cli.execute([*run, "3"])]
print(json.dumps({
    "file": nd.__file__,
    "again": nd.Recipe.from_json(recipe.to_json()) == recipe,
    "refused": refused,
    "codes": codes,
    "written": read_image("out.ome.tif").recipe.floor,
    "row": [line for line in table(nd.Recipe).splitlines() if "floor" in line],
}))
"""
DOCK = """
import json
from qtpy.QtWidgets import QApplication
application = QApplication([])
import napari_deconvolve as nd
from napari_deconvolve._napari.kit.settings import Settings, rows_of
from napari_deconvolve.recipe.method import METHODS
settings = Settings()
settings.take(nd.Recipe(floor=2))
print(json.dumps({
    "floor": settings.recipe().floor,
    "remembered": settings.values()["floor"],
    "text": settings.controls["floor"].widget.text(),
    "methods": [name for name, one in METHODS.items() if "floor" in rows_of(one)],
}))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """Run code with a copy of the package that has the parameter."""
    copy = tmp_path_factory.mktemp("with_a_parameter")
    shutil.copytree(PACKAGE, copy / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in CHANGES:
        path = copy / PACKAGE.name / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, name
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(code):
        settings = {**os.environ, "PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=settings, cwd=copy, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_declaration_reaches_python_files_command_line_and_docs(probe):
    found = probe(PROBE)
    assert Path(found["file"]).parent != PACKAGE
    assert found["again"]
    assert found["refused"] == "The floor is -1; give a number of at least 0, or 'auto'."
    assert found["codes"] == [2, 0]
    assert found["written"] == 3.0
    assert found["row"] == [
        "| `floor` | Floor | counts | at least 0, auto | auto | Lowest value of an estimate. Auto takes none. |"
    ]


def test_a_name_in_the_form_reaches_the_docks(probe):
    pytest.importorskip("qtpy.QtWidgets", reason="no Qt binding", exc_type=ImportError)
    found = probe(DOCK)
    assert (found["floor"], found["remembered"], found["text"]) == (2.0, 2.0, "2 counts")
    assert found["methods"] == ["rl", "rl-gc", "blind"]
