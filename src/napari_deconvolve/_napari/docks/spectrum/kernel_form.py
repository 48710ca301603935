"""The middle part of the dock "Spectrum": with what the data were blurred."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from napari_deconvolve._napari.docks.spectrum.data import unit_words
from napari_deconvolve._napari.docks.spectrum.kernel import (
    CENTER_LABELS,
    FILE,
    FORMULA,
    GAUSSIAN,
    KERNELS,
    LAYER,
    OF_A_WIDTH,
    KernelChoice,
)
from napari_deconvolve._napari.kit.boxes import FactorBox
from napari_deconvolve._napari.kit.forms import Remarks, beside, choice_box, identify, row
from napari_deconvolve._napari.kit.holder import holder
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.io.spectrum import Spectrum

NARROWEST, WIDEST = 1e-9, 1e9
USUAL_WIDTH_IN_STEPS = 8.0  # steps of the data: a width to begin with
EXAMPLE = "B=0.04,1/cosh(x/(2*B))^2"


class KernelForm(QObject):  # type: ignore[misc]
    """Kind of kernel, and what it asks for; `choice` says what they are, `changed` that they are others.

    Signals
    -------
    open_file()
        The user wants to look for a file.
    """

    changed = Signal()
    open_file = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.typed = False  # whether the user gave a width
        self._make()
        self.said = Remarks("kernel_info")
        self._rows: dict[str, tuple[QWidget, ...]] = {}
        self._connect()

    def _make(self) -> None:
        self.kernel: QComboBox = identify(
            choice_box(KERNELS),
            "kernel",
            "Kernel",
            "How a single sharp line was recorded: by its width, by a formula, or measured, from a file or a layer. "
            "Thermal is the slope of Fermi's function, which is 3.53 kT wide.",
        )
        self.fwhm: FactorBox = identify(
            FactorBox(NARROWEST, WIDEST, auto=False),
            "fwhm",
            "Full width at half maximum",
            "Width of the kernel at half of its height, in the unit of the data's axis.",
        )
        self.fwhm.setSpecialValueText("–")  # at the lowest: there are no data yet
        self.unit = QLabel("")
        self.formula: QLineEdit = identify(
            QLineEdit(),
            "formula",
            "Formula",
            "Values with names (B=0.04,), then one expression in x: the position in the unit of the data's axis, zero "
            "at the kernel's centre. Powers ^, comparisons <= and functions such as exp, sqrt, abs, cosh. Its height "
            "does not matter.",
        )
        self.formula.setPlaceholderText(EXAMPLE)
        self.path: QLineEdit = identify(
            QLineEdit(),
            "kernel_file",
            "Kernel file",
            "File with the kernel: CSV, TXT or NPY, of any length and height.",
        )
        self.path.setPlaceholderText("CSV, TXT or NPY")
        self.open_button: QPushButton = identify(
            QPushButton("Open…"), "open_kernel", "Open a kernel", "Look for a file."
        )
        self.layer = LayerBox("kernel_layer", "Kernel layer", "The layer of one row that holds it.")
        self.center: QComboBox = identify(
            choice_box(list(CENTER_LABELS.values())),
            "center",
            "Centre",
            "Where the kernel's zero is: found from its bright core (between samples, too), its middle sample, its "
            "highest one, its first one for a response that begins at once, or the 0 of its file's axis.",
        )

    def rows(self, rows: QFormLayout) -> None:
        """Add the fields to a form."""
        row(rows, "Kernel", self.kernel)
        self._row(rows, "fwhm", "FWHM", beside(self.fwhm, self.unit), self.fwhm)
        self._row(rows, "formula", "Formula", self.formula)
        self._row(rows, "path", "File", beside(self.path, self.open_button), self.path)
        self._row(rows, "layer", "Layer", self.layer.native)
        self._row(rows, "center", "Centre", self.center)
        self._said = holder(self.said)
        rows.addRow(self._said)
        self.look()

    def _row(self, rows: QFormLayout, name: str, text: str, field: QWidget, buddy: QWidget | None = None) -> None:
        self._rows[name] = (row(rows, text, field, buddy=buddy), field)

    def _connect(self) -> None:
        for box in (self.kernel, self.center):
            box.currentTextChanged.connect(self._changed)
        self.fwhm.valueChanged.connect(self._width_given)
        self.formula.textChanged.connect(self._changed)
        self.path.textChanged.connect(self._changed)
        self.layer.changed.connect(self._changed)
        self.open_button.clicked.connect(lambda _checked=False: self.open_file.emit())

    # ---- what it says

    def choice(self) -> KernelChoice:
        """Return what is chosen."""
        return KernelChoice(
            kernel=self.kernel.currentText(),
            fwhm=float(self.fwhm.value()),
            formula=self.formula.text(),
            path=self.path.text(),
            layer=self.layer.value,
            center=list(CENTER_LABELS)[max(0, self.center.currentIndex())],
        )

    def follow(self, spectrum: Spectrum | None) -> bool:
        """Write the axis's unit, and a usual width while nobody gave one; return whether the width is another."""
        unit = unit_words(spectrum)
        self.unit.setText(unit)
        self.unit.setVisible(bool(unit) and self.kernel.currentText() in OF_A_WIDTH)
        before = self.fwhm.value()
        if spectrum is not None and not self.typed:
            with QSignalBlocker(self.fwhm):
                self.fwhm.setValue(float(f"{USUAL_WIDTH_IN_STEPS * float(spectrum.spacing):.2g}"))
        return bool(self.fwhm.value() != before)

    def show_remark(self, remark: Remark) -> None:
        """Show what is odd about the kernel, and what was done to one of a file or layer; a width says all."""
        self._said.setVisible(remark.level != "info" or self.kernel.currentText() not in OF_A_WIDTH)

    def take_file(self, path: str) -> None:
        """Choose a file."""
        with QSignalBlocker(self):
            self.kernel.setCurrentText(FILE)
            self.path.setText(path)
        self._changed()

    def offer(self, layers: list[Any], default: Any) -> None:
        """Follow the viewer's layers."""
        with QSignalBlocker(self):
            self.layer.offer(layers, default)

    def set_defaults(self) -> None:
        """Show a Gaussian of a usual width."""
        with QSignalBlocker(self):
            self.kernel.setCurrentText(GAUSSIAN)
            self.center.setCurrentIndex(0)
            self.formula.setText("")
            self.path.setText("")
        self.typed = False
        self.look()

    def values(self) -> dict[str, Any]:
        """Return what is remembered beside the layer."""
        return {
            "kernel": self.kernel.currentText(),
            "fwhm": self.fwhm.value(),
            "typed": self.typed,
            "formula": self.formula.text(),
            "path": self.path.text(),
            "center": self.center.currentText(),
        }

    def set_values(self, values: dict[str, Any]) -> None:
        """Set what was remembered."""
        with QSignalBlocker(self):
            self.kernel.setCurrentText(values.get("kernel", self.kernel.currentText()))
            self.fwhm.setValue(values.get("fwhm", self.fwhm.value()))
            self.formula.setText(values.get("formula", self.formula.text()))
            self.path.setText(values.get("path", self.path.text()))
            self.center.setCurrentText(values.get("center", self.center.currentText()))
        self.typed = bool(values.get("typed", False))
        self.look()

    def look(self) -> None:
        """Show the fields that count."""
        kernel = self.kernel.currentText()
        counts = {
            "fwhm": kernel in OF_A_WIDTH,
            "formula": kernel == FORMULA,
            "path": kernel == FILE,
            "layer": kernel == LAYER,
            "center": kernel in (FILE, LAYER),
        }
        for name, yes in counts.items():
            for widget in self._rows.get(name, ()):
                widget.setVisible(yes)

    def _width_given(self, value: float) -> None:
        self.typed = True
        self._changed()

    def _changed(self, *_: Any) -> None:
        self.look()
        self.changed.emit()
