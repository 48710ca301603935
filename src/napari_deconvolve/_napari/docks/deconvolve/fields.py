"""The fields of the dock "Deconvolve" beside image, PSF, region and the recipe's own."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton

from napari_deconvolve._napari.docks.deconvolve.channels import CHANNELS
from napari_deconvolve._napari.kit.forms import choice_box, identify
from napari_deconvolve._napari.kit.layer_box import LayerBox

NO_LAYER = "none"


def start_box() -> LayerBox:
    """Make the choice of a start estimate."""
    tip = "A first estimate of the image's shape, say an earlier result; none begins from a flat image."
    return LayerBox("start", "Start from", tip, none=NO_LAYER)


def spacing_field() -> QLineEdit:
    """Make the field of the pixel size."""
    tip = "The image's pixel size in µm, one number for all axes or one per axis, such as 0.3, 0.1, 0.1."
    field: QLineEdit = identify(QLineEdit(), "spacing", "Pixel size in µm", tip)
    field.setPlaceholderText("0.3, 0.1, 0.1")
    return field


def reopen_button() -> QPushButton:
    """Make the button that opens the image's file again."""
    tip = "Opens the image's file again with pixel size, channels and optics, which napari's own reader drops."
    button: QPushButton = identify(QPushButton("From the file"), "reopen", "Take the pixel size from the file", tip)
    return button


def split_button() -> QPushButton:
    """Make the button that splits a picture."""
    tip = "Makes a layer of each colour of a picture (RGB): the channels of one image, which are run together."
    button: QPushButton = identify(QPushButton("Split its colours"), "split", "Split the colours of the picture", tip)
    button.setVisible(False)
    return button


def axes_field() -> QLineEdit:
    """Make the field of the axes' names."""
    tip = (
        "The names of the image's axes. A PSF acts on z, y and x, wherever they lie, and never on t or c: name "
        "frames that are planes z."
    )
    field: QLineEdit = identify(QLineEdit(), "axes", "Axes of the image", tip)
    return field


def check_width_button() -> QPushButton:
    """Make the button that checks the PSF's width."""
    tip = (
        "Fits the width of the PSF on a part of the image, plots how well each predicts it, and warns when "
        "another fits better by a tenth or more."
    )
    button: QPushButton = identify(QPushButton("Check PSF width"), "check_width", "Check the PSF's width", tip)
    return button


def use_width_button() -> QPushButton:
    """Make the button that takes the better width."""
    tip = "Adds the PSF made as wide as fits best as a layer, and chooses it."
    button: QPushButton = identify(QPushButton("Use the better width"), "use_width", "Use the better width", tip)
    button.setVisible(False)
    return button


def live_box() -> QCheckBox:
    """Make the tick of the live preview."""
    tip = "Show in a layer of its own what comes of each smoothing, for the region, as soon as it is changed."
    box: QCheckBox = identify(QCheckBox("Live preview"), "live", "Live preview", tip)
    box.setChecked(True)
    return box


def times_field() -> QLineEdit:
    """Make the field of the times."""
    tip = "Which times are deconvolved, counted from 1: 2, or 1-3; all where nothing is written."
    field: QLineEdit = identify(QLineEdit(), "times", "Times", tip)
    field.setPlaceholderText("all")
    return field


def channels_box() -> QComboBox:
    """Make the choice of channels."""
    tip = "Deconvolve all channels of the image, each with the PSF that was made or chosen for it, or only this one."
    box: QComboBox = identify(choice_box(CHANNELS), "channels", "Channels", tip)
    return box
