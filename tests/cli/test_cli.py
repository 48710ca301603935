"""The command line, as another process sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from program import command, execute

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.cli import program
from napari_deconvolve.cli.session import STOP, stoppable
from napari_deconvolve.io import read_image, write_image
from napari_deconvolve.recipe.recipe import parameter

SPACING = (0.3, 0.1, 0.1)
PSF = nd.psf.gaussian((0.7, 0.3, 0.3), SPACING)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder with an image of known voxel size and a PSF."""
    rng = np.random.default_rng(3)
    truth = np.zeros((10, 24, 20))
    truth[5, 12, 8], truth[3, 6, 14] = 5e4, 3e4
    image = rng.poisson(nd.convolve(truth, PSF) + 20).astype(np.uint16)
    write_image(tmp_path / "image.tif", image, spacing=SPACING, units="um", name="beads")
    nd.psf.save(PSF, tmp_path / "psf.ome.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_run_is_the_textbook_iteration_with_voxel_size_and_recipe(here):
    done = command(
        here, "run", "image.tif", "--psf", "psf.ome.tif", "-o", "out.ome.tif",
        "--iterations", 15, "--acceleration", "none", "--background", 0,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    _, camera, note = done.stderr.splitlines()
    assert camera.startswith("Camera: offset 0")
    assert "the iterations may be too few" in note
    assert done.stdout == ""
    image, out = read_image(here / "image.tif"), read_image(here / "out.ome.tif")
    want = nd.richardson_lucy(image.data, PSF, 15)
    assert np.linalg.norm(out.data - want) <= 1e-4 * np.linalg.norm(want)
    assert (out.spacing, out.units, out.axes) == (SPACING, ("um",) * 3, "ZYX")
    assert (out.iterations, out.name, out.data.dtype) == (15, "beads · RL 15", np.float32)
    assert (
        out.recipe == nd.deconvolve(image.data, PSF, nd.Recipe(iterations=15, acceleration=None, background=0)).recipe
    )


@pytest.mark.parametrize("kind", ["ours", "foreign"])
def test_the_recipe_of_an_output_repeats_it(here, capsys, kind):
    psf = "psf.ome.tif"
    if kind == "foreign":
        psf = "measured.npy"
        np.save(psf, np.pad(PSF.data, ((1, 0), (0, 3), (2, 0))) + 1e-4)
    assert execute(capsys, "run", "image.tif", "--psf", psf, "-o", "a.ome.tif", "--iterations", 4)[0] == 0
    assert execute(capsys, "run", "image.tif", "--recipe", "a.ome.tif", "-o", "b.ome.tif")[0] == 0
    first, second = read_image("a.ome.tif"), read_image("b.ome.tif")
    np.testing.assert_array_equal(first.data, second.data)
    assert first.recipe == second.recipe
    assert isinstance(first.recipe.background, float)
    capsys.readouterr()
    assert cli.execute(["inspect", "a.ome.tif", "--recipe"]) == 0
    Path("r.json").write_text(capsys.readouterr().out)
    assert nd.Recipe.from_json(Path("r.json").read_text()) == first.recipe
    assert execute(capsys, "run", "image.tif", "--recipe", "r.json", "-o", "c.tif", "--iterations", 5)[0] == 0
    assert read_image("c.tif").recipe == first.recipe.replace(iterations=5)


def test_the_default_is_the_default_pipeline(here, capsys):
    assert execute(capsys, "run", "image.tif", "--psf", "psf.ome.tif", "-o", "a.tif")[0] == 0
    out, image = read_image("a.tif"), read_image("image.tif")
    want = nd.deconvolve(image.data, PSF)
    assert out.recipe == want.recipe
    np.testing.assert_array_equal(out.data, want.estimate)
    assert out.metadata["deviance"] == list(want.trace)


def test_a_psf_of_another_spacing_and_unit_is_resampled(here, capsys):
    fine = nd.psf.gaussian((700, 300, 300), (100, 50, 50), unit="nm")
    nd.psf.save(fine, here / "fine.tif")
    assert execute(capsys, "run", "image.tif", "--psf", "fine.tif", "-o", "a.tif", "--iterations", 3)[0] == 0
    image = read_image("image.tif").data
    want = nd.deconvolve(image, fine, nd.Recipe(iterations=3), spacing=(300, 100, 100)).estimate
    wrong = nd.deconvolve(image, fine, nd.Recipe(iterations=3)).estimate
    out = read_image("a.tif").data
    assert np.linalg.norm(out - want) < 1e-5 * np.linalg.norm(want)
    assert np.linalg.norm(out - wrong) > 0.1 * np.linalg.norm(want)


def test_a_psf_without_spacing_takes_the_images(here, capsys):
    np.save("p.npy", PSF.data)
    assert execute(capsys, "run", "image.tif", "--psf", "p.npy", "-o", "a.tif", "--iterations", 3)[0] == 0
    source = read_image("a.tif").recipe.psf
    assert (source["spacing"], source["unit"]) == (list(SPACING), "um")


def test_gaussian_in_the_images_unit(here, capsys):
    assert execute(capsys, "run", "image.tif", "--gaussian", "0.7,0.3,0.3", "-o", "a.tif", "--iterations", 3)[0] == 0
    np.testing.assert_array_equal(
        read_image("a.tif").data, nd.deconvolve(read_image("image.tif").data, PSF, nd.Recipe(iterations=3)).estimate
    )
    assert execute(capsys, "run", "image.tif", "--gaussian", 0.4, "-o", "b.tif", "--spacing", "0.5,0.2,0.2")[0] == 0
    out = read_image("b.tif")
    assert out.spacing == (0.5, 0.2, 0.2)
    assert out.recipe.psf["fwhm"] == [0.4] * 3


def test_channels_between_the_spatial_axes_are_looped(here, capsys):
    image = read_image("image.tif").data
    two = np.stack([image, image[::-1]], axis=1)
    write_image("two.tif", two, axes="ZCYX", spacing=(0.3, 1, 0.1, 0.1), units="um", channels=("A", "B"))
    run = ("run", "two.tif", "--psf", "psf.ome.tif", "--iterations", 3, "--background", 20, "-o", "a.tif")
    assert execute(capsys, *run)[0] == 0
    out = read_image("a.tif")
    assert (out.axes, out.channels) == ("ZCYX", ("A", "B"))
    want = nd.deconvolve(image, PSF, nd.Recipe(iterations=3, background=20)).estimate
    np.testing.assert_allclose(out.data[:, 0], want, rtol=1e-4, atol=1e-3)


def test_every_writes_the_estimates_on_the_way(here, capsys):
    run = ("run", "image.tif", "--psf", "psf.ome.tif", "--iterations", 6, "--every", 2, "-o", "a.ome.tif")
    assert execute(capsys, *run)[0] == 0
    stack, out = read_image("a.iterations.ome.tif"), read_image("a.ome.tif")
    assert stack.data.shape == (3, *out.data.shape)
    assert stack.metadata["snapshots"] == [2, 4, 6]
    assert stack.spacing == (1, *SPACING)
    np.testing.assert_array_equal(stack.data[-1], out.data)


def test_blur_repeats_with_a_seed_and_counts_photons(here, capsys):
    how = ("--psf", "psf.ome.tif", "--photons", 100, "--background", 5)
    assert execute(capsys, "blur", "image.tif", *how, "--seed", 1, "-o", "a.tif")[0] == 0
    assert execute(capsys, "blur", "image.tif", *how, "--seed", 1, "-o", "b.tif")[0] == 0
    assert execute(capsys, "blur", "image.tif", *how, "--seed", 2, "-o", "c.tif")[0] == 0
    assert execute(capsys, "blur", "image.tif", "--psf", "psf.ome.tif", "-o", "d.tif")[0] == 0
    first, again, other, clean = (read_image(f"{name}.tif").data for name in "abcd")
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(clean, nd.convolve(read_image("image.tif").data, PSF), rtol=1e-6)
    expected = clean * (100 / clean.max()) + 5
    assert np.abs(first - expected).max() < 8 * np.sqrt(105)
    assert np.mean(first) == pytest.approx(np.mean(expected), abs=5 * float(np.sqrt(np.mean(expected) / first.size)))
    np.testing.assert_array_equal(first, np.round(first))


@pytest.mark.parametrize("name", ["gaussian", "lorentzian"])
def test_psf_makes_a_file(here, capsys, name):
    make = ("psf", name, "--fwhm", "600,250", "--spacing", "100,50", "--shape", "31,33", "--unit", "nm")
    assert execute(capsys, *make, "-o", "p.ome.tif")[0] == 0
    want = getattr(nd.psf, name)((600, 250), (100, 50), shape=(31, 33), unit="nm")
    back = nd.psf.load("p.ome.tif")
    np.testing.assert_array_max_ulp(back.data, want.data, 1)
    assert (back.spacing, back.unit, dict(back.info)) == (want.spacing, want.unit, dict(want.info))


def test_inspect_says_what_a_file_holds(here):
    data = np.full((6, 7, 8), 100, np.uint16)
    data[0, 0, :4] = 65535
    write_image("x.tif", data, spacing=SPACING, units="um", recipe=nd.Recipe(iterations=7))
    done = command(here, "inspect", "x.tif")
    assert done.returncode == 0
    for words in ("6 x 7 x 8", "uint16", "ZYX", "Z 0.3 um", "100 to 65535", "4 samples", "7 iterations", "background"):
        assert words in done.stdout, done.stdout
    assert done.stderr == ""


def _bad() -> dict[str, tuple[tuple[object, ...], tuple[str, ...]]]:
    """Arguments that cannot be used, with the words that the one line must hold."""
    good = ("run", "image.tif", "--psf", "psf.ome.tif", "-o", "out.tif")
    return {
        "no file": (("run", "none.tif", "--psf", "psf.ome.tif", "-o", "out.tif"), ("none.tif", "no file")),
        "no PSF file": (("run", "image.tif", "--psf", "none.tif", "-o", "out.tif"), ("none.tif", "no file")),
        "not an image": (("run", "text.tif", "--psf", "psf.ome.tif", "-o", "out.tif"), ("text.tif",)),
        "truncated": (("run", "cut.tif", "--psf", "psf.ome.tif", "-o", "out.tif"), ("cut.tif",)),
        "a folder": (("run", ".", "--psf", "psf.ome.tif", "-o", "out.tif"), ("folder",)),
        "NaN PSF": (("run", "image.tif", "--psf", "nan.npy", "-o", "out.tif"), ("nan.npy", "NaN")),
        "zero PSF": (("run", "image.tif", "--psf", "zero.npy", "-o", "out.tif"), ("zero.npy", "zero")),
        "PSF is image": (("run", "image.tif", "--psf", "image.tif", "-o", "out.tif"), ("image.tif", "itself")),
        "too many axes": (("run", "flat.tif", "--psf", "psf.ome.tif", "-o", "out.tif"), ("flat.tif", "3 axes")),
        "units differ": (("run", "spectrum.tif", "--psf", "line.tif", "-o", "out.tif"), ("eV", "um")),
        "zero iterations": ((*good, "--iterations", 0), ("--iterations", "0", "at least 1")),
        "half iterations": ((*good, "--iterations", "2.5"), ("--iterations", "2.5", "whole")),
        "negative read noise": ((*good, "--read-noise", "-1"), ("--read-noise", "-1", "at least 0")),
        "wordy background": ((*good, "--background", "dark"), ("--background", "dark", "auto")),
        "unknown boundary": ((*good, "--boundary", "soft"), ("--boundary", "soft", "extended")),
        "unknown acceleration": ((*good, "--acceleration", "warp"), ("--acceleration", "warp", "none")),
        "unknown dtype": ((*good, "--dtype", "int8"), ("--dtype", "int8", "float32")),
        "unknown option": ((*good, "--warp", 9), ("--warp",)),
        "unknown command": (("sharpen",), ("sharpen",)),
        "no command": ((), ("command",)),
        "no image": (("run", "-o", "out.tif"), ("IMAGE",)),
        "no output": (good[:4], ("--output",)),
        "no PSF": (("run", "image.tif", "-o", "out.tif"), ("--psf", "--gaussian")),
        "two PSFs": ((*good, "--gaussian", 1), ("--psf", "--gaussian")),
        "every too large": ((*good, "--iterations", 30, "--every", 31), ("--every", "31")),
        "missing folder": ((*good[:-1], "none/out.tif"), ("none", "no folder")),
        "unknown ending": ((*good[:-1], "out.png"), ("out.png", ".tif")),
        "bad spacing": ((*good, "--spacing", "0.1,x"), ("--spacing", "0.1,x")),
        "two spacings": ((*good, "--spacing", "0.1,0.2"), ("--spacing", "Z,Y,X")),
        "bad centre": ((*good, "--center", "left"), ("--center", "left", "peak")),
        "centre outside": ((*good, "--center", "99"), ("psf.ome.tif", "99")),
        "bad gaussian": (("run", "image.tif", "--gaussian", "-1", "-o", "out.tif"), ("--gaussian", "-1")),
        "recipe not JSON": ((*good, "--recipe", "text.json"), ("text.json", "JSON")),
        "recipe of no run": ((*good, "--recipe", "image.tif"), ("image.tif", "no recipe")),
        "recipe without PSF": (("run", "image.tif", "--recipe", "r.json", "-o", "out.tif"), ("r.json", "no PSF")),
        "photons": (("blur", "image.tif", "--gaussian", 1, "--photons", 0, "-o", "out.tif"), ("--photons", "0")),
        "extended blur": (
            ("blur", "image.tif", "--gaussian", 1, "--boundary", "extended", "-o", "out.tif"),
            ("--boundary", "reflect"),
        ),
        "even shape": (("psf", "gaussian", "--fwhm", 1, "--shape", 8, "-o", "out.tif"), ("--shape", "8", "odd")),
        "PSF as npy": (("psf", "gaussian", "--fwhm", 1, "-o", "out.npy"), ("out.npy", ".tif")),
        "inspect": (("inspect", "text.tif"), ("text.tif",)),
    }


CASES = _bad()
ACCEPTANCE = ("no file", "not an image", "truncated", "NaN PSF", "too many axes", "zero iterations", "missing folder")


@pytest.fixture
def faulty(here) -> Path:
    """The folder, with files that cannot be used beside."""
    (here / "text.tif").write_text("no image")
    (here / "text.json").write_text("no json")
    (here / "r.json").write_text(nd.Recipe().to_json())
    whole = (here / "image.tif").read_bytes()
    (here / "cut.tif").write_bytes(whole[: len(whole) // 2])
    np.save(here / "nan.npy", np.full((5, 5, 5), np.nan))
    np.save(here / "zero.npy", np.zeros((5, 5, 5)))
    tifffile.imwrite(here / "flat.tif", np.ones((20, 20), np.uint8))
    write_image(here / "spectrum.tif", np.ones(40), spacing=0.1, units="eV")
    nd.psf.save(nd.psf.gaussian(1, 0.1, ndim=1), here / "line.tif")
    return here


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_line(faulty, capsys, case):
    arguments, words = CASES[case]
    before = sorted(os.listdir(faulty))
    code, lines = execute(capsys, *arguments)
    assert code == 2, lines
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert sorted(os.listdir(faulty)) == before


@pytest.mark.parametrize("case", ACCEPTANCE)
def test_bad_input_in_a_process_of_its_own(faulty, case):
    done = command(faulty, *CASES[case][0])
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_too_large_a_job_is_refused_with_code_3(here, capsys, monkeypatch):
    monkeypatch.setattr("napari_deconvolve.run.cost.free_bytes", lambda: 1000)
    code, lines = execute(capsys, "run", "image.tif", "--psf", "psf.ome.tif", "-o", "out.tif")
    assert code == 3
    assert len(lines) == 1
    assert "memory" in lines[0]


def test_a_fault_of_ours_is_one_line_without_traceback(here, capsys, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("a wheel\ncame off")

    monkeypatch.setattr("napari_deconvolve.cli.match.prepare", broken)
    code, lines = execute(capsys, "run", "image.tif", "--psf", "psf.ome.tif", "-o", "out.tif")
    assert code == 1
    assert len(lines) == 1
    assert "a wheel came off" in lines[0]
    monkeypatch.setenv("NAPARI_DECONVOLVE_DEBUG", "1")
    assert any("Traceback" in line for line in execute(capsys, "run", "image.tif", "--gaussian", 1, "-o", "o.tif")[1])


# The program, which says when it has made its first iteration.
ANNOUNCED = """
from napari_deconvolve.cli import main
from napari_deconvolve.core.algorithms import batch, richardson_lucy

def announce(kind):
    step = kind.step

    def first(self):
        kind.step = step
        step(self)
        print("begun", flush=True)

    kind.step = first

announce(batch.BatchRichardsonLucy)
announce(richardson_lucy.RichardsonLucy)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("shape", [(400,), (8, 600, 600)], ids=str)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals between processes")
def test_interrupts_leave_nothing(tmp_path, number, shape):
    np.save(tmp_path / "image.npy", np.ones(shape, np.float32))
    run = ("run", "image.npy", "--gaussian", "3", "--iterations", "100000", "--background", "0", "-o", "out.tif")
    program = [sys.executable, "-c", ANNOUNCED]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([*program, *run], cwd=tmp_path, **pipes)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert os.listdir(tmp_path) == ["image.npy"]


def test_an_interrupt_while_writing_leaves_nothing(here, capsys, monkeypatch):
    def slow(path, *_args, **_more):
        Path(path).write_bytes(b"half")
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        time.sleep(10)

    monkeypatch.setattr(tifffile, "imwrite", slow)
    before = sorted(os.listdir(here))
    code, _ = execute(capsys, "run", "image.tif", "--psf", "psf.ome.tif", "--iterations", 1, "-o", "out.tif")
    assert code == 130
    assert sorted(os.listdir(here)) == before


def test_signals_while_the_process_ends_are_ignored():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with stoppable(last=True):
            pass
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert not STOP.is_set()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_signals_afterwards_reach_whom_they_did_before():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with stoppable():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert not STOP.is_set()
    finally:
        signal.signal(signal.SIGINT, before)


def test_help_comes_from_the_parameters_definition(capsys):
    assert cli.execute(["run", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for name in ("iterations", "background", "acceleration", "boundary", "dtype"):
        one = parameter(name)
        assert one.help in text
        assert f"Default: {one.default}" in text


def test_demo_without_napari_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setattr(program, "_has_napari", lambda: False)
    code, lines = execute(capsys, "demo")
    assert code == 2
    assert len(lines) == 1
    assert "pip install" in lines[0]


def test_version(capsys):
    assert cli.execute(["--version"]) == 0
    assert capsys.readouterr().out.split() == ["napari-deconvolve", nd.__version__]


def test_inspect_prints_the_recipe_as_json_only(here, capsys):
    write_image("x.tif", np.ones((5, 5)), recipe=nd.Recipe(iterations=9))
    capsys.readouterr()
    assert cli.execute(["inspect", "--recipe", "x.tif"]) == 0
    assert json.loads(capsys.readouterr().out)["iterations"] == 9
