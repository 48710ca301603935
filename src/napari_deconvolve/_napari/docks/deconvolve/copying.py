"""Copy as: the last run as Python, as a command line, or as a paragraph for the methods of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.saving import proposed
from napari_deconvolve._napari.kit import copying
from napari_deconvolve._napari.layers.optics import channel_of
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.recipe.wording import Cut, as_command, as_paragraph, as_python

Made = tuple[Session, Any]  # a run, and the layer that it began with; None where that is gone


def copied(kind: str, made: Sequence[Made]) -> str:
    """Copy runs to the clipboard, one after the other, and say what was copied."""
    runs = [(session, layer) for session, layer in made if session.latest is not None]
    if not runs:
        return ""
    first, image = runs[0]
    result = proposed(image, [image]) if image is not None else Path(f"{first.plan.source.name}_decon.ome.tif")
    texts = dict.fromkeys(_text(kind, one, result if len(runs) == 1 else _of_channel(result, one[0])) for one in runs)
    return copying.copied(kind, "\n".join(texts))


def _text(kind: str, made: Made, result: Path) -> str:
    """Write one run; a command, which cuts nothing, says of what the run in the window was."""
    session, layer = made
    recipe, plan = session.recipe or session.plan.recipe, session.plan
    if kind == "methods":
        return as_paragraph(recipe, session.iteration)
    path = getattr(getattr(layer, "source", None), "path", None)
    read, cut = str(path) if path else f"{plan.source.name}.ome.tif", _cut(plan, layer)
    began = plan.start is not None or plan.origin is not None
    notes = ["# The run began from another estimate, which has to be given too."] if began else []
    if kind == "python":
        return "\n".join((*notes, as_python(recipe, read, str(result), cut=cut)))
    if cut is not None:
        notes.append(f"# This runs the whole file; the result in napari is of {cut.words}.")
    return "\n".join((*notes, as_command(recipe, read, str(result))))


def _cut(plan: Plan, layer: Any) -> Cut | None:
    """Return the part of the file that a plan is of; None for all of it."""
    known = None if layer is None else channel_of(layer)
    if known is None and plan.crop.outer_shape == plan.source.shape:
        return None
    return Cut(plan.crop.outer, plan.crop.inner, None if known is None else known[0])


def _of_channel(result: Path, session: Session) -> Path:
    """Return a file for each channel."""
    ending = "".join(result.suffixes[-2:])
    name = session.plan.source.name.rsplit(" · ", 1)[-1]
    return result.with_name(f"{result.name.removesuffix(ending)}_{name}{ending}")
