"""A prior is one file: recipes, costs, layer names, command line and docks follow."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import PRIORS

PACKAGE = Path(nd.__file__).parent
NEW = '''
"""Any two neighbours differ little: a prior that exists in this test alone."""

from dataclasses import dataclass
from typing import ClassVar

from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.core.priors.squared_differences import SquaredDifferences


@dataclass(frozen=True, slots=True)
class Huber(SquaredDifferences):
    """Squared differences that grow linearly from a tenth of the mean signal on."""

    name: ClassVar[str] = "huber"
    rank: ClassVar[int] = 15
    label: ClassVar[str] = "Huber"
    short: ClassVar[str] = "Huber"
    meaning: ClassVar[str] = "smooth with steps"
    relative_cost: ClassVar[float] = 7.0
    edge: ClassVar[float] = 0.1


PRIORS.add(Huber)
'''
PROBE = """
import json, sys
import numpy as np
import napari_deconvolve as nd
from napari_deconvolve.core.priors.prior import PRIORS
from typer.testing import CliRunner
from napari_deconvolve.cli import app
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.recipe.recipe import parameter

recipe = nd.Recipe(prior="huber", strength=0.1, iterations=3, background=0.0)
image = np.random.default_rng(0).poisson(9.0, (24, 24)).astype(float)
found = nd.deconvolve(image, nd.psf.gaussian(3.0, ndim=2), recipe)
again = nd.deconvolve(image, nd.psf.gaussian(3.0, ndim=2), recipe.replace(prior=None))
cost = [nd.estimate_cost((64, 64), (5, 5), 10, prior=prior).seconds for prior in ("huber", None)]
help = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
print(json.dumps({
    "file": nd.__file__,
    "choices": parameter("prior").choices,
    "name": ending(recipe.to_dict(), 3),
    "cost": cost[0] / cost[1],
    "help": "huber" in help,
    "acts": float(np.abs(found.estimate - again.estimate).max()) > 0.01,
}))
"""
DOCK = """
import ast
import json
from qtpy.QtWidgets import QApplication
application = QApplication([])
from napari_deconvolve._napari.kit.forms import choice_box
from napari_deconvolve.recipe.recipe import parameter
box = choice_box(parameter("prior").choices)
print(json.dumps([box.itemText(number) for number in range(box.count())]))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    """Run code with a copy of the package in which the one new file stands."""
    copy = tmp_path_factory.mktemp("with_a_prior")
    shutil.copytree(PACKAGE, copy / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / PACKAGE.name / "core" / "priors" / "huber.py").write_text(NEW, encoding="utf-8")

    def run(code):
        settings = {**os.environ, "PYTHONPATH": str(copy), "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_one_file_reaches_recipe_cost_name_and_command_line(probe):
    found = probe(PROBE)
    assert Path(found["file"]).parent != PACKAGE
    assert found["choices"] == ["none", "tv", "huber", "tikhonov", "good", "hessian"]
    assert found["name"] == "Huber 3"
    assert found["cost"] == pytest.approx(7)
    assert found["help"]
    assert found["acts"]


def test_one_file_reaches_the_docks(probe):
    pytest.importorskip("qtpy.QtWidgets", reason="no Qt binding", exc_type=ImportError)
    assert "huber" in probe(DOCK)


def test_no_other_file_names_a_prior():
    """A name outside its file is a place that a new prior would have to be added to."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent == PACKAGE / "core" / "priors":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        compared = {part for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in PRIORS:
                own_word = node.value == "good" and node not in compared  # the docks have a level of that name
                found += [] if own_word else [f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"]
    assert found == []
