"""What the docks say about PSFs, and which PSF is chosen for which image."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from conftest import SPACING, Dock, add_image, add_psf, cells, spoiled
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.kit.theme import palette
from napari_deconvolve._napari.layers import announced
from napari_deconvolve._napari.layers import psf_prepared as deconvolve_prepared
from napari_deconvolve._napari.layers.psf_validation import Subject

# ---- the line under the PSF of the dock "Deconvolve"


def tif_like(viewer, data, name="PSF.tif", scale=SPACING, unit="um"):
    """Add samples as a file gives them: no PSF of this package."""
    return viewer.add_image(data, name=name, scale=scale[-data.ndim :], units=(unit,) * data.ndim)


def ready(viewer, qtbot):
    dock = Dock(viewer, qtbot)
    settle(dock)
    return dock


def settle(dock):
    dock.wait(lambda: not dock.widget.form.health.busy)


def line(dock):
    settle(dock)
    return dock["psf_health"].text()


def can_be_fixed(dock):
    settle(dock)
    return not dock["psf_fix"].isHidden()


def fixed(dock):
    """Click the cure, and give the layer that comes of it."""
    count = len(dock.viewer.layers)
    dock.click("psf_fix")
    dock.wait(lambda: len(dock.viewer.layers) > count)
    settle(dock)
    return dock.viewer.layers[-1]


def test_line_of_a_good_psf(viewer, qtbot, good):
    add_image(viewer, cells())
    add_psf(viewer, good)
    dock = ready(viewer, qtbot)
    assert line(dock).startswith("✔ Sampling, centre and border are in order")
    assert dock["psf_health"].accessibleName().startswith("PSF, in order")
    assert palette("dark").success in dock["psf_health"].styleSheet()
    assert not can_be_fixed(dock)
    viewer.theme = "light"
    assert palette("light").success in dock["psf_health"].styleSheet()


def test_off_centre_psf_says_what_a_run_does_and_is_cured_by_a_click(viewer, qtbot, good):
    add_image(viewer, cells())
    given = tif_like(viewer, spoiled(good, off=(0, 2, 0)))
    kept = given.data.copy()
    dock = ready(viewer, qtbot)
    assert dock["psf"].currentText() == "PSF.tif"
    assert line(dock).startswith("⚠ Its core is off the middle")
    assert "; a run centres it by itself." in line(dock)
    assert "even size" in line(dock)
    assert palette("dark").warning in dock["psf_health"].styleSheet()
    assert dock["psf_fix"].text() == "Centre"
    made = fixed(dock)
    assert made.name == "PSF.tif · centred"
    assert dock["psf"].currentText() == made.name
    assert line(dock).startswith("✔")
    assert not can_be_fixed(dock)
    np.testing.assert_array_equal(given.data, kept)
    assert not made.visible
    core = nd.psf.from_array(made.data, center="peak")
    assert core.shape == made.data.shape
    assert dock["run"].isEnabled()


def test_centred_by_the_run_as_by_the_click(viewer, qtbot, good):
    """The line says that a run centres the PSF by itself: it gives what the cured PSF gives."""
    add_image(viewer, cells())
    tif_like(viewer, spoiled(good, off=(0, 1, 2)))
    dock = ready(viewer, qtbot)
    itself = dock.run(iterations=3).data.copy()
    fixed(dock)
    dock.choose("image", "cells")
    np.testing.assert_allclose(dock.run(iterations=3).data, itself, rtol=1e-3, atol=0.5)


def test_off_centre_psf_of_our_own_is_taken_as_it_is(viewer, qtbot, good):
    add_image(viewer, cells())
    shifted = nd.PSF(np.roll(good.data, 1, 2), SPACING)
    add_psf(viewer, shifted)
    dock = ready(viewer, qtbot)
    assert "moves the image by as much; centre it" in line(dock)
    assert "by itself" not in line(dock)
    assert fixed(dock).name == "PSF · centred"
    assert line(dock).startswith("✔")


def test_psf_of_another_voxel_size(viewer, qtbot):
    add_image(viewer, cells())
    add_psf(viewer, nd.psf.gaussian((1.2, 0.4, 0.4), (0.15, 0.1, 0.1)))
    dock = ready(viewer, qtbot)
    assert line(dock) == "⚠ Its spacing is not the image's; a run resamples it by itself."
    assert "from 0.15 × 0.1 × 0.1 µm to 0.3 × 0.1 × 0.1 µm" in dock["psf_state"].text().replace("\u00a0", " ")
    made = fixed(dock)
    assert made.name == "PSF · resampled"
    np.testing.assert_allclose(made.scale, SPACING)
    assert line(dock).startswith("✔")


def test_negative_psf(viewer, qtbot, good):
    add_image(viewer, cells())
    values = good.data / good.data.max()
    values[0, 0, :3] = -0.2
    tif_like(viewer, values)
    dock = ready(viewer, qtbot)
    assert "3 samples are negative" in line(dock)
    assert "all methods but Wiener set them to 0" in line(dock)
    made = fixed(dock)
    assert made.data.min() == 0
    assert made.name == "PSF.tif · no negative values"
    assert line(dock).startswith("✔")


def test_pedestal_is_named_first_and_its_cure_leaves_nothing(viewer, qtbot, good):
    add_image(viewer, cells())
    tif_like(viewer, spoiled(good, pedestal=0.05))
    dock = ready(viewer, qtbot)
    assert "pedestal" in line(dock)
    assert "a run takes it off by itself" in line(dock)
    assert "off centre" in line(dock)
    assert fixed(dock).name == "PSF.tif · no pedestal, centred"
    assert line(dock).startswith("✔")


def test_samples_that_are_no_numbers_forbid_a_run_until_cured(viewer, qtbot, good):
    add_image(viewer, cells())
    values = good.data.copy()
    values[0, 0, 0] = np.nan
    tif_like(viewer, values)
    dock = ready(viewer, qtbot)
    assert line(dock).startswith("✖")
    assert "NaN" in line(dock)
    assert palette("dark").error in dock["psf_health"].styleSheet()
    assert not dock["run"].isEnabled()
    assert can_be_fixed(dock)
    assert np.isfinite(fixed(dock).data).all()
    assert dock["run"].isEnabled()


def test_image_as_psf(viewer, qtbot):
    add_image(viewer, cells())
    dock = ready(viewer, qtbot)
    assert dock["psf_health"].isHidden()
    dock.choose("psf", "cells")
    assert line(dock) == "✖ This is the image itself; choose the image of a point, or make a PSF."
    assert not can_be_fixed(dock)


def test_line_follows_samples_and_spacing(viewer, qtbot, good):
    image = add_image(viewer, cells())
    given = tif_like(viewer, np.asarray(good.data).copy())
    dock = ready(viewer, qtbot)
    assert line(dock).startswith("✔")
    image.scale = (0.3, 0.2, 0.2)
    assert "spacing is not the image's" in line(dock)
    given.scale = (0.3, 0.2, 0.2)
    assert line(dock).startswith("✔")
    given.data = np.roll(good.data, 2, 1)
    assert "off the middle" in line(dock)
    given.data[:] = good.data  # in place, and told
    given.events.data(value=given.data)
    assert line(dock).startswith("✔")


def test_spacing_that_nobody_told_is_taken_from_the_image(viewer, qtbot, good):
    add_image(viewer, cells())
    viewer.add_image(np.asarray(good.data), name="PSF.tif")
    dock = ready(viewer, qtbot)
    assert line(dock) == "ℹ Its pixel size is not known; a run takes the image's."
    assert dock["psf_fix"].text() == "Use the image's"
    made = fixed(dock)
    np.testing.assert_allclose(made.scale, SPACING)
    assert line(dock).startswith("✔")


def test_psf_is_examined_beside_the_window(viewer, qtbot, good, monkeypatch):
    """The doctor takes his time: the window waits for nothing, and a late answer is not shown."""
    gate, threads = threading.Event(), []
    real = Subject.examine

    def slow(subject):
        threads.append(threading.current_thread() is threading.main_thread())
        gate.wait(20)
        return real(subject)

    monkeypatch.setattr(Subject, "examine", slow)
    add_image(viewer, cells())
    tif_like(viewer, spoiled(good), name="PSF off")
    add_psf(viewer, good)
    dock = Dock(viewer, qtbot)
    assert dock["psf_health"].text() == "Examining the PSF …"
    dock.choose("psf", "PSF off")
    dock.choose("psf", "PSF")
    assert dock["run"].isEnabled()
    gate.set()
    assert line(dock).startswith("✔")
    assert threads
    assert not any(threads)


def test_measured_psf_of_dapi(viewer, qtbot, shared_data):
    """Even, off centre, of sum 2.0044: all said, and cured to half a pixel."""
    import tifffile

    folder = shared_data / "bbii_decon_dapi"
    viewer.add_image(tifffile.imread(folder / "DAPI_blurred.tif"), name="DAPI")
    viewer.add_image(tifffile.imread(folder / "PSF.tif"), name="PSF DAPI")
    dock = ready(viewer, qtbot)
    assert dock["psf"].currentText() == "PSF DAPI"
    assert "off the middle by -0.5" in line(dock)
    assert "a run centres it by itself" in line(dock)
    assert "even size" in line(dock)
    assert "2.004" in dock["psf_state"].text()
    made = fixed(dock)
    assert made.data.shape[0] % 2 == made.data.shape[1] % 2 == 1
    assert abs(float(made.data.sum(dtype=np.float64)) - 1) < 1e-6
    assert "off the middle" not in line(dock)
    assert "even" not in line(dock)


# ---- which PSF for which image


def channels(viewer):
    return [add_image(viewer, cells(seed=seed), name=f"channel {seed}") for seed in range(2)]


def test_each_channel_has_its_own_psf(viewer, qtbot, good):
    channels(viewer)
    narrow = add_psf(viewer, good, "PSF 0")
    wide = add_psf(viewer, nd.psf.gaussian((1.5, 0.5, 0.5), SPACING), "PSF 1")
    dock = ready(viewer, qtbot)
    dock.choose("image", "channel 0")
    dock.choose("psf", "PSF 0")
    dock.choose("image", "channel 1")
    dock.choose("psf", "PSF 1")
    dock.choose("image", "channel 0")
    assert dock.widget.form.psf.value is narrow
    dock.choose("image", "channel 1")
    assert dock.widget.form.psf.value is wide


def test_psf_made_for_an_image_is_chosen_with_it(viewer, qtbot, good):
    first, second = channels(viewer)
    dock = ready(viewer, qtbot)
    dock.choose("image", "channel 0")
    assert dock["psf"].currentText() == ""
    own = add_psf(viewer, good, "PSF 0")
    announced.remember(viewer, first, own)
    assert dock.widget.form.psf.value is own
    other = add_psf(viewer, nd.psf.gaussian((1.5, 0.5, 0.5), SPACING), "PSF 1")
    announced.remember(viewer, second, other)
    assert dock.widget.form.psf.value is own, "it was made for another image"
    dock.choose("image", "channel 1")
    assert dock.widget.form.psf.value is other
    dock.choose("psf", "PSF 0")  # the user's own later choice
    dock.choose("image", "channel 0")
    dock.choose("image", "channel 1")
    assert dock.widget.form.psf.value is own
    viewer.layers.remove(own)
    dock.choose("image", "channel 0")
    assert dock["psf"].currentText() == "PSF 1"


def test_psf_made_while_the_dock_was_closed_is_chosen(viewer, qtbot, good):
    first, _ = channels(viewer)
    dock = ready(viewer, qtbot)
    dock.choose("image", "channel 0")
    viewer.window.remove_dock_widget(dock.dock)
    add_psf(viewer, nd.psf.gaussian((1.5, 0.5, 0.5), SPACING), "PSF newest")
    own = add_psf(viewer, good, "PSF 0")
    add_psf(viewer, nd.psf.gaussian((1.6, 0.6, 0.6), SPACING), "PSF even newer")
    announced.remember(viewer, first, own)
    assert ready(viewer, qtbot).widget.form.psf.value is own


def test_make_opens_the_psf_dock_for_this_image(viewer, qtbot):
    channels(viewer)
    dock = ready(viewer, qtbot)
    dock.choose("image", "channel 0")
    dock.click("make_psf")
    names = [name for name in viewer.window.dock_widgets if "PSF" in name]
    assert len(names) == 1
    other = viewer.window.dock_widgets[names[0]]
    assert other.findChild(QWidget, "image").currentText() == "channel 0"
    dock.choose("image", "channel 1")
    dock.click("make_psf")
    assert other.findChild(QWidget, "image").currentText() == "channel 1"
    assert len([name for name in viewer.window.dock_widgets if "PSF" in name]) == 1
    made = other.findChild(QPushButton, "make")
    qtbot.waitUntil(made.isEnabled, timeout=20_000)
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dock["psf"].currentText().startswith("PSF"), timeout=20_000)
    assert dock["image"].currentText() == "channel 1"
    dock.choose("image", "channel 0")
    dock.choose("image", "channel 1")
    assert dock["psf"].currentText().startswith("PSF")


@pytest.mark.usefixtures("unused_viewer")
def test_line_takes_no_more_room_than_it_needs(viewer, qtbot, good):
    """A long sentence is followed by a short one."""
    viewer.window._qt_window.resize(1366, 1000)  # high enough for all steps
    viewer.window._qt_window.show()
    add_image(viewer, cells())
    tif_like(viewer, spoiled(good, pedestal=0.05))
    dock = ready(viewer, qtbot)
    viewer.window._qt_window.resizeDocks([dock.dock], [280], Qt.Orientation.Horizontal)
    qtbot.wait(200)
    tall = dock["psf_health"].height()
    assert dock["psf_fix"].width() >= dock["psf_fix"].sizeHint().width()
    fixed(dock)
    qtbot.wait(200)
    assert dock["psf_health"].height() < tall / 1.5
    assert dock.widget.form.health.height() == dock["psf_health"].height()


def test_large_psf_is_prepared_beside_the_window(viewer, qtbot, good, monkeypatch):
    """Nobody can run before it is ready; then all is as with a small one."""
    gate, threads = threading.Event(), []
    real = deconvolve_prepared.layer_to_psf

    def slow(layer):
        threads.append(threading.current_thread() is threading.main_thread())
        gate.wait(20)
        return real(layer)

    monkeypatch.setattr(deconvolve_prepared, "QUICK", 100)
    monkeypatch.setattr(deconvolve_prepared, "layer_to_psf", slow)
    add_image(viewer, cells())
    tif_like(viewer, spoiled(good, off=(0, 1, 0)), scale=(0.3, 0.2, 0.2))
    dock = Dock(viewer, qtbot)
    qtbot.wait(100)
    assert "being prepared" in dock["psf_state"].text()
    assert not dock["run"].isEnabled()
    assert "being prepared" in dock["run"].toolTip()
    gate.set()
    dock.wait(dock["run"].isEnabled)
    assert threads == [False]
    assert "off the middle" in line(dock)
    assert "will be resampled" in dock["psf_state"].text()
    assert dock.run(iterations=2).name == "cells · RL 2"


def test_lens_that_the_images_file_told_is_compared_with(viewer, qtbot):
    """A Gaussian three times as wide as the lens draws."""
    lens = {"numerical_aperture": 1.2, "emission_um": 0.5, "immersion_index": 1.33}
    add_image(viewer, cells(), metadata={"napari_deconvolve": {"optics": lens}})
    add_psf(viewer, nd.psf.gaussian((2.0, 0.7, 0.7), SPACING))
    dock = ready(viewer, qtbot)
    assert "theory says" in line(dock)
    viewer.layers["cells"].metadata = {}
    dock.choose("psf", "PSF")
    dock.widget.form.changed.emit()
    assert "theory" not in line(dock)
