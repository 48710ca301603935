"""Copy as: the last run as Python, as a command line, or as a paragraph for the methods of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from napari_deconvolve._napari.docks.deconvolve.original import Original, named, original
from napari_deconvolve._napari.docks.deconvolve.saving import bare, proposed
from napari_deconvolve._napari.kit import copying
from napari_deconvolve._napari.work.plan import Plan
from napari_deconvolve._napari.work.session import Session
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.recipe.wording import Cut, as_command, as_paragraph, as_python
from napari_deconvolve.recipe.wording.changes import PSF_FILE, has_maps, psf_arguments

Made = tuple[Session, Any]  # a run, and the layer that it began with; None where that is gone
SAVE = "File > Save Selected Layers"
BEGAN = "# The run began from another estimate, which has to be given too."


def copied(kind: str, made: Sequence[Made]) -> str:
    """Copy runs to the clipboard, one after the other, and say what was copied; files to be made first are named."""
    runs = [(session, layer) for session, layer in made if session.latest is not None]
    if not runs:
        return ""
    if kind == "methods":
        texts = [as_paragraph(_recipe(session), session.iteration) for session, _ in runs]
        return copying.copied(kind, "\n".join(dict.fromkeys(texts)))
    files = zip(_psf_files([session for session, _ in runs]), _result_files(runs), strict=True)
    made_of = [_text(kind, one, *both) for one, both in zip(runs, files, strict=True)]
    notes = dict.fromkeys(note for found, _ in made_of for note in found)
    return copying.copied(kind, "\n".join((*notes, *(text for _, text in made_of))))


def _recipe(session: Session) -> Recipe:
    return session.recipe or session.plan.recipe


def _text(kind: str, made: Made, psf_file: str, result: str) -> tuple[list[str], str]:
    """Write one run, and what has to be known first; a command, which cuts nothing, says of what the run was."""
    session, layer = made
    recipe, plan, python = _recipe(session), session.plan, kind == "python"
    there = original(plan, layer)
    if there.channel is not None and not python:
        there = Original(
            named(layer, plan, Path(there.path)),
            why="a command runs all channels of a file alike",
        )
    notes = [BEGAN] if plan.start is not None or plan.origin is not None else []
    if there.why:
        notes.append(_first(f"the layer “{plan.source.name}”", there.path, SAVE, there.why))
    if has_maps(recipe):
        notes.append(_first("the result", result, "Save…", "its recipe holds one number per pixel"))
    elif not python or psf_arguments(recipe) is None:
        notes.append(_first(f"the PSF of “{plan.source.name}”", psf_file, SAVE, "it is read from a file"))
    cut = _cut(plan, there.channel)
    if python:
        return notes, as_python(recipe, there.path, result, psf_file, cut)
    if cut is not None:
        notes.append(f"# This runs the whole file; the result in napari is of {cut.words}.")
    return notes, as_command(recipe, there.path, result, psf_file)


def _first(what: str, file: str, how: str, why: str) -> str:
    return f"# First save {what} as {file} ({how}): {why}."


def _result_files(runs: Sequence[Made]) -> list[str]:
    """Return a file for each result: that which Save… proposes, by channel where it proposes one for several."""
    files = [
        proposed(layer, [layer]) if layer is not None else Path(f"{bare(session.plan.source.name)}_decon.ome.tif")
        for session, layer in runs
    ]
    if len(set(files)) < len(files):
        files = [_of_channel(file, session) for file, (session, _) in zip(files, runs, strict=True)]
    return [str(file) for file in files]


def _psf_files(sessions: Sequence[Session]) -> list[str]:
    """Return a file for each PSF: the same one where channels share it."""
    sources = [_recipe(session).psf for session in sessions]
    if all(one is not None and one == sources[0] for one in sources):
        return [PSF_FILE] * len(sources)
    return [str(_of_channel(Path(PSF_FILE), session)) for session in sessions]


def _cut(plan: Plan, channel: int | None) -> Cut | None:
    """Return the part of the file that a plan is of; None for all of it."""
    if channel is None and plan.crop.outer_shape == plan.source.shape:
        return None
    return Cut(plan.crop.outer, plan.crop.inner, channel)


def _of_channel(file: Path, session: Session) -> Path:
    """Return a file for each channel."""
    ending = "".join(file.suffixes[-2:])
    name = bare(session.plan.source.name.rsplit(" · ", 1)[-1])
    return file.with_name(f"{file.name.removesuffix(ending)}_{name}{ending}")
