"""Copy as in the dock "Spectrum": what is copied runs elsewhere, and gives the numbers of the dock."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication, QFileDialog
from test_spectrum_dock import CUBE, STEP, Dock, lines

from napari_deconvolve.io import read_spectrum


@pytest.fixture
def dock(viewer, qtbot):
    return Dock(viewer, qtbot)


@pytest.fixture
def table(tmp_path):
    """Two columns of data, of which the second is taken, over an axis that runs down."""
    path = tmp_path / "two.csv"
    first, second = lines(seed=1), lines(seed=2)
    rows = [f"{n * STEP:g};{first[n]:g};{second[n]:g}" for n in range(200)]
    path.write_text("E (meV);signal (counts);reference (counts)\n" + "\n".join(reversed(rows)) + "\n")
    return path


def copied(dock, kind):
    dock.click(f"copy_{kind}")
    assert "Copied: " in dock.state()
    return QApplication.clipboard().text()


def elsewhere(folder, *command):
    """Run a program in a folder, by the package that is tested."""
    paths = os.pathsep.join(path for path in sys.path if path)
    found = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


def result_in(folder, name):
    """Return the estimate in a file that script or command wrote: of the columns, data and result come first."""
    return read_spectrum(folder / name, column=3).values


def by_script(dock, folder):
    (folder / "script.py").write_text(copied(dock, "python"), encoding="utf-8")
    elsewhere(folder, sys.executable, "script.py")


def by_command(dock, folder):
    lines_of = [line for line in copied(dock, "cli").splitlines() if not line.startswith("#")]
    (line,) = lines_of
    program, *arguments = shlex.split(line)
    assert program == "napari-deconvolve"
    elsewhere(folder, sys.executable, "-c", "from napari_deconvolve.cli.program import main; main()", *arguments)


@pytest.mark.parametrize(
    "kernel", [{"fwhm": 4.0}, {"kernel": "thermal", "fwhm": 4.0}, {"kernel": "formula", "formula": "2^(-x^2/4)"}]
)
def test_script_and_command_make_the_result_again_from_the_file(dock, table, tmp_path, kernel):
    dock.put(data=str(table), **kernel)
    dock.choose("column", "reference (counts)")
    estimate = dock.run()
    assert "chosen from the data" in dock.state()
    by_script(dock, tmp_path)
    assert np.allclose(result_in(tmp_path, "two reference (counts) deconvolved.csv"), estimate, rtol=1e-5, atol=1e-3)
    by_command(dock, tmp_path)
    assert np.allclose(result_in(tmp_path, "two reference (counts) deconvolved.csv"), estimate, rtol=1e-5, atol=1e-3)


def test_of_a_point_and_a_kernel_without_a_formula_the_files_are_named(dock, viewer, tmp_path, monkeypatch):
    cube = np.stack([np.stack([lines(seed=3)] * 2, -1)] * 2, -1).astype(np.float32)
    viewer.add_image(cube, name="map", scale=(STEP, 1, 1), units=("electron_volt", "um", "um"))
    dock.put(source=CUBE, at="1, 0", kernel="Lorentzian", fwhm=3.0)
    estimate = dock.run(iterations=8)
    text = copied(dock, "python")
    assert text.startswith("# map_ point 1_ 0.csv: Export CSV… writes data and result")
    assert "nd.psf.lorentzian(" in text
    assert "kernel.ome.tif: More > Save kernel… writes it" in copied(dock, "cli")
    for name, button in (("map_ point 1_ 0.csv", "export"), ("kernel.ome.tif", "save_kernel")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, one=name: (str(tmp_path / one), ""))
        dock.click(button)
        assert name in dock.state()
    by_script(dock, tmp_path)
    assert np.allclose(result_in(tmp_path, "map_ point 1_ 0 deconvolved.csv"), estimate, rtol=1e-5, atol=1e-3)
    assert "Save kernel" not in copied(dock, "cli")
    by_command(dock, tmp_path)
    assert np.allclose(result_in(tmp_path, "map_ point 1_ 0 deconvolved.csv"), estimate, rtol=1e-5, atol=1e-3)


def test_a_kernel_saved_as_a_table_is_the_kernel(dock, table, tmp_path, monkeypatch):
    dock.put(data=str(table), fwhm=4.0)
    dock.run(iterations=3)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "kernel.csv"), "Tables (*.csv)"))
    dock.click("save_kernel")
    found = read_spectrum(tmp_path / "kernel.csv")
    psf = dock.session.psf
    assert found.unit == "meV"
    assert np.allclose(found.values, psf.data, atol=1e-7)
    assert found.axis[psf.data.argmax()] == pytest.approx(0.0)


def test_the_paragraph_speaks_of_spectra(dock, table):
    dock.put(data=str(table), fwhm=4.0)
    dock.run()
    text = copied(dock, "methods")
    assert text.startswith("Spectra were deconvolved with napari-deconvolve")
    assert "The kernel was a Gaussian of FWHM 4 meV" in text
    for word in ("image", "pixel", "PSF", "point spread"):
        assert word not in text
