"""Runs in tiles: an image of any size into a store on disk, shown while it grows."""

from __future__ import annotations

import json
import time
import weakref
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_deconvolve._napari.docks.deconvolve.saving import proposed
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY
from napari_deconvolve._napari.layers.source import moved, unused_name
from napari_deconvolve._napari.work.clock import Poll
from napari_deconvolve._napari.work.mailbox import Throttle
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Level
from napari_deconvolve._napari.work.runner import Runner
from napari_deconvolve._napari.work.tiles import TilesPlan, TilesSession
from napari_deconvolve.run.tiles.store import is_unfinished
from napari_deconvolve.work import Progress

SUFFIX = ".ome.zarr"
FILTER = f"OME-Zarr (*{SUFFIX})"
REDRAW_S = 0.4  # between two looks at the store, and at most after one
GO_ON = "press “In tiles…” with the same image and settings to go on, also after a restart"


class Tiles(QObject):  # type: ignore[misc]
    """Runs sessions in tiles, makes their layer, and says where they stand.

    Signals
    -------
    said(text, level)
        Where it stands, and what came of it.
    """

    said = Signal(str, str)

    def __init__(self, viewer: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self.runner = Runner(self, make=TilesSession)
        self.runner.advanced.connect(self._advanced)
        self.runner.ended.connect(self._ended)
        self._throttle = Throttle(0.0, longest=REDRAW_S)
        self._poll = Poll(self, REDRAW_S, self._redraw)
        self._layer: weakref.ref[Any] | None = None
        self._shown = 0  # tiles
        self._told = ""
        self.text = ""  # what was said last

    @property
    def busy(self) -> bool:
        """Whether a run is on."""
        return self.runner.busy

    @property
    def session(self) -> TilesSession | None:
        """The last run."""
        found: TilesSession | None = self.runner.session
        return found

    @property
    def layer(self) -> Any | None:
        """The layer of the last run, if it is still there."""
        layer, viewer = None if self._layer is None else self._layer(), self._viewer()
        return layer if viewer is not None and layer in viewer.layers else None

    def ask(self, parent: QWidget, image: Any, plan: Plan) -> None:
        """Ask for a store, and begin; one beside the image that is not finished is gone on with."""
        path = str(proposed(image, [image])).removesuffix(".ome.tif") + SUFFIX
        if not is_unfinished(path):
            options = QFileDialog.Option.DontConfirmOverwrite
            path, _ = QFileDialog.getSaveFileName(parent, "Deconvolve in tiles into", path, FILTER, options=options)
        if path:
            self.run(plan, path if path.endswith(".zarr") else f"{path}{SUFFIX}")

    def run(self, plan: Plan, path: str) -> None:
        """Begin a run, or go on with the one whose store that is; raise `ParameterError` while one is on."""
        self.runner.start(TilesPlan(plan, path), 0)
        self._layer, self._shown, self._told = None, 0, ""
        self._poll.start()
        self._say(f"{'Going on with' if is_unfinished(path) else 'Writing'} “{Path(path).name}” …", "info")

    def stop(self) -> None:
        """End the run; the tiles that are done stay."""
        if self.busy:
            self.runner.session.stop()

    def _say(self, text: str, level: Level) -> None:
        self.text = text
        self.said.emit(text, level)

    def _advanced(self, session: TilesSession, progress: Progress) -> None:
        if self._viewer() is None:
            return
        if progress.stage and progress.stage != self._told:
            self._told = progress.stage
            kept = "; it can be continued after a restart" if session.begun else ""
            self._say(f"In tiles: {progress.stage}{kept}.", "info")

    def _redraw(self) -> None:
        """Make the layer, or draw what is new in it; tiles may take minutes each, so that none is waited for."""
        session, begin = self.session, time.perf_counter()
        if session is None or self._viewer() is None or not session.begun or not self._throttle.ready(begin):
            return
        done = session.done
        if self._layer is None:
            self._add(session)
        elif self.layer is not None and done > self._shown:
            self.layer.refresh(extent=False)
        else:
            return
        self._shown = done
        self._throttle.spent(begin, time.perf_counter())

    def _add(self, session: TilesSession) -> None:
        viewer, source = self._viewer(), session.plan.base.source
        assert viewer is not None
        layer = viewer.add_image(
            session.levels(),
            multiscale=True,
            name=unused_name(source.name, "in tiles", [one.name for one in viewer.layers]),
            contrast_limits=session.window(),
            metadata={KEY: {"preview": True, "store": session.plan.path, **origin(source)}},
            **source.looks,
            **moved(source, session.plan.base.crop.offset),
        )
        self._layer = weakref.ref(layer)

    def _ended(self, session: TilesSession) -> None:
        self._poll.stop()
        if self._viewer() is None or session.abandoned:
            return
        if session.error:
            self._say(session.error, "error")
        elif session.value is None:
            written = f"{session.done} of {session.total} tiles are written: " if session.total else ""
            self._say(f"Stopped. {written}{GO_ON}.", "info")
        else:
            self._finish(session)

    def _finish(self, session: TilesSession) -> None:
        """Show the finished store, with its recipe."""
        result = session.value
        assert result is not None
        if self._layer is None:
            self._add(session)
        layer, source = self.layer, session.plan.base.source
        if layer is not None:
            layer.data = session.levels()
            layer.contrast_limits = session.window()
            found = {"recipe": json.loads(result.recipe.to_json()), "iterations": result.iterations}
            layer.metadata = {KEY: {**found, "store": session.plan.path, **origin(source)}}
            ending = session.plan.base.name(result.iterations, result.recipe)
            viewer = self._viewer()
            assert viewer is not None
            layer.name = unused_name(source.name, ending, {one.name for one in viewer.layers} - {layer.name})
        warned = " ".join(result.words)
        tiles = f" in {session.total} tiles" if session.total > 1 else ""
        said = f"{result.iterations} iterations{tiles}: “{Path(session.plan.path).name}”. {warned}".strip()
        self._say(said, "warning" if warned else "success")
