"""One engine: Python, the command line and the dock "Deconvolve" come to the same, field by field, over a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QWidget

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve._napari.layers.opening import add_layers
from napari_deconvolve.io import read_image, write_image

FIELDS = ("iterations", "trace", "background", "recipe", "choices", "gain", "misfit", "flux_ratio", "words")
LIMIT = 240_000  # ms that a run may take before a test is given up
OURS = "napari-deconvolve"
SPACING = {"Z": 0.3, "C": 1.0, "T": 1.0, "Y": 0.1, "X": 0.1}


# ---- how the dock is asked: the one place that knows what it is made of


def outcome(dock: Any) -> nd.Result:
    """Give what a dock's last run came to."""
    result = dock._runs.session.result
    assert isinstance(result, nd.Result)
    return result


# ---- images and PSFs, by name


def counts(shape: tuple[int, ...], psf: nd.PSF, light: float = 3000.0, seed: int = 0) -> NDArray[np.float32]:
    """Give points on a background, blurred, with the noise of photons."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(8):
        truth[tuple(rng.integers(1, length - 1) for length in shape)] = rng.uniform(0.3, 1) * light
    return rng.poisson(nd.convolve(truth, psf) + 10).astype(np.float32)


def gaussian(fwhm: float, *spacing: float) -> nd.PSF:
    return nd.psf.gaussian(fwhm, spacing, shape=(9, 9, 9)[: len(spacing)])


ROUND, NARROW, FINE = (partial(gaussian, *how) for how in ((0.3, 0.1, 0.1), (0.2, 0.1, 0.1), (0.3, 0.07, 0.07)))
DEEP, LINE = partial(gaussian, 0.5, 0.3, 0.1, 0.1), partial(gaussian, 0.5, 0.1)


def cube() -> NDArray[np.float32]:
    """Give spectra over 4 x 3 points."""
    return np.stack([counts((32,), LINE(), 900.0, seed) for seed in range(12)]).reshape(4, 3, 32)


def strata() -> nd.psf.Strata:
    """Give PSFs that widen with depth."""
    return nd.psf.Strata([gaussian(width, 0.3, 0.1, 0.1) for width in (0.4, 0.6)], (0.0, 1.5))


def holed() -> NDArray[np.float32]:
    """Give an image with missing samples."""
    image = IMAGES["flat"][1]().copy()
    image[5, 7:9], image[12, 12] = np.nan, np.inf
    return image


IMAGES: Mapping[str, tuple[str, Callable[[], NDArray[Any]]]] = {
    "flat": ("YX", cache(lambda: counts((24, 24), ROUND()))),
    "dim": ("YX", cache(lambda: counts((24, 24), ROUND(), 200.0))),
    "stack": ("ZYX", cache(lambda: counts((6, 16, 16), DEEP()))),
    "series": ("TYX", cache(lambda: np.stack([counts((16, 16), ROUND(), 900.0, seed) for seed in range(3)]))),
    "channels": ("CYX", cache(lambda: np.stack([counts((16, 16), psf(), 900.0) for psf in (NARROW, ROUND)]))),
    "cube": ("ZYX", cache(cube)),
    "whole numbers": ("YX", cache(lambda: counts((24, 24), ROUND()).astype(np.uint16))),
    "saturated": ("YX", cache(lambda: np.minimum(counts((24, 24), ROUND()), 255).astype(np.uint8))),
    "subtracted": ("YX", cache(lambda: counts((24, 24), ROUND()) - np.float32(10))),
    "holed": ("YX", cache(holed)),
    "without light": ("YX", cache(lambda: np.full((16, 16), 7, np.float32))),
    "empty frame": ("TYX", cache(lambda: np.stack([counts((20, 20), ROUND()), np.full((20, 20), np.nan, np.float32)]))),
}
GROUND = np.linspace(8, 12, 24, dtype=np.float32) * np.ones((24, 1), np.float32)
DRAWN = np.random.default_rng(3)
PIXELS = {
    "offset": DRAWN.normal(2, 0.5, (24, 24)).astype(np.float32),
    "gain": DRAWN.uniform(0.8, 1.2, (24, 24)).astype(np.float32),
    "read_noise": DRAWN.uniform(0.5, 2, (24, 24)).astype(np.float32),
}
SMALL_PIXELS = {name: one[:16, :16] for name, one in PIXELS.items()}
DRIFTING = np.stack([SMALL_PIXELS["offset"] + frame for frame in range(3)])
MASK = np.ones((24, 24), bool)
MASK[4:7, 9:13] = False


# ---- the table


@dataclass(frozen=True)
class Case:
    """A run: of what, by what, how; and why it cannot be asked of the dock, where it cannot."""

    recipe: nd.Recipe
    image: str = "flat"
    psf: Callable[[], Any] = ROUND
    how: Mapping[str, Any] = field(default_factory=dict)
    not_in_dock: str = ""


def run(image: str = "flat", psf: Callable[[], Any] = ROUND, **settings: Any) -> Case:
    return Case(nd.Recipe(**settings), image, psf)


TABLE: Mapping[str, Case] = {
    # every method
    "default": run("dim"),
    "textbook": run(iterations=6, acceleration=None, background=0, target_fwhm=0),
    "accelerated in 3D": run("stack", DEEP, iterations=5),
    "consensus": run(method="rl-gc", iterations=5),
    "consensus to its end": run("dim", method="rl-gc"),
    "filter": run(method="wiener"),
    "filter of a given strength": run(method="wiener", regularization=0.02, boundary="reflect"),
    "filter by a rule": run(method="wiener", regularization="gcv"),
    "blind, by width": run("dim", NARROW, method="blind", iterations=4),
    "blind, in turn": run("dim", NARROW, method="blind", blind="alternate", symmetry="mirror", iterations=4),
    # every stop rule, the gain given and measured
    "risk": run("dim", stop="risk"),
    "thinning": run("dim", stop="thinning", gain=1),
    "discrepancy": run("dim", stop="discrepancy"),
    "discrepancy that never holds": run(stop="discrepancy", gain=0.2),
    "change": run("dim", stop="change"),
    "halves, gain given": run("dim", gain=1),
    "misfit": run(iterations=5, gain=1),
    # every prior
    "total variation": run(iterations=5, prior="tv", strength=0.01),
    "tikhonov": run(iterations=5, prior="tikhonov", strength=0.01, acceleration=None),
    "good": run("stack", DEEP, iterations=4, prior="good", strength=0.01),
    "hessian": run(iterations=5, prior="hessian", strength=0.01, boundary="periodic"),
    "strength found": run("dim", iterations=8, prior="tv"),
    # backgrounds, borders, resolution, precision
    "background given": run(iterations=5, background=9.5),
    "background subtracted before": run("subtracted", iterations=5),
    "offset given": run("subtracted", iterations=5, offset=-9.0),
    "read noise given": run(iterations=5, offset=1.0, read_noise=2.0),
    "defects kept": run(iterations=5, defects="keep"),
    "background as a map": run(iterations=5, background=GROUND),
    "maps of a camera": run(iterations=5, **PIXELS),
    "maps of a camera, number found": run("dim", **PIXELS),
    "a map of read noise, gain found": run("dim", read_noise=PIXELS["read_noise"]),
    "maps of a plane for a series": run("series", iterations=3, **SMALL_PIXELS),
    "maps of a plane for a stack": run("stack", DEEP, iterations=3, **SMALL_PIXELS),
    "maps of a whole series": run("series", iterations=3, offset=DRIFTING),
    "edge": run(iterations=5, boundary="edge"),
    "zero": run(iterations=5, boundary="zero"),
    "sieve": run(iterations=5, target_fwhm=0.2),
    "smoothing": run(iterations=5, target_fwhm=(0.2, 0.15), target_by="smoothing"),
    "double precision": Case(nd.Recipe(iterations=5, dtype="float64"), not_in_dock="no control for it"),
    # what images hold, and where a run begins
    "whole numbers": run("whole numbers", iterations=5),
    "missing samples": run("holed", iterations=5),
    "saturated samples": run("saturated", iterations=5),
    "no light": run("without light", iterations=3),
    "mask": Case(nd.Recipe(iterations=5), how={"mask": MASK}, not_in_dock="takes no mask"),
    "start": Case(nd.Recipe(iterations=4), how={"start": np.full((24, 24), 20, np.float32)}),
    # several items, and PSFs of all kinds
    "series": run("series", iterations=4),
    "series, found": run("series"),
    "series by a rule on the way": run("series", stop="change"),
    "empty frame": run("empty frame", iterations=3),
    "cube": run("cube", LINE, iterations=5),
    "cube, found": run("cube", LINE),
    "strata": run("stack", strata, iterations=4),
    "psf of another spacing": run(psf=FINE, iterations=4),
    "channels": Case(nd.Recipe(iterations=4), "channels", lambda: [NARROW(), ROUND()], {"channel_axis": 0},
                     not_in_dock="takes one PSF for all channels"),
    "channels, found": Case(nd.Recipe(), "channels", lambda: [NARROW(), ROUND()], {"channel_axis": 0},
                            not_in_dock="takes one PSF for all channels"),
}  # fmt: skip
IN_DOCK = {name: case for name, case in TABLE.items() if not case.not_in_dock}


@cache
def by_python(name: str) -> nd.Result:
    case = TABLE[name]
    axes, image, psf = IMAGES[case.image][0], IMAGES[case.image][1](), case.psf()
    ndim = psf[0].ndim if isinstance(psf, list) else psf.ndim
    spacing = [SPACING[letter] for letter in axes[-ndim:]]
    return nd.deconvolve(image, psf, case.recipe, spacing=spacing, **case.how)


def write_inputs(case: Case) -> list[str]:
    """Write image, PSFs, recipe and start as files; give the options that name them."""
    axes, image = IMAGES[case.image][0], IMAGES[case.image][1]()
    if "mask" in case.how:
        image = np.where(case.how["mask"], image, np.float32(np.nan))  # in a file what is hidden is missing
    place = {"axes": axes, "spacing": [SPACING[letter] for letter in axes], "units": "um"}
    write_image("image.ome.tif", image, **place)
    psf = case.psf()
    options = []
    for number, one in enumerate(psf if isinstance(psf, list) else [psf]):
        nd.psf.save(one, f"psf{number}.ome.tif")
        options += ["--psf", f"psf{number}.ome.tif"]
    Path("recipe.json").write_text(case.recipe.to_json(), encoding="utf-8")
    if "start" in case.how:
        write_image("start.ome.tif", case.how["start"], **place)
        options += ["--start", "start.ome.tif"]
    return options


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder for the files of a run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- Python and the command line


@pytest.mark.parametrize("name", TABLE)
def test_the_command_line_comes_to_what_python_does(here, capsys, name):
    expected, options = by_python(name), write_inputs(TABLE[name])
    capsys.readouterr()
    assert cli.execute(["run", "image.ome.tif", *options, "--recipe", "recipe.json", "-o", "out.ome.tif"]) == 0
    said = capsys.readouterr().err.splitlines()
    out = read_image("out.ome.tif")
    np.testing.assert_array_equal(out.data, expected.estimate)
    assert out.iterations == expected.iterations
    assert out.metadata["deviance"] == list(expected.trace)
    assert np.array_equal(out.background, expected.background)
    assert out.recipe == expected.recipe
    assert [line.removeprefix("Note: ") for line in said if line.startswith("Note: ")] == list(expected.words)
    known = f"{expected.gain:.3g} counts per photon, misfit {expected.misfit:.3g}"
    assert (known in "".join(said)) == np.isfinite(expected.gain)


# ---- Python and the dock


class Dock:
    """The dock "Deconvolve", with a case's image and PSF opened and its recipe in the form."""

    def __init__(self, viewer: Any, qtbot: Any, case: Case) -> None:
        self.viewer, self.qtbot = viewer, qtbot
        write_inputs(case)
        (image,), (psf,) = (add_layers(viewer, path) for path in ("image.ome.tif", "psf0.ome.tif"))
        start = add_layers(viewer, "start.ome.tif")[0] if "start" in case.how else None
        _, self.widget = viewer.window.add_plugin_dock_widget(OURS, "Deconvolve")
        self.widget.take_settings(case.recipe, image, psf)
        if start is not None:
            self["start"].setCurrentText(start.name)

    def __getitem__(self, name: str) -> Any:
        return self.widget.findChild(QWidget, name)

    def run(self) -> Any:
        """Press Run, wait for the end, and give the result's layer."""
        self.qtbot.waitUntil(self["run"].isEnabled, timeout=LIMIT)
        self.qtbot.mouseClick(self["run"], Qt.MouseButton.LeftButton)
        self.qtbot.waitUntil(lambda: not self["stop"].isEnabled(), timeout=LIMIT)
        return self.viewer.layers.selection.active


@pytest.mark.parametrize("name", IN_DOCK)
def test_the_dock_comes_to_what_python_does(here, viewer, qtbot, name):
    expected = by_python(name)
    dock = Dock(viewer, qtbot, TABLE[name])
    layer, found = dock.run(), outcome(dock.widget)
    for known in FIELDS:
        np.testing.assert_equal(getattr(found, known), getattr(expected, known), known)
    np.testing.assert_array_equal(layer.data, expected.estimate)
    assert [str(one) for one in found.camera] == [str(one) for one in expected.camera]
    ours = layer.metadata["napari_deconvolve"]
    said = " ".join((dock["state"].text(), *dock.widget._runs.warned)).replace("\u00a0", " ")
    assert nd.Recipe.from_dict(ours["recipe"]) == expected.recipe
    assert (ours["iterations"], ours["deviance"]) == (expected.iterations, list(expected.trace))
    backgrounds = np.broadcast_to(expected.background, len(ours["backgrounds"]))  # one may be told for all spectra
    assert ours["backgrounds"] == backgrounds.tolist()
    assert [word for word in expected.words if word not in said] == []
