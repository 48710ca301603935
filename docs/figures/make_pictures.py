"""Make the pictures of README and docs, in a real napari, by pressing the buttons that a reader presses.

    python docs/figures/make_pictures.py [NAME ...]

writes docs/pictures/*.png, all of them or only those named. Without a display it works under Xvfb.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import make_cameras_pictures
import make_choosing_pictures
import make_psf_pictures
import make_simulate_pictures

FOLDER = Path(__file__).resolve().parents[1] / "pictures"


def window(target: Path) -> None:
    """The whole window after the demo's run: for the README."""
    from napari_deconvolve._napari.demo import picture

    picture(target)


def sample(target: Path) -> None:
    """The sample, as it is when it has been opened."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    demo.settle()
    demo.shoot(viewer, target)
    viewer.close()


def psf(target: Path) -> None:
    """The dock "PSF" with a Gaussian of the sample's widths."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    docks = demo.add_docks(viewer, ("PSF",))
    demo.enter_psf(docks["PSF"])
    as_window(docks["PSF"])
    wait_for_psf(docks["PSF"])
    shoot_dock(docks["PSF"], target)
    viewer.close()


def microscope(target: Path) -> None:
    """The dock "PSF" with a microscope: a confocal with an oil lens."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    dock = demo.add_docks(viewer, ("PSF",))["PSF"]
    demo.control(dock, "image").setCurrentText("simulated cell")
    source = demo.control(dock, "source")
    source.setCurrentIndex(source.findData("microscope"))
    modality = demo.control(dock, "modality")
    modality.setCurrentIndex(modality.findData("confocal"))
    for name, value in (("numerical_aperture", 1.2), ("emission_um", 0.58), ("excitation_um", 0.561)):
        demo.control(dock, name).setValue(value)
    as_window(dock)
    wait_for_psf(dock)
    shoot_dock(dock, target)
    viewer.close()


def ready(target: Path) -> None:
    """The dock "Deconvolve" before the run."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    docks = demo.add_docks(viewer, ("Deconvolve",))
    viewer.window.resize(1400, 900)
    demo.settle(1.0)
    shoot_dock(docks["Deconvolve"], target)
    viewer.close()


def chosen(target: Path) -> None:
    """The score by which the number of iterations was found, after the run."""
    from napari_deconvolve._napari import demo
    from napari_deconvolve._napari.docks.deconvolve.plots import SCORE

    viewer = demo.open_viewer()
    dock = demo.add_docks(viewer, ("Deconvolve",))["Deconvolve"]
    demo.run_to_end(viewer, dock)
    demo.control(dock, "plot").setCurrentText(SCORE)
    viewer.window.resize(1400, 960)
    demo.settle(1.0)
    shoot_dock(dock, target)
    viewer.close()


def done(target: Path) -> None:
    """The result of the chosen number of iterations and 10 more."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    dock = demo.add_docks(viewer, ("Deconvolve",))["Deconvolve"]
    before = demo.run_to_end(viewer, dock).name
    demo.control(dock, "continue").click()
    demo.wait_until(lambda: demo.result_layer(viewer).name != before and demo.control(dock, "run").isEnabled())
    demo.shoot(viewer, target)
    viewer.close()


def region(target: Path) -> None:
    """A rectangle, deconvolved by itself."""
    import numpy as np

    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer()
    dock = demo.add_docks(viewer, ("Deconvolve",))["Deconvolve"]
    image = viewer.layers["simulated cell"]
    corners = np.array([(2.5, 2.0), (2.5, 8.0), (8.0, 8.0), (8.0, 2.0)])
    viewer.add_shapes(
        [corners],
        units=image.units[-2:],
        name="Region",
        face_color="transparent",
        edge_color="#e69f00",
        edge_width=0.08,
    )
    demo.control(dock, "region").setCurrentText("rectangle")
    demo.settle()
    demo.run_to_end(viewer, dock)
    viewer.layers.move(viewer.layers.index(viewer.layers["Region"]), len(viewer.layers))
    demo.shoot(viewer, target)
    viewer.close()


def simulate(target: Path) -> None:
    """The dock "Blur and noise" after the classroom's loop."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer("chart")
    dock = demo.add_docks(viewer, ("Blur and noise",))["Blur and noise"]
    demo.control(dock, "image").setCurrentText("simulated chart · truth")
    demo.control(dock, "photons").setValue(200)
    demo.control(dock, "background").setValue(10)
    viewer.window.resize(1400, 830)
    demo.press_run(dock)
    demo.wait_until(lambda: demo.control(dock, "run").isEnabled())
    demo.control(dock, "deconvolve").click()
    _, other = viewer.window.add_plugin_dock_widget("napari-deconvolve", "Deconvolve")
    demo.run_to_end(viewer, other)
    demo.wait_until(lambda: "RL" in demo.control(dock, "errors").text())
    shown = dock.parent()
    shown.raise_()
    demo.settle(1.0)
    shoot_dock(dock, target)
    viewer.close()


