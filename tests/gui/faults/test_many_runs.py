"""Two hundred runs in one viewer leave nothing behind: no thread, callback or descriptor, and no memory of ours."""

from __future__ import annotations

import gc
import os
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

RUNS, WARM = 200, 15  # and before: until caches are full, of napari, Qt, fonts and transforms
OF_NAPARI = 40  # times that its own part is done, to see how much memory that takes
SIZE = (100, 120)  # a run that is kept takes more than 100 kB
SPARE = 48 << 10  # bytes of each run by which the process may grow more, as memory goes in pages and arenas
REMEMBERED = {"_Drive"}  # by napari's window, which keeps what its workers were made of


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> list[str]:
    return sorted(one.name for one in threading.enumerate() if "Dummy" not in one.name)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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


def grown(
    viewer: Any, qtbot: Any, once: Callable[[], None], times: int
) -> tuple[float, dict[str, Any], dict[str, Any]]:
    """Do something again and again; return by how many bytes each time takes more, and what was counted around them."""
    for _ in range(WARM):
        once()
    before, size = counted(viewer, qtbot), resident()
    gc.freeze()  # napari collects garbage whenever a layer goes: not all of the window each time
    for _ in range(times):
        once()
    gc.unfreeze()
    after = counted(viewer, qtbot)
    return (resident() - size) / times, before, after


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

    own, _, _ = grown(viewer, qtbot, of_napari, OF_NAPARI)
    dock = Dock(viewer, qtbot)
    dock["iterations"].setValue(2)

    def run() -> None:
        dock.click("run")
        dock.wait(lambda: not dock.widget._runs.busy)
        viewer.layers.remove("cells · RL 2")

    each, before, after = grown(viewer, qtbot, run, RUNS - WARM)
    assert after["descriptors"] <= before.pop("descriptors")  # what tests before left is closed in between
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
    assert each <= max(own, 0) + SPARE, f"{each:.0f} bytes for each run, and {own:.0f} by napari alone"
