"""The controls of the dock "Blur and noise"."""

from __future__ import annotations

import secrets
from typing import Any

from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from napari_deconvolve._napari.docks.simulate.checks import BLURS, Choices
from napari_deconvolve._napari.docks.simulate.fields import AS_THEY_ARE, USUAL_WIDTH_IN_SAMPLES, number_for
from napari_deconvolve._napari.kit.forms import (
    Remarks,
    beside,
    choice_box,
    form,
    help_of,
    identify,
    row,
    whole_number_box,
)
from napari_deconvolve._napari.kit.image_form import ImageForm
from napari_deconvolve._napari.kit.steps import Step
from napari_deconvolve._napari.layers.source import pretty_unit, read, refusal
from napari_deconvolve._napari.work.remarks import Review
from napari_deconvolve.recipe.simulation import MAX_PHOTONS, SEEDS, Simulation, simulation_parameter

CAMERA_NUMBERS = ("photons", "background", "read_noise", "gain", "offset", "seed")
PARAMETERS = (*CAMERA_NUMBERS, "boundary", "poisson")
REMARK_NAMES = {"image": "image_info", "psf": "psf_state", "fwhm": "fwhm_info", "noise": "noise_info"}


class SimulateForm(ImageForm):
    """Image, blur and camera; `choices` says what they are, `changed` that they are others."""

    truths = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The image layer to blur, the truth; it is not changed.", parent)
        self._usual = ""
        self._make_blur()
        self._make_camera()
        self.remarks = {field: Remarks(name) for field, name in REMARK_NAMES.items()}
        steps = [
            Step("image", "Image", self._image_rows(), ("image",)),
            Step("blur", "Blur", self._blur_rows(), ("psf", "fwhm")),
            Step("camera", "Camera", self._camera_rows(), ("noise",)),
        ]
        self.lay_out(steps, self._more_rows())
        self._connect()
        self.set_defaults()

    # ---- what it is made of

    def _make_blur(self) -> None:
        self.blur = identify(
            choice_box(BLURS),
            "blur",
            "Blur by",
            "A PSF, as an instrument does; a Gaussian of a width of your choice, to smooth; or nothing.",
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

    def _image_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image.native)
        rows.addRow(self.remarks["image"])
        return rows

    def _blur_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Blur by", self.blur)
        psf = beside(self.psf.native, self.make_psf_button())
        self._psf_row = (row(rows, "PSF", psf, buddy=self.psf.native), psf)
        rows.addRow(self.remarks["psf"])  # sentences need all of a narrow dock's width
        fwhm = beside(self.fwhm, self.unit)
        self._fwhm_row = (row(rows, "FWHM", fwhm, self.remarks["fwhm"], buddy=self.fwhm), fwhm)
        return rows

    def _camera_rows(self) -> QFormLayout:
        rows = form()
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
        for choice in (self.blur, self.boundary):
            choice.currentIndexChanged.connect(self._changed)
        for name in CAMERA_NUMBERS:
            getattr(self, name).valueChanged.connect(self._changed)
        self.fwhm.textChanged.connect(self._changed)
        self.photons.valueChanged.connect(self._bring_noise)
        self._lit = self.photons.value() > 0
        self.poisson.toggled.connect(self._changed)
        self.new_seed.clicked.connect(lambda _checked=False: self.seed.setValue(secrets.randbelow(SEEDS)))

    def _bring_noise(self, value: float) -> None:
        """Photons come with their noise; who wants none unticks it."""
        lit = value > 0
        if lit != self._lit:
            self._lit = lit
            self.poisson.setChecked(lit)

    def _changed(self, *_: Any) -> None:
        self._suggest_width()
        super()._changed()

    def show_what_counts(self) -> None:
        """Show the blur that is chosen, and allow a seed where there is noise."""
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
        image = self.image.value
        if image is None or refusal(image):
            return
        source = read(image)
        self.unit.setText(pretty_unit(source.units[-1]))
        if self.fwhm.text() == self._usual:
            self._usual = f"{USUAL_WIDTH_IN_SAMPLES * source.spacing[-1]:.3g}"
            with QSignalBlocker(self.fwhm):
                self.fwhm.setText(self._usual)

    def summaries(self, found: Review) -> dict[str, tuple[str, str]]:
        """Return what each step comes to."""
        image, light = self.image.value, self.photons.text()
        psf = "" if self.psf.value is None else self.psf.value.name
        blur = {"PSF": psf, "Gaussian": f"Gaussian {self.fwhm.text()}"}
        return {
            "image": ("", "" if image is None else image.name),
            "blur": ("", blur.get(self.blur.currentText(), self.blur.currentText())),
            "camera": ("", light),
        }

    # ---- what it says

    def choices(self) -> Choices:
        """Return what is chosen."""
        text, blur = self.fwhm.text(), self.blur.currentText()
        return Choices(self.image.value, blur, self.psf.value, text, self.simulation())

    def simulation(self) -> Simulation:
        """Return what the controls of the camera amount to."""
        return Simulation(
            boundary=self.boundary.currentText(),
            poisson=self.poisson.isChecked(),
            **{name: getattr(self, name).value() for name in CAMERA_NUMBERS if name != "photons"},
            photons=self.photons.value() or None,
        )

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        plain = {name: getattr(Simulation(poisson=False, seed=0), name) for name in PARAMETERS}
        self.set_values({"blur": BLURS[0], "fwhm": self._usual, **plain})

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered: parameters as recipes spell them."""
        chosen = self.simulation()
        return {
            "usual": self._usual,
            "fwhm": self.fwhm.text(),
            "blur": self.blur.currentText(),
            **{name: getattr(chosen, name) for name in PARAMETERS},
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
            elif name in CAMERA_NUMBERS and field is not None:
                field.setValue(value or 0)  # None is 0 in the box
            elif field is not None:
                field.setCurrentText(value)
        if "poisson" in values:  # last: a number of photons brings its noise
            self.poisson.setChecked(values["poisson"])
        self.show_what_counts()
