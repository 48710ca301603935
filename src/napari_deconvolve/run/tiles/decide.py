"""One decision for all tiles: what the recipe leaves open, found on the brightest part and checked on the darkest lit.

The brightest part is run by the same engine as any other image, so that a large image is treated, and warned
about, as a small one is. Its number of iterations, gain, level, sieve, prior and strength hold for all tiles.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from napari_deconvolve.core.accelerations.acceleration import step_of
from napari_deconvolve.core.accelerations.steps import Steps
from napari_deconvolve.core.arrays import Shape
from napari_deconvolve.core.likelihood.maps import MAPS, Map
from napari_deconvolve.core.likelihood.photons import photon_step
from napari_deconvolve.job.camera import CameraFound, known_camera
from napari_deconvolve.job.data import visible
from napari_deconvolve.job.iteration import richardson_lucy
from napari_deconvolve.job.pixels import CAMERA
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.test_region import region_job, search_region
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.engine import Run
from napari_deconvolve.run.result import Result
from napari_deconvolve.run.tiles.ground import whole_ground
from napari_deconvolve.run.tiles.part import deciding_part
from napari_deconvolve.run.tiles.places import brightest_place, darkest_lit_place, deciding_shape, place_text
from napari_deconvolve.run.tiles.survey import Coarse, Region
from napari_deconvolve.tuning.results import Choice
from napari_deconvolve.tuning.search import Search, needs_search
from napari_deconvolve.work import Progress, Work, renamed

DIFFERS = 1.5  # times as many iterations in a part as in another, from which on it is said


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """The settings of one channel, for all its tiles.

    Attributes
    ----------
    recipe : Recipe
        Numbers, and maps over a whole item, for all that was left open; without a PSF.
    steps : Steps
        Restarts of looking ahead, and how far it goes where data decide that.
    step : float or None
        Of which all counts are whole multiples.
    gain : float
        Counts per photon; NaN where nobody asked.
    words : tuple of str
        Warnings.
    camera : tuple of CameraFound
        What is known of the camera.
    choices : tuple of Choice
        What the search chose on the brightest part, in places of the whole.
    trial : Result or None
        The run of the brightest part; None where the decision was read from a file.
    """

    recipe: Recipe
    steps: Steps
    step: float | None
    gain: float
    words: tuple[str, ...] = ()
    camera: tuple[CameraFound, ...] = ()
    choices: tuple[Choice, ...] = ()
    trial: Result | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "recipe": self.recipe.to_dict(),
            "restarts": sorted(self.steps.restarts),
            "far": list(self.steps.far),
            "step": self.step,
            "gain": self.gain if math.isfinite(self.gain) else None,
            "words": list(self.words),
            "camera": [one.to_dict() for one in self.camera],
            "choices": [one.to_dict() for one in self.choices],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        gain = math.nan if values["gain"] is None else float(values["gain"])
        steps = Steps(frozenset(map(int, values["restarts"])), tuple(map(float, values["far"])))
        camera = tuple(map(CameraFound.from_dict, values["camera"]))
        choices = tuple(map(Choice.from_dict, values["choices"]))
        recipe, words = Recipe.from_dict(values["recipe"]), tuple(values["words"])
        return cls(recipe, steps, values["step"], gain, words, camera, choices)


def decide(job: Job, channel: int, coarse: Coarse) -> Work[Decided]:
    """Find the settings of a channel."""
    shape = deciding_shape(job, channel)
    region = brightest_place(coarse, shape, job.frame)
    part, whole = _known_part(job, coarse, channel, region)
    trial = yield from renamed(Run(part).work(), lambda stage: _progress(stage or "running the brightest part"))
    settled = replace(part, recipe=trial.recipe.as_found().replace(psf=None), asked=None)
    recipe = settled.recipe.replace(background=whole, **_maps_of(job.recipe))
    words = trial.words
    if needs_search(job.recipe) and job.recipe.automatic:
        words = (*words, *(yield from _check(job, channel, coarse, (recipe, trial))))
    choices = tuple(replace(one, region=_moved(one.region, region)) for one in trial.choices)
    step = photon_step(np.asarray(part.items[0]))
    steps = _steps(settled, trial.choices, job.frame) if recipe.traits.iterates else Steps()
    return Decided(recipe, steps, step, trial.gain, words, trial.camera, choices, trial)


def _known_part(job: Job, coarse: Coarse, channel: int, region: Region) -> tuple[Job, float | Map]:
    """Return a job of the brightest part that knows camera and background, and the background of the whole."""
    part = deciding_part(job, coarse.item, region)
    if not isinstance(job.recipe.background, str):
        return part, job.recipe.background
    camera = known_camera(part, 0)
    low = camera["offset"].mean if isinstance(camera["offset"], MAPS) else camera["offset"]
    whole, by = whole_ground(part, region, coarse, low)
    begin, shape = [cut.start for cut in region], part.frame
    here = whole.part(begin, shape) if isinstance(whole, MAPS) else whole
    return replace(part, recipe=part.recipe.replace(background=here, **camera), under=by, asked=part.recipe), whole


def _maps_of(recipe: Recipe) -> dict[str, Any]:
    """Return what is known of a camera where pixels differ: maps over the whole, as they were given."""
    given = {name: getattr(recipe, name) for name in CAMERA}
    return given if any(isinstance(one, MAPS) for one in given.values()) else {}


def _check(job: Job, channel: int, coarse: Coarse, found: tuple[Recipe, Result]) -> Work[tuple[str, ...]]:
    """Return a sentence where the darkest lit part would take another number of iterations."""
    recipe, trial = found
    ground = recipe.background.mean if isinstance(recipe.background, MAPS) else recipe.background
    assert not isinstance(ground, str)
    region = darkest_lit_place(coarse, deciding_shape(job, channel), job.frame, ground)
    if region is None:
        return ()
    known = {name: getattr(recipe, name) for name in ("background", "offset", "read_noise")}
    gain = trial.gain if math.isfinite(trial.gain) and not isinstance(job.recipe.gain, MAPS) else job.recipe.gain
    dark = replace(job, recipe=job.recipe.replace(gain=gain, **known))
    part = deciding_part(dark, coarse.item, region)
    choice: Choice = yield from renamed(Search(part).work(), lambda stage: _progress(f"checking a dark part: {stage}"))
    there, here = choice.iterations, trial.iterations
    if not there or max(there, here) < DIFFERS * min(there, here):
        return ()
    return (
        f"The brightest part decided for {here} iterations, and the darkest part with an object, around "
        f"{place_text(region)}, would take {there}: all tiles take {here}. Give --iterations if the dark part "
        "matters more.",
    )


def _steps(settled: Job, choices: tuple[Choice, ...], frame: Shape) -> Steps:
    """Return the steps on the crop that decided, in double precision, and read in its frame alone.

    So neither rounding nor the library, with its lengths of boxes, changes any of them. A crop that is all of an image
    reads what a run of the whole does.
    """
    region = choices[0].region if choices else search_region(visible(settled, 0), settled.point())
    recipe = settled.recipe.replace(dtype="float64")
    crop = region_job(replace(settled, recipe=recipe), 0, region)
    live = richardson_lucy(crop, 0, recorded=crop.frame != frame)
    restarts, far = [], []
    with contextlib.closing(live.blur):
        for number in range(1, recipe.expected_iterations + 1):
            live.step()
            restarts += [number] * live.restarted
            far.append(live.far)
    return Steps(frozenset(restarts), tuple(far) if step_of(recipe.acceleration).reads_data else ())


def _moved(region: Region, by: Region) -> Region:
    return tuple(slice(cut.start + place.start, cut.stop + place.start) for cut, place in zip(region, by, strict=True))


def _progress(stage: str) -> Progress:
    return Progress(0, 1, stage=f"finding the settings: {stage}")
