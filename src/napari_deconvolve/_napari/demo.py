"""The demo: napari with a simulated cell, its PSF and the docks, and a deconvolution by pressing Run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.kit.display import display
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.phantoms import CELL_FWHM

PLUGIN = "napari-deconvolve"
PICTURE = "demo.png"
WINDOW_SIZE = (1720, 1000)
DOCK_WIDTHS = (300, 340)
RUN_PATIENCE_SECONDS = 300  # seconds for a run that takes one or two on a small machine


def main() -> None:
    """Show the demo; without a display, write `demo.png` in the working folder and return."""
    with display() as virtual:
        if virtual:
            target = Path(PICTURE).resolve()
            picture(target)
            print(f"No display: the window is in {target}")
        else:
            show()


def show() -> None:
    """Open the window, press Run when it is on the screen, and stay until it is closed."""
    import napari
    from qtpy.QtCore import QTimer

    viewer = open_viewer()
    docks = add_docks(viewer)
    enter_psf(docks["PSF"])
    finished = QTimer()
    finished.setInterval(100)

    def look() -> None:
        """Put input and result side by side once there is one."""
        if result_layer(viewer) is not None:
            finished.stop()
            side_by_side(viewer)

    finished.timeout.connect(look)
    finished.start()
    QTimer.singleShot(500, lambda: press_run(docks["Deconvolve"]))
    napari.run()


def picture(target: Path) -> None:
    """Do the same unseen, and write a picture of the window when the run is done."""
    viewer = open_viewer()
    docks = add_docks(viewer)
    enter_psf(docks["PSF"])
    try:
        run_to_end(viewer, docks["Deconvolve"])
        side_by_side(viewer)
        shoot(viewer, target)
    finally:
        viewer.close()
        close_all()


def close_all() -> None:
    """Close what else stands on the screen, such as the PSF editor, before the screen itself goes."""
    from qtpy.QtCore import QCoreApplication, QEvent
    from qtpy.QtWidgets import QApplication

    QApplication.closeAllWindows()
    settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def open_viewer(sample: str = "cell", theme: str = "dark") -> Any:
    """Open a viewer of a good size with one of the samples."""
    import napari

    viewer = napari.Viewer(title="napari-deconvolve")
    viewer.theme = theme
    viewer.window.resize(*WINDOW_SIZE)
    viewer.open_sample(PLUGIN, sample)
    viewer.layers.selection = {viewer.layers[f"simulated {sample}"]}
    return viewer


def add_docks(viewer: Any, names: tuple[str, ...] = ("PSF", "Deconvolve")) -> dict[str, Any]:
    """Add docks by the names that the plugin's menu shows, side by side."""
    from qtpy.QtCore import Qt

    added = [viewer.window.add_plugin_dock_widget(PLUGIN, name) for name in names]
    docks = [dock for dock, _ in added]
    settle(0.1)
    for dock in docks:
        dock.setFloating(False)  # as some do by themselves
    window = docks[0].parent()
    for first, second in pairwise(docks):
        window.splitDockWidget(first, second, Qt.Orientation.Horizontal)
    settle()
    window.resizeDocks(docks, list(DOCK_WIDTHS[-len(docks) :]), Qt.Orientation.Horizontal)
    settle()
    viewer.reset_view()
    return {name: widget for name, (_, widget) in zip(names, added, strict=True)}


def enter_psf(dock: Any, image: str = "simulated cell", widths: Sequence[float] = CELL_FWHM) -> None:
    """Choose the image, and enter the PSF's full widths at half maximum along z, y and x, in um."""
    source = control(dock, "source")
    source.setCurrentIndex(source.findData("gaussian"))
    control(dock, "image").setCurrentText(image)
    for axis, width in zip("zyx", widths, strict=True):
        control(dock, f"fwhm_{axis}").setValue(width)


def control(dock: Any, name: str) -> Any:
    """Find a control of a dock by the name of its parameter."""
    from qtpy.QtWidgets import QWidget

    found = dock.findChild(QWidget, name)
    if found is None:
        raise DeconvolutionError(f"The dock has no control named {name!r}; the demo and the dock do not fit together.")
    return found


def press_run(dock: Any) -> None:
    """Press Run; raise `DeconvolutionError` when the dock does not allow it, with the dock's reason."""
    button = control(dock, "run")
    if not button.isEnabled():
        raise DeconvolutionError(f"The demo cannot run: {button.toolTip()}")
    button.click()


def run_to_end(viewer: Any, dock: Any) -> Any:
    """Press Run, and give the result's layer when it is done."""
    press_run(dock)
    wait_until(lambda: result_layer(viewer) is not None and control(dock, "run").isEnabled())
    return result_layer(viewer)


def result_layer(viewer: Any) -> Any:
    """Return the newest layer that holds the recipe of a finished run; None while there is none."""
    finished = [layer for layer in viewer.layers if "recipe" in layer.metadata.get("napari_deconvolve", {})]
    return finished[-1] if finished else None


def side_by_side(viewer: Any) -> None:
    """Show the input beside the result, and below them the truth and the PSF, each with its name, in linked views."""
    result = result_layer(viewer)
    source = viewer.layers[result.metadata["napari_deconvolve"]["image"]]
    others = [layer for layer in viewer.layers if layer not in (source, result)]
    for index, layer in enumerate((source, result, *others)):
        viewer.layers.move(viewer.layers.index(layer), index)
        layer.visible = layer.name_overlay.visible = True
    viewer.canvas.grid.shape = (2, 2)
    viewer.canvas.grid.stride = 1
    viewer.canvas.grid.enabled = True
    settle()
    viewer.reset_view()


def settle(seconds: float = 0.3) -> None:
    """Let the window work off what is waiting."""
    from qtpy.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def wait_until(condition: Callable[[], bool], patience: float = RUN_PATIENCE_SECONDS) -> None:
    """Let the window work until a condition holds; raise `DeconvolutionError` when it takes too long."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise DeconvolutionError(f"The run did not end within {patience:g} s.")
        settle(0.05)


def shoot(viewer: Any, target: Path) -> None:
    """Write a picture of the whole window, as PNG."""
    from imageio.v3 import imwrite

    from napari_deconvolve.formats.atomic import replacing

    settle()
    pixels = viewer.screenshot(canvas_only=False, flash=False)
    with replacing(target) as unfinished:
        imwrite(unfinished, pixels[..., :3], extension=".png")
