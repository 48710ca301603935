"""A run in tiles that is killed while it reads, while it writes and before it marks, and resumed: bits, tiles, memory.

Started by ``python benchmarks/large.py killed [GiB] [memory] [iterations]``.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from large import MAIN, PSF_SHAPE, make_stack, watched

import napari_deconvolve as nd
from napari_deconvolve.memory import as_bytes, size_text

MOMENTS = ("read", "write", "mark")
# A process's second tile is the one in flight. A read and a write go on for a moment, so that they are broken off.
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
        if seen == 2:
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
        peak, said = _timed(folder, _line("whole.ome.zarr", memory, iterations))
        print(f"uninterrupted: {_share(peak, memory)}\n{said}", flush=True)
        _interrupted(folder, _line("out.ome.zarr", memory, iterations), memory)


def _line(output: str, memory: str, iterations: int) -> list[str]:
    line = ["run", "stack.zarr", "--psf", "psf.ome.tif", "-o", output, "--memory", memory, "--spacing", "1"]
    return [*line, "--iterations", str(iterations)]


def _timed(folder: Path, line: list[str], main: str = MAIN) -> tuple[int, str]:
    begin = time.perf_counter()
    peak, said = watched(line, folder, main)
    print(f"{time.perf_counter() - begin:.0f} s", flush=True)
    return peak, said


def _interrupted(folder: Path, line: list[str], memory: str) -> None:
    """Kill one run at each moment, resumed after the last one, and let it end; print which tiles are done again."""
    out = folder / "out.ome.zarr"
    marks: dict[str, int] = {}
    peaks = []
    for moment in (*MOMENTS, None):
        main = MAIN if moment is None else f"MOMENT, PATIENCE = {moment!r}, 0.05\n" + CHILD
        peak, said = _timed(folder, [*line, "--resume"] if out.exists() else line, main)
        before, marks = marks, _marks(out)
        again = sum(marks.get(name) != before[name] for name in before)
        ended = said if moment is None else f"killed in {moment}"
        print(f"{ended}: {len(before)} tiles were done, {again} of them done again, now {len(marks)}", flush=True)
        peaks.append(peak)
    same = "the same bits" if _equal(folder / "whole.ome.zarr", out) else "OTHER BITS"
    print(f"{same} as uninterrupted; {_share(max(peaks), memory)}", flush=True)


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
