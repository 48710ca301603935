"""What the choices in the dock "Batch" amount to: a plan, or the reasons why there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from napari_deconvolve._napari.kit.command_words import in_dock
from napari_deconvolve._napari.work.remarks import Remark, Review, first_error
from napari_deconvolve.cli.batch.plan import BatchPlan, tasks_of
from napari_deconvolve.cli.batch.rows import FAILED, Row
from napari_deconvolve.cli.batch.task import Task
from napari_deconvolve.errors import DeconvolutionError
from napari_deconvolve.recipe.recipe import Recipe

PSFS = OF_RUN, PER_CHANNEL, OF_FILES, OF_OPTICS = (
    "As in the run",
    "One per channel",
    "From files…",
    "From the optics in each file",
)
KINDS = {"channels": "one PSF per channel", "strata": "the run's PSFs of several depths"}  # of PSFs in recipes
NO_FILES = "Add files or a folder."
NONE_FITS = "None of these files can be run: a click on ✕ says why."


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What the form says: texts as they were typed, files in order.

    Attributes
    ----------
    recipe, lacking
        What is to be done with them, or None and why.
    psf, channels, psf_files
        One of `PSFS`; the PSFs of all channels, as a recipe describes them; one file for all, or one for each channel.
    skip, as_found
        Whether files are left out that are done, and numbers taken that were found on another image.
    jobs
        Files at once.
    """

    files: tuple[str, ...]
    recipe: Recipe | None
    lacking: str
    psf: str
    channels: Mapping[str, Any] | None
    psf_files: tuple[str, ...]
    output: str
    name: str
    spacing: str
    skip: bool
    as_found: bool
    jobs: int


@dataclass(frozen=True, slots=True, eq=False)
class BatchReview(Review):
    """What comes of the choices.

    Attributes
    ----------
    remarks : tuple of Remark
        By field: files, recipe, psf, output, name.
    plan : BatchPlan or None
        None where something forbids a run.
    tasks : tuple of Task
        What is to be done with each file, as far as it is known.
    signature : object
        Of all that decides a result, and where it goes.
    looked : mapping
        The rows of those files that were looked at, by file.
    """

    plan: BatchPlan | None = None
    tasks: tuple[Task, ...] = ()
    signature: object = None
    looked: Mapping[str, Row] = field(default_factory=dict)

    @property
    def flaws(self) -> Mapping[str, str]:
        """Files that cannot be run do not stop the others."""
        refused = sum(row.status == FAILED for row in self.looked.values())
        words = "1 file is refused" if refused == 1 else f"{refused} files are refused"
        return {"files": words} if refused else {}


def review(choices: Choices, looked: Callable[[Sequence[Task]], dict[str, Row]]) -> BatchReview:
    """Look at all that can be known before a run; `looked` returns the rows of those files that were looked at."""
    remarks = [*_about_recipe(choices), *_about_output(choices)]
    if not choices.files:
        remarks.insert(0, Remark("files", NO_FILES, "error"))
    if first_error(one for one in remarks if one.field != "output") or choices.recipe is None:
        return BatchReview(tuple(remarks))
    plan = _plan(choices, choices.recipe)
    try:
        tasks = tuple(replace(task, look=True) for task in tasks_of(plan))
    except DeconvolutionError as error:
        return BatchReview((*remarks, Remark("name", in_dock(str(error)), "error")))
    rows = looked(tasks)
    if all(file in rows and rows[file].status == FAILED for file in choices.files):
        remarks.append(Remark("files", NONE_FITS, "error"))
    signature = (repr(plan.recipe.to_dict()), repr(plan.options), plan.folder, plan.name)
    return BatchReview(tuple(remarks), None if first_error(remarks) else plan, tasks, signature, rows)


def psf_words(choices: Choices) -> str:
    """Say which PSF files have."""
    stored = None if choices.recipe is None else choices.recipe.psf
    several = f"a PSF per channel from {len(choices.psf_files)} files"
    words = {
        OF_RUN: "no PSF" if stored is None else KINDS.get(str(stored.get("source")), "the run's PSF"),
        PER_CHANNEL: "one PSF per channel",
        OF_FILES: several if len(choices.psf_files) > 1 else "the PSF of a file",
        OF_OPTICS: "a PSF by each file's optics",
    }
    return words[choices.psf]


def _plan(choices: Choices, recipe: Recipe) -> BatchPlan:
    if choices.psf == PER_CHANNEL:
        recipe = recipe.as_asked().replace(psf=choices.channels)
    options = {
        "psf": choices.psf_files if choices.psf == OF_FILES else (),
        "optics": choices.psf == OF_OPTICS,
        "as_found": choices.as_found,
        "spacing": choices.spacing.strip() or None,
    }
    return BatchPlan(
        choices.files,
        choices.output.strip(),
        recipe,
        {name: value for name, value in options.items() if name == "psf" or value},
        choices.name.strip() or None,
        choices.jobs,
        "resume" if choices.skip else "restart",
    )


def _about_recipe(choices: Choices) -> list[Remark]:
    if choices.recipe is None:
        return [Remark("recipe", choices.lacking, "error" if choices.lacking else "info")]
    reasons = {
        OF_RUN: "" if choices.recipe.psf is not None else "This recipe holds no PSF; choose another.",
        PER_CHANNEL: "" if choices.channels else "There are no results of all channels; run them in Deconvolve first.",
        OF_FILES: "" if choices.psf_files else "Choose a file of a PSF, or one for each channel.",
    }
    wrong = reasons.get(choices.psf, "")
    return [Remark("psf", wrong, "error")] if wrong else []


def _about_output(choices: Choices) -> list[Remark]:
    folder = choices.output.strip()
    if not folder:
        return [Remark("output", "Choose a folder for the results.", "error")] if choices.files else []
    if os.path.exists(folder) and not os.path.isdir(folder):
        return [Remark("output", f"{folder} is a file; choose a folder.", "error")]
    return []
