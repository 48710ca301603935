"""The background that a run has found, as a layer: to look at, to edit, and to be chosen for another run."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_deconvolve._napari.layers.maps import add_map, samples_of
from napari_deconvolve._napari.layers.source import moved
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.core.likelihood.maps import Knots, Surface
from napari_deconvolve.job.camera import background_map

NOUN = "background"


def has_map(session: Session) -> bool:
    """Return whether a run has found a background that is not one number."""
    record = None if session.run is None else session.run.record
    return record is not None and record.mapped


def add_background(viewer: Any, session: Session) -> Any:
    """Add the background that a run has found as a layer.

    Of a single frame it is that of the whole frame, from which it was found, even if a part was computed; of several
    frames it is that of the part.
    """
    plan, run = session.plan, session.run
    assert run is not None
    assert run.ready is not None
    known = None if session.recipe is None else session.recipe.background
    if isinstance(known, (Surface, Knots)):
        layer = add_map(viewer, plan.source, samples_of(known, plan.source, plan.axes), NOUN)
    else:
        data = np.ascontiguousarray(background_map(run.ready.job)[plan.crop.inner])
        layer = add_map(viewer, plan.source, data, NOUN)
        layer.translate = moved(plan.source, plan.crop.offset)["translate"]
    layer.visible = True
    return layer
