"""The settings of a run in a form: the controls of a recipe, made from its parameters' declarations.

A new parameter has a row when its name stands in `MAIN` or `MORE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QPushButton, QWidget

from napari_deconvolve._napari.kit.boxes import WordBox
from napari_deconvolve._napari.kit.controls import control_for
from napari_deconvolve._napari.kit.forms import Remarks, beside, identify, row, whole_number_box
from napari_deconvolve._napari.kit.status import RULES
from napari_deconvolve.core.likelihood.maps import MAPS
from napari_deconvolve.core.model_selection.rules import STOP_RULES
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.recipe.found import without
from napari_deconvolve.recipe.kinds import AUTO
from napari_deconvolve.recipe.method import METHODS, MethodTraits
from napari_deconvolve.recipe.naming import power_text
from napari_deconvolve.recipe.recipe import Recipe, parameter

MAIN = ("method", "blind", "iterations", "prior", "strength", "regularization")
CAMERA = ("gain", "background", "offset", "read_noise")
RUN = ("defects", "acceleration", "boundary", "device")
MORE = ("symmetry", "stop", "gain", "target_fwhm", "target_by", *CAMERA[1:], *RUN)
# Short labels: the longest one sets the width of all fields, and docks may be narrow.
SHORT = {
    "regularization": "Smoothing",
    "target_fwhm": "Resolution",
    "offset": "Offset",
    "prior": "Smoothing",
    "blind": "PSF by",
}
NO_SNAPSHOTS = 0


class Settings(QObject):  # type: ignore[misc]
    """All controls of a recipe, by the names of its parameters; `recipe` says what they amount to.

    `changed` says that it is another; `without` names the rows that this form does not have.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None, without: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self._without = without
        self.rule = identify(
            WordBox(RULES),
            "regularization_rule",
            "Chosen by",
            "How Auto finds the regularization: by the best score, which is cross-validation with weighted degrees of "
            "freedom, and never half negative; so that the most negative value is 10 % of the maximum, which is "
            "smooth; or by plain cross-validation.",
        )
        how: dict[str, dict[str, Any]] = {
            "method": {"labels": {name: one.label for name, one in METHODS.items()}},
            "regularization": {"rule": self.rule},
        }
        self.controls: dict[str, Any] = {name: control_for(name, **how.get(name, {})) for name in (*MAIN, *MORE)}
        self.controls["stop"].widget.setObjectName("stop_rule")  # "stop" is the button
        self.method, self.regularization = (self.controls[name].widget for name in ("method", "regularization"))
        self.keep_every = _keep_every()
        self.unit = QLabel("")
        self.said = {name: Remarks(f"{name}_info") for name in ("target_fwhm", "method", "iterations", *CAMERA)}
        self.regularization_found = Remarks("regularization_info")
        self.camera_found = {name: Remarks(f"{name}_found") for name in CAMERA}
        self.show_map = identify(
            QPushButton("Show"),
            "show_background",
            "Show the background that was found",
            "Adds the background that was found as a layer, in counts. It can be looked at, edited, and chosen as map "
            "of the background.",
        )
        self.show_map.setVisible(False)
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._taken: tuple[Recipe, dict[str, Any]] | None = None  # with numbers that were found, and as it is shown
        self.set_defaults()
        self._connect()

    def _connect(self) -> None:
        for control in self.controls.values():
            for signal in control.changes:
                signal.connect(self._changed)
        self.keep_every.valueChanged.connect(self._changed)

    # ---- where they stand

    def main_rows(self, rows: QFormLayout) -> None:
        """Add what everybody sees to a form."""
        for name in MAIN:
            self._row(rows, name)
        self._add(rows, "rule", "Chosen by", self.rule)
        self._show_what_counts()

    def more_rows(self, rows: QFormLayout) -> None:
        """Add what is rarely needed."""
        for name in MORE:
            self._row(rows, name)
        self._add(rows, "keep_every", "Keep every", self.keep_every)
        self._show_what_counts()

    def _row(self, rows: QFormLayout, name: str) -> None:
        control = self.controls[name]
        found = {"regularization": self.regularization_found, **self.camera_found}
        below = [remarks[name] for remarks in (self.said, found) if name in remarks]
        more = {"target_fwhm": self.unit, "background": self.show_map}
        field = beside(control.widget, more[name]) if name in more else control.widget
        self._add(rows, name, SHORT.get(name, control.parameter.label), field, *below, buddy=control.buddy)

    def _add(
        self, rows: QFormLayout, name: str, text: str, field: QWidget, *below: QWidget, buddy: QWidget | None = None
    ) -> None:
        if name not in self._without:
            self._rows[name] = (row(rows, text, field, *below, buddy=buddy), field)

    def _changed(self, *_: Any) -> None:
        self._show_what_counts()
        self.changed.emit()

    def _show_what_counts(self) -> None:
        """Hide what would change nothing, so that all that is seen counts."""
        automatic = self.automatic("iterations")
        more = {
            "strength": self.controls["prior"].value() is not None,
            "stop": automatic,
            "gain": self._gain_counts(),
            "rule": self.automatic("regularization"),
            "symmetry": self.controls["blind"].value() == "alternate",
        }
        has = rows_of(self.traits)
        for name in frozenset().union(*map(rows_of, METHODS.values())):
            for widget in self._rows.get(name, ()):
                seen = name in has and more.get(name, True)
                if name in CAMERA:
                    self.controls[name].count(seen)
                if widget.parent() is not None or not seen:  # one without a parent would open a window
                    widget.setVisible(seen)
        if "regularization" not in has:
            self.regularization_found.say("")

    def _gain_counts(self) -> bool:
        """Return whether the gain changes anything: for the number of iterations, or to read what a camera wrote."""
        stop = STOP_RULES[self.controls["stop"].value()]
        chosen = self.automatic("iterations") and (stop.searches or stop.measures_gain)
        given = not all(self.automatic(name) for name in ("offset", "read_noise", "gain"))
        return "stop" not in self.traits.fields or chosen or given

    def show_camera(self, found: Mapping[str, str]) -> None:
        """Say what was found of the camera, by the names of the fields; of those that are hidden nothing."""
        for name, remarks in self.camera_found.items():
            hidden = name in self._rows and self._rows[name][1].isHidden()
            remarks.say("" if hidden else found.get(name, ""))

    def summary(self) -> str:
        """Return the method, and what of its main settings is not the default."""
        default, own = Recipe(), {name: self.controls[name].value() for name in MAIN}
        traits = self.traits
        count = own["iterations"]
        parts = [traits.label]
        if traits.iterates:
            parts.append("Auto" if isinstance(count, str) else f"{count} iterations")
        if "prior" in traits.fields and own["prior"] != default.prior:
            parts.append(self.controls["prior"].widget.currentText())
        return ", ".join(parts)

    @property
    def traits(self) -> MethodTraits:
        """The method that is chosen."""
        return METHODS[self.method.word]

    def show_found(self, strength: float) -> None:
        """Say which regularization Auto has found."""
        self.regularization.show_found(strength)
        automatic = self.automatic("regularization")
        self.regularization_found.say(f"Auto finds {power_text(strength)}." if automatic else "")

    # ---- what they say

    @property
    def maps(self) -> dict[str, Any]:
        """The layers that stand in place of numbers, by the names of the parameters."""
        found = {name: self.controls[name].layer.value for name in CAMERA}
        return {name: layer for name, layer in found.items() if layer is not None}

    def offer(self, layers: Sequence[Any]) -> None:
        """Offer these layers as maps."""
        for name in CAMERA:
            self.controls[name].offer(layers)
        self._show_what_counts()

    def automatic(self, name: str) -> bool:
        """Return whether a parameter's value is to be found."""
        return bool(self.controls[name].automatic)

    def recipe(self) -> Recipe:
        """Return what is chosen.

        A width that cannot be read counts as none (see `problem`), a background below the offset as not given (see
        `disagreement`).
        """
        values = self._recipe_values()
        return Recipe(**values) if not self.disagreement() else Recipe(**{**values, "background": AUTO})

    def disagreement(self) -> str:
        """Say why background and offset cannot both be right; empty when they can."""
        try:
            Recipe(**self._recipe_values())
        except ParameterError as error:
            return str(error)
        return ""

    def _recipe_values(self) -> dict[str, Any]:
        values = {name: control.value() for name, control in self.controls.items()}
        if "prior" not in self.traits.fields:
            values["prior"] = None
        return values if self._taken is None else _as_taken(values, *self._taken)

    def problem(self) -> str:
        """Say what is wrong with the target resolution; empty when it can be read."""
        return str(self.controls["target_fwhm"].problem())

    def take(self, recipe: Recipe) -> None:
        """Show a recipe; numbers that were found on an image stay those of that image, until they are changed."""
        self.set_values({name: getattr(recipe, name) for name in self.controls})
        if recipe.found_on is not None:
            self._taken = recipe, self._recipe_values()

    def set_defaults(self) -> None:
        """Show the default pipeline."""
        self.take(Recipe())
        self.keep_every.setValue(NO_SNAPSHOTS)

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        own = {"rule": self.rule.word, "keep_every": self.keep_every.value()}
        return {**{name: control.remembered() for name, control in self.controls.items()}, **own}

    def set_values(self, values: dict[str, Any]) -> None:
        """Set values by name, also as earlier versions remembered them; what has no control here is left out."""
        self._taken = None
        with QSignalBlocker(self):
            for name, value in values.items():
                if name in self.controls:
                    self.controls[name].show(tuple(value) if isinstance(value, list) else value)
            self.rule.setCurrentText(values.get("rule", self.rule.word))
            self.keep_every.setValue(values.get("keep_every", self.keep_every.value()))
        self._show_what_counts()


def _as_taken(values: dict[str, Any], recipe: Recipe, shown: dict[str, Any]) -> dict[str, Any]:
    """Return values in which those that still are as they were `shown` are the recipe's own, not rounded.

    Maps are shown by layers, which are chosen by themselves.
    """
    mapped = [name for name in CAMERA if isinstance(getattr(recipe, name), MAPS)]
    changed = [name for name, value in values.items() if value != shown[name] or name in mapped]
    kept = {name: getattr(recipe, name) for name in values if name not in changed}
    return {**values, **kept, "found_on": without(recipe.found_on, changed)}


def rows_of(method: MethodTraits) -> frozenset[str]:
    """Return the rows that a method has, of those that not every method has."""
    more = {"keep_every": method.iterates, "rule": "regularization" in method.fields}
    return method.fields | {name for name, wanted in more.items() if wanted}


def _keep_every() -> Any:
    high = int(parameter("iterations").high or 0)
    return identify(
        whole_number_box(NO_SNAPSHOTS, high, NO_SNAPSHOTS, special="none", suffix=" iterations"),
        "keep_every",
        "Keep every",
        "Keep a snapshot every so many iterations, in one layer with a slider; 0 keeps none. "
        "From each of them a run can go on with other settings.",
    )
