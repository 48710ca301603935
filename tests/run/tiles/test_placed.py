"""Where a job runs: on a GPU where it was asked for and can be, else on the CPU, and a sentence says why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from device_kinds import DEVICES, strict
from tile_scenes import blobs, in_tiles, job_of, settled

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.device_richardson_lucy import DeviceRichardsonLucy
from napari_deconvolve.core.device import Device, DeviceMemoryError
from napari_deconvolve.job import device as places
from napari_deconvolve.methods.base import method_of
from napari_deconvolve.run.tiles import setup
from napari_deconvolve.run.tiles.halved import halves_of
from napari_deconvolve.run.tiles.run import Share, TiledRun
from napari_deconvolve.run.tiles.store import Output
from napari_deconvolve.work import finish

PSF = nd.psf.gaussian((3.0, 3.0))
SHAPE = (90, 100)
IMAGE = blobs(SHAPE, PSF)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a device be the GPU of this machine."""

    def use(device: Device | None) -> None:
        monkeypatch.setattr(places, "find_gpu", lambda: device)
        monkeypatch.setattr(places, "has_driver", lambda: device is not None)

    return use


def runs_on_device(recipe: nd.Recipe, image: Any = IMAGE, psf: Any = PSF) -> bool:
    job = job_of(image, psf, recipe)
    return isinstance(method_of(recipe).iteration(job, 0), DeviceRichardsonLucy)


def relative(first: Any, second: Any) -> float:
    return float(np.linalg.norm(np.asarray(first, np.float64) - second) / np.linalg.norm(second))


@pytest.mark.parametrize("kind", DEVICES)
def test_a_run_on_a_gpu_is_that_of_the_cpu(gpu: Any, kind: Any) -> None:
    here = nd.deconvolve(IMAGE, PSF, settled(iterations=40, device="cpu"))
    gpu(kind())
    there = nd.deconvolve(IMAGE, PSF, settled(iterations=40, device="gpu"))
    assert relative(there.estimate, here.estimate) < 1e-4
    assert there.trace == pytest.approx(here.trace, rel=1e-4)
    assert there.words == here.words
    assert there.recipe.device == "gpu"
    assert there.flux_ratio == pytest.approx(here.flux_ratio, rel=1e-4)


def test_the_device_can_be_said_beside_the_recipe(gpu: Any) -> None:
    gpu(None)
    result = nd.deconvolve(IMAGE, PSF, settled(iterations=2), device="gpu")
    assert "No GPU was found: run on the CPU." in result.words


def test_auto_takes_a_gpu_for_large_images_and_says_nothing_without_one(gpu: Any, monkeypatch: Any) -> None:
    gpu(strict())
    assert not runs_on_device(settled())
    monkeypatch.setattr(places, "SMALL", 1000)
    assert runs_on_device(settled())
    assert not runs_on_device(settled(device="cpu"))
    gpu(None)
    assert not runs_on_device(settled())
    assert not any("GPU" in word for word in nd.deconvolve(IMAGE, PSF, settled(iterations=2)).words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "wiener"}, "The method wiener does not run on a GPU: run on the CPU."),
        ({"method": "rl-gc"}, "The method rl-gc does not run on a GPU: run on the CPU."),
        ({"acceleration": "biggs-andrews"}, "The acceleration biggs-andrews does not run on a GPU, and nesterov does"),
        ({"prior": "good", "strength": 0.01}, "The prior good does not run on a GPU: run on the CPU."),
        ({"boundary": "reflect"}, "The boundary reflect does not run on a GPU: run on the CPU."),
    ],
)
def test_what_cannot_run_there_runs_here_and_says_so(gpu: Any, changes: Any, words: str) -> None:
    gpu(strict())
    recipe = settled(**{"iterations": 2, **changes})
    result = nd.deconvolve(IMAGE, PSF, recipe.replace(device="gpu"))
    assert any(one.startswith(words) for one in result.words)
    assert np.array_equal(result.estimate, nd.deconvolve(IMAGE, PSF, recipe).estimate)


def test_lines_run_here(gpu: Any) -> None:
    gpu(strict())
    result = nd.deconvolve(np.full(60, 9.0), nd.psf.gaussian(3.0, ndim=1), nd.Recipe(iterations=2, device="gpu"))
    assert any("Lines are too small for a GPU" in word for word in result.words)


def test_a_gpu_without_double_precision_says_so(gpu: Any) -> None:
    gpu(strict(double=False))
    result = nd.deconvolve(IMAGE, PSF, settled(iterations=2, device="gpu", dtype="float64"))
    assert any("no numbers of double precision: run on the CPU." in word for word in result.words)


