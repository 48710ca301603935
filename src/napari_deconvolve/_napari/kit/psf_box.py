"""Which PSF the dock "Deconvolve" takes for which image, and where its PSFs come from."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qtpy.QtCore import QObject

from napari_deconvolve._napari.kit.dock import open_dock
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.layers.announced import Choices
from napari_deconvolve._napari.layers.psf_layers import beside, psf_layer_data
from napari_deconvolve._napari.layers.psf_validation import Repaired
from napari_deconvolve._napari.layers.source import unused_name
from napari_deconvolve._napari.work.per_viewer import of_viewer


class PSFChoice(QObject):  # type: ignore[misc]
    """Keeps the PSF of each image: one made or chosen for an image comes back with it."""

    def __init__(self, viewer: Any, image: LayerBox, psf: LayerBox) -> None:
        super().__init__(psf.native)
        self._image_box, self._psf_box = image, psf
        self._all: Choices = of_viewer(viewer, Choices)
        self._quiet = False
        self._image: weakref.ref[Any] | None = None
        self._before: weakref.ref[Any] | None = None
        self._all.changed.connect(self._made)

    def before_layers_change(self) -> None:
        """Keep in mind what is chosen: a PSF that comes for another image is not to replace it."""
        self._before = _weak(self._psf_box.value)

    def named(self) -> None:
        """Remember what the user chooses."""
        if not self._quiet and self._psf_box.value is not None:
            self.remember(self._psf_box.value)

    def remember(self, psf: Any) -> None:
        """Choose a PSF, and remember it for the image."""
        image = self._image_box.value
        with self._quietly():
            self._psf_box.choose(psf)
            if image is not None and psf is not image:
                self._all.remember(image, psf)

    def follow_image(self) -> None:
        """Bring back the PSF of an image that has just been chosen; one without keeps what is chosen."""
        image = self._image_box.value
        last = self._image() if self._image is not None else None
        if image is last:
            return
        self._image = _weak(image)
        self._keep(last)
        own = self._all.chosen(image)
        if own is not None:
            with self._quietly():
                self._psf_box.choose(own)

    def _keep(self, image: Any | None) -> None:
        """Remember the PSF that stands there for the image that is left, however it came to be chosen."""
        psf = self._psf_box.value
        if image is not None and psf is not None and psf is not image:
            with self._quietly():
                self._all.remember(image, psf)

    def _made(self, image: Any | None, psf: Any) -> None:
        """Take a PSF that was made for this image; one that is another's is not this one's."""
        if self._quiet:
            return
        here = self._image_box.value
        if image is None or image is here:
            self.remember(psf)
        elif self._psf_box.value is psf and here is not None:
            own = self._all.chosen(here)
            before = self._before() if self._before is not None else None
            with self._quietly():
                self._psf_box.choose(own if own is not None else before if before is not None else psf)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        was, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = was


def add_repaired(viewer: Any, repaired: Repaired, faulty: Any, image: Any | None) -> Any:
    """Add a repaired PSF as another layer; the faulty one stays as it is."""
    name = unused_name(faulty.name, repaired.words, [layer.name for layer in viewer.layers])
    data, keywords, _ = psf_layer_data(repaired.psf, name)
    if image is not None:
        keywords.update(beside(image, data.shape, keywords["scale"]))
    active = viewer.layers.selection.active
    layer = viewer.add_image(data, **keywords)
    if active is not None:
        viewer.layers.selection.active = active  # what the user was looking at stays selected
    return layer


def open_psf_dock(viewer: Any, image: Any | None) -> None:
    """Show the dock "PSF" above others in its place, set to make one for an image."""
    widget = open_dock(viewer, "PSF")
    choose = getattr(widget, "choose_image", None)
    if choose is not None and image is not None:
        choose(image)


def _weak(layer: Any | None) -> weakref.ref[Any] | None:
    return None if layer is None else weakref.ref(layer)
