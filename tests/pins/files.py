"""Small files as an earlier version wrote them, in the folder ``files``: they have to open, and repeat, for ever."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pins.pinned import FILES

import napari_deconvolve as nd
from napari_deconvolve import cli
from napari_deconvolve.io import write_image

FLAT, STACK, TWO = "flat.ome.tif", "stack.ome.tif", "two.ome.tif"
SPACING = (0.3, 0.1, 0.1)
OPTICS = {"numerical_aperture": 0.8, "emission_um": 0.5, "sample_index": 1.33, "spacing": SPACING, "shape": (5, 7, 7)}
PLANE = (0.1, 0.1)

# Recipes: what each is run on, by which PSF and which settings. All are stored with the PSF in them.
Case = tuple[str, Callable[[], Any], dict[str, Any]]
GAUSSIAN = partial(nd.psf.gaussian, 0.3, PLANE, shape=(9, 9))
CROSS = [[0, 1, 0], [1, 4, 1], [0, 1, 0]]
HOW: dict[str, Case] = {
    "rl-gaussian": (FLAT, GAUSSIAN, {}),
    "rl-lorentzian": (FLAT, partial(nd.psf.lorentzian, 0.2, PLANE, shape=(9, 9)), {"prior": "tv", "strength": 0.01}),
    "rl-formula": (FLAT, partial(nd.psf.from_formula, "exp(-(x^2+y^2)/0.03)", (9, 9), PLANE), {"boundary": "reflect"}),
    "rl-points": (FLAT, partial(nd.psf.points, [(0, 0), (0, 0.2)], [2, 1], PLANE), {"prior": "good", "strength": 0.01}),
    "rl-array": (FLAT, partial(nd.psf.from_array, CROSS, PLANE), {"target_fwhm": 0.2, "boundary": "zero"}),
    "rl-resampled": (FLAT, partial(nd.psf.gaussian, 0.3, (0.05, 0.05), shape=(17, 17)), {"acceleration": None}),
    "rl-microscope": (STACK, partial(nd.psf.microscope, "widefield", **OPTICS), {"prior": "hessian", "strength": 0.01}),
    "rl-strata": (STACK, partial(nd.psf.microscope_strata, "widefield", depths_um=(0, 2), **OPTICS), {}),
    "rl-channels": (TWO, lambda: [GAUSSIAN(), nd.psf.gaussian(0.2, PLANE)], {"prior": "tikhonov", "strength": 0.01}),
    "rl-gc": (FLAT, GAUSSIAN, {"method": "rl-gc"}),
    "wiener": (FLAT, GAUSSIAN, {"method": "wiener", "boundary": "reflect"}),
    "wiener-gcv": (FLAT, GAUSSIAN, {"method": "wiener", "regularization": "gcv"}),
    "blind-width": (FLAT, GAUSSIAN, {"method": "blind"}),
    "blind-alternate": (FLAT, GAUSSIAN, {"method": "blind", "blind": "alternate", "symmetry": "mirror"}),
}
CASES = {name: image for name, (image, _, _) in HOW.items()}

# Results of the command line: what they were made of.
RUNS = {"result.ome.tif": FLAT, "resumable.ome.tif": STACK, "channels.ome.tif": TWO}


def made(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint16]:
    """Give points on a background, blurred, with the noise of photons."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(shape)
    for _ in range(8):
        truth[tuple(rng.integers(1, length - 1) for length in shape)] = rng.uniform(1e3, 5e3)
    blurred = nd.convolve(truth, nd.psf.gaussian(3, ndim=len(shape)))
    return rng.poisson(blurred + 20).astype(np.uint16)


def write_files() -> None:
    """Write them all."""
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    images = {FLAT: made((24, 24)), STACK: made((6, 12, 12)), TWO: np.stack([made((16, 16), 1), made((16, 16), 2)])}
    for name, data in images.items():
        axes = {FLAT: "YX", STACK: "ZYX", TWO: "CYX"}[name]
        write_image(FILES / name, data, axes=axes, spacing=SPACING if name == STACK else PLANE, units="um")
    for name, (image, make, settings) in HOW.items():
        recipe = nd.Recipe(iterations=4, **{"target_fwhm": 0, **settings})
        found = nd.deconvolve(images[image], make(), recipe, spacing=SPACING if image == STACK else PLANE)
        done = found.recipe
        if recipe.method == "blind":  # a completed one is plain, with the PSF that was found
            told = nd.deconvolve(images[image], make(), nd.Recipe(iterations=1), spacing=PLANE).recipe.psf
            done = recipe.replace(psf=told)
        elif isinstance(recipe.regularization, str):
            done = done.replace(regularization=recipe.regularization)
        (FILES / f"{name}.json").write_text(done.to_json(1) + "\n", encoding="utf-8")
        np.save(FILES / f"{name}.npy", found.estimate)
    _write_by_commands()


def _write_by_commands() -> None:
    nd.psf.save(nd.psf.gaussian((0.6, 0.2, 0.2), SPACING, shape=(5, 5, 5)), FILES / "psf.ome.tif")
    nd.psf.save(nd.psf.microscope_strata("widefield", depths_um=(0, 2), **OPTICS), FILES / "strata.ome.tif")
    nd.psf.save(nd.psf.gaussian(0.2, PLANE, shape=(5, 5)), FILES / "narrow.ome.tif")
    nd.psf.save(GAUSSIAN(), FILES / "wide.ome.tif")
    place = np.arange(60) * 0.5
    counts = np.random.default_rng(0).poisson(20 + 900 * np.exp(-((place - 12) ** 2) / 8))
    rows = "\n".join(f"{at:g},{count}" for at, count in zip(place, counts, strict=True))
    (FILES / "line.csv").write_text(f"E (meV),signal (counts)\n{rows}\n", encoding="utf-8")
    plain = ("--iterations", 4, "--acceleration", "none", "--background", 10)
    _execute("run", FLAT, "--psf", "wide.ome.tif", "--iterations", 6, "-o", "result.ome.tif")
    _execute("run", STACK, "--psf", "psf.ome.tif", *plain, "--resumable", "-o", "resumable.ome.tif")
    _execute("run", TWO, "--psf", "narrow.ome.tif", "--psf", "wide.ome.tif", *plain, "-o", "channels.ome.tif")
    _execute("run", "line.csv", "--gaussian", 3, "--iterations", 4, "-o", "spectrum.csv")
    _execute("sweep", FLAT, "--psf", "wide.ome.tif", "--iterations", "2,4", "-o", "sweep.csv")


def _execute(*arguments: object) -> None:
    """Run a command on files in the folder."""
    inside = [str(FILES / one) if str(one).endswith((".tif", ".csv")) else str(one) for one in arguments]
    assert cli.execute(inside) == 0, arguments
