"""Two hundred runs in one viewer leave nothing behind: no thread, callback or descriptor, and no memory of ours.

The window of napari keeps something of each worker there ever was; so its own part is measured beside a run. What the
process takes of the system says little of either before caches and arenas are full, hence many times of both, and what
is in use is counted exactly.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Dock, add_image, add_psf, cells
from napari.qt.threading import create_worker
from napari.utils import progress
from qtpy.QtCore import QObject, QThreadPool

import napari_deconvolve as nd

RUNS, WARM = 200, 50  # and before: until caches are full, of napari, Qt, fonts and transforms
SIZE = (100, 120)  # a run that is kept takes more than 100 kB
SPARE = {"bytes": 1536, "blocks": 10, "resident": 6 << 10}  # of each run: how far measurements differ, and more
REMEMBERED = {"_Drive"}  # by napari's window, which keeps what its workers were made of


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> list[str]:
    return sorted(one.name for one in threading.enumerate() if "Dummy" not in one.name)


class Given(ctypes.Structure):
    """What malloc has given out: `struct mallinfo2`."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "mapped", "usmblks", "fsmblks", "used", "free", "top")
    )


def memory() -> dict[str, int]:
    """Return what is in use: bytes of malloc, blocks of Python's own allocator, and bytes of the process.

    The first two are exact. The last has all else in it, and what is free but lies between what is in use.
    """
    library = ctypes.CDLL(None)
    library.malloc_trim(0)
    library.mallinfo2.restype = Given
    given = library.mallinfo2()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "bytes": given.used + given.mapped,
        "blocks": sys.getallocatedblocks(),
        "resident": pages * os.sysconf("SC_PAGE_SIZE"),
    }


def callbacks(viewer: Any) -> int:
    """Count who hears of the viewer and of its layers."""
    groups = [viewer.events, viewer.dims.events, viewer.layers.events, viewer.layers.selection.events,
              viewer.scene.camera.events, viewer.cursor.events, viewer.canvas.events]  # fmt: skip
    groups += [layer.events for layer in viewer.layers]
    return sum(len(one.callbacks) for group in groups for one in (group, *group.emitters.values()))


def objects(viewer: Any) -> int:
    """Count Qt's objects under the window."""
    return len(viewer.window._qt_window.findChildren(QObject))


def counted(viewer: Any, qtbot: Any) -> dict[str, Any]:
    qtbot.wait(500)  # what is to be deleted goes, and what waits for a moment has had it
    QThreadPool.globalInstance().waitForDone(5000)
    gc.collect()
    return {
        "threads": threads(),
        "callbacks": callbacks(viewer),
        "descriptors": descriptors(),
        "layers": [layer.name for layer in viewer.layers],
        "objects": objects(viewer),
        **Counter(type(one).__name__ for one in gc.get_objects() if _is_ours(one)),
    }


def _is_ours(one: object) -> bool:
    kind = type(one)
    return str(kind.__module__).startswith("napari_deconvolve") and kind.__name__ not in REMEMBERED


def grown(viewer: Any, qtbot: Any, once: Callable[[], None]) -> tuple[dict[str, float], dict[str, Any], dict[str, Any]]:
    """Do something again and again; return how much more memory each time takes, and what was counted around them."""
    for _ in range(WARM):
        once()
    before = counted(viewer, qtbot)
    size, times = memory(), RUNS - WARM
    gc.freeze()  # napari collects garbage whenever a layer goes: not all of the window each time
    for _ in range(times):
        once()
    gc.unfreeze()
    after = counted(viewer, qtbot)
    return {name: (now - size[name]) / times for name, now in memory().items()}, before, after


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only glibc tells what is in use")
@pytest.mark.usefixtures("unused_viewer")
def test_two_hundred_runs_leave_nothing(viewer, qtbot):
    image, psf = cells(SIZE), nd.psf.gaussian((0.3, 0.3), 0.1)
    add_image(viewer, image)
    add_psf(viewer, psf)
    made = viewer.layers["cells"]

    def steps() -> Iterator[None]:
        yield

    def of_napari() -> None:
        """Start a worker, show a bar, add a layer, give it other samples, take it away: what a run asks of napari."""
        bar = progress(total=2, desc="cells")
        bar.update()
        worker = create_worker(steps, _start_thread=False)
        with qtbot.waitSignal(worker.finished):
            worker.start()
        bar.close()
        layer = viewer.add_image(image + 1, name="result", metadata={"recipe": {}}, scale=made.scale, units=made.units)
        layer.data = image + 2
        viewer.layers.selection = {layer}
        viewer.layers.remove(layer)

    own, _, _ = grown(viewer, qtbot, of_napari)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(2)

    def run() -> None:
        dock.click("run")
        dock.wait(lambda: not dock.widget._runs.busy)
        viewer.layers.remove("cells · RL 2")

    each, before, after = grown(viewer, qtbot, run)
    assert after["descriptors"] <= before.pop("descriptors")  # what tests before left is closed in between
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    print(f"each run takes {each}, napari alone {own}")
    assert {name: (each[name], own[name]) for name in each if each[name] > own[name] + SPARE[name]} == {}
