"""A microscope by its optics: objective, immersion, light; what is rarely needed is folded away."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QCheckBox, QSizePolicy

from napari_deconvolve._napari.docks.psf.fields import ChoiceField, Message, NumberField
from napari_deconvolve._napari.docks.psf.presets import MEDIA, Dye, Objective, medium_of
from napari_deconvolve._napari.docks.psf.sources.base import Place, SourcePanel
from napari_deconvolve._napari.docks.psf.sources.channel_table import ChannelTable, light_of, remember_light
from napari_deconvolve._napari.docks.psf.sources.microscope_depth import DepthRows, MicroscopeStrata
from napari_deconvolve._napari.docks.psf.sources.microscope_more import MoreOptics, PresetRow
from napari_deconvolve._napari.docks.psf.sources.microscope_presets import OPTICS_NUMBERS, PresetBoxes
from napari_deconvolve._napari.kit.forms import beside, identify
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.optics import (
    MODALITIES,
    OPTICS_FROM_FILES,
    OPTICS_LABELS,
    Microscope,
    optics_of,
    sampling_text,
    uses,
)
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.units import is_length

SWITCHED = ("excitation_um", "pinhole_airy", "sheet_um")


class MicroscopePanel(SourcePanel):
    """Presets, modality, lens, light and sample; a word on the sampling; what came from the file is marked."""

    keys = ("microscope",)

    def build(self) -> None:
        """Make the fields."""
        self._place: Place | None = None
        self._palette: Palette | None = None
        self.presets = PresetBoxes(self)
        self.presets.chosen.connect(self._preset_chosen)
        tip = "How light is brought to the sample, and seen."
        self.modality = self.add_choice("modality", "Microscope", MODALITIES, tip, "widefield")
        aperture = NumberField("numerical_aperture")
        tip = "Numerical aperture of the objective: it stands on it."
        self.aperture = self.add("numerical_aperture", "NA", aperture, tip, 1.4)
        self._build_immersion()
        self.numbers: dict[str, NumberField] = {}
        for name, label, unit, none, default, words in OPTICS_NUMBERS:
            self.numbers[name] = self.add(name, label, NumberField(name, unit, none), words, default)
            if name == "sample_index":
                self.depth = DepthRows(self)
        self.message("microscope")
        self.from_file, self.sampling = Message("from_file"), Message("nyquist")
        self.place("from_file", "", self.from_file)
        self.place("nyquist", "", self.sampling)
        box = QCheckBox("One PSF per channel")
        tip = "Make a PSF for each channel of the image, with its own wavelength."
        self.all_channels = self.add("all_channels", "One PSF per channel", box, tip, False)
        self.channels = ChannelTable()
        self.channels.changed.connect(self._channel_edited)
        self.place("channels", "", self.channels)
        self.more = MoreOptics(self)
        self.place("more", "", self.more)
        self.saving = PresetRow()
        self.saving.changed.connect(self._presets_changed)
        self.more.add_below(self.saving)

    def _build_immersion(self) -> None:
        self.immersion = ChoiceField("immersion")
        self.immersion.fill([*MEDIA.items(), ("other", None)], MEDIA["oil"])
        identify(self.immersion, "immersion", "Immersion medium", "What is between objective and coverslip.")
        self.immersion.currentIndexChanged.connect(lambda _: self._medium_chosen())
        self.index = NumberField("immersion_index")
        self.index.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        identify(self.index, "immersion_index", "Immersion index", "Refractive index of the immersion medium.")
        self._fields["immersion_index"] = (self.index, MEDIA["oil"])
        self._labels["immersion_index"] = "Immersion index"
        self.index.valueChanged.connect(lambda _: self._edited("immersion_index"))
        row = beside(self.immersion, self.index)
        row.setStyleSheet("QDoubleSpinBox { min-width: 38px; max-width: 44px; }")  # the words need the room
        self.place("immersion", "Immersion", row)

    # What the form asks

    def wanted(self, place: Place) -> Microscope | MicroscopeStrata:
        """Return what the fields ask for."""
        return self._wanted(place, self.arguments())

    def wanted_of_channels(self, place: Place) -> tuple[tuple[Any, Microscope | MicroscopeStrata], ...]:
        """Return each channel's layer with what is wanted for it; nothing where one PSF is made."""
        if not self.all_channels.isChecked() or not place.siblings:
            return ()
        found = []
        for layer in place.siblings:
            light = self._light(layer)
            own = {**self.arguments(), "emission_um": light["emission_um"]}
            if uses(own["modality"], "excitation_um"):
                own["excitation_um"] = light["excitation_um"] or None
            found.append((layer, self._wanted(place, own)))
        return tuple(found)

    def _wanted(self, place: Place, arguments: dict[str, Any]) -> Microscope | MicroscopeStrata:
        single = Microscope(tuple(sorted(arguments.items())), self.more.shape(place.grid.axes))
        return self.depth.wanted(single, place)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `psf.microscope` that matter for the modality, without the grid."""
        modality = self.modality.currentData()
        found: dict[str, Any] = {
            "modality": modality,
            "numerical_aperture": self.aperture.value(),
            "immersion_index": self.index.value(),
            "emission_um": self.numbers["emission_um"].value(),
            "sample_index": self.numbers["sample_index"].value() or None,
            "depth_um": self.depth.single.value(),
        }
        if uses(modality, "excitation_um"):
            found["excitation_um"] = self.numbers["excitation_um"].value() or None
        for name in ("pinhole_airy", "sheet_um"):
            if uses(modality, name):
                found[name] = self.numbers[name].value()
        return found | self.more.arguments(modality)

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        if place.grid.axes == 1:
            return {"microscope": "A microscope's PSF has 2 or 3 axes; choose more, or another source."}
        if not is_length(place.grid.unit):
            return {"microscope": "The image's spacing is in pixels; choose a unit above and enter it, for the optics."}
        try:
            sampling_text(place.grid, self.arguments())
            self.more.shape(place.grid.axes)
            self.depth.require(place)
        except ParameterError as error:
            return {"microscope": str(error)}
        return self._channel_problems(place)

    def _channel_problems(self, place: Place) -> dict[str, str]:
        for layer, wanted in self.wanted_of_channels(place):
            try:
                sampling_text(place.grid, dict(wanted.arguments))
            except ParameterError as error:
                return {"microscope": f"“{layer.name}”: {error}"}
        return {}

    def look(self, place: Place) -> None:
        """Show the fields that the modality uses, how the sampling is, and what came from the file."""
        self._place = place
        modality = self.modality.currentData()
        for name in SWITCHED:
            self.show_row(name, uses(modality, name))
        self.more.look(modality, place.grid.axes)
        self.depth.look(place.grid.axes)
        siblings = place.siblings
        self.all_channels.setVisible(bool(siblings))
        self.channels.setVisible(bool(siblings) and self.all_channels.isChecked())
        self.channels.show_channels(
            [(layer.name, self._light(layer)) for layer in siblings], uses(modality, "excitation_um")
        )
        self._show_choices()
        self._show_from_file()
        self._show_sampling(place)

    def take_image(self, place: Place) -> None:
        """Take the optics that the image's file holds, unless something else was typed for it."""
        self._place = place
        told = optics_of(place.image)
        typed = light_of(self._memory, place.image)
        self.values.update(
            {name: typed.get(name, told.get(name)) for name in OPTICS_FROM_FILES if name in {**told, **typed}}
        )
        self.restore()
        self._presets_changed()

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(palette)
        self._palette = palette
        self.from_file.color(palette.first)
        self.saving.restyle(palette)
        if self._place is not None:
            self._show_sampling(self._place)

    def restore(self) -> None:
        """Put every field to what was entered, or to its default."""
        super().restore()
        self.more.unfold(bool(self.values.get("unfolded", False)))

    # Inside

    def _edited(self, name: str) -> None:
        widget, _ = self._fields[name]
        place = self._place
        if name == "modality":
            self._mend_excitation()
        if place is not None and place.image is not None and name in OPTICS_FROM_FILES:
            light = name in ("emission_um", "excitation_um") and place.siblings
            if name in optics_of(place.image) or light:
                value = widget.currentData() if name == "modality" else widget.value()
                remember_light(self._memory, place.image, name, value)
        super()._edited(name)

    def _mend_excitation(self) -> None:
        """Two photons excite beyond the emission, one photon does not: what cannot be becomes Auto."""
        emission, excitation = (self.numbers[name].value() for name in ("emission_um", "excitation_um"))
        two = self.modality.currentData() == "two-photon"
        if excitation and two != (excitation > emission):
            self.numbers["excitation_um"].put(0.0)
            self.values["excitation_um"] = 0.0

    def _medium_chosen(self) -> None:
        index = self.immersion.currentData()
        if index is not None:
            self.index.setValue(index)
        else:
            self.index.setFocus()

    def _preset_chosen(self, preset: Objective | Dye) -> None:
        if isinstance(preset, Objective):
            self.aperture.put(preset.numerical_aperture)
            self.index.put(preset.immersion_index)
            names = ("numerical_aperture", "immersion_index")
        else:
            two = self.modality.currentData() == "two-photon"
            self.numbers["emission_um"].put(preset.emission_um)
            self.numbers["excitation_um"].put(0.0 if two else preset.excitation_um)
            names = ("emission_um", "excitation_um")
        for name in names:
            self._edited(name)

    def _presets_changed(self) -> None:
        """Offer the presets again: the user's own may have changed."""
        self.saving.tell(self.presets.read())
        self._show_choices()

    def _show_choices(self) -> None:
        """Let the boxes of presets and media say what the numbers are."""
        aperture, index = self.aperture.value(), self.index.value()
        emission, excitation = (self.numbers[name].value() for name in ("emission_um", "excitation_um"))
        self.presets.show(aperture, index, emission, excitation, self.modality.currentData() == "two-photon")
        self.immersion.blockSignals(True)
        self.immersion.choose(MEDIA.get(medium_of(index)))
        self.immersion.blockSignals(False)
        self.saving.take(aperture, index, emission, excitation)

    def _show_from_file(self) -> None:
        place = self._place
        told = optics_of(None if place is None else place.image)
        now = self.arguments()
        names = [word for name, word in OPTICS_LABELS.items() if name in told and now.get(name) == told[name]]
        self.from_file.tell(f"From the file: {', '.join(names)}." if names else "")

    def _show_sampling(self, place: Place) -> None:
        try:
            text, fine = sampling_text(place.grid, self.arguments()) if place.grid.axes > 1 else ("", True)
        except ParameterError:  # shown as a problem of the fields
            text, fine = "", True
        self.sampling.tell(text)
        if self._palette is not None:
            self.sampling.color(self._palette.muted if fine else self._palette.warning)

    def _light(self, layer: Any) -> dict[str, float]:
        """Return a channel's wavelengths: as typed, from its file, or as the form has them."""
        form = {name: self.numbers[name].value() for name in ("emission_um", "excitation_um")}
        if self._place is not None and layer is self._place.image:
            return form
        known: dict[str, Any] = {**optics_of(layer), **light_of(self._memory, layer)}
        own_emission = "emission_um" in known
        return {
            "emission_um": known.get("emission_um", form["emission_um"]),
            "excitation_um": known.get("excitation_um", 0.0 if own_emission else form["excitation_um"]),
        }

    def _channel_edited(self, index: int, name: str, value: float) -> None:
        if self._place is None:
            return
        layer = self._place.siblings[index]
        if layer is self._place.image:
            self.numbers[name].setValue(value)
        else:
            remember_light(self._memory, layer, name, value)
            self.changed.emit()
