"""The boxes that set several numbers of a microscope at once: by an objective, by a dye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.docks.psf.fields import ChoiceField
from napari_deconvolve._napari.docks.psf.presets import DYES, OBJECTIVES, Dye, Presets, read_presets
from napari_deconvolve._napari.kit.forms import identify

OWN = "other"  # in a box of presets, where the numbers beside it are those of none


class PresetBoxes(QObject):  # type: ignore[misc]
    """A box of objectives and one of dyes; each says which preset the numbers are, too.

    Signals
    -------
    chosen(preset)
        An `Objective` or a `Dye`.
    """

    chosen = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._presets = Presets()
        self.objective, self.dye = ChoiceField("objective"), ChoiceField("dye")
        for label, box, words in (
            ("Objective", self.objective, "Sets numerical aperture and immersion."),
            ("Dye", self.dye, "Sets emission and excitation."),
        ):
            identify(box, box.objectName(), label, words)
            box.currentIndexChanged.connect(lambda _, b=box: self._choose(b))

    def read(self) -> str:
        """Read the user's own presets; return what is wrong with their file."""
        self._presets = read_presets()
        return self._presets.problem

    @property
    def dyes(self) -> tuple[Dye, ...]:
        """All dyes that are offered."""
        return (*self._presets.dyes, *DYES)

    def show(self, aperture: float, index: float, emission: float, excitation: float, two_photons: bool) -> None:
        """Let the boxes say what the numbers are."""
        lenses = (*self._presets.objectives, *OBJECTIVES)
        matching = [one for one in lenses if (one.numerical_aperture, one.immersion_index) == (aperture, index)]
        _fill(self.objective, lenses, matching)
        dyes = self.dyes
        fits = [d for d in dyes if d.emission_um == emission and (two_photons or excitation in (d.excitation_um, 0.0))]
        _fill(self.dye, dyes, fits)

    def _choose(self, box: ChoiceField) -> None:
        preset = box.currentData()
        if preset is not None:
            self.chosen.emit(preset)


def _fill(box: ChoiceField, presets: Sequence[Any], matching: Sequence[Any]) -> None:
    """Offer presets; of those that match, the one that is chosen stays."""
    chosen = box.currentData()
    best = chosen if chosen in matching else matching[0] if matching else None
    box.fill([(OWN, None), *((one.name, one) for one in presets)], best)
