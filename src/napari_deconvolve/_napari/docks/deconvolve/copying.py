"""Copy as: the last run as Python, as a command line, or as a paragraph for the methods of a paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.saving import proposed
from napari_deconvolve._napari.kit import copying
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording import as_command, as_paragraph, as_python


def copied(kind: str, sessions: Sequence[Session], image: Any) -> str:
    """Copy runs to the clipboard, one after the other, and say what was copied."""
    runs = [one for one in sessions if one.latest is not None]
    if not runs:
        return ""
    result = proposed(image, [image]) if image is not None else Path(f"{runs[0].plan.source.name}_decon.ome.tif")
    source = getattr(getattr(image, "source", None), "path", None)
    read = str(source) if source else f"{runs[0].plan.source.name}.ome.tif"
    write: dict[str, Callable[[Recipe, int], str]] = {
        "python": lambda recipe, _count: as_python(recipe, read, str(result)),
        "cli": lambda recipe, _count: as_command(recipe, read, str(result)),
        "methods": as_paragraph,
    }
    texts = dict.fromkeys(write[kind](one.recipe or one.plan.recipe, one.iteration) for one in runs)
    return copying.copied(kind, "\n".join(texts))
