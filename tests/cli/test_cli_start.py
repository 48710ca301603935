"""The command line begins where it is told to, and goes on from results in files."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest

import napari_deconvolve as nd
from napari_deconvolve import cli, phantoms
from napari_deconvolve.io import Spectrum, read_image, read_result, read_spectrum, write_image, write_spectrum

PLAIN = ("--acceleration", "none", "--background", "2")


def call(*words):
    """Run in this process; give the exit code and what was said."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = cli.execute([str(word) for word in words])
    return code, " ".join(said.getvalue().split())


@pytest.fixture
def files(tmp_path, monkeypatch):
    """An image and its PSF, in the present folder."""
    monkeypatch.chdir(tmp_path)
    psf = nd.psf.gaussian((0.4, 0.5), 0.1, ndim=2)
    truth = np.full((24, 30), 5.0)
    truth[6:16, 10:22] = 80
    counts = np.random.default_rng(0).poisson(nd.convolve(truth, psf) + 2)
    write_image("cells.ome.tif", counts.astype(np.uint16), spacing=0.1, units="um")
    nd.psf.save(psf, "psf.ome.tif")
    return tmp_path


def done(*words):
    code, said = call(*words)
    assert code == 0, said
    return said


def test_thirty_and_thirty_more_are_sixty(files):
    run = ("run", "cells.ome.tif", "--psf", "psf.ome.tif")
    done(*run, *PLAIN, "--iterations", 60, "-o", "sixty.ome.tif")
    done(*run, *PLAIN, "--iterations", 30, "--resumable", "-o", "thirty.ome.tif")
    said = done(*run, "--continue", "thirty.ome.tif", "--iterations", "+30", "-o", "more.ome.tif")
    assert "30 iterations, after 30 before, 60 in all (exactly as if it had not stopped)" in said
    more = read_image("more.ome.tif")
    np.testing.assert_array_equal(more.data, read_image("sixty.ome.tif").data)
    assert [step["name"] for step in more.metadata["branched_from"]] == ["RL 30"]
    assert more.iterations == 30
    assert not (files / "more.checkpoint.npy").exists()


def test_without_what_lies_beyond_it_says_so(files):
    done("run", "cells.ome.tif", "--psf", "psf.ome.tif", *PLAIN, "--iterations", 5, "-o", "five.ome.tif")
    said = done("run", "cells.ome.tif", "--continue", "five.ome.tif", "-o", "ten.ome.tif")  # PSF and number as before
    assert "5 iterations, after 5 before, 10 in all" in said
    assert "starts again" in said


