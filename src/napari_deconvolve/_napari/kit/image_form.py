"""What the forms of docks for images share: the image, its PSF, and the region."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from qtpy.QtCore import QSignalBlocker, Signal
from qtpy.QtWidgets import QFormLayout, QPushButton, QWidget

from napari_deconvolve._napari.comparison.profile_line import is_line
from napari_deconvolve._napari.kit.dock_form import DockForm
from napari_deconvolve._napari.kit.forms import beside, choice_box, identify, row
from napari_deconvolve._napari.kit.layer_box import LayerBox
from napari_deconvolve._napari.layers.defaults import default_image, default_psf, fits_image
from napari_deconvolve._napari.layers.psf_layers import is_psf_layer
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.source import our_metadata


class ImageForm(DockForm):
    """A form with an image and a PSF.

    Signals
    -------
    psf_chosen()
        Another PSF is chosen.
    make_psf(), draw()
        A PSF is to be made for the image; a rectangle is to be drawn.
    """

    psf_chosen = Signal()
    make_psf = Signal()
    draw = Signal()
    truths: ClassVar[bool] = False  # whether a truth is an image that this form looks for

    def __init__(self, image_tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shapes: list[Any] = []
        self._known: list[weakref.ref[Any]] = []
        self.image = LayerBox("image", "Image", image_tip)
        self.psf = LayerBox("psf", "PSF", "The layer that shows how a point is blurred; make one in the dock “PSF”.")
        for box in (self.image, self.psf):
            box.changed.connect(self._changed)
        self.psf.changed.connect(self._psf_changed)

    def make_psf_button(self) -> QPushButton:
        """Make the button beside the PSF."""
        button: QPushButton = identify(
            QPushButton("Make…"), "make_psf", "Make a PSF", "Opens the dock “PSF”, which makes one for this image."
        )
        button.clicked.connect(lambda _checked=False: self.make_psf.emit())
        self.psf.native.setMinimumContentsLength(1)  # leaves room for the button in a narrow dock
        return button

    def make_region(self) -> None:
        """Make the choice of a region."""
        self.region = identify(
            choice_box(REGIONS),
            "region",
            "Region",
            "Deconvolve all, or only what the camera shows or a rectangle of a Shapes layer encloses: quick, to try.",
        )
        self.draw_button = identify(
            QPushButton("Draw"), "draw", "Draw a rectangle", "Make a Shapes layer, ready to draw a rectangle."
        )
        self.draw_button.setVisible(False)
        self.region.currentIndexChanged.connect(self._changed)
        self.draw_button.clicked.connect(lambda _checked=False: self.draw.emit())

    def add_region(self, rows: QFormLayout) -> None:
        """Add the region to a form."""
        row(rows, "Region", beside(self.region, self.draw_button), self.remarks["region"], buddy=self.region)

    @property
    def drawn(self) -> Any | None:
        """The newest Shapes layer in which something is drawn."""
        return next((layer for layer in reversed(self.shapes) if len(layer.data)), None)

    def offer(self, layers: list[Any], active: Any = None) -> None:
        """Follow the viewer's layers; a PSF that has just come is chosen."""
        from napari.layers import Image, Shapes

        images = [layer for layer in layers if isinstance(layer, Image)]
        self.shapes = [layer for layer in layers if isinstance(layer, Shapes) and not is_line(layer)]
        with QSignalBlocker(self):
            self._offer_images(images, active)
        self._changed()

    def offer_more(self, images: list[Any]) -> None:
        """Offer images to other boxes. Subclasses say to which."""

    def _offer_images(self, images: list[Any], active: Any) -> None:
        new = [layer for layer in images if not any(known() is layer for known in self._known)]
        self._known = [weakref.ref(layer) for layer in images]
        default = default_image(images, active, truths=self.truths)
        self.image.offer(images, default, lambda layer: fits_image(layer, images, truths=self.truths))
        self.psf.offer(images, default_psf(images))
        self.offer_more(images)
        fresh = [layer for layer in new if is_psf_layer(layer) and "found" not in our_metadata(layer)]
        if fresh:
            self.psf.choose(fresh[-1])

    def _psf_changed(self, layer: Any = None) -> None:
        self.psf_chosen.emit()
