"""A run of a small part of the image, to try settings; the region that is chosen stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.channels import ChannelRun, Channels, siblings
from napari_deconvolve._napari.docks.deconvolve.form import DeconvolveForm
from napari_deconvolve._napari.layers.psf_prepared import PSFs
from napari_deconvolve._napari.layers.region import SMALL
from napari_deconvolve._napari.work.checks.review import image_review
from napari_deconvolve.errors import ParameterError


def trial(viewer: Any, form: DeconvolveForm, psfs: PSFs, channels: Channels) -> tuple[tuple[ChannelRun, ...], object]:
    """Return the runs of a small part of what is seen, and the signature of their settings.

    Raise `ParameterError` where it cannot be run.
    """
    choices = replace(form.choices(), region=SMALL)
    own = image_review(viewer, choices, psfs)
    known = siblings(choices.image, viewer.layers)
    wanted = form.ticks.ticked(known) if form.all_channels else ()
    found = channels.reviewed(own, choices, wanted, alone=not form.all_channels)
    if found.plan is None:
        raise ParameterError(found.reason)
    return channels.runs, choices.signature()
