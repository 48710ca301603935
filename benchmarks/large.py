"""Images larger than memory: peak memory and extra work of tiles, cost of the survey, and what halos leave.

python benchmarks/large.py stack [GiB] [memory] [iterations] [workers]    a simulated stack, by the command line
python benchmarks/large.py killed [GiB] [memory] [iterations]     killed at three moments, and resumed: same bits?
python benchmarks/large.py survey [memory] [iterations]           what a voxel costs, from 1 GiB to 1 TiB
python benchmarks/large.py halos                                differences from the whole for several halos
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy import ndimage

import napari_deconvolve as nd
from napari_deconvolve.core.algorithms.richardson_lucy import RichardsonLucy
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.memory import as_bytes, size_text
from napari_deconvolve.run.tiles import setup
from napari_deconvolve.run.tiles.halo import _along, _marginals
from napari_deconvolve.run.tiles.needs import AxisCut
from napari_deconvolve.run.tiles.plan import Plan, _made
from napari_deconvolve.run.tiles.run import TiledRun
from napari_deconvolve.run.tiles.survey import ItemLook, bins_for

DEPTH, BLOCK = 64, 256  # planes of the stack, and edge of the part that it repeats
PSF_SHAPE = (31, 31, 31)
SIZES = (30, 33, 36, 40)  # bytes, as powers of two
BLOCKS, LOOKS, ROUNDS = 64, 60, 12
MAIN = "from napari_deconvolve.cli import main; main()"


def stack(gib: float = 6.0, memory: str = "1.5GB", iterations: int = 10, workers: int = 0) -> None:
    psf = nd.psf.gaussian(5.2, shape=PSF_SHAPE)
    with tempfile.TemporaryDirectory(prefix="large-") as name:
        folder = Path(name)
        size = make_stack(folder / "stack.zarr", psf, gib)
        nd.psf.save(psf, folder / "psf.ome.tif")
        print(f"{size_text(size)} of float32, PSF {PSF_SHAPE}, --memory {memory}, {iterations} iterations", flush=True)
        line = ["run", "stack.zarr", "--psf", "psf.ome.tif", "-o", "out.ome.zarr", "--memory", memory, "--spacing", "1"]
        line += ["--workers", str(workers)] if workers else []
        begin = time.perf_counter()
        peak, said = watched([*line, "--iterations", str(iterations)], folder)
        print(said)
        print(f"peak of the process tree {size_text(peak)} ({peak / as_bytes(memory):.3f} of --memory), ", end="")
        print(f"{time.perf_counter() - begin:.0f} s")


def make_stack(path: Path, psf: nd.PSF, gib: float) -> int:
    import zarr

    edge = BLOCK * round(np.sqrt(gib * 2**30 / 4 / DEPTH) / BLOCK)
    random = np.random.default_rng(0)
    sharp = np.zeros((DEPTH, BLOCK, BLOCK), np.float32)
    sharp[tuple(random.integers(0, length, 4000) for length in sharp.shape)] = random.uniform(0.2, 1, 4000)
    blurred = nd.convolve(sharp + ndimage.gaussian_filter(sharp, 4) * 30, psf, boundary="periodic")
    blurred *= 300 / np.percentile(blurred, 99)
    shape, chunks = (DEPTH, edge, edge), (DEPTH, 128, 128)
    array = zarr.create_array(path, shape=shape, chunks=chunks, dtype="float32", compressors=None)
    drawn = [random.poisson(blurred + 20).astype(np.float32) for _ in range(4)]
    for y in range(0, edge, BLOCK):
        for x in range(0, edge, BLOCK):
            array[:, y : y + BLOCK, x : x + BLOCK] = drawn[random.integers(len(drawn))]
    return int(array.size) * 4


def watched(arguments: Sequence[str], folder: Path, main: str = MAIN) -> tuple[int, str]:
    """Run the command line; return the largest resident memory of all its processes, and what it said."""
    process = subprocess.Popen([sys.executable, "-c", main, *arguments], cwd=folder, stderr=subprocess.PIPE, text=True)
    peak = 0

    def look() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                tree = [root, *root.children(recursive=True)]
                peak = max(peak, sum(one.memory_info().rss for one in tree))
            except psutil.Error:
                return
            time.sleep(0.02)

    watcher = threading.Thread(target=look)
    watcher.start()
    said = process.communicate()[1]
    watcher.join()
    return peak, said.strip()


class Virtual:
    """An array of any size that holds the same block everywhere: reading costs a copy."""

    dtype = np.dtype("uint16")
    chunks = (64, 64, 64)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape, self.ndim = shape, len(shape)
        self._block = np.random.default_rng(0).poisson(100, 1 << 22).astype(np.uint16)

    def __getitem__(self, index: Any) -> Any:
        shape = [cut.stop - cut.start for cut in index]
        return np.resize(self._block[: int(np.prod(shape))], shape)


def survey(memory: str = "1.5GB", iterations: int = 30) -> None:
    """Print what a stack costs per voxel, whatever its size: survey, plan and tiles; only parts of it are run."""
    psf, recipe = nd.psf.gaussian((4.0, 3.0, 3.0)), nd.Recipe(iterations=iterations, background=0.0)
    print(f"{iterations} iterations under {memory}; CPU time")
    print(f"{'size':>8}  bins            survey/ns  plan/s   tiles   extra  iterations/ns  all/ns per voxel")
    edges = [round((2**power / 2 / 512) ** 0.5 / 64) * 64 for power in SIZES]
    jobs = [prepare(Virtual((512, edge, edge)), psf, recipe) for edge in edges]
    looks = _survey_ns(jobs)
    plans = [_planned(job, as_bytes(memory)) for job in jobs]
    rates = _step_ns({_largest(plan) for _, plan in plans}, psf)
    for power, job, looking, (seconds, plan) in zip(SIZES, jobs, looks, plans, strict=True):
        lengths = [sum(one.boxes) / one.length for one in plan.cuts]
        running = iterations * rates[_largest(plan)] * math.prod(lengths)
        numbers = (
            f"{looking:9.2f}  {seconds:6.2f} {len(plan):7} {plan.extra:+7.1%} {running:14.0f} {looking + running:7.0f}"
        )
        print(f"{2**power / 2**30:6.0f} GiB  {bins_for(job, 0)!s:15} {numbers}", flush=True)


def _survey_ns(jobs: Sequence[Job]) -> list[float]:
    """Return the time of the survey per voxel: the least of some rounds over the first blocks of all, in turn."""
    looks = [ItemLook(job.items, 0, bins_for(job, 0)) for job in jobs]
    parts = [look.blocks[:BLOCKS] for look in looks]
    voxels = [sum(math.prod(cut.stop - cut.start for cut in region) for region in blocks) for blocks in parts]
    least = [math.inf] * len(jobs)
    for _ in range(LOOKS):
        for at, (look, blocks) in enumerate(zip(looks, parts, strict=True)):
            begin = time.process_time()
            for region in blocks:
                look.take(region)
            least[at] = min(least[at], time.process_time() - begin)
    return [1e9 * seconds / count for seconds, count in zip(least, voxels, strict=True)]


def _planned(job: Job, memory: int) -> tuple[float, Plan]:
    begin = time.process_time()
    needs, halo = setup.Needs(job, job.recipe), setup.halo_of(job, 0, job.recipe)
    plan = setup.plan_for(needs, halo, len(job), setup.own_space(memory).bytes)
    return time.process_time() - begin, plan


def _largest(plan: Plan) -> tuple[int, ...]:
    return tuple(one.boxes[one.largest] for one in plan.cuts)


def _step_ns(boxes: Iterable[tuple[int, ...]], psf: nd.PSF) -> dict[tuple[int, ...], float]:
    """Return the time of an iteration per voxel of tiles' boxes, without halos: the least of some rounds over all."""
    with ExitStack() as opened:
        lives = {box: opened.enter_context(_iteration(box, psf)) for box in boxes}
        least = dict.fromkeys(lives, math.inf)
        for _ in range(ROUNDS):
            for box, live in lives.items():
                begin = time.process_time()
                live.step()
                seconds = time.process_time() - begin
                least[box] = min(least[box], 1e9 * seconds / math.prod(live.blur.frame))
    return least