def test_a_start_is_any_image_of_the_shape(files):
    done("run", "cells.ome.tif", "--psf", "psf.ome.tif", *PLAIN, "--iterations", 5, "-o", "five.ome.tif")
    run = ("run", "cells.ome.tif", "--psf", "psf.ome.tif", *PLAIN, "--iterations", 1)
    said = done(*run, "--start", "five.ome.tif", "-o", "six.ome.tif")
    assert "started from five.ome.tif" in said
    image, start = read_image("cells.ome.tif").data, read_image("five.ome.tif").data
    expected = nd.richardson_lucy(image, nd.psf.load("psf.ome.tif"), 1, background=2, start=start)
    np.testing.assert_array_equal(read_image("six.ome.tif").data, expected)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--continue", "cells.ome.tif"), "cells.ome.tif holds no recipe to go on by"),
        (("--continue", "nowhere.ome.tif"), "nowhere.ome.tif"),
        (("--start", "small.npy", "--psf", "psf.ome.tif"), "small.npy has the shape 3 x 3 and the image 24 x 30"),
        (("--continue", "five.ome.tif", "--start", "five.ome.tif"), "leave out --start"),
        (("--continue", "five.ome.tif", "--recipe", "five.ome.tif"), "leave out --recipe"),
        (("--continue", "five.ome.tif", "--iterations", "auto"), "iterations"),
        (("--psf", "psf.ome.tif", "--method", "wiener", "--resumable"), "--resumable is for the method rl"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(files, more, words):
    np.save("small.npy", np.ones((3, 3)))
    done("run", "cells.ome.tif", "--psf", "psf.ome.tif", *PLAIN, "--iterations", 5, "-o", "five.ome.tif")
    code, said = call("run", "cells.ome.tif", *more, "-o", "out.ome.tif")
    assert code == 2
    assert words in said
    assert not (files / "out.ome.tif").exists()


def test_a_kernel_of_lobes_is_found_and_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = phantoms.four_pi()
    write_image("four_pi.ome.tif", one.counts, spacing=one.spacing, units="um")
    said = done("psf", "points", "--lobes-of", "four_pi.ome.tif", "--axis", "z", "-o", "lobes.ome.tif")
    assert "Lobes at ±0.27" in said
    saved = nd.psf.load("lobes.ome.tif")
    np.testing.assert_array_equal(saved.data, nd.psf.find_lobes(one.counts, one.spacing).psf().data)
    assert json.loads(json.dumps(dict(saved.info)))["source"] == "points"
    for wrong, words in (
        (("--axis", "x"), "No side lobes are found"),
        (("--axis", "q"), "--axis is 'q'"),
        (("--shape", "5"), "leave out --shape"),
    ):
        code, said = call("psf", "points", "--lobes-of", "four_pi.ome.tif", *wrong, "-o", "other.ome.tif")
        assert code == 2
        assert words in said
    assert call("psf", "points", "--offsets", "0,1", "-o", "other.ome.tif")[0] == 2


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Two lines over an axis that runs downwards, as wave numbers do."""
    monkeypatch.chdir(tmp_path)
    truth = np.full(120, 5.0)
    truth[[50, 60]] = 2000
    psf = nd.psf.gaussian(4.0, 1.0, ndim=1, unit="cm-1")
    counts = np.random.default_rng(0).poisson(nd.convolve(truth, psf) + 2)
    write_spectrum("g.csv", Spectrum(counts.astype(float), 1.0, "cm-1", 400.0, "counts", "k", "", True))
    return tmp_path


def result_in(path):
    return read_spectrum(path, column="result").values


def test_a_spectrum_goes_on_from_its_table(table):
    run = ("run", "g.csv", "--gaussian", 4, *PLAIN)
    done(*run, "--iterations", 60, "-o", "sixty.csv")
    done(*run, "--iterations", 30, "--resumable", "--every", 15, "-o", "thirty.csv")
    assert {path.name for path in table.glob("thirty*")} == {
        "thirty.csv", "thirty.whole.npy", "thirty.iterations.ome.tif",
    }  # fmt: skip
    said = done("run", "g.csv", "--continue", "thirty.csv", "--iterations", "+30", "-o", "more.txt")
    assert "30 iterations, after 30 before, 60 in all (exactly as if it had not stopped)" in said
    np.testing.assert_array_equal(result_in("more.txt"), result_in("sixty.csv"))
    assert read_result("thirty.csv").recipe.iterations == 30
    (table / "thirty.whole.npy").unlink()
    said = done("run", "g.csv", "--continue", "thirty.csv", "-o", "without.csv")
    assert "starts again" in said
    np.testing.assert_allclose(result_in("without.csv")[20:-20], result_in("sixty.csv")[20:-20], rtol=0.02, atol=0.5)


def test_a_spectrum_starts_from_a_table_of_ours_or_any_other(table):
    run = ("run", "g.csv", "--gaussian", 4, *PLAIN, "--boundary", "edge", "--iterations")
    done(*run, 8, "-o", "eight.csv")
    done(*run, 5, "-o", "five.csv")
    assert "started from five.csv" in done(*run, 3, "--start", "five.csv", "-o", "more.csv")
    np.testing.assert_allclose(result_in("more.csv"), result_in("eight.csv"), rtol=1e-5)  # kept in single precision
    write_spectrum("guess.dat", read_spectrum("five.csv", column="result"))
    done(*run, 3, "--start", "guess.dat", "-o", "guessed.csv")
    np.testing.assert_allclose(result_in("guessed.csv"), result_in("eight.csv"), rtol=1e-5)  # kept in single precision
    for wrong in (("--continue", "g.csv"), ("--continue", "none.csv"), ("--start", "none.csv")):
        code, said = call("run", "g.csv", *wrong, "--gaussian", 4, "-o", "out.csv")
        assert code == 2
        assert wrong[1] in said
