"""Tiles by other FFT libraries, precisions and numbers of threads are one image: all that is read off the data is
recorded on the part that decides, and replayed by every tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from tile_scenes import blobs, job_of, relative, settled

import napari_deconvolve as nd
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.transforms import lines
from napari_deconvolve.run.tiles import decide as decisions
from napari_deconvolve.run.tiles.run import Share, TiledRun
from napari_deconvolve.run.tiles.store import Output

PSF = nd.psf.gaussian((3.0, 3.0))
SHAPE, TILE = (100, 110), (64, 64)
IMAGE = blobs(SHAPE, PSF)
OTHER = "ducc0" if find_spec("ducc0") is not None else "scipy.fft"
KINDS = (("scipy", "float32", 2), ("scipy", "float64", 1), (OTHER, "float32", 1), (OTHER, "float64", 2))


class Counted(lines.ScipyLines):
    """The public functions of scipy.fft, in place of a library that is not installed."""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that chooses the library of all that is transformed from now on."""

    def choose(name: str) -> None:
        monkeypatch.setenv("NAPARI_DECONVOLVE_FFT", name)
        if name == "scipy.fft":
            monkeypatch.setattr(lines, "_ducc", lambda: None)
            monkeypatch.setattr(lines, "_scipy", Counted)

    return choose


def estimate(recipe: nd.Recipe, workers: int = 1) -> tuple[Any, TiledRun]:
    run = TiledRun(replace(job_of(IMAGE, PSF, recipe), workers=workers), tile=TILE)
    return nd.finish(run.work()).estimate, run


@pytest.mark.parametrize("acceleration", [None, "nesterov", "biggs-andrews"])
def test_libraries_precisions_and_threads_agree(library: Any, acceleration: str | None) -> None:
    """60 iterations: rounding grows with them, as far as steps are the same.

    Steps that are read off the data would be others by each kind, and so would the estimate, by more than 1e-3.
    """
    recipe = settled(iterations=60, acceleration=acceleration)
    library("scipy")
    first, _ = estimate(recipe)
    for name, dtype, workers in KINDS:
        library(name)
        found, _ = estimate(recipe.replace(dtype=dtype), workers)
        assert relative(found, first) <= 1e-4, (name, dtype, workers)


def test_restarts_are_those_of_the_part_that_decides(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding may decide whether a deviance has risen: where it does, all tiles do as the part did."""
    recipe = settled(iterations=30)
    library("scipy")
    without, _ = estimate(recipe)
    monkeypatch.setattr(decisions, "_steps", lambda *given: Steps(frozenset({7, 19})))
    first, _ = estimate(recipe)
    assert relative(first, without) > 1e-3
    for name, dtype, workers in KINDS:
        library(name)
        found, run = estimate(recipe.replace(dtype=dtype), workers)
        assert run.setup is not None
        assert run.setup.decided[0].steps.restarts == {7, 19}
        assert relative(found, first) <= 1e-4, (name, dtype, workers)


@pytest.mark.parametrize("name", ["nesterov", "biggs-andrews"])
def test_resumed_tiles_take_the_steps_of_the_store(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Restarts too: nothing is read off the data a second time."""
    recipe, path = settled(iterations=12, acceleration=name), tmp_path / "out.ome.zarr"
    own = decisions._steps
    monkeypatch.setattr(decisions, "_steps", lambda *given: replace(own(*given), restarts=frozenset({5})))

    def run(share: Share) -> tuple[Any, TiledRun]:
        output = Output(str(path), nd.SampledArray(IMAGE), begin="resume")
        tiles = TiledRun(job_of(IMAGE, PSF, recipe), output=output, tile=TILE, share=share)
        return nd.finish(tiles.work()).estimate, tiles

    alone, _ = estimate(recipe)
    _, begun = run(Share(1, 2))
    monkeypatch.setattr(decisions, "_steps", lambda *given: pytest.fail("steps were read again"))
    found, resumed = run(Share())
    assert begun.setup is not None
    assert resumed.setup is not None
    assert resumed.setup.decided[0].steps == begun.setup.decided[0].steps
    assert len(begun.setup.decided[0].steps.far) == (12 if name == "biggs-andrews" else 0)
    assert np.array_equal(found[:], alone)


@pytest.mark.skipif(OTHER != "ducc0", reason="needs ducc0, the extra fast")
@pytest.mark.parametrize("name", ["nesterov", "biggs-andrews"])
def test_resumed_on_ducc0_what_began_on_scipy(
    tmp_path: Path, library: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, used = lines.DuccLines.r2c, 0

    def counted(self: Any, *given: Any) -> None:
        nonlocal used
        used += 1
        own(self, *given)

    monkeypatch.setattr(lines.DuccLines, "r2c", counted)
    recipe, path = settled(iterations=30, acceleration=name), tmp_path / "out.ome.zarr"

    def tiles(share: Share) -> Any:
        output = Output(str(path), nd.SampledArray(IMAGE), begin="resume")
        return nd.finish(TiledRun(job_of(IMAGE, PSF, recipe), output=output, tile=TILE, share=share).work())

    library("scipy")
    alone, _ = estimate(recipe)
    half = tiles(Share(1, 2))
    assert any("tiles are done" in word for word in half.words)
    assert used == 0
    begun = np.asarray(zarr.open_array(path, path="0", mode="r")[:])
    library("ducc0")
    found = np.asarray(tiles(Share()).estimate[:])
    assert used > 0
    assert relative(found, alone) <= 1e-4
    assert np.array_equal(found[begun > 0], begun[begun > 0]), "a tile that was done was done again"
