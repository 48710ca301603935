"""The rows of the microscope's form that hold two fields: a choice, and the number that it stands for."""

from __future__ import annotations

from napari_deconvolve._napari.docks.psf.fields import ChoiceField, NumberField
from napari_deconvolve._napari.docks.psf.presets import MEDIA, medium_of
from napari_deconvolve._napari.docks.psf.sources.base import SourcePanel
from napari_deconvolve._napari.kit.forms import identify

OTHER = "other"
AS_IMMERSION = "as immersion"  # of the sample, whose index is 0 then


class MediumRow:
    """A medium by its name, and its refractive index; an index that is no medium's is called "other"."""

    def __init__(
        self, panel: SourcePanel, names: tuple[str, str], label: str, tips: tuple[str, str], default: float
    ) -> None:
        own = default == 0.0
        self.medium = ChoiceField(names[0])
        self.medium.fill([*([(AS_IMMERSION, 0.0)] if own else []), *MEDIA.items(), (OTHER, None)], default)
        identify(self.medium, names[0], label, tips[0])
        field = NumberField(names[1], none="same" if own else "")
        self.index: NumberField = panel.keep(names[1], f"{label} index", field, tips[1], default)
        panel.place_pair(label, self.medium, self.index)
        self.medium.currentIndexChanged.connect(lambda _: self._chosen())

    def show(self) -> None:
        """Let the box say which medium the index is."""
        index = self.index.value()
        self.medium.blockSignals(True)
        self.medium.choose(0.0 if index == 0 else MEDIA.get(medium_of(index)))
        self.medium.blockSignals(False)

    def _chosen(self) -> None:
        index = self.medium.currentData()
        if index is not None:
            self.index.setValue(index)
        else:
            self.index.setFocus()
