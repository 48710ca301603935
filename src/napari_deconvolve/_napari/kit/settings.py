"""The settings of the dock "Deconvolve": the controls of a recipe, made from its parameters' definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from napari_deconvolve._napari.kit.boxes import (
    CountBox,
    FactorBox,
    Strength,
    TargetBox,
    WordBox,
    read_target,
)
from napari_deconvolve._napari.kit.forms import (
    AUTO,
    Remarks,
    auto_number_box,
    beside,
    choice_box,
    help_of,
    identify,
    row,
    whole_number_box,
)
from napari_deconvolve._napari.kit.methods import CONTROLS, LABELS, method_of
from napari_deconvolve._napari.kit.status import RULES
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.naming import power_text
from napari_deconvolve.recipe.recipe import USUAL, Recipe, parameter

WORDS = (
    "method",
    "blind",
    "symmetry",
    "stop",
    "prior",
    "acceleration",
    "boundary",
    "target_by",
)  # parameters that are one word of several
NUMBERS = ("iterations", "gain", "strength", "regularization", "background", "keep_every")
HIGHEST_GAIN, HIGHEST_REGULARIZATION = 1e9, 1e6
USUAL_REGULARIZATION = 1e-3


class Settings(QObject):  # type: ignore[misc]
    """All controls of a recipe; `recipe` says what they amount to, `changed` that it is another.

    Parameters
    ----------
    parent : QObject, optional
        Of this.
    without : sequence of str
        Rows that this form has not.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, without: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self._without = without
        self._make()
        self.said = {name: Remarks(f"{name}_info") for name in ("target_fwhm", "method", "iterations")}
        self.regularization_found = Remarks("regularization_info")
        self.background_found = Remarks("background_found")
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self.set_defaults()
        self._connect()

    def _make(self) -> None:
        high = int(parameter("iterations").high or 100_000)
        self.iterations = _described(CountBox(high, USUAL), "iterations")
        self.method = _described(WordBox(LABELS), "method")
        for name in WORDS[1:]:
            setattr(self, name, _described(choice_box(parameter(name).choices), name))
        self.stop.setObjectName("stop_rule")  # "stop" is the button
        self.strength = Strength()
        self.regularization = Strength("regularization", USUAL_REGULARIZATION, HIGHEST_REGULARIZATION)
        self.rule = identify(
            WordBox(RULES),
            "regularization_rule",
            "Chosen by",
            "How Auto finds the regularization: by the best score, which is cross-validation with weighted degrees of "
            "freedom, and never half negative; so that the most negative value is 10 % of the maximum, which is "
            "smooth; or by plain cross-validation.",
        )
        low = parameter("gain").low or 1e-12
        self.gain = _described(FactorBox(low, HIGHEST_GAIN, suffix=" counts/photon"), "gain")
        self.target_fwhm = _described(TargetBox(), "target_fwhm")
        self.unit = QLabel("")
        self.background = _described(auto_number_box(f" {parameter('background').unit}"), "background")
        self.keep_every = identify(
            whole_number_box(0, high, 0, special="none", suffix=" iterations"),
            "keep_every",
            "Keep every",
            "Keep a snapshot every so many iterations, in one layer with a slider; 0 keeps none. "
            "From each of them a run can go on with other settings.",
        )

    def _connect(self) -> None:
        for name in NUMBERS:
            getattr(self, name).valueChanged.connect(self._changed)
        for name in (*WORDS, "target_fwhm", "rule"):
            getattr(self, name).currentTextChanged.connect(self._changed)

    # ---- where they stand

    def main_rows(self, rows: QFormLayout) -> None:
        """Add what everybody sees to a form."""
        self._row(rows, "method", self.said["method"])
        self._row(rows, "blind")
        self._row(rows, "symmetry")
        self._row(rows, "iterations", self.said["iterations"])
        self._row(rows, "prior")
        self._row(rows, "strength", buddy=self.strength.box)
        # A short label: the longest one sets the width of all fields, and docks may be narrow.
        self._row(rows, "regularization", self.regularization_found, buddy=self.regularization.box, text="Smoothing")
        self._row(rows, "rule", text="Chosen by")
        self._show_what_counts()

    def more_rows(self, rows: QFormLayout) -> None:
        """Add what is rarely needed."""
        self._row(rows, "stop")
        self._row(rows, "gain")
        target = beside(self.target_fwhm, self.unit)
        label = row(rows, "Resolution", target, self.said["target_fwhm"], buddy=self.target_fwhm)
        self._rows["target_fwhm"] = (label, target)
        self._row(rows, "target_by")
        row(rows, parameter("background").label, self.background, self.background_found)
        self._row(rows, "acceleration")
        self._row(rows, "boundary")
        self._row(rows, "keep_every", text="Keep every")
        self._show_what_counts()

    def _row(self, rows: QFormLayout, name: str, *below: QWidget, buddy: QWidget | None = None, text: str = "") -> None:
        if name not in self._without:
            field = getattr(self, name)
            self._rows[name] = (row(rows, text or parameter(name).label, field, *below, buddy=buddy), field)

    def _changed(self, *_: Any) -> None:
        self._show_what_counts()
        self.changed.emit()

    def _show_what_counts(self) -> None:
        """Hide what would change nothing, so that all that is seen counts."""
        automatic = self.iterations.value() == 0
        more = {
            "strength": self.prior.currentText() != "none",
            "stop": automatic,
            "gain": automatic and self.stop.currentText() != "change",
            "rule": self.regularization.value() == 0,
            "symmetry": self.blind.currentText() == "alternate",
        }
        has = method_of(self.method.word).controls
        for name in CONTROLS:
            for widget in self._rows.get(name, ()):
                seen = name in has and more.get(name, True)
                if widget.parent() is not None or not seen:  # one without a parent would open a window
                    widget.setVisible(seen)
        if "regularization" not in has:
            self.regularization_found.say("")

    def show_found(self, strength: float) -> None:
        """Say which regularization Auto has found."""
        automatic = self.regularization.value() == 0
        self.regularization.show_found(strength)
        self.regularization_found.say(f"Auto finds {power_text(strength)}." if automatic else "")

    # ---- what they say

    def recipe(self) -> Recipe:
        """Return what is chosen; a width that cannot be read counts as none (see `problem`)."""
        has = method_of(self.method.word).controls
        prior = self.prior.currentText()
        background, strength = self.background.value(), self.strength.value()
        try:
            target = read_target(self.target_fwhm.currentText())
        except ParameterError:
            target = 0.0
        return Recipe(
            method=self.method.word,
            iterations=self.iterations.value() or "auto",
            stop=self.stop.currentText(),
            gain=self.gain.value() or "auto",
            acceleration=self.acceleration.currentText(),
            background="auto" if background < 0 else background,
            boundary=self.boundary.currentText(),
            prior=prior if "prior" in has and prior != "none" else None,
            strength=strength if strength > 0 else parameter("strength").default,
            regularization=self.regularization.value() or self.rule.word,
            blind=self.blind.currentText(),
            symmetry=self.symmetry.currentText(),
            target_fwhm=target,
            target_by=self.target_by.currentText(),
        )

    def problem(self) -> str:
        """Say what is wrong with the target resolution; empty when it can be read."""
        try:
            read_target(self.target_fwhm.currentText())
        except ParameterError as error:
            return str(error)
        return ""

    def take(self, recipe: Recipe) -> None:
        """Show a recipe."""
        values: dict[str, Any] = {
            "iterations": 0 if isinstance(recipe.iterations, str) else recipe.iterations,
            "gain": 0.0 if isinstance(recipe.gain, str) else recipe.gain,
            "strength": 0.0 if isinstance(recipe.strength, str) else recipe.strength,
            "regularization": 0.0 if isinstance(recipe.regularization, str) else recipe.regularization,
            "rule": recipe.regularization if isinstance(recipe.regularization, str) else self.rule.word,
            "background": AUTO if isinstance(recipe.background, str) else recipe.background,
            **{name: getattr(recipe, name) or "none" for name in WORDS},
        }
        self.set_values(values)
        self.target_fwhm.show_value(recipe.target_fwhm)

    def set_defaults(self) -> None:
        """Show the default pipeline."""
        self.take(Recipe())
        self.keep_every.setValue(0)

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        words = {name: getattr(self, name).currentText() for name in (*WORDS, "target_fwhm", "rule")}
        return {**{name: getattr(self, name).value() for name in NUMBERS}, **words}

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers and words by name; what has no control here is left out."""
        with QSignalBlocker(self):
            for name, value in values.items():
                widget = getattr(self, name, None)
                if isinstance(widget, (QComboBox, QLineEdit)):
                    widget.setCurrentText(value) if isinstance(widget, QComboBox) else widget.setText(value)
                elif name in NUMBERS and widget is not None:
                    widget.setValue(value)
        self._show_what_counts()


def _described(widget: Any, name: str) -> Any:
    definition = parameter(name)
    return identify(widget, name, definition.label, help_of(definition))
