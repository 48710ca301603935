"""The controls of the dock "Deconvolve", made from the definitions of the recipe's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QWidget

from napari_deconvolve._napari.docks.deconvolve import fields
from napari_deconvolve._napari.docks.deconvolve.channels import ALL
from napari_deconvolve._napari.docks.deconvolve.health import PSFHealth
from napari_deconvolve._napari.docks.deconvolve.pixel_size import PixelSize
from napari_deconvolve._napari.docks.deconvolve.psf_pictures import PSFPictures
from napari_deconvolve._napari.docks.deconvolve.ticks import ChannelTicks
from napari_deconvolve._napari.kit.forms import Remarks, beside, form, row
from napari_deconvolve._napari.kit.image_form import ImageForm
from napari_deconvolve._napari.kit.settings import Settings
from napari_deconvolve._napari.kit.steps import Step
from napari_deconvolve._napari.kit.theme import Palette
from napari_deconvolve._napari.layers.maps import may_be_map
from napari_deconvolve._napari.layers.region import REGIONS
from napari_deconvolve._napari.layers.times import time_axis
from napari_deconvolve._napari.work.checks.choices import ImageChoices, ImageReview
from napari_deconvolve._napari.work.remarks import Remark, Review
from napari_deconvolve.recipe.method import MethodTraits


class DeconvolveForm(ImageForm):
    """Image, PSF and settings; `choices` says what they are, `changed` that they are others."""

    axes_given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The image layer to deconvolve; it is not changed.", parent)
        self._images: list[Any] = []
        self._comments: dict[str, Remark] = {}  # what came of the last actions, by field
        self.images_count = 1  # channels of the image
        self._make_fields()
        self.make_region()
        self.settings = Settings(self)
        self._make_remarks()
        steps = [
            Step("image", "Image", self._image_rows(), ("image", "spacing", "channels", "times", "region")),
            Step("psf", "PSF", self._psf_rows(), ("psf",)),
            Step("method", "Method", self._method_rows(), ("start", "recipe", "axes", *self.settings.said)),
        ]
        self.lay_out(steps, self._more_rows())
        self.show_what_counts()
        self._connect()

    # ---- what it is made of

    def _make_fields(self) -> None:
        self.health, self.start = PSFHealth(), fields.start_box()
        self.size, self.pictures = PixelSize(), PSFPictures()
        self.split, self.axes = fields.split_button(), fields.axes_field()
        self.check_width, self.use_width = fields.check_width_button(), fields.use_width_button()
        self.live, self.channels = fields.live_box(), fields.channels_box()
        self.channels.currentIndexChanged.connect(self._changed)
        self.ticks, self.times = ChannelTicks(), fields.times_field()
        self.ticks.changed.connect(self._changed)
        self.times.editingFinished.connect(self._changed)

    @property
    def all_channels(self) -> bool:
        """Whether all channels of the image are to be run."""
        return bool(self.channels.currentText() == ALL)

    def show_channels(self, layers: Sequence[Any]) -> None:
        """Offer the channels of an image that has several."""
        several = len(layers) > 1
        self.ticks.show_layers(layers if several else ())
        self.images_count = len(self.ticks.ticked(layers))
        for widget in (self.channels, self._channels_label):
            widget.setVisible(several)
        for widget in (self.ticks, self._ticks_label):
            widget.setVisible(several and self.all_channels)

    def _make_remarks(self) -> None:
        self.remarks = {
            "image": Remarks("image_info"),
            "channels": Remarks("channels_info"),
            "psf": Remarks("psf_state"),
            "times": Remarks("times_info"),
            "region": Remarks("region_info"),
            "start": Remarks("start_info"),
            "axes": Remarks("axes_info"),
            "recipe": Remarks("recipe_info"),
            **self.settings.said,
        }

    def _image_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "Image", self.image.native, self.remarks["image"])
        rows.addRow("", self.split)
        self.size.add_to(rows)
        self._channels_label = row(rows, "Channels", self.channels, self.remarks["channels"])
        self._ticks_label = row(rows, "", self.ticks)
        self._times_label = row(rows, "Times", self.times, self.remarks["times"])
        self.add_region(rows)
        return rows

    def _psf_rows(self) -> QFormLayout:
        rows = form()
        row(rows, "PSF", beside(self.psf.native, self.make_psf_button()), buddy=self.psf.native)
        # Sentences need all of a narrow dock's width.
        for wide in (self.pictures, self.health, self.remarks["psf"], self.use_width):
            rows.addRow(wide)
        return rows

    def _method_rows(self) -> QFormLayout:
        rows = form()
        rows.addRow(self.remarks["recipe"])
        self.settings.main_rows(rows)
        rows.addRow("", self.live)
        return rows

    def _more_rows(self) -> QFormLayout:
        rows = form()
        self._axes_label = row(rows, "Axes", self.axes, self.remarks["axes"])
        self.settings.more_rows(rows)
        self._start_label = row(rows, "Start from", self.start.native, self.remarks["start"])
        return rows

    def _connect(self) -> None:
        self.start.changed.connect(self._changed)
        self.image.changed.connect(self._offer_maps)
        self.image.changed.connect(lambda *_: self._forget("image", "axes"))
        self.settings.changed.connect(lambda *_: self._forget("recipe"))
        self.settings.changed.connect(self._changed)
        self.size.pixels.connect(self._changed)
        self.axes.editingFinished.connect(lambda: self.axes_given.emit(self.axes.text()))

    def show_what_counts(self) -> None:
        """Hide what would change nothing."""
        self.live.setVisible(self.previews)
        for widget in (self.start.native, self._start_label):
            widget.setVisible(self.method.takes_start)
        self.draw_button.setVisible(self.region.currentText() == "rectangle")

    # ---- what it says

    @property
    def method(self) -> MethodTraits:
        """The method that is chosen."""
        return self.settings.traits

    @property
    def previews(self) -> bool:
        """Whether a result is quick enough to be shown as settings change."""
        return not self.method.iterates

    def choices(self) -> ImageChoices:
        """Return what is chosen; what the method has no use for is left out."""
        return ImageChoices(
            image=self.image.value,
            psf=self.psf.value,
            recipe=self.settings.recipe(),
            keep_every=self.settings.keep_every.value() if self.method.iterates else 0,
            region=self.region.currentText(),
            shapes=self.drawn,
            start=self.start.value if self.method.takes_start else None,
            times=self.times.text().strip(),
            target_problem=self.settings.problem(),
            camera_problem=self.settings.disagreement(),
            maps=self.settings.maps,
            in_pixels=self.size.is_in_pixels(self.image.value),
        )

    def set_defaults(self) -> None:
        """Set every number and word to its default; layers stay."""
        self.settings.set_defaults()
        self.set_values({"region": REGIONS[0], "channels": ALL})
        self.ticks.forget()
        self.times.clear()
        self.start.choose(None)

    def values(self) -> dict[str, Any]:
        """Return all that `set_values` takes, to be remembered."""
        own = {"region": self.region.currentText(), "channels": self.channels.currentText()}
        return {**self.settings.values(), **own, "live": self.live.isChecked()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Set numbers and words."""
        self.settings.set_values(values)
        self.region.setCurrentText(values.get("region", self.region.currentText()))
        self.channels.setCurrentText(values.get("channels", self.channels.currentText()))
        self.live.setChecked(values.get("live", self.live.isChecked()))
        self.show_what_counts()

    def show_review(self, found: Review) -> None:
        """Write the remarks beside their fields."""
        assert isinstance(found, ImageReview)
        self.health.look(found.question, self._refusal(found))
        self.settings.unit.setText(found.unit)
        super().show_review(found)
        self.size.show_image(self.image.value, found)
        self._show_image(self.image.value)

    def _show_image(self, image: Any) -> None:
        """Show the names of the image's axes, and what can be done with a picture."""
        self.split.setVisible(image is not None and bool(image.rgb))
        for widget in (self.axes, self._axes_label):
            widget.setEnabled(image is not None)
        for widget in (self.times, self._times_label):
            widget.setVisible(image is not None and time_axis(image) is not None)
        if not self.axes.hasFocus():
            self.axes.setText("" if image is None else ", ".join(map(str, image.axis_labels)))

    def summaries(self, found: Review) -> dict[str, tuple[str, str]]:
        """Return what each step comes to."""
        image, psf = self.image.value, self.psf.value
        several = f" · {self.images_count} channels" if self.all_channels and self.images_count > 1 else ""
        shape = found.remark("image").text.partition(", ")[0]
        return {
            "image": (found.remark("spacing").text or shape, "" if image is None else f"{image.name}{several}"),
            "psf": ("", "" if psf is None else psf.name),
            "method": ("", self.settings.summary()),
        }

    def remark(self, found: Review, field: str) -> Remark:
        """Return what stands below a field: why a PSF is refused stands in the line above, a shape in the header."""
        said = found.remark(field)
        if field in self._comments and said.level != "error":
            return self._comments[field]
        if field == "psf" and self._refusal(found):
            return Remark(field, "")
        return Remark(field, said.text.partition("; ")[2]) if field == "image" and said.level == "info" else said

    def comment(self, said: Remark) -> None:
        """Say below a field what came of an action, until something else is chosen there."""
        self._comments[said.field] = said
        self.remarks[said.field].say(said.text, said.level)
        self.steps.open_at(said.field)

    def _forget(self, *names: str) -> None:
        for name in names:
            self._comments.pop(name, None)

    def _refusal(self, found: Review) -> str:
        psf = found.remark("psf")
        return psf.text if psf.level == "error" and self.psf.value is not None else ""

    def show_check(self, reason: str, better: float) -> None:
        """Allow the check of the PSF's width, or say why not; offer a better width where there is one, else 0."""
        self.check_width.setEnabled(not reason)
        self.use_width.setVisible(better > 0)
        self.use_width.setText(f"Use the PSF made {better:.2f} times as wide")

    def show_camera(self, found: Mapping[str, str]) -> None:
        """Say what was found of the camera, by the names of the fields."""
        self.settings.show_camera(found)

    def allow_map(self, found: bool) -> None:
        """Offer to show the background that was found, where it is a map."""
        self.settings.show_map.setVisible(found)

    def restyle(self, colors: Palette) -> None:
        """Take the colours of a theme."""
        super().restyle(colors)
        for remarks in (*self.settings.camera_found.values(), self.settings.regularization_found):
            remarks.restyle(colors)
        self.health.restyle(colors)
        self.size.restyle(colors)

    def offer_more(self, images: list[Any]) -> None:
        """Offer images to start from, and as maps those that lie on the image."""
        self.start.offer(images)
        self._images = images
        self._offer_maps()

    def _offer_maps(self, *_: Any) -> None:
        image = self.image.value
        self.settings.offer([layer for layer in self._images if may_be_map(layer, image)])
