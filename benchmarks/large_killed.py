"""A run in tiles that is killed while it reads, while it writes and before it marks, and resumed: bits, tiles, memory.

Started by ``python benchmarks/large.py killed [GiB] [memory] [iterations]``.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from large import PSF_SHAPE, make_stack, watched

import napari_deconvolve as nd
from napari_deconvolve.memory import as_bytes, size_text

MOMENTS = ("read", "write", "mark")
# The third tile is the one in flight. A read and a write are let go on for a moment, so that they are broken off.
CHILD = """
import os, signal, threading
from napari_deconvolve.run.tiles import keeper, tile

def kill(*given):
    os.kill(os.getpid(), signal.SIGKILL)

def dying(own, counts, then):
    seen = 0
    def stand_in(*given, **how):
        nonlocal seen
        seen += counts(*given)
        if seen == 3:
            then()
        return own(*given, **how)
    return stand_in

def soon():
    threading.Timer(PATIENCE, kill).start()

always = lambda *given: True
marks = lambda path, values: path.parent.name == keeper.DONE
if MOMENT == "read":
    tile.tile_part = dying(tile.tile_part, always, soon)
elif MOMENT == "write":
    keeper.OnDisk.keep = dying(keeper.OnDisk.keep, always, soon)
else:
    keeper.write_json = dying(keeper.write_json, marks, kill)
from napari_deconvolve.cli import main
main()
"""


def killed(gib: float = 1.0, memory: str = "500MB", iterations: int = 10) -> None:
    psf = nd.psf.gaussian(5.2, shape=PSF_SHAPE)
    with tempfile.TemporaryDirectory(prefix="large-") as name:
        folder = Path(name)
        size = make_stack(folder / "stack.zarr", psf, gib)
        nd.psf.save(psf, folder / "psf.ome.tif")
        print(f"{size_text(size)} of float32, PSF {PSF_SHAPE}, --memory {memory}, {iterations} iterations", flush=True)
        begin = time.perf_counter()
        peak, said = watched(_line("whole.ome.zarr", memory, iterations), folder)
        print(f"uninterrupted: {time.perf_counter() - begin:.0f} s, {_share(peak, memory)}")
        print(said, flush=True)
        for moment in MOMENTS:
            _one(folder, moment, memory, iterations)


def _line(output: str, memory: str, iterations: int) -> list[str]:
    line = ["run", "stack.zarr", "--psf", "psf.ome.tif", "-o", output, "--memory", memory, "--spacing", "1"]
    return [*line, "--iterations", str(iterations)]


def _one(folder: Path, moment: str, memory: str, iterations: int) -> None:
    line, out = _line("out.ome.zarr", memory, iterations), folder / "out.ome.zarr"
    settings = f"MOMENT, PATIENCE = {moment!r}, 0.05\n"
    first, _ = watched(line, folder, settings + CHILD)
    before = _marks(out)
    second, _ = watched([*line, "--resume"], folder)
    after = _marks(out)
    again = sum(after[name] != before[name] for name in before)
    done = f"{len(before)} of {len(after)} tiles were done, {again} of them done again"
    same = "the same bits" if _equal(folder / "whole.ome.zarr", out) else "OTHER BITS"
    print(f"killed in {moment}: {done}, {same}; {_share(max(first, second), memory)}", flush=True)
    shutil.rmtree(out)


def _marks(store: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in (store / ".job" / "done").glob("*.json")}


def _equal(first: Path, second: Path) -> bool:
    """Return whether all levels of two stores hold the same; a few rows are compared at a time."""
    import zarr

    levels = sorted(one.name for one in first.iterdir() if one.name.isdigit())
    return all(_same(*(zarr.open_array(path, path=level, mode="r") for path in (first, second))) for level in levels)


def _same(first: Any, second: Any) -> bool:
    step = 512
    cuts = ((slice(None), slice(y, y + step)) for y in range(0, first.shape[1], step))
    return first.shape == second.shape and all(np.array_equal(first[cut], second[cut]) for cut in cuts)


def _share(peak: int, memory: str) -> str:
    return f"peak of the process tree {size_text(peak)} ({peak / as_bytes(memory):.3f} of --memory)"