@contextmanager
def _iteration(box: tuple[int, ...], psf: nd.PSF) -> Iterator[RichardsonLucy]:
    image = np.random.default_rng(0).poisson(100, box).astype(np.uint16)
    recipe = nd.Recipe(iterations=3, background=0.0, boundary="periodic", gain=1.0, read_noise=0.0, offset=0.0)
    live = richardson_lucy(prepare(image, psf, recipe.replace(defects="keep", target_fwhm=0.0)), 0)
    with closing(live.blur):
        yield live


def halos() -> None:
    optics = {"numerical_aperture": 1.2, "emission_um": 0.52}
    wide = nd.psf.microscope("widefield", spacing=(0.3, 0.1, 0.1), shape=(31, 63, 63), **optics)
    scenes: dict[str, tuple[nd.PSF, tuple[int, ...], list[tuple[float, float]]]] = {
        "gaussian 3D": (nd.psf.gaussian(4.0, shape=(21, 21, 21)), (24, 128, 128), [(c, 0.0) for c in (2, 3, 4, 5)]),
        "wide field": (wide, (31, 192, 192), [(0.0, t) for t in (1.0, 1.5, 2.0, 2.5)]),
    }
    # As much as the halo says, and no more for the sake of the transform.
    AxisCut._outer = lambda self, cut: slice(max(0, cut.start - self.halo), min(self.length, cut.stop + self.halo))  # type: ignore[method-assign]
    for name, (psf, shape, cases) in scenes.items():
        print(f"{name}: difference / at seams, by (widths, tails) {cases}")
        for acceleration, counts in (("nesterov", (10, 30, 60)), (None, (30, 100))):
            for count in counts:
                row = [_difference(psf, shape, acceleration, count, case) for case in cases]
                print(f"{acceleration or 'none':9}{count:4} ", "  ".join(row), flush=True)


