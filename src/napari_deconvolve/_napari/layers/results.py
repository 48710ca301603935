"""The layers that a run makes: its result, updated while it runs, and its snapshots."""

from __future__ import annotations

import json
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve._napari.layers.covered import cover, uncover
from napari_deconvolve._napari.layers.lineage import origin
from napari_deconvolve._napari.layers.psf_layers import KEY, beside, psf_layer_data
from napari_deconvolve._napari.layers.snapshots import Snapshots
from napari_deconvolve._napari.layers.source import contrast_of, fit_contrast, moved, unused_name
from napari_deconvolve._napari.layers.world import bring_into_view
from napari_deconvolve._napari.work.clock import clock
from napari_deconvolve._napari.work.session import Session

STEADY = 0.5  # relative: by less the brightness of a preview's brightest samples may change under the same contrast


class ResultLayers:
    """The layers of one session."""

    def __init__(self, viewer: Any, session: Session, image: Any = None) -> None:
        self._reference, self.session = weakref.ref(viewer), session
        self._image = None if image is None else weakref.ref(image)
        self.result: Any = None
        self.snapshots = Snapshots(session, self._free_name)
        self.psf: Any = None
        self.removed = False
        self._seen: NDArray[np.floating] | None = None  # of a search
        self._limits: tuple[float, ...] = ()  # of the contrast, as they were set here

    @property
    def image(self) -> Any | None:
        """The layer that the run began with; None when it is gone."""
        return None if self._image is None else self._image()

    @property
    def _viewer(self) -> Any:
        viewer = self._reference()
        assert viewer is not None, "a run ends with its viewer"
        return viewer

    def preview(self, estimate: NDArray[np.floating]) -> None:
        """Show an estimate on the way; the layer is made when the first one comes.

        napari takes .1 s to make a layer, to add it and to draw it: each has a turn of the event loop to itself, so
        that the window hears mouse and keys between them.
        """
        if self.removed or clock().is_set(self):
            return
        inner = estimate[self.session.plan.crop.inner]
        if self.result is not None:
            self._show(inner)
            return
        layer = self._layer(inner, self.session.plan.name("running"), visible=False)
        clock().set(self, 0.0, lambda: self._insert(layer))

    @property
    def sees(self) -> bool:
        """Whether a search has something new to show."""
        return self.session.sight is not None and self.session.sight is not self._seen

    def preview_search(self) -> None:
        """Show how far the search for the settings is, as long as the run has not begun."""
        seen = self.session.sight
        if seen is not None:
            self._seen = seen
            self.preview(seen)

    def withdraw(self) -> None:
        """Take a preview away to which no result came."""
        clock().stop(self)
        if self.result is not None:
            self._cover(False)
            preview, self.result = self.result, None
            self._viewer.layers.remove(preview)

    def finish(self) -> None:
        """Show the last estimate under its final name, with the recipe in its metadata; without one, nothing."""
        latest = self.session.latest
        if latest is None:
            self.withdraw()
        if latest is None or self.removed:
            return
        inner = np.ascontiguousarray(latest.estimate[self.session.plan.crop.inner])
        ending = self.session.plan.name(latest.iteration, self.session.recipe)
        waiting = clock().is_set(self)
        clock().stop(self)
        if self.result is None:
            self._add(self._layer(inner, ending))
            self.snapshots.show(self._viewer, self.result)
        else:
            self._show(inner)
            self._fit_contrast(inner, 0.0)
            self.result.visible |= waiting  # a preview that somebody hid stays hidden
        self._cover()
        self.result.contrast_limits_range = (
            min(0.0, float(inner.min())),
            max(float(inner.max()), self.result.contrast_limits[1]),
        )
        self.result.metadata = {KEY: self._metadata()}
        self._rename(self.result, ending)  # who hears of it finds a result
        self.snapshots.finish(self._viewer, self.result, self._metadata())
        self._show_psf()
        if self._viewer.layers.selection != {self.result}:
            self._viewer.layers.selection = {self.result}

    def show_kept(self, iteration: int) -> None:
        """Show the estimate that was kept at an iteration, over all others."""
        self.snapshots.show_at(self._viewer, self.result, iteration)
        if self.snapshots.layer is not None:
            self._viewer.layers.selection = {self.snapshots.layer}

    def forget(self, layer: Any) -> bool:
        """Hear that a layer was removed; say whether it was the result."""
        self.snapshots.forget(layer, self.result)
        if layer is not self.result:
            return False
        self._cover(False)
        self.result, self.removed = None, True
        return True

    def _insert(self, layer: Any) -> None:
        """Add the layer of a preview, and draw it in the next turn."""
        if not self.session.abandoned:
            self._add(layer)
            clock().set(self, 0.0, self._reveal)

    def _reveal(self) -> None:
        if self.result is not None:
            self.result.visible = True
            self._cover()
            self.snapshots.show(self._viewer, self.result)

    def _cover(self, covered: bool = True) -> None:
        """Hide the input where the result would add to it, or show it again."""
        image = self.image
        if image is None or image not in self._viewer.layers:
            return
        if not covered:
            uncover(image)
        elif self.result.visible and cover(image, self.result):
            bring_into_view(self._viewer, self.result)

    def _show(self, inner: NDArray[np.floating]) -> None:
        """Show an estimate in the layer that there is."""
        self.result.data = inner
        self._fit_contrast(inner, STEADY)
        self.snapshots.show(self._viewer, self.result)

    def _fit_contrast(self, inner: NDArray[np.floating], step: float) -> None:
        """Fit the contrast to an estimate, unless somebody has set another."""
        if tuple(self.result.contrast_limits) == self._limits:
            fit_contrast(self.result, inner, step)
            self._limits = tuple(self.result.contrast_limits)

    def _layer(self, data: NDArray[np.floating], ending: str, visible: bool = True) -> Any:
        """Make the layer as it is to stay: each later change is seen by every dock."""
        from napari.layers import Image

        plan = self.session.plan
        return Image(
            data,
            name=self._free_name(ending),
            contrast_limits=contrast_of(data),
            visible=visible,
            metadata={KEY: {"preview": True, **origin(plan.source)}},
            **plan.source.looks,
            **moved(plan.source, plan.crop.offset),
        )

    def _add(self, layer: Any) -> None:
        self.result = layer
        self._viewer.add_layer(layer)
        self._limits = tuple(layer.contrast_limits)
        self._viewer.layers.selection = {layer}

    def _free_name(self, ending: str, own: str = "") -> str:
        taken = {layer.name for layer in self._viewer.layers} - {own}
        return unused_name(self.session.plan.source.name, ending, taken)

    def _rename(self, layer: Any, ending: str) -> None:
        before, name = layer.name, self._free_name(ending, own=layer.name)
        if before == name:
            return
        layer.name = name
        status = self._viewer.status  # napari's own words keep the old name until the mouse moves
        if isinstance(status, dict) and before in status.values():
            self._viewer.status = {key: name if value == before else value for key, value in status.items()}

    def _show_psf(self) -> None:
        """Show the PSF that was found, once; it is chosen by nobody but the user."""
        found, plan = self.session.found, self.session.plan
        if found is None or self.psf is not None:
            return
        name = unused_name("PSF found", plan.source.name, {layer.name for layer in self._viewer.layers})
        data, keywords, _ = psf_layer_data(found.psf, name)
        keywords.update(beside(self.result, data.shape, keywords["scale"]))
        keywords["metadata"][KEY]["found"] = {"how": found.how, "factor": found.factor}
        self.psf = self._viewer.add_image(data, **keywords)
        layers = self._viewer.layers
        layers.move(layers.index(self.psf), layers.index(self.result))

    def _metadata(self) -> dict[str, Any]:
        session, plan = self.session, self.session.plan
        recipe = session.recipe or plan.recipe
        return {
            "recipe": json.loads(recipe.to_json()),
            "iterations": session.iteration,
            "deviance": list(session.deviances),
            "backgrounds": list(session.backgrounds),
            "region": {
                "name": plan.region,
                "start": list(plan.crop.offset),
                "shape": list(plan.crop.shape),
                "margin": [[one.start, one.stop] for one in plan.crop.outer],
            },
            **origin(plan.source),
            **self._beginning(),
            **self._choice(),
            **session.about_making,
        }

    def _beginning(self) -> dict[str, Any]:
        """Tell where the run began, if not with a flat estimate."""
        plan = self.session.plan
        if plan.origin is not None:
            return {"branched_from": [step.to_dict() for step in plan.origin.provenance]}
        return {} if plan.start is None else {"start": plan.start.name}

    def _choice(self) -> dict[str, Any]:
        """Tell how the settings were chosen, if they were."""
        choice = self.session.choice
        if choice is None:
            return {}
        found = {"iterations": choice.iterations, "sieve": choice.sieve, "gain": choice.gain, "rule": choice.rule}
        return {"chosen": found}
