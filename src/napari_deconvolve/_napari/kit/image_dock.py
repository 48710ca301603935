"""What docks for images share: an image and its PSF are chosen, and what the camera shows may count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from napari_deconvolve._napari.kit.psf_box import PSFChoice, open_psf_dock
from napari_deconvolve._napari.kit.run_dock import LAYER_EVENTS, Event, RunDock
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.region import REGIONS, add_rectangles
from napari_deconvolve._napari.work.clock import Delay
from napari_deconvolve._napari.work.remarks import Review

REST_SECONDS = 0.15  # that the camera must rest before what it shows is looked at


class ImageDock(RunDock):
    """A dock whose form is an `ImageForm`."""

    def __init__(self, viewer: Any, runs: Callable[[Any], Any], form: Any, panel: Any) -> None:
        super().__init__(viewer, runs, form, panel)
        self._psfs = PSFs(self)
        self._choice = PSFChoice(self._viewer, form.image, form.psf)
        self._review = Review(())
        self._rest = Delay(self, REST_SECONDS, self._look)

    def reset_choices(self, event: Any = None) -> None:
        """Follow the viewer's layers; napari calls this when they come, go, move or change their names."""
        self._choice.before_layers_change()
        super().reset_choices(event)

    def choose_layers(self, **layers: Any) -> None:
        """Choose layers by the names of their boxes: image, psf and so on; None leaves what is chosen."""
        boxes = self._boxes()
        for name, layer in layers.items():
            if layer is not None:
                boxes[name].choose(layer)

    # ---- what each dock says for itself

    def _reviewed(self) -> Review:
        """Return what the choices amount to."""
        raise NotImplementedError

    def _looked(self) -> None:
        """Do what follows from a look at the choices."""

    # ---- looking at the choices

    def _connect(self) -> None:
        self.form.psf_chosen.connect(self._choice.named)
        self.form.make_psf.connect(lambda: self._try(lambda: open_psf_dock(self._viewer, self.form.image.value)))
        self.form.draw.connect(lambda: add_rectangles(self._viewer, self.form.image.value))
        self._psfs.ready.connect(self._look)
        scene = getattr(self._viewer, "scene", self._viewer)
        for emitter in (scene.camera.events, self._viewer.dims.events):
            self.follow(emitter, self._view_moved)

    def _changed(self) -> None:
        self._choice.follow_image()
        super()._changed()

    def _look(self, event: Any = None) -> None:
        self._review = self._reviewed()
        self.form.show_review(self._review)
        self.panel.show_cost(self._review.remark("cost"))
        self._show_run()
        self._looked()

    def _events(self) -> Iterator[Event]:
        """Hear of changes in the chosen layers (samples, spacing, units) and of rectangles drawn."""
        for box in (self.form.image, self.form.psf):
            if box.value is not None:
                for name in LAYER_EVENTS:
                    yield getattr(box.value.events, name), self._layer_changed
        for layer in self.form.shapes:
            yield layer.events.data, self._view_moved

    def _layer_changed(self, event: Any = None) -> None:
        self._psfs.forget()
        self._look()

    def _view_moved(self, event: Any = None) -> None:
        if self.form.region.currentText() != REGIONS[0]:
            self._rest.restart()
