"""The dock "PSF": makes a PSF for an image, shows it live, and adds it as a layer."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from napari_deconvolve._napari.docks.psf.fields import Message
from napari_deconvolve._napari.docks.psf.findings import FindingsPanel
from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.making import Making, Many
from napari_deconvolve._napari.docks.psf.sources.base import button
from napari_deconvolve._napari.docks.psf.sources.beads import BeadsPanel
from napari_deconvolve._napari.docks.psf.view import PSFView
from napari_deconvolve._napari.kit.dock import Dock
from napari_deconvolve._napari.kit.theme import Palette, palette
from napari_deconvolve._napari.layers import announced
from napari_deconvolve._napari.layers.optics import lens_of
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.psf_output import add_psf, mark_beads, set_spacing, summary
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.layers.source import read, space_axes
from napari_deconvolve._napari.work.per_viewer import of_viewer
from napari_deconvolve.errors import DeconvolutionError

MAKE = "Add the PSF as a layer (Ctrl+Enter)."
SAVE = "Save the PSF."


class PSFMemory(dict[str, Any]):
    """The settings of the dock of a viewer: they outlive the dock."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()


class PSFWidget(Dock):
    """Source, image and what the source asks above; live view and findings; buttons below, always in sight."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._watched: list[Any] = []
        self._memory = of_viewer(napari_viewer, PSFMemory)
        self.form = PSFForm(self._memory)
        self.view = PSFView()
        self.view.log_scale.setChecked(bool(self._memory.get("log_scale", False)))
        self.view.log_scale.toggled.connect(lambda on: self._memory.__setitem__("log_scale", on))
        self.findings = FindingsPanel()
        self._making = Making(self.form, self)
        self.findings.fixed.connect(self._making.take_repaired)
        self._lay_out()
        self._making.shown.connect(self._show)
        self._making.said.connect(self._status.tell)
        self._making.busy.connect(self._busy.tell)
        self._making.changed.connect(self._show_state)
        self.form.changed.connect(self._changed)
        for panel in self.form.panels:
            if isinstance(panel, BeadsPanel):
                panel.show_beads.connect(self._show_beads)
        self.follow_theme(napari_viewer)
        self.reset_choices()

    # Building

    def _lay_out(self) -> None:
        self._summary, self._warnings = Message("summary"), Message("warnings")
        self._status, self._busy = Message("status"), Message("busy")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(8)
        for widget in (self.form, self._busy, self.view, self._summary, self._warnings, self.findings):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 6)
        outer.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(6, 0, 6, 0)
        foot.addLayout(self._buttons())
        foot.addWidget(self._status)
        outer.addLayout(foot)
        self.setMinimumWidth(240)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.make)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._make = button("make", "Make PSF", MAKE, self.make)
        self._save = button("save", "Save…", SAVE, self.save, label="Save the PSF to a file")
        words = "Bring every field back to its default."
        reset = button("reset", "Reset", words, self.reset, label="Reset every field to its default")
        for one, stretch in ((self._make, 2), (self._save, 1), (reset, 1)):
            row.addWidget(one, stretch)
        self._make.setDefault(True)
        return row

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.form.restyle(palette)
        self.view.restyle(palette)
        self.findings.restyle(palette)
        self._busy.color(palette.muted)
        self._summary.color(palette.foreground)
        self._warnings.color(palette.warning)
        self._status.color(palette.foreground)

    # What the user does

    def make(self) -> None:
        """Add the PSF to the viewer as a layer, or one for each channel, and choose it for its image."""
        channels = self.form.channel_requests() if not self.form.problems() else ()
        if channels and not self._making.holds_repaired:
            layers = [layer for layer, _ in channels]
            self._making.with_psfs(tuple(request for _, request in channels), lambda made: self._add_all(layers, made))
        else:
            image = self.form.image.value
            self._making.with_psf(lambda made: self._add(image, made[0]))

    def save(self) -> None:
        """Ask for a file, and write the PSF to it."""
        self._making.with_psf(lambda made: self._write(made[0]))

    def reset(self) -> None:
        """Bring every field back to its default."""
        self.view.log_scale.setChecked(False)
        self.form.reset()

    def choose_image(self, layer: Any) -> None:
        """Choose the image that the PSF is for, as by the field "For image"."""
        self.form.image.choose(layer)

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they change."""
        from napari.layers import Image

        layers = [layer for layer in self._viewer.layers if type(layer) is Image]
        active = self._viewer.layers.selection.active
        usable = active is not None and type(active) is Image and not is_psf_layer(active)
        self.form.refresh(layers, active if usable else None)
        self._watch(layers)
        self._changed()

    # What follows

    def _watch(self, layers: list[Any]) -> None:
        """Hear of edited scales, units and samples."""
        for layer in self._watched:
            for name in ("scale", "units", "data"):
                getattr(layer.events, name).disconnect(self._layer_edited)
            layer.events.visible.disconnect(self._visible_changed)
        self._watched = list(layers)
        for layer in layers:
            for name in ("scale", "units", "data"):
                getattr(layer.events, name).connect(self._layer_edited)
            layer.events.visible.connect(self._visible_changed)

    def _visible_changed(self, event: Any = None) -> None:
        """Choose another image where one is hidden that nobody chose."""
        before = self.form.image.value
        self.form.refresh(self._watched)
        if self.form.image.value is not before:
            self._changed()

    def _layer_edited(self, event: Any = None) -> None:
        self._making.forget()
        self.form.refresh(self._watched)
        self._changed()

    def _changed(self) -> None:
        self._status.tell("")
        self._show_state()
        self._making.touch()

    def _show_state(self) -> None:
        problems = list(self.form.problems().values())
        reason = problems[0] if problems else self._making.error()
        for one, words in ((self._make, MAKE), (self._save, SAVE)):
            one.setEnabled(not reason)
            one.setToolTip(reason or words)

    def _show(self, made: Made | None) -> None:
        """Show a PSF, what it is, and what was found of it; None empties all."""
        image = self.form.image.value
        psf = None if made is None else made.psf
        place = self.form.place
        comparable = psf is not None and psf.unit == place.grid.unit
        spacing = place.grid.spacing[-psf.ndim :] if psf is not None and comparable else None
        self.view.show_psf(None if psf is None else psf.middle, image_spacing=spacing)
        self._busy.tell("")
        self._summary.tell("" if made is None else summary(made))
        self._warnings.tell("" if made is None else "\n".join(made.warnings))
        shape = None if image is None or psf is None else _shape(image, psf.ndim)
        points = psf is not None and psf.info.get("source") == "points"
        self.findings.setVisible(psf is not None and not points)  # of points no width or sampling can be asked
        optics = None if psf is not None and psf.knows_optics else lens_of(image)
        self.findings.show_psf(None if points else psf, image_spacing=spacing, image_shape=shape, optics=optics)

    def _add(self, image: Any | None, made: Made) -> None:
        more = self._set_on_image(image)
        layer, new = add_psf(self._viewer, made, image)
        if not new:
            self._viewer.layers.selection = {layer}
        announced.remember(self._viewer, image, layer)
        hidden = " It is hidden so as not to cover the image: its eye shows it." if image is not None else ""
        words = f"Added “{layer.name}”.{hidden}" if new else f"This PSF is there already: “{layer.name}”."
        self._status.tell(f"{words}{more}")

    def _add_all(self, images: list[Any], made: Many) -> None:
        """Add one PSF for each channel; the chosen image's is the last one chosen."""
        chosen = self.form.image.value
        pairs = sorted(zip(images, made, strict=True), key=lambda pair: pair[0] is chosen)
        present = [(image, one) for image, one in pairs if any(image is layer for layer in self._viewer.layers)]
        layers = []
        for image, one in present:
            layer, _ = add_psf(self._viewer, one, image)
            layers.append(layer)
        for (image, _), layer in zip(present, layers, strict=True):
            announced.remember(self._viewer, image, layer)
        self._status.tell(
            f"Added {len({id(layer) for layer in layers})} PSFs for {len(present)} channels, each chosen for its own."
        )

    def _set_on_image(self, image: Any | None) -> str:
        """Return the image the spacing that was typed for it, if the user wants so; tell it."""
        unit = self.form.unit.currentData()
        if image is None or self.form.spacing_is_known or unit == "pixel" or not self.form.set_on_image.isChecked():
            return ""
        set_spacing(self._viewer, image, self.form.table.numbers("spacing"), unit)
        return f" “{image.name}” has this spacing and unit now, too."

    def _show_beads(self, layer: Any, report: Any) -> None:
        """Mark the beads in the viewer; marks of an earlier search in the same layer are replaced."""
        if not any(layer is one for one in self._viewer.layers):
            self._status.tell("The layer with the beads is not there any more.")
            return
        colors = palette(self._viewer.theme)
        mark_beads(self._viewer, layer, report, colors.first, colors.second)
        self._status.tell(f"Marked {len(report.beads)} beads: used ones in blue, others in orange.")

    def _write(self, made: Made) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the PSF", f"{made.name.replace('/', '-')}.ome.tif", "OME-TIFF (*.ome.tif);;NumPy (*.npy)"
        )
        if not path:
            self._status.tell("")
            return
        try:
            from napari_deconvolve.psf.files import save

            save(made.psf, path)
        except (DeconvolutionError, OSError) as error:
            self._status.tell(f"Not saved: {error}")
            return
        self._status.tell(f"Saved to {path}.")


def _shape(image: Any, count: int) -> tuple[int, ...]:
    """Return the lengths of an image's axes that a PSF of so many axes acts on."""
    source = read(image)
    return tuple(source.shape[axis] for axis in space_axes(source, count))
