"""Take pictures of every dock before, while and after it runs, and with a warning: to be looked at.

    python tools/screenshots.py FOLDER [--docks Deconvolve ...] [--sizes 1366x768 1600x1000] [--themes dark light]
                                       [--widths 280 330]

The whole window is drawn on a screen of its size (started by itself where there is none), so floating docks are in the
picture. Names are DOCK_STATE_SIZE_THEME_WIDTH.png. A sentence is printed where the window is larger than its screen, or
where Run, Save or the sentence of the result cannot be seen without scrolling. With QT_SCALE_FACTOR=1.5 all is larger,
on a screen of the same size.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SIZES, THEMES, WIDTHS = ("1366x768", "1600x1000"), ("dark", "light"), (280, 330)
IN_SIGHT = ("run", "save", "status")  # controls that are always to be seen
SHAPE = (12, 96, 96)
SPACING = (0.3, 0.1, 0.1)


@dataclass
class Stage:
    """A napari window with one dock."""

    viewer: Any
    dock: Any
    window_dock: Any

    def __getitem__(self, name: str) -> Any:
        from napari_deconvolve._napari.demo import control

        return control(self.dock, name)

    def press(self, name: str = "run") -> None:
        """Press a button."""
        self[name].click()

    def ended(self) -> bool:
        """Return whether nothing runs: what stops a run is out of sight."""
        _settle(0.1)
        return not self["stop"].isVisible()


State = Callable[[Stage], None]


def deconvolve() -> Iterator[tuple[str, State]]:
    """Yield the states of the dock Deconvolve."""
    yield "before", _with_image
    yield "running", lambda stage: _run(stage, to_end=False)
    yield "after", lambda stage: _wait(stage.ended)
    yield "warning", _without_pixel_size


def compare() -> Iterator[tuple[str, State]]:
    """Yield the states of the dock Compare iterations."""
    yield "before", _with_image
    yield "running", lambda stage: _run(stage, to_end=False)
    yield "after", lambda stage: _wait(stage.ended)


def psf() -> Iterator[tuple[str, State]]:
    """Yield the states of the PSF editor."""
    yield "before", _with_image
    yield "warning", _too_wide_aperture


def spectrum() -> Iterator[tuple[str, State]]:
    """Yield the states of the dock Spectrum."""
    yield "before", lambda stage: stage.viewer.open_sample("napari-deconvolve", "gap_spectrum")
    yield "after", lambda stage: _run(stage, to_end=True)


def simulate() -> Iterator[tuple[str, State]]:
    """Yield the states of the dock Blur and noise."""
    yield "before", _with_image
    yield "after", lambda stage: _run(stage, to_end=True)


def batch() -> Iterator[tuple[str, State]]:
    """Yield the states of the dock Batch."""
    yield "before", _with_files
    yield "running", lambda stage: _run(stage, to_end=False)
    yield "after", lambda stage: _wait(stage.ended)


DOCKS: dict[str, Callable[[], Iterator[tuple[str, State]]]] = {
    "Deconvolve": deconvolve,
    "Compare iterations": compare,
    "PSF": psf,
    "Spectrum": spectrum,
    "Blur and noise": simulate,
    "Batch": batch,
}


def _with_image(stage: Stage) -> None:
    import napari_deconvolve as nd
    from napari_deconvolve._napari.layers.psf_layers import psf_layer_data

    point = nd.psf.gaussian((0.9, 0.3, 0.3), SPACING)
    stage.viewer.add_image(_counts(), name="cells", scale=SPACING, units=("um",) * 3, axis_labels=("z", "y", "x"))
    data, keywords, _ = psf_layer_data(point, "PSF")
    stage.viewer.add_image(data, **keywords, visible=False)


def _counts(seed: int = 0) -> np.ndarray:
    import napari_deconvolve as nd

    draw = np.random.default_rng(seed)
    truth = np.zeros(SHAPE, np.float32)
    for _ in range(60):
        truth[tuple(draw.integers(2, size - 2) for size in SHAPE)] = draw.uniform(2e3, 1e4)
    return draw.poisson(nd.convolve(truth, nd.psf.gaussian((3.0, 3.0, 3.0))) + 20).astype(np.uint16)


def _without_pixel_size(stage: Stage) -> None:
    stage.viewer.layers.clear()
    _with_image(stage)
    layer = stage.viewer.layers["cells"]
    layer.scale, layer.units = (1.0,) * 3, ("pixel",) * 3


def _too_wide_aperture(stage: Stage) -> None:
    """Make a PSF of a microscope whose aperture its sample does not let in."""
    stage["source"].setCurrentIndex(stage["source"].findData("microscope"))
    stage["numerical_aperture"].setValue(1.49)
    _settle(2.0)


def _with_files(stage: Stage) -> None:
    import napari_deconvolve as nd
    from napari_deconvolve import io

    folder = Path(tempfile.mkdtemp())
    for number in range(3):
        io.write_image(folder / f"cells{number}.ome.tif", _counts(number), spacing=SPACING, units="um")
    (folder / "damaged.tif").write_bytes(b"no image")
    _drop(stage.dock, sorted(folder.iterdir()))
    stage["recipe"].setCurrentText("All automatic")
    stage["psf"].setCurrentText("From files…")
    nd.psf.save(nd.psf.gaussian((0.9, 0.3, 0.3), SPACING), folder / "psf.tif")
    stage["psf_file"].setText(str(folder / "psf.tif"))
    _wait(lambda: stage["run"].isEnabled() and "checking" not in stage["cost"].text())


def _drop(widget: Any, files: Sequence[Path]) -> None:
    """Drop files on a widget, as from a file manager."""
    from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
    from qtpy.QtGui import QDropEvent

    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(one)) for one in files])
    left = Qt.MouseButton.LeftButton
    widget.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, Qt.KeyboardModifier.NoModifier))


def _run(stage: Stage, *, to_end: bool) -> None:
    stage.press()
    if to_end:
        _wait(stage.ended)
    else:
        _settle(1.5)


def _wait(condition: Callable[[], bool]) -> None:
    from napari_deconvolve._napari.demo import wait_until

    wait_until(condition)


def _settle(seconds: float = 0.4) -> None:
    from napari_deconvolve._napari.demo import settle

    settle(seconds)


def take(name: str, size: str, theme: str, width: int, folder: Path) -> None:
    """Take the pictures of all states of one dock in one window."""
    import napari
    from qtpy.QtCore import Qt

    viewer = napari.Viewer(show_welcome_screen=False)
    viewer.theme = theme
    window = viewer.window._qt_window
    window.setGeometry(0, 0, *_room(size))
    window_dock, dock = viewer.window.add_plugin_dock_widget("napari-deconvolve", name)
    stage = Stage(viewer, dock, window_dock)
    for state, reach in DOCKS[name]():
        target = folder / f"{name.replace(' ', '_').lower()}_{state}_{size}_{theme}_{width}.png"
        try:
            reach(stage)
            window.resizeDocks([window_dock], [width], Qt.Orientation.Horizontal)
            _screen_at_rest(after=0.4 if state == "running" else 4.0).save(str(target))
            for problem in _problems(stage, size):
                print(f"{target.name}: {problem}")
        except Exception as error:
            print(f"{target.name}: {type(error).__name__}: {error}")
    viewer.close()


def _room(size: str) -> tuple[int, int]:
    """Return how much of a screen's size there is for windows, which QT_SCALE_FACTOR enlarges."""
    from qtpy.QtWidgets import QApplication

    width, height = size.split("x")
    ratio = QApplication.primaryScreen().devicePixelRatio()
    return int(int(width) / ratio), int(int(height) / ratio)


