"""A microscope by its optics: objective, immersion, light; what is rarely needed is folded away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_deconvolve._napari.docks.psf.fields import Message, NumberField
from napari_deconvolve._napari.docks.psf.presets import MEDIA, Dye, Objective
from napari_deconvolve._napari.docks.psf.sources.base import Place
from napari_deconvolve._napari.docks.psf.sources.channel_table import ChannelTable, light_of, remember_light
from napari_deconvolve._napari.docks.psf.sources.microscope_depth import DepthRows, MicroscopeStrata
from napari_deconvolve._napari.docks.psf.sources.microscope_more import MoreOptics, PresetRow
from napari_deconvolve._napari.docks.psf.sources.microscope_presets import PresetBoxes
from napari_deconvolve._napari.docks.psf.sources.microscope_rows import MediumRow
from napari_deconvolve._napari.docks.psf.sources.saved_panel import SavedPanel
from napari_deconvolve._napari.docks.psf.wavelengths import WavelengthField
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

LIGHT = ("emission_um", "excitation_um")  # of the sample's dyes
EXCITATION_TIP = "Wavelength of the laser in nm. Auto: 0.94 of the emission, and 1.75 of it for two photons."


class MicroscopePanel(SavedPanel):
    """Kind, lens, light and sample; a word on the sampling; what came from the file is marked."""

    keys = ("microscope",)
    above = True
    apart = LIGHT

    def build(self) -> None:
        """Make the fields."""
        self._place: Place | None = None
        self._palette: Palette | None = None
        self.presets = PresetBoxes(self)
        self.presets.chosen.connect(self._preset_chosen)
        tip = "How light is brought to the sample, and seen."
        self.modality = self.add_choice("modality", "Type", MODALITIES, tip, "widefield")
        tip = "Numerical aperture, engraved on the objective."
        self.aperture = self.keep("numerical_aperture", "NA", NumberField("numerical_aperture"), tip, 1.4)
        self.aperture.setPrefix("NA ")
        self.place_pair("Objective", self.presets.objective, self.aperture)
        self._build_light()
        tips = "What is between objective and coverslip.", "Refractive index of the immersion medium."
        self.immersion = MediumRow(self, ("immersion", "immersion_index"), "Immersion", tips, MEDIA["oil"])
        self.index = self.immersion.index
        tips = (
            "What the structures lie in.",
            "Refractive index around the structures; 0 is the immersion's.",
        )
        self.sample = MediumRow(self, ("sample", "sample_index"), "Sample", tips, 0.0)
        self.depth = DepthRows(self)
        self.message("microscope")
        self.from_file, self.sampling = Message("from_file"), Message("nyquist")
        self.place("from_file", "", self.from_file)
        self.more = MoreOptics(self)
        self.more.button.toggled.connect(lambda _: self.unfolded.emit())
        self.place("more", "", self.more)
        self.saving = PresetRow()
        self.saving.changed.connect(self._presets_changed)
        self.more.add_below(self.sampling)  # the doctor says it too
        self.more.add_below(self.saving)

    def _build_light(self) -> None:
        tip = "Wavelength that is detected, in nm, in vacuum."
        emission = self.keep("emission_um", "Emission", WavelengthField("emission_um"), tip, 0.52)
        self.place_pair("Dye", self.presets.dye, emission)
        excitation = WavelengthField("excitation_um", "Auto")
        self.add("excitation_um", "Excitation", excitation, EXCITATION_TIP, 0.0)
        sheet = NumberField("sheet_um", "µm")
        tip = "Half width of the light sheet where it has fallen to 1/e²."
        self.add("sheet_um", "Sheet, half", sheet, tip, 2.0)
        self.channels = ChannelTable()
        self.channels.changed.connect(self._channel_edited)
        self.place("channels", "", self.channels)
        self.boxes = {"objective": self.presets.objective}
        self.numbers = {"emission_um": emission, "excitation_um": excitation, "sheet_um": sheet}

    # What the form asks

    @property
    def folded(self) -> bool:
        """Whether it hides what is rarely needed now."""
        return not self.more.button.isChecked()

    def wanted(self, place: Place) -> Microscope | MicroscopeStrata:
        """Return what the fields ask for."""
        return self._wanted(place, self.arguments())

    def wanted_of_channels(self, place: Place) -> tuple[tuple[Any, Microscope | MicroscopeStrata], ...]:
        """Return each channel's layer with what is wanted for it; nothing where one PSF is made."""
        if not place.all_channels:
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
            "sample_index": self.sample.index.value() or None,
            "depth_um": self.depth.single.value(),
        }
        if uses(modality, "excitation_um"):
            found["excitation_um"] = self.numbers["excitation_um"].value() or None
        for name, field in (("pinhole_airy", self.more.pinhole), ("sheet_um", self.numbers["sheet_um"])):
            if uses(modality, name):
                found[name] = field.value()
        return found | self.more.arguments(modality)

    def problems(self, place: Place) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        if place.grid.axes == 1:
            return {"microscope": "A microscope's PSF has 2 or 3 axes; choose more, or another source."}
        if not is_length(place.grid.unit):
            return {
                "microscope": "The image's pixel size is not known; choose a unit above and enter it, for the optics."
            }
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
        modality, every = self.modality.currentData(), place.all_channels
        for name in ("dye", "emission_um"):
            self.show_row(name, not every)
        self.show_row("excitation_um", uses(modality, "excitation_um") and not every)
        self.show_row("sheet_um", uses(modality, "sheet_um"))
        self.more.look(modality, place.grid.axes)
        self.depth.look(place.grid.axes)
        self.channels.setVisible(every)
        self.channels.show_channels(
            [(layer, self._light(layer)) for layer in place.siblings],
            uses(modality, "excitation_um"),
            self.presets.dyes,
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
        if name == "modality":
            self._mend_excitation()
        super()._edited(name)

    def _remember(self, name: str, value: Any) -> None:
        """Keep what a field is set to: for the image, where its file tells something else."""
        place = self._place
        if place is not None and place.image is not None and name in OPTICS_FROM_FILES:
            light = name in LIGHT and place.siblings
            if name in self._told or light:
                remember_light(self._memory, place.image, name, value)
        super()._remember(name, value)

    @property
    def _told(self) -> Mapping[str, Any]:
        """What the file of the image holds."""
        return optics_of(None if self._place is None else self._place.image)

    def _mend_excitation(self) -> None:
        """Two photons excite beyond the emission, one photon does not: what cannot be becomes Auto."""
        emission, excitation = (self.numbers[name].value() for name in ("emission_um", "excitation_um"))
        two = self.modality.currentData() == "two-photon"
        if excitation and two != (excitation > emission):
            self.numbers["excitation_um"].put(0.0)
            self.values["excitation_um"] = 0.0

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
        self.immersion.show()
        self.sample.show()
        self.saving.take(aperture, index, emission, excitation)

    def _show_from_file(self) -> None:
        told, now = self._told, self.arguments()
        names = [word for name, word in OPTICS_LABELS.items() if name in told and now.get(name) == told[name]]
        self.from_file.tell(f"From file: {', '.join(names)}." if names else "")

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
        if name == "excitation_um" and self.modality.currentData() == "two-photon":
            value = value if value > self._light(layer)["emission_um"] else 0.0  # one photon's of a dye
        if layer is self._place.image:
            self.numbers[name].setValue(value)
        else:
            remember_light(self._memory, layer, name, value)
            self.changed.emit()