def _difference(psf: nd.PSF, shape: Any, acceleration: str | None, count: int, case: tuple[float, float]) -> str:
    random = np.random.default_rng(0)
    sharp = np.zeros(shape, np.float32)
    sharp[tuple(random.integers(0, length, sharp.size // 900) for length in shape)] = 1
    blurred = nd.convolve(ndimage.gaussian_filter(sharp, 4), psf)
    image = random.poisson(blurred * 1000 / np.percentile(blurred, 99) + 5).astype(np.uint16)
    known = {"background": 5.0, "offset": 0.0, "read_noise": 0.0, "gain": 1.0, "target_fwhm": 0.0, "defects": "keep"}
    job = prepare(image, psf, nd.Recipe(iterations=count, acceleration=acceleration, **known))
    whole = nd.finish(TiledRun(job, tile=shape).work()).estimate
    widths, tails = case
    halo = tuple(int(np.ceil(max(widths * width, tails * tail))) for width, tail in map(_along, _marginals(job, 0)))
    lengths = (shape[0], shape[1] // 2, shape[2] // 2)
    setup.cut_for = lambda job, decided, space, tile: _made(  # type: ignore[assignment]
        setup.Needs(job, decided[0].recipe),
        tuple(setup.Needs(job, decided[0].recipe).cut(axis, own, halo[axis]) for axis, own in enumerate(lengths)),
        halo,
        1,
    )
    try:
        tiled = nd.finish(TiledRun(job).work()).estimate
    finally:
        setup.cut_for = CUT_FOR
    near = np.zeros(shape, bool)
    near[:, lengths[1] - 3 : lengths[1] + 3], near[..., lengths[2] - 3 : lengths[2] + 3] = True, True
    every, seam = (np.linalg.norm((tiled - whole)[part]) / np.linalg.norm(whole[part]) for part in (..., near))
    return f"{every:.1e}/{seam:.1e}"


CUT_FOR = setup.cut_for

if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["survey"]
    if name == "stack":
        given = [float(rest[0])] if rest else []
        stack(*given, *rest[1:2], *map(int, rest[2:4]))
    elif name == "killed":
        from large_killed import killed

        killed(float(rest[0] if rest else 1), *rest[1:2], *map(int, rest[2:3]))
    else:
        {"survey": lambda: survey(*rest[:1], *map(int, rest[1:2])), "halos": halos}[name]()
