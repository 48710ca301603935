"""All channels of an image in one run, each with its own PSF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from napari_deconvolve._napari.layers.announced import chosen
from napari_deconvolve._napari.layers.optics import channel_of, channels_of
from napari_deconvolve._napari.layers.psf_prepared import PSFs, fingerprint
from napari_deconvolve._napari.work.checks.choices import ImageChoices, ImageReview
from napari_deconvolve._napari.work.checks.review import image_review
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.remarks import Remark

ALL, ONE = CHANNELS = "all", "only this one"
NONE_TICKED = "No channel is ticked; tick those to deconvolve."
ONE_START = "A start estimate belongs to one channel. Choose “only this one”, or start from none."


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRun:
    """The run of one channel: its plan, its layer, and the signature of its settings."""

    plan: Plan
    image: Any
    signature: object


def siblings(image: Any, layers: Sequence[Any]) -> tuple[Any, ...]:
    """Return the layers that a file says are the channels of an image, itself included; empty where it has none."""
    return () if image is None or channel_of(image) is None else channels_of(image, layers)


class Channels:
    """Looks at the other channels as the dock looks at the one that is chosen."""

    def __init__(self, viewer: Any, ready: Any) -> None:
        self._viewer, self._ready = viewer, ready
        self._psfs: dict[object, PSFs] = {}  # by the PSF's layer: each is prepared beside the window
        self.runs: tuple[ChannelRun, ...] = ()

    def reviewed(self, own: ImageReview, choices: ImageChoices, layers: Sequence[Any], *, alone: bool) -> ImageReview:
        """Return the review of the channels that are wanted, and keep their plans; `own` is that of the chosen one.

        What forbids the run of another channel forbids that of all. The chosen one may be run `alone`.
        """
        several = len(siblings(choices.image, self._viewer.layers)) > 1
        if several and not alone and not layers:
            return self._refused(own, NONE_TICKED, "error")
        if own.plan is None or alone or not several:
            self.runs = () if own.plan is None else (ChannelRun(own.plan, choices.image, choices.signature()),)
            return own
        if choices.start is not None:
            return self._refused(own, ONE_START, "error")
        runs = []
        for layer in layers:
            one = choices if layer is choices.image else replace(choices, image=layer, psf=self._psf(layer, choices))
            found = own if layer is choices.image else image_review(self._viewer, one, self._prepared(one.psf))
            if found.plan is None:
                level = "info" if found.waiting and found.reason == found.waiting else "error"
                return self._refused(own, f"{layer.name}: {found.reason}", level)
            runs.append(ChannelRun(found.plan, layer, one.signature()))
        self.runs = tuple(runs)
        return replace(own, remarks=(*own.remarks, Remark("channels", self._psf_words(layers, choices))))

    def forget(self) -> None:
        """Prepare the PSFs again next time: their samples may have changed in place."""
        self._psfs = {}

    def _refused(self, own: ImageReview, reason: str, level: Any) -> ImageReview:
        self.runs = ()
        return replace(own, plan=None, waiting=reason, remarks=(*own.remarks, Remark("channels", reason, level)))

    def _psf(self, layer: Any, choices: ImageChoices) -> Any:
        own = chosen(self._viewer, layer)
        return choices.psf if own is None else own

    def _prepared(self, psf: Any) -> PSFs:
        key = fingerprint(psf)
        if key not in self._psfs:
            self._psfs[key] = PSFs()
            self._psfs[key].ready.connect(self._ready)
        return self._psfs[key]

    def _psf_words(self, layers: Sequence[Any], choices: ImageChoices) -> str:
        count = len({id(self._psf(layer, choices)) for layer in layers})
        shared = "all with this PSF" if count == 1 else f"with {count} PSFs"
        channels = "1 channel" if len(layers) == 1 else f"{len(layers)} channels"
        return f"{channels}, {'each with its own PSF' if count == len(layers) else shared}"
