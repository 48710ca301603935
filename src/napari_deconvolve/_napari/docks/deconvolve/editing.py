"""Carries out changes of the image's layer, and says in its step what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject

from napari_deconvolve._napari.docks.deconvolve import edits
from napari_deconvolve._napari.docks.deconvolve.channels import siblings
from napari_deconvolve._napari.docks.deconvolve.edits import Edit
from napari_deconvolve._napari.docks.deconvolve.form import DeconvolveForm
from napari_deconvolve._napari.work.remarks import Remark
from napari_deconvolve.errors import DeconvolutionError


class Editing(QObject):  # type: ignore[misc]
    """What the form's fields and buttons do to the layer that is chosen as image.

    `choose` chooses another image, `changed` hears that its layer is another than it was.
    """

    def __init__(
        self, viewer: Any, form: DeconvolveForm, choose: Callable[[Any], None], changed: Callable[[], None]
    ) -> None:
        super().__init__(form)
        self._viewer, self._form, self._choose, self._changed = viewer, form, choose, changed
        self._before: list[edits.Calibration] = []  # of the last change of the pixel size
        form.size.given.connect(self._set_size)
        form.size.undone.connect(self._undo_size)
        form.axes_given.connect(lambda text: self._say("axes", edits.set_axes(form.image.value, text)))
        form.split.clicked.connect(lambda _checked=False: self._say("image", edits.split(viewer, form.image.value)))
        form.size.reopen.clicked.connect(lambda _checked=False: self._reopen())

    def _set_size(self, text: str) -> None:
        image, psf = self._form.image.value, self._form.psf.value
        layers = siblings(image, self._viewer.layers) or (image,)
        before = [edits.calibration_of(layer) for layer in layers if layer is not None]
        edit = edits.set_spacing(layers, image, psf, text)
        if edit.done:
            self._before = before
        self._say_size(edit, undo=edit.done)

    def _undo_size(self) -> None:
        edits.restore(self._before)
        self._before = []
        self._say_size(Edit("The former pixel size is back.", True))

    def _reopen(self) -> None:
        try:
            self._say_size(edits.open_again(self._viewer, self._form.image.value))
        except DeconvolutionError as error:
            self._say_size(Edit(str(error)))

    def _say_size(self, edit: Edit, *, undo: bool = False) -> None:
        self._finish(edit)
        if edit.words:
            self._form.size.say(edit.words, "info" if edit.done else "error", undo=undo)

    def _say(self, field: str, edit: Edit) -> None:
        self._finish(edit)
        if edit.words:
            self._form.comment(Remark(field, edit.words, "info" if edit.done else "error"))

    def _finish(self, edit: Edit) -> None:
        if edit.image is not None:
            self._choose(edit.image)
        if edit.done:
            self._changed()
