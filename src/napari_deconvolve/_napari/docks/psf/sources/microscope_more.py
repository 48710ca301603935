"""The folded part of the microscope's form: coverslip, design, model, size, aberrations, own presets."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.fields import ChoiceField, Message, NumberField, TripleField
from napari_deconvolve._napari.docks.psf.presets import Dye, Objective, read_presets, write_presets
from napari_deconvolve._napari.docks.psf.sources.base import SourcePanel, button, new_grid, shrink
from napari_deconvolve._napari.kit.forms import Fold, identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.optics import uses
from napari_deconvolve.errors import FileError, ParameterError

MODELS = {"vectorial": "vectorial", "scalar": "scalar", "born-wolf": "Born-Wolf (paraxial)"}
SAMPLINGS = {None: "Auto", "pixel": "over camera pixels", "point": "at points"}
MOST_WAVES = 5.0
# name, label, unit, what 0 says, default, help
RARE_NUMBERS = (
    ("coverslip_um", "Coverslip", "µm", "", 170.0, "Thickness of the coverslip that is used."),
    ("coverslip_index", "Coverslip index", "", "as designed", 0.0, "Refractive index of the coverslip that is used."),
    (
        "working_distance_um",
        "Working dist.",
        "µm",
        "",
        150.0,
        "Thickness of the immersion; counts where its index is not the design's.",
    ),
    ("design_immersion_index", "Design index", "", "as used", 0.0, "Index of the immersion that the lens is made for."),
    ("design_coverslip_um", "Design glass", "µm", "", 170.0, "Thickness of the coverslip that the lens is made for."),
    ("design_coverslip_index", "Glass index", "", "", 1.515, "Index of the coverslip that the lens is made for."),
)
ZERNIKE = {
    5: "astigmatism 45°",
    6: "astigmatism 0°",
    7: "coma along y",
    8: "coma along x",
    9: "trefoil along y",
    10: "trefoil along x",
    11: "spherical",
    22: "spherical, second",
}


class MoreOptics(Fold):
    """Fields that belong to the microscope's panel, in a part that folds."""

    def __init__(self, panel: SourcePanel) -> None:
        super().__init__("More: pinhole, coverslip, size", "more_optics")
        self._panel = panel
        grid = new_grid(self.body)
        self._numbers: dict[str, NumberField] = {}
        words = "Diameter of the pinhole in Airy units, 1.22 emission/NA; 0 is a point."
        self.pinhole = panel.add("pinhole_airy", "Pinhole", NumberField("pinhole_airy", "Airy units"), words, 1.0, grid)
        for name, label, unit, none, default, words in RARE_NUMBERS:
            self._numbers[name] = panel.add(name, label, NumberField(name, unit, none), words, default, grid)
        words = "Vectorial is right; the others are for comparison with other programs."
        self.model = panel.add_choice("model", "Model", MODELS, words, "vectorial", grid)
        words = "Camera pixels gather light over their area, scanners at points. Auto: by the microscope."
        self.sampling = panel.add_choice("sampling", "Sampling", SAMPLINGS, words, None, grid)
        words = "Size of the PSF in voxels, odd numbers; Auto holds 99.5 % of the light."
        self.size = TripleField("size", "Size", words, none="Auto")
        self.size.whole(True)
        head = QLabel("Size in voxels")
        head.setBuddy(self.size.fields["z"])
        grid.addWidget(head, grid.rowCount(), 0, 1, 2)
        panel.add("size", "", self.size, words, (0.0, 0.0, 0.0), grid)
        self._build_zernike(grid)
        self._below = QVBoxLayout()
        grid.addLayout(self._below, grid.rowCount(), 0, 1, 2)
        self.button.toggled.connect(lambda on: panel.values.__setitem__("unfolded", on))

    def _build_zernike(self, outer: QGridLayout) -> None:
        self.zernike = QWidget()
        self.zernike.setObjectName("zernike")
        grid = new_grid(self.zernike)
        grid.addWidget(QLabel("Aberrations (waves rms)"), 0, 0, 1, 2)
        self._terms: dict[int, NumberField] = {}
        for index, label in ZERNIKE.items():
            field = NumberField(f"zernike_{index}")
            field.setRange(-MOST_WAVES, MOST_WAVES)
            words = f"Zernike term {index} (Noll), root mean square in waves, on the way to the focus."
            self._terms[index] = self._panel.add(f"zernike_{index}", label, field, words, 0.0, grid)
        outer.addWidget(self.zernike, outer.rowCount(), 0, 1, 2)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget at the end of the folded part."""
        self._below.addWidget(widget)

    def arguments(self, modality: str) -> dict[str, Any]:
        """Return the arguments of `psf.microscope` that stand here."""
        found: dict[str, Any] = {name: field.value() for name, field in self._numbers.items()}
        for name in ("coverslip_index", "design_immersion_index"):
            found[name] = found[name] or None
        found |= {"model": self.model.currentData(), "sampling": self.sampling.currentData()}
        terms = tuple((index, field.value()) for index, field in self._terms.items() if field.value())
        return found | ({"zernike": terms} if terms and uses(modality, "zernike") else {})

    def shape(self, axes: int) -> tuple[int, ...] | None:
        """Return the size, None to have it chosen; raise `ParameterError` if it is even, or of some axes only."""
        lengths = tuple(int(number) for number in self.size.numbers(axes))
        if not any(lengths):
            return None
        if any(length % 2 == 0 for length in lengths):
            text = " × ".join(str(length) if length else "Auto" for length in lengths)
            raise ParameterError(f"The size is {text}; give an odd number of samples along each axis, or none.")
        return lengths

    def look(self, modality: str, axes: int) -> None:
        """Show the fields that matter for a kind of microscope."""
        self.size.show_axes(axes)
        self.zernike.setVisible(uses(modality, "zernike"))
        self._panel.show_row("pinhole_airy", uses(modality, "pinhole_airy"))


class PresetRow(QWidget):  # type: ignore[misc]
    """Names the present objective or dye, to have it among the presets from now on.

    Attributes
    ----------
    changed : Signal()
        When the user's presets are others.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._numbers = (0.0, 0.0, 0.0, 0.0)
        grid = new_grid(self)
        self.kind = ChoiceField("preset_kind")
        self.kind.fill([("objective", "objective"), ("dye", "dye")], "objective")
        words = "Objective: NA and immersion. Dye: emission and excitation."
        identify(self.kind, "preset_kind", "What to save as a preset", words)
        words = "Under this name it is offered from now on, in later sessions too."
        self.name = identify(QLineEdit(), "preset_name", "Name of the preset", words)
        self.name.setPlaceholderText("name")
        shrink(self.name)
        grid.addWidget(QLabel("Own preset"), 0, 0)
        grid.addWidget(self.name, 0, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.kind, 1)
        words = "Keep the present numbers under this name."
        buttons.addWidget(button("save_preset", "Save preset", words, self._save))
        buttons.addWidget(button("remove_preset", "Delete", "Forget your preset of this name.", self._remove))
        grid.addLayout(buttons, 1, 0, 1, 2)
        self.state = Message("preset_state")
        grid.addWidget(self.state, 2, 0, 1, 2)

    def take(self, aperture: float, index: float, emission: float, excitation: float) -> None:
        """Take the numbers that would be saved."""
        self._numbers = (aperture, index, emission, excitation)

    def tell(self, problem: str) -> None:
        """Say what is wrong with the file of presets; an empty text says nothing new."""
        if problem:
            self.state.tell(problem)

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.state.color(palette.warning)

    def _save(self) -> None:
        name = self.name.text().strip()
        aperture, index, emission, excitation = self._numbers
        objective = self.kind.currentData() == "objective"
        presets = read_presets()
        if not name:
            self.state.tell("Give the preset a name.")
        elif presets.problem:
            self.state.tell(f"Not saved. {presets.problem}")
        else:
            one = Objective(name, aperture, index) if objective else Dye(name, emission, excitation)
            self._write(presets.with_one(one), f"Saved “{name}”: it is offered above from now on.")

    def _remove(self) -> None:
        name = self.name.text().strip()
        presets = read_presets()
        known = {one.name for one in presets.objectives} | {one.name for one in presets.dyes}
        if presets.problem:
            self.state.tell(presets.problem)
        elif name not in known:
            self.state.tell(f"There is no preset of yours named “{name}”." if name else "Give the preset's name.")
        else:
            self._write(presets.without(name), f"Deleted “{name}”.")

    def _write(self, presets: Any, words: str) -> None:
        try:
            write_presets(presets)
        except FileError as error:
            self.state.tell(str(error))
            return
        self.state.tell(words)
        self.changed.emit()