def spectrum(target: Path) -> None:
    """The dock "Spectrum" with the sample of a gap, at the bottom of the window."""
    from napari_deconvolve._napari import demo

    viewer = demo.open_viewer("spectra")
    viewer.layers.clear()
    viewer.open_sample(demo.PLUGIN, "gap_spectrum")
    dock = demo.add_docks(viewer, ("Spectrum",))["Spectrum"]
    for name, text in (("layer", "gap spectrum"), ("kernel", "layer"), ("kernel_layer", "PSF of gap spectrum")):
        demo.control(dock, name).setCurrentText(text)
    demo.control(dock, "run").click()
    demo.wait_until(lambda: demo.control(dock, "state").text().startswith("Done"))
    viewer.window.resize(1366, 800)
    demo.settle(1.5)
    shoot_dock(dock, target)
    viewer.close()


def wait_for_psf(dock: Any) -> None:
    """Wait until the dock "PSF" shows what its fields ask for, and what the doctor says of it."""
    from qtpy.QtWidgets import QLabel

    from napari_deconvolve._napari import demo

    def calm() -> bool:
        return not any(label.text().startswith(("Calculating", "Examining")) for label in dock.findChildren(QLabel))

    for _ in range(2):  # the doctor is asked only when the PSF is there
        demo.settle(1.0)
        demo.wait_until(calm)
    demo.settle(1.0)


def as_window(dock: Any) -> None:
    """Take the dock "PSF" out of napari's window, as it opens."""
    from napari_deconvolve._napari import demo
    from napari_deconvolve._napari.docks.psf.floating import float_over
    from napari_deconvolve._napari.kit.tabs import framed

    outer = framed(dock)
    if outer is not None:
        float_over(outer)
    demo.settle()


def shoot_dock(dock: Any, target: Path) -> None:
    """Write a picture of a dock alone."""
    if not dock.window().grab().copy(_place(dock)).save(str(target), "PNG"):
        raise OSError(f"{target} could not be written")


def _place(dock: Any) -> Any:
    from qtpy.QtCore import QPoint, QRect

    return QRect(dock.mapTo(dock.window(), QPoint(0, 0)), dock.size())


PICTURES: dict[str, Callable[[Path], None]] = {
    "window": window,
    "tutorial_sample": sample,
    "tutorial_psf": psf,
    "psf_dock": microscope,
    "tutorial_ready": ready,
    "tutorial_chosen": chosen,
    "tutorial_done": done,
    "tutorial_region": region,
    "spectrum_dock": spectrum,
    "simulate_dock": simulate,
    **make_psf_pictures.PICTURES,
    **make_choosing_pictures.PICTURES,
    **make_simulate_pictures.PICTURES,
    **make_cameras_pictures.PICTURES,
}


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NAPARI_CONFIG"] = str(Path(folder) / "settings.yaml")
        from napari_deconvolve._napari.kit.display import display

        with display():
            for name in names or PICTURES:
                target = FOLDER / f"{name}.png"
                PICTURES[name](target)
                print(target.relative_to(FOLDER.parents[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