def _screen_at_rest(after: float) -> Any:
    """Return a picture of the screen once two in a row are alike, or after some seconds."""
    from qtpy.QtWidgets import QApplication

    end, before, now = time.monotonic() + after, None, None
    while now is None or (before != now and time.monotonic() < end):
        _settle()
        before, now = now, QApplication.primaryScreen().grabWindow(0).toImage()
    return now


def _problems(stage: Stage, size: str) -> Iterator[str]:
    window = stage.viewer.window._qt_window
    width, height = _room(size)
    if window.width() > width or window.height() > height:
        yield f"the window has grown to {window.width()} x {window.height()}"
    for name in IN_SIGHT:
        found = _child(stage, name)
        if found is not None and found.isVisibleTo(stage.dock) and found.visibleRegion().isEmpty():
            yield f"{name} cannot be seen without scrolling"


def _child(stage: Stage, name: str) -> Any:
    from qtpy.QtWidgets import QWidget

    return stage.dock.findChild(QWidget, name)


def main() -> None:
    """Take all pictures; each size has a screen and a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docks", nargs="+", choices=tuple(DOCKS), default=tuple(DOCKS))
    parser.add_argument("--sizes", nargs="+", default=SIZES)
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=THEMES)
    parser.add_argument("--widths", nargs="+", type=int, default=WIDTHS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.here:
        take(given.docks[0], given.sizes[0], given.themes[0], given.widths[0], given.folder)
        return
    for name, size, theme, width in itertools.product(given.docks, given.sizes, given.themes, given.widths):
        again = ("--docks", name, "--sizes", size, "--themes", theme, "--widths", str(width), "--here")
        screen = ("xvfb-run", "--auto-servernum", f"--server-args=-screen 0 {size}x24")
        environment = {**os.environ, "XDG_CONFIG_HOME": tempfile.mkdtemp()}  # no settings of whoever runs this
        subprocess.run([*screen, sys.executable, __file__, str(given.folder), *again], env=environment, check=False)


if __name__ == "__main__":
    main()