def test_an_image_that_does_not_fit_into_the_gpu_runs_here_and_says_so(gpu: Any) -> None:
    gpu(strict(room=lambda: 1000))
    result = nd.deconvolve(IMAGE, PSF, settled(iterations=2, device="gpu"))
    assert any("The memory of the strict GPU is too small: run on the CPU." in word for word in result.words)
    assert np.array_equal(result.estimate, nd.deconvolve(IMAGE, PSF, settled(iterations=2)).estimate)


# ---- tiles


def memory_for(samples: int) -> int:
    return places.ARRAYS * 4 * samples


@pytest.mark.parametrize(
    ("samples", "words"),
    [(1 << 20, ""), (90 * 100, "it was run in two halves."), (1000, "it was run on the CPU.")],
)
def test_a_tile_that_does_not_fit_is_halved_once_and_then_runs_here(gpu: Any, samples: int, words: str) -> None:
    recipe = settled(iterations=10, device="gpu")
    here = in_tiles(job_of(IMAGE, PSF, recipe.replace(device="cpu")), SHAPE)
    gpu(strict(room=lambda: memory_for(samples)))
    there = in_tiles(job_of(IMAGE, PSF, recipe), SHAPE)
    assert relative(there.estimate, here.estimate) < 2e-3
    assert there.trace[-1] == pytest.approx(here.trace[-1], rel=0.05)  # halves count a share of what they see
    assert there.flux_ratio == pytest.approx(here.flux_ratio, rel=1e-3)
    assert [word for word in there.words if "A tile did not fit" in word] == (
        [f"A tile did not fit into the GPU's memory: {words}"] if words else []
    )


def test_halves_meet_and_see_their_halo(gpu: Any) -> None:
    found = finish(TiledRun(job_of(IMAGE, PSF, settled()), tile=(48, 64)).plan())
    for number in range(len(found.plan)):
        tile = found.plan.tile(number)
        first, second = halves_of(tile, found)
        (axis,) = [place for place in range(2) if first.inner[place] != tile.inner[place]]
        assert first.inner[axis].stop == second.inner[axis].start
        assert (first.inner[axis].start, second.inner[axis].stop) == (tile.inner[axis].start, tile.inner[axis].stop)
        halo, middle = found.plan.halo[axis], first.inner[axis].stop
        assert first.outer[axis].stop == min(middle + halo, SHAPE[axis])
        assert second.outer[axis].start == max(middle - halo, 0)


def test_tiles_in_halves_have_the_rims_of_whole_ones(gpu: Any) -> None:
    recipe = settled(iterations=10, device="gpu")
    gpu(strict())
    whole = in_tiles(job_of(IMAGE, PSF, recipe), (48, 64))
    gpu(strict(room=lambda: memory_for(70 * 64)))
    halved = in_tiles(job_of(IMAGE, PSF, recipe), (48, 64))
    assert any("two halves" in word for word in halved.words)
    assert halved.seams is not None
    assert whole.seams is not None
    assert halved.seams == pytest.approx(whole.seams, rel=0.5)
    assert relative(halved.estimate, whole.estimate) < 2e-3


def test_tiles_are_cut_to_fit_into_the_gpu(gpu: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(setup, "DEVICE_OVER_NEEDS", 1.0)
    gpu(strict(room=lambda: 12_000_000))
    large = blobs((400, 400), PSF)
    plan = finish(TiledRun(job_of(large, PSF, settled(device="gpu"))).plan()).plan
    assert len(plan) > 1
    assert plan.bytes <= 12_000_000


def test_another_device_resumes_a_run(gpu: Any, tmp_path: Path) -> None:
    output = Output(str(tmp_path / "out.ome.zarr"), nd.SampledArray(IMAGE), begin="resume")
    here = in_tiles(job_of(IMAGE, PSF, settled(iterations=8)), (48, 64))
    gpu(strict())
    for number, device in ((1, "cpu"), (2, "gpu")):
        job = job_of(IMAGE, PSF, settled(iterations=8, device=device))
        result = finish(TiledRun(job, output=output, tile=(48, 64), share=Share(number, 2)).work())
    assert relative(result.estimate[:], here.estimate) < 1e-4
    assert result.seams is not None


def test_a_step_that_runs_out_of_memory_is_a_resource_error() -> None:
    assert issubclass(DeviceMemoryError, nd.ResourceError)


def test_no_library_of_a_gpu_is_imported_unless_it_is_asked_for() -> None:
    code = (
        "import sys, numpy as np, napari_deconvolve as nd\n"
        "nd.deconvolve(np.ones((40, 40)) * 9, nd.psf.gaussian(3, ndim=2), nd.Recipe(iterations=2))\n"
        "print(sorted({'torch', 'cupy', 'array_api_compat.torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
