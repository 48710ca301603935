"""A formula that the user types, in x, y and z."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qtpy.QtGui import QFont, QFontDatabase
from qtpy.QtWidgets import QLineEdit

from napari_deconvolve._napari.docks.psf.defaults import TYPICAL_UM, default_fwhm
from napari_deconvolve._napari.docks.psf.fields import ChoiceField, TripleField
from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel
from napari_deconvolve._napari.layers.psf_request import Drawn, Grid, Numbers, Wanted, require_samples, shown
from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf import from_formula
from napari_deconvolve.psf.formula.expression import parse

SIZES = {"samples": "in samples", "extent": "as extent"}
LONGEST = 65  # samples per axis that a formula gets by default
RADII = {1: "x^2", 2: "x^2+y^2", 3: "x^2+y^2+z^2"}
LENGTH = re.compile(r"\b([abcw])=([\d.]+)")  # in the examples: what is not a share or an aperture
NAME_LENGTH = 28  # characters of the formula that a layer's name shows
# Per example: what it is, the formula with {r} for the squared radius, and on how many axes it makes sense.
EXAMPLES = (
    ("Gaussian, FWHM a", "a=0.25,2^(-({r})/(a/2)^2)", (1, 2, 3)),
    ("Lorentzian, FWHM a", "a=0.25,1/(({r})/(a/2)^2+1)", (1, 2, 3)),
    ("Gaussian, FWHM a across, c along z", "a=0.25,c=0.7,2^(-(x^2+y^2)/(a/2)^2-z^2/(c/2)^2)", (3,)),
    ("Pseudo-Voigt, FWHM a, share m", "a=0.25,m=0.5,(1-m)*2^(-({r})/(a/2)^2)+m/(({r})/(a/2)^2+1)", (1, 2, 3)),
    ("Exponential tails, reach a", "a=0.2,exp(-sqrt({r})/a)", (1, 2, 3)),
    ("Airy disc, wavelength w, aperture n", "w=0.52,n=1.4,v=2*pi*n/w*sqrt(x^2+y^2)+1e-9,(2*j1(v)/v)^2", (2,)),
    ("Disc or ball of radius a", "a=0.3,{r}<=a^2", (2, 3)),
    ("Motion along x, length a, width b", "a=1,b=0.1,(abs(x)<=a/2)*(abs(y)<=b/2)", (2,)),
    ("Slit of width a", "a=0.5,abs(x)<=a/2", (1,)),
    ("Hyperbolic secant squared, width a", "a=0.04,1/cosh(x/(2*a))^2", (1,)),
    ("Decay to the right, time a", "a=0.3,(x>=0)*exp(-x/a)", (1,)),
)


@dataclass(frozen=True)
class Formula(Wanted):
    """A formula on a number of samples."""

    formula: str
    shape: tuple[int, ...]

    def draw(self, grid: Grid) -> Drawn:
        """Make the PSF."""
        require_samples(tuple(float(length) for length in self.shape))
        return Drawn(from_formula(self.formula, self.shape, grid.steps, unit=grid.unit))

    def name(self, grid: Grid) -> str:
        """Name the layer of the PSF."""
        text = self.formula if len(self.formula) <= NAME_LENGTH else f"{self.formula[: NAME_LENGTH - 1]}…"
        return f"PSF {text}"


class FormulaPanel(SourcePanel):
    """A line for the formula, examples to begin with, and a size."""

    keys = ("formula",)

    def build(self) -> None:
        """Make the fields."""
        self.example = ChoiceField("example")
        self.add("example", "Example", self.example, "A formula to begin with: it is put into the line below.")
        self.formula = QLineEdit()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.formula.setFont(font)
        self.formula.setPlaceholderText("a=0.25,2^(-(x^2+y^2)/(a/2)^2)")
        self.add(
            "formula",
            "Formula",
            self.formula,
            "Values with names (a=0.25,), then one expression in x, y and z: positions in the spacing's unit, zero "
            "at the centre. Powers ^, comparisons <= and functions such as exp, sqrt, abs, cosh, j1, max. "
            "Its height does not matter.",
            "",
        )
        self.message("formula")
        tip = "Whether the size is a number of samples or a length."
        self.shape_by = self.add_choice("shape_by", "Size", SIZES, tip, "samples")
        tip = "Size of the PSF: an odd number of samples, or a length that is filled up to one. 0 is automatic."
        self.shape = TripleField("shape", "Size", tip, none="Auto")
        self.add("shape", "", self.shape, tip, (0.0, 0.0, 0.0))
        self.message("shape")

    def wanted(self, place: Place) -> Formula:
        """Return what the fields ask for."""
        return Formula(self._text(place), self._lengths(place))

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        try:
            program = parse(self._text(place))
        except PSFError as error:
            return {"formula": str(error)}
        missing = sorted(program.coordinates - set("xyz"[: place.grid.axes]))
        if missing:
            return {
                "formula": f"The formula uses {' and '.join(missing)}, but the PSF has only "
                f"{place.grid.axes} ax{'is' if place.grid.axes == 1 else 'es'}; choose more axes, or take it out."
            }
        return {}

    def look(self, place: Place) -> None:
        """Show the fields that matter now."""
        axes = place.grid.axes
        self.shape.show_axes(axes)
        self.shape.whole(self.shape_by.currentData() == "samples")
        unit = "" if self.shape_by.currentData() == "samples" else f" {shown(place.grid.unit)}"
        for field in self.shape.fields.values():
            field.setSuffix(unit)
        items = [("Choose…", ""), *((name, text) for name, text in examples(place))]
        self.example.fill(items, "")
        if "formula" not in self.values and self.formula.text() != self._text(place):
            self.formula.blockSignals(True)
            self.formula.setText(self._text(place))
            self.formula.setCursorPosition(0)
            self.formula.blockSignals(False)

    def _edited(self, name: str) -> None:
        if name != "example":
            super()._edited(name)
        elif self.example.currentData():
            self.formula.setText(self.example.currentData())
            self.formula.setCursorPosition(0)

    def _text(self, place: Place) -> str:
        """Return the formula; as long as nobody typed one, a Gaussian on all axes."""
        text: str = self.values.get("formula", examples(place)[0][1])
        return text

    def _lengths(self, place: Place) -> tuple[int, ...]:
        """Return odd lengths: as entered, or as much as the image has, up to a limit."""
        axes, steps = place.grid.axes, place.grid.steps
        sizes: Numbers = self.shape.numbers(axes)
        if self.shape_by.currentData() == "extent":
            sizes = tuple(size / step for size, step in zip(sizes, steps, strict=True))
        image = default_lengths(place)
        return tuple(odd(size) if size > 0 else length for size, length in zip(sizes, image, strict=True))


def default_lengths(place: Place) -> tuple[int, ...]:
    """Return odd lengths for a PSF of the image: the image's own, but not too long."""
    if place.image is None:
        return (33, LONGEST, LONGEST)[-place.grid.axes :]
    layer = place.image
    lengths = (layer.data[0] if getattr(layer, "multiscale", False) else layer.data).shape
    padded = ((1,) * 3 + tuple(int(length) for length in lengths))[-place.grid.axes :]
    return tuple(min(LONGEST, odd(length - 1 if length % 2 == 0 else length)) for length in padded)


def odd(length: float) -> int:
    """Return the least odd whole number that is not below a length."""
    whole = max(1, int(-(-length // 1)))
    return whole if whole % 2 else whole + 1


def examples(place: Place) -> list[tuple[str, str]]:
    """Return the examples for so many axes, their lengths such that the image's pixels can show them."""
    axes, ratio = place.grid.axes, _ratio(place.grid)

    def scaled(found: re.Match[str]) -> str:
        """Return a length of an example over the image's pixels."""
        return f"{found[1]}={float(found[2]) * ratio:.4g}"

    return [
        (name, LENGTH.sub(scaled, text.replace("{r}", RADII[axes]))) for name, text, fits in EXAMPLES if axes in fits
    ]


def _ratio(grid: Grid) -> float:
    """Return what the examples' lengths, which are a microscope's in um, are multiplied by."""
    return default_fwhm("x", min(grid.steps), grid.unit) / TYPICAL_UM["x"]
