"""What a command reads is never written over."""

from __future__ import annotations

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import write_image


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = np.random.default_rng(0).poisson(50, (12, 16)).astype(np.float32)
    write_image("image.ome.tif", data, spacing=(0.1, 0.1), units="um")
    write_image("image.iterations.ome.tif", data, spacing=(0.1, 0.1), units="um")
    np.save("image.npy", data)
    np.savetxt("image.csv", data, delimiter=",")
    np.savetxt("line.csv", np.c_[np.arange(16.0), data[0]], delimiter=",")
    nd.psf.save(nd.psf.gaussian(0.3, (0.1, 0.1)), "psf.ome.tif")
    return tmp_path


COMMANDS = {
    "run": (("run", "image.npy", "--gaussian", 3, "-o"), "image.npy"),
    "another way to write it": (("run", "image.npy", "--gaussian", 3, "-o"), "./image.npy"),
    "a spectrum": (("run", "line.csv", "--gaussian", 3, "-o"), "line.csv"),
    "the PSF": (("run", "image.ome.tif", "--psf", "psf.ome.tif", "-o"), "psf.ome.tif"),
    "the start": (("run", "image.ome.tif", "--psf", "psf.ome.tif", "--start", "image.npy", "-o"), "image.npy"),
    "the found PSF": (
        ("run", "image.ome.tif", "--method", "blind", "--psf", "psf.ome.tif", "-o", "o.ome.tif", "--save-psf"),
        "image.ome.tif",
    ),
    "blur": (("blur", "image.npy", "--gaussian", 3, "-o"), "image.npy"),
    "sweep": (("sweep", "image.csv", "--gaussian", 3, "-o"), "image.csv"),
    "the stack": (("sweep", "image.ome.tif", "--gaussian", 0.3, "-o", "t.csv", "--stack"), "image.ome.tif"),
    "the truth": (("sweep", "image.ome.tif", "--gaussian", 0.3, "--truth", "image.csv", "-o"), "image.csv"),
    "psf": (("psf", "gaussian", "--fwhm", "0.3", "--spacing-from", "image.ome.tif", "-o"), "image.ome.tif"),
    "beads": (("psf", "beads", "image.ome.tif", "--bead-diameter", "0.1", "-o"), "image.ome.tif"),
    "check": (("psf", "check", "psf.ome.tif", "--fix", "-o"), "psf.ome.tif"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_what_is_read_is_not_overwritten(here, capsys, case):
    arguments, output = COMMANDS[case]
    before = (here / output).read_bytes()
    assert cli.execute([*map(str, arguments), output]) == cli.BAD_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert f"{output} is read by this command" in lines[0]
    assert (here / output).read_bytes() == before


def test_estimates_on_the_way_do_not_replace_the_image(here, capsys):
    arguments = ("run", "image.iterations.ome.tif", "--gaussian", "0.3", "--every", "1", "--iterations", "2")
    assert cli.execute([*arguments, "-o", "image.ome.tif"]) == cli.BAD_INPUT
    assert "image.iterations.ome.tif is read" in capsys.readouterr().err


def test_a_result_may_be_replaced_by_its_continuation(here, capsys):
    arguments = ("run", "image.ome.tif", "--iterations", "2", "-o", "r.ome.tif")
    assert cli.execute([*arguments, "--psf", "psf.ome.tif"]) == cli.DONE
    assert cli.execute([*arguments, "--continue", "r.ome.tif"]) == cli.DONE
    assert "4 in all" in capsys.readouterr().err
