"""Which PSF belongs to which image layer: said by the dock that makes PSFs, heard by the docks that use them."""

from __future__ import annotations

import weakref
from typing import Any

from qtpy.QtCore import QObject, Signal

_all: dict[int, Choices] = {}


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


def unwrapped(thing: Any) -> Any:
    """Return what is behind the proxy that napari hands to plugins: of a viewer, and of its layers."""
    return getattr(thing, "__wrapped__", thing)


def choices_of(viewer: Any) -> Choices:
    """Return the choices of a viewer, or of the proxy that napari hands to plugins: always the same object."""
    model = unwrapped(viewer)
    key = id(model)
    if key not in _all:
        _all[key] = Choices(model)
        weakref.finalize(model, _all.pop, key, None)
    return _all[key]


def remember(viewer: Any, image_layer: Any | None, psf_layer: Any) -> None:
    """Make a layer the PSF of an image layer (None for a PSF made without an image), and tell who listens."""
    choices_of(viewer).remember(image_layer, psf_layer)


def chosen(viewer: Any, image_layer: Any | None) -> Any | None:
    """Return the PSF layer that was made or named for an image layer; None when there is none."""
    return choices_of(viewer).chosen(image_layer)
