"""``napari-deconvolve run``: from an image file and a PSF to a deconvolved image file."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from napari_deconvolve.api.deconvolve import Result
from napari_deconvolve.cli.found import check_psf_output, tell_found
from napari_deconvolve.cli.match import at_image, match, open_image, open_psf
from napari_deconvolve.cli.options import named, number_or_word, overridden, read_recipe, widths
from napari_deconvolve.cli.overwriting import keep_inputs
from napari_deconvolve.cli.session import STOP, say, to_the_end
from napari_deconvolve.cli.spectra import check_table, is_table, tell_notes, write_result
from napari_deconvolve.cli.start import Beginning, beginning, check_whole, keep_whole, recipe_to_go_on
from napari_deconvolve.core.priors.choice import read_prior
from napari_deconvolve.core.priors.prior import PRIORS
from napari_deconvolve.errors import ParameterError, ResourceError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.io import ImageFile, whole_path, write_image
from napari_deconvolve.io.images import require_suffix, stem
from napari_deconvolve.job.channels import AnyPSF
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Job
from napari_deconvolve.recipe.naming import ending, power_text
from napari_deconvolve.recipe.psf_source import rebuild
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.cost import SPARE, free_bytes, job_cost, require_memory


def run(
    image: str,
    output: str,
    *,
    psf: Sequence[str] = (),
    gaussian: str | None = None,
    formula: str | None = None,
    column: str | None = None,
    resample: bool = False,
    recipe: str | None = None,
    start: str | None = None,
    resumed: str | None = None,
    resumable: bool = False,
    iterations: int | str | None = None,
    stop: str | None = None,
    gain: str | None = None,
    background: str | None = None,
    dark_noise: str | None = None,
    acceleration: str | None = None,
    prior: str | None = None,
    method: str | None = None,
    regularization: str | None = None,
    blind: str | None = None,
    symmetry: str | None = None,
    save_psf: str | None = None,
    target_fwhm: str | None = None,
    target_by: str | None = None,
    boundary: str | None = None,
    every: int | None = None,
    spacing: str | None = None,
    center: str | None = None,
    dtype: str | None = None,
) -> None:
    """Do what the command line says; see the help of ``napari-deconvolve run``."""
    begin = time.perf_counter()
    begun = beginning(start, resumed, recipe)
    plan = overridden(
        _first_recipe(recipe, begun, iterations),
        iterations=iterations,
        stop=stop,
        gain=None if gain is None else number_or_word(gain),
        background=None if background is None else number_or_word(background),
        dark_noise=None if dark_noise is None else number_or_word(dark_noise),
        acceleration=acceleration,
        method=method,
        regularization=None if regularization is None else number_or_word(regularization),
        blind=blind,
        symmetry=symmetry,
        target_fwhm=None if target_fwhm is None else widths("--target-fwhm", target_fwhm),
        target_by=target_by,
        **_prior(prior),
        boundary=boundary,
        dtype=dtype,
    )
    _check_outputs(output, every, plan)
    check_psf_output(save_psf, output, plan)
    keep_inputs(_outputs(output, every, resumable, save_psf), [image, start, *psf])
    if resumable:
        check_whole(output, plan.method)
    source = open_image(image, spacing, column, resample)
    if is_table(output):
        check_table(output, source)
    point = open_psf(image, source, psf, gaussian, center, formula) or _recipe_psf(plan, recipe or resumed)
    with named(image):
        job = _job(source, point, plan, begun)
        _require_room(job, source, every)
        result = to_the_end(job, every, resumable)
    if every is not None:
        _write_snapshots(snapshots_path(output), source, result, every)
    keep_whole(output, result)
    if is_table(output):
        write_result(output, source, result)
    else:
        _write(output, source, result, begun.extra())
    tell_notes(image, source)
    tell_found(result, save_psf)
    say(_summary(output, result, time.perf_counter() - begin, begun.words(result)))
    for doubt in result.words:
        say(f"Note: {doubt}")


def _first_recipe(path: str | None, begun: Beginning, iterations: int | str | None) -> Recipe:
    if begun.earlier is not None:
        return recipe_to_go_on(begun, iterations)
    return Recipe() if path is None else read_recipe(path)


def _prior(text: str | None) -> dict[str, object]:
    """Read ``--prior``: its name, and its strength where one is given."""
    if text is None:
        return {}
    if text.strip().lower() in PRIORS:
        return {"prior": text.strip().lower(), "strength": "auto"}
    with named("--prior"):
        given = read_prior(text)
    return {"prior": "none"} if given is None else {"prior": given.name, "strength": given.strength}


def snapshots_path(output: str) -> str:
    """Name the file of the estimates on the way: ``cells.ome.tif`` gives ``cells.iterations.ome.tif``."""
    return str(Path(output).with_name(f"{stem(output)}.iterations.ome.tif"))


def _check_outputs(output: str, every: int | None, plan: Recipe) -> None:
    if not is_table(output):
        require_suffix(output)
    check_target(output)
    if every is None:
        return
    if plan.method == "wiener":
        raise ParameterError("--every keeps estimates on the way, and a Wiener filter has but one; leave it out.")
    if every < 1 or (not isinstance(plan.iterations, str) and every > plan.iterations):
        raise ParameterError(f"--every is {every}; give a whole number from 1 to the {plan.iterations} iterations.")
    check_target(snapshots_path(output))


def _outputs(output: str, every: int | None, resumable: bool, save_psf: str | None) -> tuple[str | None, ...]:
    """Name all files that a run writes."""
    snapshots = None if every is None else snapshots_path(output)
    return output, snapshots, str(whole_path(output)) if resumable else None, save_psf


def _recipe_psf(plan: Recipe, path: str | None) -> AnyPSF:
    if plan.psf is None:
        where = "No PSF is given" if path is None else f"--recipe {path} holds no PSF"
        raise ParameterError(f"{where}; give --psf FILE, --gaussian FWHM or, for a spectrum, --formula TEXT.")
    with named(f"--recipe {path}"):
        return rebuild(plan.psf)


def _job(source: ImageFile, point: AnyPSF, plan: Recipe, begun: Beginning) -> Job:
    fitted = match(point, source)
    return prepare(
        source.data,
        at_image(fitted),
        plan,
        axes=fitted.axes,
        start=begun.start(source, plan),
        cancelled=STOP.is_set,
    )


def _require_room(job: Job, source: ImageFile, every: int | None) -> None:
    require_memory(job)
    if every is None:
        return
    if source.data.ndim == 5:
        raise ParameterError(
            "--every adds an axis, and the image has 5 already, the most that a file holds; leave it out."
        )
    # Each snapshot is held twice: as it is kept, and in the stack that is written.
    need, free = job_cost(job, snapshots=2 * (job.recipe.expected_iterations // every)).bytes, SPARE * free_bytes()
    if need > free:
        raise ResourceError(
            f"With --every {every} the run needs {need / 1e9:.3g} GB of memory and {free / 1e9:.3g} GB are free; "
            "keep fewer with a larger number."
        )


def _write(output: str, source: ImageFile, result: Result, more: Mapping[str, Any]) -> None:
    write_image(
        output,
        source.image.with_data(result.estimate),
        recipe=result.recipe,
        name=f"{source.name} · {ending(result.recipe.to_dict(), result.iterations)}",
        channels=source.channels,
        extra={
            "iterations": result.iterations,
            "background": result.background,
            "deviance": list(result.trace),
            **more,
        },
    )


def _write_snapshots(path: str, source: ImageFile, result: Result, every: int) -> None:
    letter = next(letter for letter in "IQR" if letter not in source.axes)
    write_image(
        path,
        source.image.with_axis(np.stack([state.estimate for state in result.snapshots]), letter),
        recipe=result.recipe,
        name=f"{source.name} · {ending(result.recipe.to_dict(), f'every {every}')}",
        extra={"snapshots": [state.iteration for state in result.snapshots], "deviance": list(result.trace)},
    )


def _chosen(result: Result) -> str:
    """Say what the image itself has decided."""
    if not result.choices:
        return ""
    sieves = sorted({choice.sieve for choice in result.choices if choice.sieve})
    sieve = f", sieve of {', '.join(f'{one:g}' for one in sieves)} PSF widths" if sieves else ""
    return f" chosen from the data{sieve}"


def _done(result: Result) -> str:
    """Say what was done."""
    strength = result.recipe.regularization
    if result.recipe.method != "wiener":
        return f"{result.iterations} iterations{_chosen(result)}"
    each = f"by the rule {strength} for each channel" if isinstance(strength, str) else power_text(strength)
    return f"Wiener filter, regularization {each}"


def _summary(output: str, result: Result, seconds: float, begun: str) -> str:
    found = np.atleast_1d(np.asarray(result.background, float))
    background = f"{found[0]:.4g}" if len(found) == 1 else f"{found.min():.4g} to {found.max():.4g}"
    lost = "; .npy keeps no spacing and no recipe" if output.lower().endswith(".npy") else ""
    return (
        f"{output}: {_done(result)}{begun}, background {background}{_dark(result)}, deviance {result.trace[-1]:.4g}, "
        f"{_measured(result)}{seconds:.1f} s{lost}"
    )


def _dark(result: Result) -> str:
    """Say what a background that was subtracted before has left."""
    found = result.recipe.dark_noise
    return f" (subtracted before: dark noise as of {found:.3g} counts)" if not isinstance(found, str) and found else ""


def _measured(result: Result) -> str:
    """Say what else is known of a result: gain and misfit where the gain is known, and where the light went."""
    known = "" if math.isnan(result.gain) else f"{result.gain:.3g} counts per photon, misfit {result.misfit:.3g}, "
    return known + ("" if math.isnan(result.flux_ratio) else f"flux ratio {result.flux_ratio:.3g}, ")
