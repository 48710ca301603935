"""The form of the PSF dock: which PSF is wanted, for which image."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QWidget

from napari_deconvolve._napari.docks.psf.defaults import SOURCE, default_source
from napari_deconvolve._napari.docks.psf.image import NO_IMAGE, TICKS, ImageFields
from napari_deconvolve._napari.docks.psf.sources import PSF_SOURCES, SOURCE_PANELS, Place, SourcePanel
from napari_deconvolve._napari.kit.buttons import stack
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.defaults import default_image, fits_image, is_made, is_truth
from napari_deconvolve._napari.layers.optics import channels_of
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.psf_request import Grid, Made, Request, Wanted

SUBJECTS = ("layer", "path", "beads")  # the fields that say whose own spacing is meant


class PSFForm(ImageFields):
    """Source, image and spacing, the fields of each source, and in words beside each what is wrong with it.

    Attributes
    ----------
    changed : Signal()
        When the request may be another one.
    """

    changed = Signal()

    def __init__(self, memory: MutableMapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(memory, parent)
        self._layers: list[Any] = []
        self.panels = [panel(memory) for panel in SOURCE_PANELS]
        self._of = {key: panel for panel in self.panels for key in panel.keys}
        self._lay_out()
        self._fill()
        self._connect()

    # Building

    def _lay_out(self) -> None:
        source, image = self._rows(("source", "Source")), (("ndim", "Axes"), ("unit", "Unit"))
        above, below = ([panel for panel in self.panels if panel.above == above] for above in (True, False))
        fields = (self.spacing_line, self.spacing_problem, self.table, self.set_on_image)
        stack(self, source, *above, self._rows(*image), *fields, *below)

    def _fill(self) -> None:
        """Take every choice from memory, or its default."""
        self.source.fill([(text, name) for name, text in PSF_SOURCES.items()], self._memory.get("source", SOURCE))
        self._tick("set_on_image", self._memory.get("set_on_image", True))
        self._tick("every_image", self._memory.get("every_image", False))
        self._memory.setdefault("fwhm", {})
        self._memory.setdefault("typed", WeakKeyDictionary())

    def _connect(self) -> None:
        for name in ("source", "ndim", "unit"):
            getattr(self, name).currentIndexChanged.connect(lambda _, n=name: self._chosen(n))
        self.image.changed.connect(lambda _: self._chosen("image"))
        for name in TICKS:
            getattr(self, name).toggled.connect(lambda on, n=name: self._ticked(n, on))
        self.table.edited.connect(self._edited)
        for panel in self.panels:
            panel.changed.connect(self._panel_changed)
            panel.unfolded.connect(self.update_state)

    # What happens

    def choose_image(self, layer: Any) -> None:
        """Choose the image that the PSF is for, with all of its channels."""
        self.image.choose(layer)
        self._memory.pop("image_chosen", None)
        self.update_state()
        self.changed.emit()

    def show_channel(self, layer: Any) -> None:
        """Choose another channel of the image, for the view: what the PSFs are for stays."""
        every = self.place.all_channels
        self.image.choose(layer)
        self._memory["all_channels"] = every
        self.update_state()
        self.changed.emit()

    def refresh(self, layers: Sequence[Any], first: Any | None = None) -> None:
        """Offer these image layers; what was chosen stays chosen. `first` is the image to begin with."""
        self._layers = list(layers)
        images = self.images
        chosen = self._memory.get("image")
        if chosen is not NO_IMAGE and not any(layer is chosen for layer in images):
            for name in ("image", "image_chosen"):
                self._memory.pop(name, None)  # a layer that was removed is not kept alive
            chosen = self._by_itself(images, first)
        self.image.fill(images, None if chosen is NO_IMAGE else chosen)
        if "source" not in self._memory:
            with QSignalBlocker(self.source):
                self.source.choose(default_source(self.image.value))
        self._take_image()
        self.update_state()

    def _by_itself(self, images: Sequence[Any], first: Any | None) -> Any:
        """Return the image that the form chooses: the present one as long as it fits."""
        present = self.image.value
        if any(layer is present for layer in images) and fits_image(present, images):
            return present
        return default_image(images, first) or NO_IMAGE

    def reset(self) -> None:
        """Bring back every default."""
        self._memory.clear()
        self._fill()
        for panel in self.panels:
            panel.restore()
            panel.take_result(None)
        self.refresh(self._layers)
        self.changed.emit()

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.spacing_problem.color(palette.warning)
        self.spacing_line.color(palette.muted)
        for panel in self.panels:
            panel.restyle(palette)

    def take_result(self, made: Made | None, error: str) -> None:
        """Take in what came of the request: the source's own spacing, or why it failed."""
        panel = self.panel
        panel.take_result(made)
        if error:
            panel.tell({panel.failing.get(panel.source, panel.source): error})
        self._made = made if panel.second == "own_spacing" else None
        if self._made is not None:
            self._show_own(self._made)

    # What is asked for

    @property
    def panel(self) -> SourcePanel:
        """The fields of the source that is chosen."""
        return self._of[self.source.currentData()]

    @property
    def place(self) -> Place:
        """What the form knows besides the source's own fields."""
        image, panel = self.image.value, self.panel
        axes, siblings = self.axes, channels_of(image, self._layers)
        grid = Grid(
            spacing=self.table.numbers("spacing"),
            unit=self.unit.currentData(),
            axes=axes,
            image_axes=None if image is None else int(image.ndim),
            image_shape=None if image is None else tuple(int(length) for length in image.data.shape[: image.ndim]),
        )
        return Place(
            grid,
            image,
            self._layers,
            self.table.numbers("fwhm", axes),
            siblings,
            self._memory.get("own_spacing") if panel.second == "own_spacing" else None,
            all_channels=self._wants_all(siblings),
        )

    def request(self) -> Request:
        """Return all that decides the PSF, as it stands; only while there are no problems."""
        place = self.place
        return self._request(self.panel.wanted(place), place)

    def channel_requests(self) -> tuple[tuple[Any, Request], ...]:
        """Return each channel's layer with the request for it; nothing where one PSF is made."""
        place = self.place
        found = self.panel.wanted_of_channels(place)
        if place.all_channels and not found:  # the same for each
            found = tuple((layer, self.panel.wanted(place)) for layer in place.siblings)
        return tuple((layer, self._request(one, place)) for layer, one in found)

    def _request(self, wanted: Wanted, place: Place) -> Request:
        return Request(wanted, place.grid, place.own_spacing)

    def problems(self) -> dict[str, str]:
        """Say what is wrong, for each field that is."""
        place = self.place
        if min(self.table.numbers("spacing", self._axes_shown(self.panel))) <= 0:
            return {"spacing": "Enter the pixel size of the PSF."}
        panel = self.panel
        return {name: panel.in_labels(words) for name, words in panel.problems(place).items()}

    def update_state(self) -> None:
        """Show the fields that matter now, and what is wrong with them."""
        current, place = self.panel, self.place
        current.source = self.source.currentData()
        for panel in self.panels:
            panel.setVisible(panel is current)
        known, image = self.spacing_is_known, place.image
        for name, visible in (("ndim", self._asks_axes(current)), ("unit", not known)):
            self._labels[name].setVisible(visible)
            getattr(self, name).setVisible(visible)
        self._show_ticks(place.siblings, place.all_channels, len(self.inputs))
        self.set_on_image.setVisible(image is not None and not known and place.grid.unit != "pixel")
        self._show_table(current, known)
        current.look(place)
        problems = self.problems()
        current.tell(problems)
        words = problems.get("spacing", "")
        self.spacing_problem.tell(words if words or known else self._question(image))

    @property
    def images(self) -> list[Any]:
        """All layers that a PSF may be for."""
        return [layer for layer in self._layers if not is_psf_layer(layer)]

    @property
    def inputs(self) -> list[Any]:
        """All layers that were measured: no truths, and nothing that a run made."""
        images = self.images
        return [layer for layer in images if not is_made(layer) and not is_truth(layer, images)]

    # Inside

    def _ticked(self, name: str, on: bool) -> None:
        self._memory[name] = on
        self.update_state()
        if name == "all_channels":
            self.changed.emit()

    def _panel_changed(self) -> None:
        panel = self.sender()
        if panel is not None and panel.second == "own_spacing":
            self._forget_own_spacing(panel)
        shapes = self._of["gaussian"]
        if panel is shapes and shapes.values.get("same_xy", True):
            self._edited("fwhm", "y")
            return
        self.update_state()
        self.changed.emit()

    def _forget_own_spacing(self, panel: Any) -> None:
        """Forget the spacing that was typed for another layer or file."""
        subject = tuple(panel.values.get(name) if name == "path" else id(panel.values.get(name)) for name in SUBJECTS)
        if self._memory.get("own_spacing_of", subject) != subject:
            self._memory.pop("own_spacing", None)
            self._made = None
        self._memory["own_spacing_of"] = subject

    def _chosen(self, name: str) -> None:
        value = self.image.value if name == "image" else getattr(self, name).currentData()
        self._memory[name] = NO_IMAGE if name == "image" and value is None else value
        if name == "source":
            self._memory.pop("own_spacing", None)
            self._made = None
            self.panel.source = value
            self.panel.take_result(None)
        elif name == "image":
            self._memory.pop("ndim", None)
            self._memory.pop("all_channels", None)
            self._memory["image_chosen"] = self.image.settled
            self._take_image()
        elif name == "unit":
            self._remember_typed()
            self._put_fwhm()
        self.update_state()
        self.changed.emit()

    def _edited(self, column: str, axis: str) -> None:
        if column == "fwhm":
            value = self.table.fields[column, axis].value()
            together = self._of["gaussian"].values.get("same_xy", True)
            alike = ("y", "x") if axis != "z" and together and self.axes > 1 else (axis,)
            for name in alike:
                self.table.fields[column, name].put(value)
                self._memory["fwhm"][name] = (value, self.unit.currentData())
        elif column == "spacing":
            self._remember_typed()
            self._put_fwhm()
        else:
            self._memory["own_spacing"] = self.table.numbers(column)
        self.update_state()
        self.changed.emit()

    def _take_image(self) -> None:
        """Take axes, spacing and unit from the image, or from what was typed for it."""
        self._take_spacing()
        place = self.place
        for panel in self.panels:
            panel.take_image(place)
