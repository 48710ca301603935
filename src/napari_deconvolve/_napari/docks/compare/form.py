"""The controls of the dock "Compare iterations"."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QFormLayout, QLineEdit, QWidget

from napari_deconvolve._napari.docks.compare.checks import Choices
from napari_deconvolve._napari.kit.controls import control_for
from napari_deconvolve._napari.kit.forms import Remarks, form, identify, row
from napari_deconvolve._napari.kit.image_form import ImageForm
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.steps import Step
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.work.checks.choices import ImageChoices
from napari_deconvolve._napari.work.remarks import Review
from napari_deconvolve.recipe.recipe import Recipe

NO_LAYER = "none"
ITERATIONS = "10, 20, 40, 80"
STRENGTHS = "none, 0.001, 0.01"
SIEVES = "none"
TYPED = ("iterations", "strengths", "sieves")
MORE_PARAMETERS = ("background", "acceleration", "boundary")
PARAMETERS = ("prior", *MORE_PARAMETERS)
REMARK_FIELDS = ("image", "psf", "iterations", "strengths", "sieves", "truth", "region")


class CompareForm(ImageForm):
    """Image, PSF and what is compared; `choices` says what they are, `changed` that they are others."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The image layer to deconvolve; it is not changed.", parent)
        self.truth = LayerBox(
            "truth",
            "Truth",
            "What the result should be, where it is known, as in a simulation: errors are measured against it. "
            "Without one, a score is measured on the data alone.",
            none=NO_LAYER,
        )
        self._make_settings()
        self.make_region()
        self.remarks = {name: Remarks(f"{name}_info") for name in REMARK_FIELDS}
        steps = [
            Step("image", "Image", self._image_rows(), ("image", "psf", "region")),
            Step("values", "Values", self._value_rows(), ("iterations", "strengths", "sieves", "truth")),
        ]
        self.lay_out(steps, self._more_rows())
        self._connect()
        self.set_defaults()

    def _make_settings(self) -> None:
        self.iterations = identify(
            QLineEdit(),
            "iterations",
            "Iterations",
            "Numbers of iterations to compare, such as 10, 20, 40, 80, or every 10 to 80. All come from one run.",
        )
        self.strengths = identify(
            QLineEdit(),
            "strengths",
            "Strengths",
            "Strengths of the prior, such as none, 0.001, 0.01: one run for each; none is without prior.",
        )
        self.strengths.setPlaceholderText(f"e.g. {STRENGTHS}")
        self.sieves = identify(
            QLineEdit(),
            "sieves",
            "Sieves",
            "Widths of sieves over the PSF's, such as none, 0.4, 0.75: one run for each, with each strength. No detail "
            "finer than a sieve can appear.",
        )
        self.sieves.setPlaceholderText("e.g. none, 0.4, 0.75")
        self.controls = {name: control_for(name) for name in PARAMETERS}

    def _image_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image.native)
        rows.addRow(self.remarks["image"])
        row(rows, "PSF", self.psf.native)
        rows.addRow(self.remarks["psf"])
        self.add_region(rows)
        return rows

    def _value_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Iterations", self.iterations, self.remarks["iterations"])
        row(rows, "Smoothing", self.controls["prior"].widget)
        self._strengths_label = row(rows, "Strengths", self.strengths, self.remarks["strengths"])
        row(rows, "Sieves", self.sieves, self.remarks["sieves"])
        row(rows, "Truth", self.truth.native, self.remarks["truth"])
        return rows

    def _more_rows(self) -> QFormLayout:
        rows = form()
        for name in MORE_PARAMETERS:
            row(rows, self.controls[name].parameter.label, self.controls[name].widget)
        return rows

    def _connect(self) -> None:
        self.truth.changed.connect(self._changed)
        for text in (self.iterations, self.strengths, self.sieves):
            text.textChanged.connect(self._changed)
        for control in self.controls.values():
            for signal in control.changes:
                signal.connect(self._changed)

    def show_what_counts(self) -> None:
        """Show the button that draws, and allow strengths, where they count."""
        self.draw_button.setVisible(self.region.currentText() == "rectangle")
        with_prior = self.controls["prior"].value() is not None
        self.strengths.setEnabled(with_prior)
        self._strengths_label.setEnabled(with_prior)

    def summaries(self, found: Review) -> dict[str, tuple[str, str]]:
        """Return what each step comes to."""
        image = self.image.value
        return {"image": ("", "" if image is None else image.name), "values": ("", self.iterations.text())}

    # ---- what it says

    def choices(self) -> Choices:
        """Return what is chosen."""
        recipe = Recipe(iterations=1, **{name: self.controls[name].value() for name in MORE_PARAMETERS})
        base = ImageChoices(
            image=self.image.value,
            psf=self.psf.value,
            recipe=recipe,
            region=self.region.currentText(),
            shapes=self.drawn,
        )
        typed = {name: getattr(self, name).text() for name in TYPED}
        return Choices(base, prior=self.controls["prior"].value(), truth=self.truth.value, **typed)

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        plain = {name: control.parameter.default for name, control in self.controls.items()}
        typed = {"iterations": ITERATIONS, "strengths": STRENGTHS, "sieves": SIEVES}
        self.set_values({**typed, "region": REGIONS[0], **plain})

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        return {
            **{name: getattr(self, name).text() for name in TYPED},
            "region": self.region.currentText(),
            **{name: control.remembered() for name, control in self.controls.items()},
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers and words, also as earlier versions remembered them."""
        for name, value in values.items():
            if name in self.controls:
                self.controls[name].show(value)
            elif name in TYPED:
                getattr(self, name).setText(value)
            elif name == "region":
                self.region.setCurrentText(value)
        self.show_what_counts()

    # ---- which layers there are

    def offer(self, layers: list[Any], active: Any = None) -> None:
        """Follow the viewer's layers, but for those of sweeps."""
        super().offer([layer for layer in layers if "sweep" not in our_metadata(layer)], active)

    def offer_more(self, images: list[Any]) -> None:
        """Offer images as the truth."""
        self.truth.offer(images)
