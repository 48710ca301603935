"""What docks of a viewer tell each other without knowing each other: an image's PSF, a result that is complete."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_deconvolve._napari.layers.source import our_metadata
from napari_deconvolve._napari.work.per_viewer import of_viewer, unwrapped


class Results(QObject):  # type: ignore[misc]
    """The results of a viewer: whoever makes one says so here, and whoever wants to know listens.

    Attributes
    ----------
    last : mapping
        What the last one kept beside its samples, as its recipe; it stays when the layer goes.

    Signals
    -------
    finished(layer)
        A result is complete, or has changed.
    """

    finished = Signal(object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.last: Mapping[str, Any] = {}
        self.finished.connect(self._keep)

    def _keep(self, layer: Any) -> None:
        stored = our_metadata(layer)
        if "recipe" in stored:  # a run that was stopped early may have made no layer
            self.last = {"name": layer.name, **stored}


class Choices(QObject):  # type: ignore[misc]
    """The PSF layer of each image layer of one viewer. It keeps no layer alive.

    Attributes
    ----------
    changed : Signal(image layer, PSF layer)
        A PSF was made or named for an image; the image is None when it was made for none.
    """

    changed = Signal(object, object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = weakref.ref(viewer)
        self._of: weakref.WeakKeyDictionary[Any, weakref.ref[Any]] = weakref.WeakKeyDictionary()

    def remember(self, image: Any | None, psf: Any) -> None:
        """Make a layer the PSF of an image layer, and say so."""
        image, psf = unwrapped(image), unwrapped(psf)
        if image is not None:
            self._of[image] = weakref.ref(psf)
        self.changed.emit(image, psf)

    def chosen(self, image: Any | None) -> Any | None:
        """Return the PSF layer of an image layer; None when there is none, or it was removed from the viewer."""
        found = None if image is None else self._of.get(unwrapped(image))
        psf, viewer = (None if found is None else found()), self._viewer()
        if psf is None or viewer is None:
            return None
        return psf if any(layer is psf for layer in viewer.layers) else None


def remember(viewer: Any, image_layer: Any | None, psf_layer: Any) -> None:
    """Make a layer the PSF of an image layer (None for a PSF made without an image), and tell who listens."""
    of_viewer(viewer, Choices).remember(image_layer, psf_layer)


def chosen(viewer: Any, image_layer: Any | None) -> Any | None:
    """Return the PSF layer that was made or named for an image layer; None when there is none."""
    return of_viewer(viewer, Choices).chosen(image_layer)
