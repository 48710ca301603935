"""The section "Error against the truth": the classroom's loop from a truth to a result and its error."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QLabel, QLayout, QWidget

from napari_deconvolve._napari.docks.simulate.measure import Errors, Pair, pair_of
from napari_deconvolve._napari.kit.buttons import allow, push_button, side_by_side
from napari_deconvolve._napari.kit.cards import Card
from napari_deconvolve._napari.kit.forms import Remarks, form, row
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.kit.sheet import part
from napari_deconvolve._napari.kit.theme import BLUE_ORANGE, Palette
from napari_deconvolve._napari.kit.words import number
from napari_deconvolve._napari.layers.lineage import source_of, was_made_of
from napari_deconvolve._napari.layers.psf_layers import KEY, is_psf_layer
from napari_deconvolve._napari.layers.source import moved, our_metadata, read, unused_name
from napari_deconvolve._napari.layers.world import to_data
from napari_deconvolve._napari.work.latest import LatestTask
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve.errors import DeconvolutionError, ParameterError

NO_LAYER = "none"
UNKNOWN_SCALE = (
    "The scale between this truth and the counts is unknown, so no scaling is applied. "
    "Choose the layer that was blurred."
)
PATIENCE_SECONDS = 0.02  # s that the window waits for a measure, so that small images need no second look


class TruthSection(Card):
    """Truth and result, how far they are from each other, and where to go on.

    Signals
    -------
    deconvolve(), compare()
        The measured image is to be handed over to another dock.
    """

    deconvolve = Signal()
    compare = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._viewer = viewer
        self._pair: Pair | None = None
        self._tag: tuple[Any, ...] = ()
        self._complete: list[weakref.ref[Any]] = []  # results that were seen
        self._task = LatestTask(self, subject="measure")
        self._task.answered.connect(self._answered)
        self._mapper = LatestTask(self, subject="error map")
        self._mapper.answered.connect(self._show_map)
        self.title = part(QLabel("Error against the truth"), "title")
        self.truth = LayerBox("truth", "Truth", "What the result should be: the layer that was blurred.", none=NO_LAYER)
        self.result = LayerBox(
            "result",
            "Result",
            "The layer to compare with the truth: the blurred one, or one deconvolved from it.",
            none=NO_LAYER,
        )
        self.said = Remarks("errors")
        self.error_map = push_button(
            "Error map", "error_map", "Make a layer of the result less the truth: orange too bright, blue too dark."
        )
        self.deconvolve_button = push_button(
            "Deconvolve this", "deconvolve", "Open the dock “Deconvolve” with the measured image and its PSF chosen."
        )
        self.compare_button = push_button(
            "Compare",
            "compare",
            "Open the dock “Compare iterations” with the measured image, its PSF and this truth chosen: the error over "
            "the number of iterations.",
        )
        self._lay_out()

    def _lay_out(self) -> None:
        rows = form()
        row(rows, "Truth", self.truth.native)
        row(rows, "Result", self.result.native)
        buttons = side_by_side(self.deconvolve_button, self.compare_button)
        for one in (self.title, buttons, rows, self.said, self.error_map):
            self.inside.addLayout(one) if isinstance(one, QLayout) else self.inside.addWidget(one)
        for box in (self.truth, self.result):
            box.changed.connect(self.look)
        self.error_map.clicked.connect(lambda _checked=False: self._add_map())
        self.deconvolve_button.clicked.connect(lambda _checked=False: self.deconvolve.emit())
        self.compare_button.clicked.connect(lambda _checked=False: self.compare.emit())

    # ---- which layers

    def offer(self, layers: list[Any]) -> None:
        """Follow the viewer's layers."""
        from napari.layers import Image

        images = [layer for layer in layers if isinstance(layer, Image) and not is_psf_layer(layer)]
        with QSignalBlocker(self):
            self.truth.offer(images)
            self.result.offer(images)
        self.look()

    def set_pair(self, truth: Any | None, measured: Any) -> None:
        """Take the layer that was just blurred for the truth, and what came of it for the result."""
        if truth is not None:
            self.truth.choose(truth)
        self.result.choose(measured)
        self.look()

    def follow_results(self, result: Any = None) -> None:
        """Choose the newest result that was made of the measured image, once it is complete; then measure again."""
        layers = list(self._viewer.layers)
        known = [layer for layer in layers if "recipe" in our_metadata(layer) and self._descends(layer, layers)]
        new = [layer for layer in known if not any(seen() is layer for seen in self._complete)]
        self._complete = [weakref.ref(layer) for layer in known]
        if new:
            self.result.choose(new[-1])
        self.look()

    def measured(self) -> Any | None:
        """Return the simulated layer whose truth is chosen: the result, or what it was made of, or the newest."""
        layers, truth = list(self._viewer.layers), self.truth.value
        if truth is None:
            return None
        chain = [self.result.value, None if self.result.value is None else source_of(self.result.value, layers)]
        for layer in (*chain, *reversed(layers)):
            ours = {} if layer is None else our_metadata(layer)
            if "simulation" in ours and was_made_of(layer, truth, layers):
                return layer
        return None

    def _descends(self, layer: Any, layers: list[Any]) -> bool:
        source, truth = source_of(layer, layers), self.truth.value
        return truth is not None and source is not None and was_made_of(source, truth, layers)

    # ---- measuring

    def look(self, event: Any = None) -> None:
        """Measure what is chosen, in a thread."""
        truth, result = self.truth.value, self.result.value
        if truth is None or result is None:
            self._forget("Choose the truth and a result.")
        else:
            self._measure(truth, result)
        self._allow()

    def _measure(self, truth: Any, result: Any) -> None:
        layers = list(self._viewer.layers)
        place = [round(float(step)) for step in to_data(self._viewer, result, self._viewer.dims.point)]
        try:
            pair = pair_of(truth, result, layers, place)
        except ParameterError as error:
            self._forget(str(error), "warning")
            return
        tag = (id(truth.data), id(result.data), pair.plane, pair.scale, pair.scaled, pair.pedestal)
        if tag != self._tag:
            self._pair, self._tag = pair, tag
            self._task.ask(tag, pair.errors, patience=PATIENCE_SECONDS)

    def _forget(self, why: str, level: Level = "info") -> None:
        self._task.drop()
        self._pair, self._tag = None, ()
        self.said.say(why, level)

    def _answered(self, tag: object, found: Any) -> None:
        if tag != self._tag:
            return
        if isinstance(found, DeconvolutionError):
            self.said.say(str(found), "warning")
        elif isinstance(found, Errors) and self._pair is not None:
            what = self.result.current_choice.split(" · ")[-1]  # the box may be too narrow for its end
            level: Level = "success" if self._pair.scaled else "warning"
            self.said.say(f"{what}: {found.words}.{self._scale_words(self._pair)}", level)

    def _scale_words(self, pair: Pair) -> str:
        scaled = f" The truth is taken times {number(pair.scale)}, as it was recorded." if pair.scale != 1 else ""
        if not pair.scaled:
            scaled = f" {UNKNOWN_SCALE}"
        light = f" {number(pair.pedestal)} counts of background and offset are taken off the result."
        return scaled + light if pair.pedestal else scaled

    def _allow(self) -> None:
        allow(self.error_map, "" if self._pair is not None else "Choose a truth and a result that fit each other.")
        reason = "" if self.measured() is not None else "Nothing was blurred yet of the chosen truth; press Run first."
        for button in (self.deconvolve_button, self.compare_button):
            allow(button, reason)

    def _add_map(self) -> None:
        if self._pair is not None:
            pair = self._pair
            self._mapper.ask(
                (pair, self.truth.value, self.result.value), pair.difference_map, patience=PATIENCE_SECONDS
            )

    def _show_map(self, tag: Any, found: Any) -> None:
        pair, truth, result = tag
        if isinstance(found, DeconvolutionError):
            self.said.say(str(found), "warning")
            return
        from napari.utils.colormaps import Colormap

        data, high = found
        self._viewer.add_image(
            data,
            name=unused_name(result.name, "error", [layer.name for layer in self._viewer.layers]),
            colormap=Colormap(BLUE_ORANGE, name="blue-white-orange"),
            contrast_limits=(-high, high),
            metadata={KEY: {"error": {"of": result.name, "truth": truth.name, "scale": pair.scale}}},
            **moved(read(truth), [part.start for part in pair.part]),
        )

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        self.said.restyle(colors)
