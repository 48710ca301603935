"""The controls of the dock "Blur and noise"."""

from __future__ import annotations

import secrets
import weakref
from typing import Any

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.deconvolve.form import default_image, default_psf
from napari_deconvolve._napari.docks.simulate.checks import BLURS, Choices, Review
from napari_deconvolve._napari.docks.simulate.fields import AS_THEY_ARE, number_for, usual_widths
from napari_deconvolve._napari.kit.forms import (
    Fold,
    LayerBox,
    Remarks,
    beside,
    choice_box,
    form,
    help_of,
    identify,
    row,
    whole_number_box,
)
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.source import pretty_unit, read, refusal
from napari_deconvolve.recipe.simulation import MAX_PHOTONS, SEEDS, Simulation, simulation_parameter

NUMBERS = ("photons", "background", "read_noise", "gain", "offset", "seed")
FIELDS = {"image": "image_info", "psf": "psf_state", "fwhm": "fwhm_info", "noise": "noise_info"}


class SimulateForm(QWidget):  # type: ignore[misc]
    """Image, blur and camera; `choices` says what they are, `changed` that they are others."""

    changed = Signal()
    psf_chosen = Signal()
    make_psf = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: list[weakref.ref[Any]] = []
        self._usual = ""
        self._make_blur()
        self._make_camera()
        self.remarks = {field: Remarks(name) for field, name in FIELDS.items()}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._main_rows())
        self.more = Fold("More", "more")
        self.more.body.setLayout(self._more_rows())
        layout.addWidget(self.more)
        self._connect()
        self.set_defaults()

    # ---- what it is made of

    def _make_blur(self) -> None:
        self.image = identify(LayerBox(), "image", "Image", "The image layer to blur, the truth; it is not changed.")
        self.blur = identify(
            choice_box(BLURS),
            "blur",
            "Blur by",
            "A PSF, as an instrument does; a Gaussian of a width of your choice, to smooth; or nothing.",
        )
        self.psf = identify(
            LayerBox(), "psf", "PSF", "The layer that shows how a point is blurred; make one in the dock “PSF”."
        )
        self.psf.setMinimumContentsLength(1)  # leaves room for the button beside it in a narrow dock
        self.make_button = identify(
            QPushButton("Make…"), "make_psf", "Make a PSF", "Opens the dock “PSF”, which makes one for this image."
        )
        self.fwhm = identify(
            QLineEdit(),
            "fwhm",
            "FWHM",
            "Full width at half maximum of the Gaussian, in the image's unit: one for all axes (the last three at "
            "most), or one per axis for as many of the last ones, such as 0.6, 0.2, 0.2.",
        )
        self.unit = QLabel("")

    def _make_camera(self) -> None:
        self.photons = number_for("photons", high=MAX_PHOTONS, low=0.0, suffix=" at the peak", special=AS_THEY_ARE)
        self.background = number_for("background", high=MAX_PHOTONS, suffix=" photons")
        self.read_noise = number_for("read_noise", high=MAX_PHOTONS, suffix=" photons", special="none")
        self.gain = number_for("gain", high=1e9, low=1e-4, suffix=" per photon")
        self.offset = number_for("offset", high=1e9, low=-1e9, suffix=" counts")
        noise = simulation_parameter("poisson")
        self.poisson = identify(QCheckBox("Poisson"), "poisson", noise.label, noise.help)
        seed = simulation_parameter("seed")
        self.seed = identify(whole_number_box(0, SEEDS - 1, 0), "seed", seed.label, help_of(seed))
        self.new_seed = identify(QPushButton("New"), "new_seed", "New seed", "Draw another seed, for other noise.")
        boundary = simulation_parameter("boundary")
        self.boundary = identify(choice_box(boundary.choices), "boundary", boundary.label, help_of(boundary))

    def _main_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image, self.remarks["image"])
        row(rows, "Blur by", self.blur)
        psf = beside(self.psf, self.make_button)
        self._psf_row = (row(rows, "PSF", psf, buddy=self.psf), psf)
        rows.addRow(self.remarks["psf"])  # sentences need all of a narrow dock's width
        fwhm = beside(self.fwhm, self.unit)
        self._fwhm_row = (row(rows, "FWHM", fwhm, self.remarks["fwhm"], buddy=self.fwhm), fwhm)
        for name in ("photons", "background"):
            row(rows, simulation_parameter(name).label, getattr(self, name))
        row(rows, "Noise", self.poisson, self.remarks["noise"])
        row(rows, "Read noise", self.read_noise)
        row(rows, "Seed", beside(self.seed, self.new_seed), buddy=self.seed)
        return rows

    def _more_rows(self) -> QFormLayout:
        rows = form()
        for name in ("boundary", "gain", "offset"):
            row(rows, simulation_parameter(name).label, getattr(self, name))
        return rows

    def _connect(self) -> None:
        for box in (self.image, self.psf):
            box.chosen.connect(self._changed)
        for choice in (self.blur, self.boundary):
            choice.currentIndexChanged.connect(self._changed)
        for name in NUMBERS:
            getattr(self, name).valueChanged.connect(self._changed)
        self.fwhm.textChanged.connect(self._changed)
        self.photons.valueChanged.connect(self._bring_noise)
        self._lit = self.photons.value() > 0
        self.poisson.toggled.connect(self._changed)
        self.psf.chosen.connect(self.psf_chosen)
        self.make_button.clicked.connect(lambda _checked=False: self.make_psf.emit())
        self.new_seed.clicked.connect(lambda _checked=False: self.seed.setValue(secrets.randbelow(SEEDS)))

    def _bring_noise(self, value: float) -> None:
        """Photons come with their noise; who wants none unticks it."""
        lit = value > 0
        if lit != self._lit:
            self._lit = lit
            self.poisson.setChecked(lit)

    def _changed(self, *_: Any) -> None:
        self._suggest_width()
        self._show_what_counts()
        self.changed.emit()

    def _show_what_counts(self) -> None:
        blur = self.blur.currentText()
        for widget in self._psf_row:
            widget.setVisible(blur == "PSF")
        for widget in self._fwhm_row:
            widget.setVisible(blur == "Gaussian")
        noisy = self.poisson.isChecked() or self.read_noise.value() > 0
        self.seed.setEnabled(noisy)
        self.new_seed.setEnabled(noisy)

    def _suggest_width(self) -> None:
        """Begin with a width that suits the image, as long as nobody has typed another."""
        image = self.image.layer
        if image is None or refusal(image):
            return
        source = read(image)
        self.unit.setText(pretty_unit(source.units[-1]))
        if self.fwhm.text() == self._usual:
            self._usual = usual_widths(source)
            with QSignalBlocker(self.fwhm):
                self.fwhm.setText(self._usual)

    # ---- what it says

    def choices(self) -> Choices:
        """Return what is chosen."""
        recipe = Simulation(
            boundary=self.boundary.currentText(),
            photons=self.photons.value() or None,
            background=self.background.value(),
            poisson=self.poisson.isChecked(),
            read_noise=self.read_noise.value(),
            gain=self.gain.value(),
            offset=self.offset.value(),
            seed=self.seed.value(),
        )
        return Choices(self.image.layer, self.blur.currentText(), self.psf.layer, self.fwhm.text(), recipe)

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        plain = Simulation()
        self.set_values(
            {
                "blur": BLURS[0],
                "fwhm": self._usual,
                "photons": 0.0,
                "poisson": False,
                "seed": 0,
                "boundary": plain.boundary,
                **{name: getattr(plain, name) for name in ("background", "read_noise", "gain", "offset")},
            }
        )

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {
            "usual": self._usual,
            "fwhm": self.fwhm.text(),
            "blur": self.blur.currentText(),
            "boundary": self.boundary.currentText(),
            **{name: getattr(self, name).value() for name in NUMBERS},
            "poisson": self.poisson.isChecked(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers, words and ticks."""
        self._usual = values.get("usual", self._usual)
        for name, value in values.items():
            field = getattr(self, name, None)
            if isinstance(field, QLineEdit):
                field.setText(value)
            elif isinstance(field, QCheckBox):
                field.setChecked(value)
            elif name in NUMBERS and field is not None:
                field.setValue(value)
            elif field is not None:
                field.setCurrentText(value)
        if "poisson" in values:  # last: a number of photons brings its noise
            self.poisson.setChecked(values["poisson"])
        self._show_what_counts()

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        for field, remark in self.remarks.items():
            said = found.remark(field)
            remark.say(said.text, said.level)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        for remark in self.remarks.values():
            remark.restyle(colors)

    # ---- which layers there are

    def offer(self, layers: list[Any], active: Any = None) -> None:
        """Follow the viewer's layers; a PSF that has just come is chosen."""
        from napari.layers import Image

        images = [layer for layer in layers if isinstance(layer, Image)]
        new = [layer for layer in images if not any(known() is layer for known in self._known)]
        self._known = [weakref.ref(layer) for layer in images]
        with QSignalBlocker(self):
            default = default_image(images, active)
            self.image.offer(images, default)
            if self.image.layer is not None and is_psf_layer(self.image.layer) and default is not None:
                self.image.choose(default)  # a PSF was alone, and taken for want of an image
            self.psf.offer(images, default_psf(images))
            fresh = [layer for layer in new if is_psf_layer(layer)]
            if fresh:
                self.psf.choose(fresh[-1])
        self._changed()
