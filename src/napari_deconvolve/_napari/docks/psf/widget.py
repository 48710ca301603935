"""The dock "PSF", an editor: makes a PSF for an image, shows it live, and has the image use it."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent, QKeySequence, QShortcut
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from napari_deconvolve._napari.docks.psf import using
from napari_deconvolve._napari.docks.psf.advice import warnings_of
from napari_deconvolve._napari.docks.psf.columns import Columns, own_sheet
from napari_deconvolve._napari.docks.psf.doctor_bar import DoctorBar
from napari_deconvolve._napari.docks.psf.fields import Message
from napari_deconvolve._napari.docks.psf.findings import FindingsPanel
from napari_deconvolve._napari.docks.psf.floating import FloatingDock
from napari_deconvolve._napari.docks.psf.foot import Foot
from napari_deconvolve._napari.docks.psf.forms import PSFForm
from napari_deconvolve._napari.docks.psf.making import Making
from napari_deconvolve._napari.docks.psf.memory import PSFMemory
from napari_deconvolve._napari.docks.psf.microscope_list import MicroscopeList
from napari_deconvolve._napari.docks.psf.microscopes import Microscope
from napari_deconvolve._napari.docks.psf.source_links import MICROSCOPE
from napari_deconvolve._napari.docks.psf.sources.base import button
from napari_deconvolve._napari.docks.psf.sources.beads import BeadsPanel
from napari_deconvolve._napari.docks.psf.sources.microscope import MicroscopePanel
from napari_deconvolve._napari.docks.psf.view import PSFView
from napari_deconvolve._napari.docks.psf.watch import LayerWatch
from napari_deconvolve._napari.kit.dock import NARROWEST
from napari_deconvolve._napari.kit.sheet import part, sheet
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.optics import lens_of, short_name
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.psf_output import summary
from napari_deconvolve._napari.layers.psf_request import Made
from napari_deconvolve._napari.work.per_viewer import of_viewer


class PSFWidget(FloatingDock):
    """Microscopes and other sources, form, view and plots beside each other; doctor and buttons below them."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._watch = LayerWatch(self._layer_edited, self._visible_changed)
        self._memory = of_viewer(napari_viewer, PSFMemory)
        self._before = self._memory.kept()
        self._made: Made | None = None
        self.form = PSFForm(self._memory)
        self.view = PSFView()
        self.findings = FindingsPanel()
        self._making = Making(self.form, self)
        self._microscope = next(one for one in self.form.panels if isinstance(one, MicroscopePanel))
        self.microscopes = MicroscopeList(self._microscope.kept_values)
        self._lay_out()
        self._connect()
        self.follow_theme(napari_viewer)
        self.reset_choices()
        self._begin()

    # Building

    def _lay_out(self) -> None:
        self._summary = Message("summary")
        self._summary.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        words = "Add this PSF as a layer that is seen, without using it for the image."
        self._add_layer: QPushButton = part(button("add_layer", "Add as layer", words, self.add_layer), "link")
        self.view.add_below(self._add_layer, self._summary)
        self.bar = DoctorBar(self.findings)
        acts = {"make": self.make, "save": self.save, "cancel": self.cancel, "reset": self.reset}
        self.foot = Foot(self.form, acts)
        self._columns = Columns(self.microscopes, self.form, self.view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._middle = QHBoxLayout()
        self._middle.setContentsMargins(8, 2, 8, 6)
        outer.addWidget(self._columns, 1)
        outer.addLayout(self._middle)
        outer.addWidget(self.foot)
        self._columns.rearranged.connect(self._arrange)
        self._arrange(False)
        self.setMinimumWidth(NARROWEST)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.make)

    def _connect(self) -> None:
        self._restore_view()
        self.view.log_scale.toggled.connect(lambda on: self._memory.__setitem__("log_scale", on))
        self.view.brightness.currentTextChanged.connect(lambda text: self._memory.__setitem__("brightness", text))
        self.view.channel.currentTextChanged.connect(self._switch_channel)
        making, form = self._making, self.form
        self.findings.fixed.connect(making.take_repaired)
        self.findings.examined.connect(self._warn)
        making.shown.connect(self._show)
        making.said.connect(self.foot.status.tell)
        making.busy.connect(self.foot.busy.tell)
        making.changed.connect(self._show_state)
        form.changed.connect(self._changed)
        more = self._microscope.more
        more.button.toggled.connect(lambda on: self._columns.bring(more) if on else None)
        self.microscopes.chosen.connect(self._take_microscope)
        self.microscopes.said.connect(self.foot.status.tell)
        for panel in form.panels:
            if isinstance(panel, BeadsPanel):
                panel.show_beads.connect(self._show_beads)

    def _restore_view(self) -> None:
        self.view.log_scale.setChecked(bool(self._memory.get("log_scale", False)))
        self.view.brightness.setCurrentText(self._memory.get("brightness", self.view.brightness.itemText(0)))

    def _begin(self) -> None:
        """Choose the microscope that was used last, in the first editor of a session."""
        kept = self.microscopes.kept
        if not self._memory.opened and kept.last and lens_of(self.form.image.value) is None:
            self.microscopes.choose(kept.last)
        self._memory.opened = True
        if kept.problem:
            self.foot.status.tell(kept.problem)

    def restyle(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.setStyleSheet(sheet(palette) + own_sheet(palette))
        for one in (self.form, self.view, self.bar, self.foot):
            one.restyle(palette)
        self._summary.color(palette.muted)

    # What the user does

    def make(self) -> None:
        """Have the image use the PSF, or each channel its own."""
        channels = self.form.channel_requests() if not self.form.problems() else ()
        image = self.form.image.value
        if channels and not self._making.holds_repaired:
            layers, requests = zip(*channels, strict=True)
            self._making.with_psfs(
                requests, lambda made: self._used(using.use_for_channels(self._viewer, image, layers, made))
            )
        else:
            self._making.with_psf(lambda made: self._used(using.use_one(self._viewer, self.form, image, made[0])))

    def _used(self, words: str) -> None:
        self._before = self._memory.kept()
        if self.form.source.currentData() == MICROSCOPE:
            self.microscopes.note_used()
        self.foot.status.tell(words)
        self.foot.cancel.setText("Close")  # there is nothing to take back
        self.step_back(self._viewer, words)

    def add_layer(self) -> None:
        """Add the PSF as a layer that is seen."""
        image = self.form.image.value
        self._making.with_psf(lambda made: self.foot.status.tell(using.show_as_layer(self._viewer, image, made[0])))

    def save(self) -> None:
        """Ask for a file, and write the PSF to it."""
        self._making.with_psf(lambda made: self._write(made[0]))

    def cancel(self) -> None:
        """Close the dock, with all settings as they were when it was opened or its PSF last used."""
        self._memory.bring_back(self._before)
        self.close_dock()

    def reset(self) -> None:
        """Bring every field back to its default."""
        self.form.reset()
        self._restore_view()

    def choose_image(self, layer: Any) -> None:
        """Choose the image that the PSF is for, with all its channels."""
        self.form.choose_image(layer)

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they change."""
        from napari.layers import Image

        layers = [layer for layer in self._viewer.layers if type(layer) is Image]
        active = self._viewer.layers.selection.active
        usable = active is not None and type(active) is Image and not is_psf_layer(active)
        self.form.refresh(layers, active if usable else None)
        self._watch.follow(layers)
        self._changed()

    def _take_microscope(self, microscope: Microscope) -> None:
        self.form.choose_source(MICROSCOPE)
        self._microscope.take_values(microscope.values)

    def _switch_channel(self, name: str) -> None:
        layer = next((one for one in self.form.place.siblings if short_name(one) == name), None)
        if layer is not None:
            self.form.show_channel(layer)

    # What Qt tells

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Cancel at Esc, save at Ctrl+S."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.matches(QKeySequence.StandardKey.Save) and self.foot.save.isEnabled():
            self.save()
        else:
            super().keyPressEvent(event)

    @property
    def docked(self) -> bool:
        """Whether a person has put the dock into the window."""
        return self._memory.docked

    @docked.setter
    def docked(self, yes: bool) -> None:
        """Remember it for as long as the viewer lives."""
        self._memory.docked = yes

    def _arrange(self, wide: bool) -> None:
        self.bar.arrange(wide)
        self.foot.arrange(wide)
        if wide:
            self._middle.addWidget(self.bar)
        else:
            self._columns.add_last(self.bar)
        ways = QSizePolicy.Policy  # in low columns it takes the room that is left; its tooltip has all
        self._summary.setSizePolicy(ways.Ignored, ways.Ignored if wide else ways.Preferred)

    # What follows

    def _visible_changed(self, event: Any = None) -> None:
        """Choose another image where one is hidden that nobody chose."""
        before = self.form.image.value
        self.form.refresh(self._watch.layers)
        if self.form.image.value is not before:
            self._changed()

    def _layer_edited(self, event: Any = None) -> None:
        self._making.forget()
        self.form.refresh(self._watch.layers)
        self._changed()

    def _changed(self) -> None:
        self.foot.status.tell("")
        self.foot.cancel.setText("Cancel")
        self._show_state()
        self._making.touch()

    def _show_state(self) -> None:
        source = self.form.source.currentData()
        self._columns.show_source(source)
        same = self._microscope.holds_all(self.microscopes.kept.get(self.microscopes.name))
        if source != MICROSCOPE or not same:
            self.microscopes.mark("")
        siblings = self.form.place.siblings if source == MICROSCOPE else ()
        names = [short_name(layer) for layer in siblings]
        image = self.form.image.value
        whole = len(set(names)) == len(names) and image is not None
        self.view.show_channels(names if whole else [], short_name(image) if image is not None else "")
        problems = list(self.form.problems().values())
        self.foot.allow(problems[0] if problems else self._making.error())

    def _show(self, made: Made | None) -> None:
        """Show a PSF, what it is, and what was found of it; None empties all."""
        self._made = made
        image, place = self.form.image.value, self.form.place
        psf = None if made is None else made.psf
        comparable = psf is not None and psf.unit == place.grid.unit
        spacing = place.grid.spacing[-psf.ndim :] if psf is not None and comparable else None
        self.view.show_psf(None if psf is None else psf.middle, image_spacing=spacing)
        self.foot.busy.tell("")
        self._summary.tell("" if made is None else summary(made))
        self._summary.setToolTip(self._summary.text())
        self._add_layer.setVisible(made is not None)
        if made is not None:
            self.foot.status.tell(f"Ready in {max(self._making.seconds, 0.1):.1f} s. Changes show at once.")
        shape = None if image is None or psf is None else using.shape_of(image, psf.ndim)
        points = psf is not None and psf.info.get("source") == "points"  # of which no width or sampling can be asked
        optics = None if psf is not None and psf.knows_optics else lens_of(image)
        self.findings.show_psf(None if points else psf, image_spacing=spacing, image_shape=shape, optics=optics)
        if not self.findings.busy:
            self._warn()

    def _warn(self) -> None:
        warned = warnings_of(self.form, self._made, self.findings)
        self.bar.show_warnings(warned, self._made is not None and bool(self.findings.findings))

    def _show_beads(self, layer: Any, report: Any) -> None:
        self.foot.status.tell(using.show_beads(self._viewer, layer, report))

    def _write(self, made: Made) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the PSF", f"{made.name.replace('/', '-')}.ome.tif", "OME-TIFF (*.ome.tif);;NumPy (*.npy)"
        )
        self.foot.status.tell(using.write(made, path) if path else "")
