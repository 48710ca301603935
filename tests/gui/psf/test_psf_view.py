"""The live view of a PSF: slices, profiles with widths, transfer with its limits."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest
from qtpy.QtWidgets import QCheckBox, QLabel, QWidget

import napari_deconvolve as nd
from napari_deconvolve._napari.docks.psf.view import PSFView
from napari_deconvolve._napari.kit.theme import palette

LENS = {"numerical_aperture": 1.4, "emission_um": 0.52, "spacing": (0.2, 0.08, 0.08)}


@pytest.fixture(scope="module")
def wide():
    return nd.psf.microscope("widefield", **LENS, shape=(15, 127, 127))


@pytest.fixture
def view(qtbot):
    made = PSFView()
    qtbot.addWidget(made)
    made.restyle(palette("dark"))
    return made


def otf(view):
    return view.findChild(QWidget, "otf")


def limits(view):
    return view.findChild(QLabel, "limits").accessibleName()


def test_transfer_has_a_curve_and_the_cutoff_of_the_lens(view, wide):
    view.show_psf(wide)
    frequency, height = otf(view).curve.getData()
    assert frequency[0] == 0
    assert height[0] == 1
    assert (height <= 1 + 1e-9).all()
    theory = 2 * 1.4 / 0.52
    assert otf(view).cutoff_line.value() == pytest.approx(theory)
    assert otf(view).cutoff_line.isVisible()
    assert "cut-off 5.38 /µm (of the lens)" in limits(view)
    low, high = otf(view).getPlotItem().viewRange()[0]
    assert low <= 0
    assert high > theory, "the mark is in sight"


def test_cutoff_is_measured_where_no_lens_is_known(view):
    psf = nd.psf.gaussian((0.4, 0.4), (0.05, 0.05), shape=(65, 65))
    view.show_psf(psf)
    sigma = 0.4 / np.sqrt(8 * np.log(2))
    expected = np.sqrt(np.log(1000) / 2) / (np.pi * sigma)
    assert otf(view).cutoff_line.value() == pytest.approx(expected, rel=0.02)
    assert "(measured)" in limits(view)


def test_no_cutoff_within_the_samples(view):
    point = np.zeros((5, 5))
    point[2, 2] = 1
    view.show_psf(nd.PSF(point, (0.1, 0.1)))
    assert not otf(view).cutoff_line.isVisible()
    assert "no cut-off below Nyquist" in limits(view)


def test_nyquist_of_the_image_or_else_of_the_psf(view, wide):
    view.show_psf(wide, image_spacing=(0.3, 0.1, 0.1))
    assert otf(view).nyquist_line.value() == pytest.approx(5)
    assert "image's Nyquist 5 /µm" in limits(view)
    view.show_psf(wide)
    assert otf(view).nyquist_line.value() == pytest.approx(1 / 0.16)


def test_logarithmic_scale_reaches_the_transfer(view, wide):
    view.show_psf(wide)
    view.findChild(QCheckBox, "log_scale").setChecked(True)
    _, height = otf(view).curve.getData()
    assert height[0] == pytest.approx(0)
    assert height.min() >= -4
    assert height.min() < -2
    assert "log" in otf(view).getPlotItem().getAxis("left").labelText


def test_theme_reaches_the_transfer(view, wide):
    view.show_psf(wide)
    for name in ("light", "dark"):
        view.restyle(palette(name))
        assert otf(view).backgroundBrush().color().name() == palette(name).background
        assert pg.mkColor(otf(view).curve.opts["pen"].color()).name() == palette(name).first
        assert palette(name).second in view.findChild(QLabel, "limits").text()


def test_empty_view_shows_nothing(view, wide):
    view.show_psf(wide)
    view.show_psf(None)
    for name in ("otf", "limits", "profile", "widths"):
        assert view.findChild(QWidget, name).isHidden()
    assert view.findChild(QLabel, "limits").text() == ""


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_psfs_of_any_axes_are_drawn(view, axes):
    view.show_psf(nd.psf.gaussian((0.3,) * axes, (0.1,) * axes))
    assert len(otf(view).curve.getData()[0]) > 100
    assert view.findChild(QLabel, "widths").accessibleName().count("µm") == axes


def test_core_of_a_wide_psf_is_not_a_dot(view, wide):
    view.show_psf(wide)
    near = view.findChild(QWidget, "profile").getPlotItem().viewRange()[0][1]
    assert near < 2, "the array reaches 5 µm from the centre"
    view.findChild(QCheckBox, "log_scale").setChecked(True)
    assert view.findChild(QWidget, "profile").getPlotItem().viewRange()[0][1] > near


def test_nothing_is_cut_at_280_pixels(view, wide, qtbot):
    view.show_psf(wide)
    view.setFixedWidth(262)  # a dock of 280, without its margins
    view.show()
    qtbot.wait(100)
    for name in ("slices", "profile", "otf"):
        plot = view.findChild(QWidget, name)
        assert plot.height() >= 160
        assert plot.width() <= 262
        assert plot.geometry().right() <= view.width()
    for name in ("widths", "limits"):
        label = view.findChild(QLabel, name)
        assert label.height() >= label.heightForWidth(label.width()), name
    log = view.findChild(QCheckBox, "log_scale")
    assert log.width() >= log.sizeHint().width()
