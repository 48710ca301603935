"""Files that ``napari-deconvolve run`` writes: checked before the run, written after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_deconvolve.cli.options import same_file
from napari_deconvolve.cli.outputs import check_output, keep_inputs, stacked
from napari_deconvolve.cli.requests import RunRequest
from napari_deconvolve.cli.session import say
from napari_deconvolve.cli.spectra import is_table, write_result
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.atomic import check_target
from napari_deconvolve.formats.images import require_suffix
from napari_deconvolve.formats.ome_zarr.library import is_store
from napari_deconvolve.io import ImageFile, checkpoint_path, write_checkpoint, write_image
from napari_deconvolve.io.images import stem
from napari_deconvolve.job.camera import background_map
from napari_deconvolve.job.problem import Job
from napari_deconvolve.psf.files import save
from napari_deconvolve.recipe.naming import ending
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.run.diagnostics.uncertainty import UncertaintyMap
from napari_deconvolve.run.result import Result


def snapshots_path(output: str) -> str:
    """Name the file of the estimates on the way: ``cells.ome.tif`` gives ``cells.iterations.ome.tif``."""
    return str(Path(output).with_name(f"{stem(output)}.iterations.ome.tif"))


def check_outputs(request: RunRequest, plan: Recipe) -> None:
    """Refuse outputs that cannot be written, or that would overwrite a file that is read."""
    check_output(request.output)
    if request.every is not None:
        _check_snapshots(request.output, request.every, plan)
    if request.save_background is not None:
        _check_other("--save-background", request.save_background, request.output)
    if request.save_psf is not None:
        _check_psf_output(request.save_psf, request.output, plan)
    if request.uncertainty is not None:
        _check_other("--uncertainty", request.uncertainty, request.output)
    keep_inputs(_written(request), [request.image, request.start, *request.psf])
    if request.resumable:
        if not plan.traits.exact:
            raise ParameterError(f"--resumable is for the method rl, and this is {plan.method}; leave it out.")
        check_target(str(checkpoint_path(request.output)))


def _check_snapshots(output: str, every: int, plan: Recipe) -> None:
    if not plan.traits.iterates:
        raise ParameterError(f"--every keeps several estimates, and {plan.method} has but one; leave it out.")
    if every < 1 or (not isinstance(plan.iterations, str) and every > plan.iterations):
        raise ParameterError(f"--every is {every}; give a whole number from 1 to the {plan.iterations} iterations.")
    check_target(snapshots_path(output))


def _check_psf_output(path: str, output: str, plan: Recipe) -> None:
    if not plan.traits.finds_psf:
        raise ParameterError(f"--save-psf writes the PSF that is found, and the method is {plan.method}; choose blind.")
    _check_other("--save-psf", path, output)


def _check_other(name: str, path: str, output: str) -> None:
    """Refuse a further output that cannot be written, or that is the first one."""
    require_suffix(path)
    check_target(path)
    if path == output or same_file(path, output):
        raise ParameterError(f"{name} and --output are both {path}; give two files.")


def _written(request: RunRequest) -> tuple[str | None, ...]:
    """Name all files that a run writes."""
    snapshots = None if request.every is None else snapshots_path(request.output)
    whole = str(checkpoint_path(request.output)) if request.resumable else None
    return request.output, snapshots, whole, request.save_psf, request.save_background, request.uncertainty


def write_outputs(request: RunRequest, source: ImageFile, result: Result, more: Mapping[str, Any]) -> None:
    """Write the result; also the estimates on the way, and the state to continue from, if they are wanted."""
    if request.every is not None:
        _write_snapshots(snapshots_path(request.output), source, result, request.every)
    if result.checkpoint is not None:
        write_checkpoint(request.output, result.checkpoint)
    if is_store(request.output):
        return  # which the run has written
    if is_table(request.output):
        write_result(request.output, source, result)
    else:
        _write(request.output, source, result, more)


def write_background(path: str, source: ImageFile, job: Job, result: Result) -> None:
    """Write the background under an image, of the image's shape."""
    write_image(
        path,
        source.image.with_data(background_map(job)),
        recipe=result.recipe,
        name=f"{source.name} · background",
        channels=source.channels,
        extra=result.about_making,
    )


def _write(output: str, source: ImageFile, result: Result, more: Mapping[str, Any]) -> None:
    found = {"iterations": result.iterations, "background": result.background, "deviance": list(result.trace)}
    write_image(
        output,
        source.image.with_data(result.estimate),
        recipe=result.recipe,
        name=f"{source.name} · {ending(result.recipe.to_dict(), result.iterations)}",
        channels=source.channels,
        extra={**found, **result.about_making, **more},
    )


def _write_snapshots(path: str, source: ImageFile, result: Result, every: int) -> None:
    write_image(
        path,
        stacked(source, (state.estimate for state in result.snapshots)),
        recipe=result.recipe,
        name=f"{source.name} · {ending(result.recipe.to_dict(), f'every {every}')}",
        extra={
            "snapshots": [state.iteration for state in result.snapshots],
            "deviance": list(result.trace),
            **result.about_making,
        },
    )


def write_uncertainty(path: str, source: ImageFile, result: Result, found: UncertaintyMap) -> None:
    """Write both parts of the uncertainty together, the noise and the blur, along a leading axis."""
    write_image(
        path,
        stacked(source, (found.deviation, found.noise, found.blur)),
        recipe=result.recipe,
        name=f"{source.name} · uncertainty of {ending(result.recipe.to_dict(), result.iterations)}",
        extra={"parts": ["both", "noise", "blur"], "typical": list(found.typical), **result.about_making},
    )


def tell_found(result: Result, path: str | None) -> None:
    """Report each PSF that blind deconvolution found, and write it: those of several channels have a file each."""
    for number, one in enumerate(result.found):
        channel = f"channel {number}: " if len(result.found) > 1 else ""
        say(f"{channel}{one}")
        if path is not None:
            save(one.psf, path if not channel else _numbered(path, number))


def _numbered(path: str, number: int) -> str:
    """Put a number before the ending of a file's name."""
    name, bare = Path(path).name, stem(path)
    return str(Path(path).with_name(f"{bare}.{number}{name[len(bare) :]}"))
