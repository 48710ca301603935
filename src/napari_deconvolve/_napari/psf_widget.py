"""The dock "PSF": makes a PSF for an image, shows it live, and adds it as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from napari_deconvolve._napari.psf_compute import Maker, Outcome
from napari_deconvolve._napari.psf_fields import Message
from napari_deconvolve._napari.psf_forms import PSFForm
from napari_deconvolve._napari.psf_layers import corner, is_psf_layer, napari_unit, psf_layer_data
from napari_deconvolve._napari.psf_request import Made, Request, shown
from napari_deconvolve._napari.psf_view import PSFView
from napari_deconvolve._napari.theme import Palette, follow_theme
from napari_deconvolve.errors import DeconvolutionError

DEBOUNCE_MS = 150
PATIENCE_S = 1.0  # for which a click on Make waits, so that small PSFs are there at once

_memories: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def _memory(viewer: Any) -> dict[str, Any]:
    """Give what the dock of this viewer was last set to: it outlives the dock."""
    window = getattr(viewer, "window", viewer)
    return _memories.setdefault(getattr(window, "__wrapped__", window), {})


class PSFWidget(QWidget):  # type: ignore[misc]
    """Source, image and widths above; live view; buttons below, always in sight."""

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._outcome: Outcome | None = None
        self._then: Callable[[Made], None] | None = None
        self._watched: list[Any] = []
        self._memory = _memory(napari_viewer)
        self.form = PSFForm(self._memory)
        self.view = PSFView()
        self.view.log_scale.setChecked(bool(self._memory.get("log_scale", False)))
        self.view.log_scale.toggled.connect(lambda on: self._memory.__setitem__("log_scale", on))
        self._maker = Maker(self)
        self._maker.finished.connect(self._finished)
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._ask)
        self._lay_out()
        self.form.changed.connect(self._changed)
        stop_following = follow_theme(napari_viewer, self._restyle)
        self.destroyed.connect(lambda: stop_following())
        self.reset_choices()

    # Building

    def _lay_out(self) -> None:
        self._summary, self._warnings = Message("summary"), Message("warnings")
        self._status = Message("status")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(8)
        for widget in (self.form, self.view, self._summary, self._warnings):
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
        self._make, self._save = QPushButton("Make PSF"), QPushButton("Save…")
        self._reset = QPushButton("Reset")
        for button, name, words in (
            (self._make, "make", "Make PSF"),
            (self._save, "save", "Save the PSF to a file"),
            (self._reset, "reset", "Reset every field to its default"),
        ):
            button.setObjectName(name)
            button.setAccessibleName(words)
            row.addWidget(button, 2 if name == "make" else 1)
        self._make.setDefault(True)
        self._reset.setToolTip("Bring every field back to its default.")
        self._make.clicked.connect(lambda _: self.make())
        self._save.clicked.connect(lambda _: self.save())
        self._reset.clicked.connect(lambda _: self.reset())
        return row

    def _restyle(self, palette: Palette) -> None:
        self.form.restyle(palette)
        self.view.restyle(palette)
        self._summary.color(palette.foreground)
        self._warnings.color(palette.warning)
        self._status.color(palette.foreground)

    # What the user does

    def make(self) -> None:
        """Add the PSF to the viewer as a layer."""
        self._with_psf(self._add)

    def save(self) -> None:
        """Ask for a file, and write the PSF to it."""
        self._with_psf(self._write)

    def reset(self) -> None:
        """Bring every field back to its default."""
        self.view.log_scale.setChecked(False)
        self.form.reset()

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
            for name in ("scale", "units", "set_data"):
                getattr(layer.events, name).disconnect(self._layer_edited)
        self._watched = list(layers)
        for layer in layers:
            for name in ("scale", "units"):
                getattr(layer.events, name).connect(self._layer_edited)
            layer.events.data.connect(self._layer_edited)

    def _layer_edited(self, event: Any = None) -> None:
        self._outcome = None
        self.form.refresh(self._watched)
        self._changed()

    def _changed(self) -> None:
        self._status.tell("")
        self._show_state()
        self._debounce.start()

    def _show_state(self) -> None:
        problems = list(self.form.problems().values())
        if not problems and self._outcome is not None and self._outcome.error:
            current = self._outcome.request == self.form.request()
            problems = [self._outcome.error] if current else []
        for button, words in ((self._make, "Add the PSF as a layer (Ctrl+Enter)."), (self._save, "Save the PSF.")):
            button.setEnabled(not problems)
            button.setToolTip(problems[0] if problems else words)

    def _ask(self) -> None:
        if self.form.problems():
            self._maker.drop()
            self._then = None
            self._outcome = None
            self.view.show_psf(None)
            self._summary.tell("")
            self._warnings.tell("")
            return
        self._maker.ask(self.form.request())

    def _finished(self, outcome: Outcome) -> None:
        self._outcome = outcome
        made = outcome.made
        self.form.update_state()
        self.form.told(made, outcome.error)
        self.view.show_psf(made.psf if made else None)
        self._summary.tell(_summary(made) if made else "")
        self._warnings.tell("\n".join(made.warnings) if made else "")
        self._show_state()
        then, self._then = self._then, None
        if then is not None and made is not None:
            then(made)
        elif then is not None:
            self._status.tell(outcome.error)

    def _with_psf(self, then: Callable[[Made], None]) -> None:
        """Do something with the PSF as the form now asks for it, at once or when it is ready."""
        problems = self.form.problems()
        if problems:
            self._status.tell(next(iter(problems.values())))
            return
        request: Request = self.form.request()
        self._debounce.stop()
        if self._outcome is not None and self._outcome.request == request and self._outcome.made is not None:
            then(self._outcome.made)
            return
        self._then = then
        self._status.tell("Making the PSF…")
        self._maker.ask(request)
        self._maker.wait(PATIENCE_S)

    def _add(self, made: Made) -> None:
        image = self.form.image.currentData()
        told = self._set_on_image(image)
        data, keywords, _ = psf_layer_data(made.psf, made.name)
        twin = self._twin(data, keywords)
        if twin is not None:
            self._viewer.layers.selection = {twin}
            self._status.tell(f"This PSF is there already: “{twin.name}”.{told}")
            return
        if image is not None:
            keywords.update(_beside(image, data.shape, keywords["scale"]))
        layer = self._viewer.add_image(data, **keywords)
        hidden = " It is hidden so as not to cover the image: its eye shows it." if image is not None else ""
        self._status.tell(f"Added “{layer.name}”.{hidden}{told}")

    def _twin(self, data: Any, keywords: dict[str, Any]) -> Any | None:
        for layer in self._viewer.layers:
            if is_psf_layer(layer) and np.shape(layer.data) == data.shape:
                same = np.allclose(layer.scale, keywords["scale"], rtol=1e-9) and np.array_equal(layer.data, data)
                if same and tuple(str(u) for u in layer.units) == tuple(_long(u) for u in keywords["units"]):
                    return layer
        return None

    def _set_on_image(self, image: Any | None) -> str:
        """Give the image the spacing that was typed for it, if the user wants so; tell it."""
        unit = self.form.unit.currentData()
        if image is None or self.form.spacing_is_known or unit == "pixel" or not self.form.set_on_image.isChecked():
            return ""
        axes = min(3, image.ndim)
        spacing = self.form.table.numbers("spacing", axes)
        leading = image.ndim - axes
        plane = self._viewer.dims.current_step
        image.units = (*(str(u) for u in image.units[:leading]), *(napari_unit(unit),) * axes)
        image.scale = (*image.scale[:leading], *spacing)
        self._viewer.reset_view()
        self._viewer.dims.current_step = plane  # the same plane, though it lies elsewhere in the world now
        return f" “{image.name}” has this spacing and unit now, too."

    def _write(self, made: Made) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the PSF", f"{made.name}.ome.tif", "OME-TIFF (*.ome.tif);;NumPy (*.npy)"
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


def _long(unit: str) -> str:
    import pint

    return str(pint.Unit(unit)) if unit != "pixel" else unit


def _beside(image: Any, shape: tuple[int, ...], scale: tuple[float, ...]) -> dict[str, Any]:
    """Put the PSF into the middle of the image, hidden: shown, it tells how large a point becomes."""
    axes = len(shape)
    world = np.asarray(image.extent.world)
    padded = np.zeros((2, axes))
    padded[:, -min(axes, image.ndim) :] = world[:, -min(axes, image.ndim) :]
    found: dict[str, Any] = {"visible": False, "translate": corner(shape, scale, tuple(padded.mean(axis=0)))}
    if image.ndim >= axes:
        found["axis_labels"] = tuple(image.axis_labels[-axes:])
    return found


def _summary(made: Made) -> str:
    psf = made.psf
    size = " × ".join(str(length) for length in psf.shape)
    steps = " × ".join(f"{step:.4g}" for step in psf.spacing)
    first = f"{size} samples of {steps} {shown(psf.unit)}."
    notes = "; ".join(psf.notes)
    return f"{first} {notes[0].upper()}{notes[1:]}." if notes else first
