"""Image and PSF brought together: which axes, which spacing, which unit."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_deconvolve.cli.options import center as as_center
from napari_deconvolve.cli.options import named, numbers, one_or_many, same_file
from napari_deconvolve.cli.psf.told import psf_by_optics
from napari_deconvolve.cli.session import STOP
from napari_deconvolve.cli.spectra import SpectrumFile, by_formula, has_positions, is_table, open_spectrum
from napari_deconvolve.core.arrays import FloatArray
from napari_deconvolve.errors import DeconvolutionWarning, ParameterError, PSFError
from napari_deconvolve.formats.ome_detector import detector_offsets
from napari_deconvolve.formats.reading import suffix_of
from napari_deconvolve.image import SampledArray, psf_axes
from napari_deconvolve.io import ImageFile, read_image
from napari_deconvolve.io.images import with_axes
from napari_deconvolve.job.prepare import prepare
from napari_deconvolve.job.problem import Checkpoint, Job
from napari_deconvolve.psf import PSF, ChannelPSFs, gaussian, load
from napari_deconvolve.psf.prepare import Center
from napari_deconvolve.psf.protocol import ChannelSpread, PointSpread
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.recipe.recipe import Recipe
from napari_deconvolve.units import canonical, factor, is_length, kind


def open_image(
    path: str,
    spacing: str | None = None,
    column: str | None = None,
    resample: bool = False,
    axis_column: str | None = None,
    unit: str | None = None,
    number: int | None = None,
    named_axes: str | None = None,
    lazily: bool = False,
) -> ImageFile:
    """Read an image or a spectrum; a spacing and a unit given by options stand in for the file's.

    A spacing without a unit is in the file's, where that is known, else in um; that of a spectrum without unit stays
    without one. `number` is that of the image in a file with several, and `named_axes` are the letters of its axes in
    place of the file's. With `lazily` samples stay in the file until they are needed.
    """
    image = _read(path, column, resample, axis_column, number, lazily)
    if named_axes is not None:
        with named("--axes"):
            image = with_axes(image, named_axes)
    if spacing is None and unit is None:
        return image
    axes = image.spatial
    letters = ",".join(image.axes[axis] for axis in axes)
    steps = [image.image.steps()[axis] for axis in axes] if spacing is None else numbers("--spacing", spacing)
    if spacing is None and image.spacing is None and not isinstance(image, SpectrumFile):
        raise ParameterError(f"--unit is {unit!r}, and {path} tells no voxel size; give --spacing too.")
    if len(steps) == 1:
        steps = tuple(steps) * len(axes)
    if len(steps) != len(axes):
        raise ParameterError(f"--spacing is {spacing!r}; give {len(axes)} numbers for the axes {letters} of {path}.")
    otherwise = "pixel" if isinstance(image, SpectrumFile) else "um"
    values, units = list(image.image.steps()), list(image.units)
    for axis, step in zip(axes, steps, strict=True):
        values[axis] = step
        units[axis] = unit_named(unit) if unit is not None else units[axis] if kind(units[axis]) else otherwise
    if isinstance(image, SpectrumFile):
        return image.on_axis(values[-1], units[-1])
    known = image.image.with_data(image.data, spacing=tuple(values), units=tuple(units))
    return dataclasses.replace(image, image=known)


def unit_named(text: str) -> str:
    """Return the unit that `--unit` says; refuse those that are not known."""
    found = canonical(text)
    if not kind(found):
        raise ParameterError(f"--unit is {text!r}; give a unit that is known, such as nm, um, cm-1, eV or s.")
    return found


def _read(
    path: str, column: str | None, resample: bool, axis_column: str | None, number: int | None, lazily: bool
) -> ImageFile:
    """Read a table as a spectrum, and an array that holds positions and data."""
    if is_table(path):
        if number is not None:
            raise ParameterError(f"--image {number} is for files of images, and {path} is a table; leave it out.")
        return open_spectrum(path, column, resample, axis_column)
    given = {"--column": column, "--axis-column": axis_column, "--resample": "" if resample else None}
    options = [f"{name} {value}".strip() for name, value in given.items() if value is not None]
    image = read_image(path, image=number, lazily=lazily)
    if suffix_of(path) == ".npy" and has_positions(image, bool(options)):
        return open_spectrum(path, column, resample, axis_column)
    if options:
        raise ParameterError(f"{options[0]} is for spectra with positions, and {path} is none; leave it out.")
    return image


def open_psf(
    image_path: str,
    image: ImageFile,
    paths: Sequence[str],
    fwhm: str | None,
    center: str | None,
    formula: str | None = None,
    *,
    optics: bool = False,
) -> PointSpread | None:
    """Make the PSF that the options name, one per channel, or one per stratum; None when they name none.

    With `optics` it is that of the microscope which the image's file tells.
    """
    if optics:
        return _by_optics(image_path, image, {"--psf": paths, "--gaussian": fwhm, "--formula": formula})
    if paths and fwhm is not None:
        raise ParameterError(f"--psf {paths[0]} and --gaussian {fwhm} are both given; give one of them.")
    if formula is not None and (paths or fwhm is not None):
        raise ParameterError(f"--formula {formula} and another PSF are both given; give one of them.")
    if center is not None and not paths:
        raise ParameterError(f"--center {center} is for a PSF from a file; give --psf, or leave --center out.")
    for path in paths:
        if same_file(path, image_path):
            raise PSFError(f"--psf {path} is the image itself; give the image of a point instead.")
    where = as_center(center)
    if len(paths) > 1:
        found = [_for_all_depths(path, _loaded(path, where)) for path in paths]
        return ChannelPSFs(found, _channel_axis(image_path, image, len(paths)))
    if paths:
        return _loaded(paths[0], where)
    if formula is not None:
        return by_formula(image, formula)
    return None if fwhm is None else _gaussian(image, fwhm)


def _loaded(path: str, center: Center) -> ChannelSpread:
    """Load a PSF, and warn of what was done to samples that another program wrote."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        psf = load(path, center=center)
    said = [str(one.message) for one in heard]
    done = [] if psf.depths or psf.middle.info.get("file") != Path(path).name else psf.middle.notes
    new = "; ".join(note for note in done if not any(note in text for text in said))
    for text in (*said, *([f"{Path(path).name}: {new}"] if new else [])):
        warnings.warn(text, DeconvolutionWarning, stacklevel=2)
    return psf


def _by_optics(path: str, image: ImageFile, others: Mapping[str, Any]) -> PointSpread:
    """Make the PSF that the image's own file tells; refuse another one beside it."""
    given = [name for name, value in others.items() if value]
    if given:
        raise ParameterError(f"--optics and {given[0]} are both given; give one of them.")
    if isinstance(image, SpectrumFile):
        raise ParameterError(f"--optics is for images of microscopes, and {path} holds spectra; leave it out.")
    return psf_by_optics(path, image)


def _for_all_depths(path: str, psf: ChannelSpread) -> PSF:
    if psf.depths:
        raise PSFError(
            f"--psf {path} holds the PSFs of {len(psf.depths)} depths, and --psf is given several times, once for each "
            "channel; run the channels one by one, or give one PSF for all depths."
        )
    return psf.middle


def _channel_axis(path: str, image: ImageFile, count: int) -> int:
    """Find the axis C, or another without another meaning."""
    channels = image.image.find("C")
    if channels is not None:
        return channels
    nameless = [axis for axis, letter in enumerate(image.axes) if letter != "T" and axis not in image.spatial]
    if not nameless:
        raise PSFError(
            f"--psf is given {count} times, but {path} has no channels, its axes are {image.axes}; give one."
        )
    return nameless[0]


def match(psf: PointSpread, image: ImageFile) -> tuple[PointSpread, tuple[int, ...]]:
    """Return the PSF at the image's spacing, and the image's axes on which it acts, in the PSF's order.

    A PSF that knows no spacing takes the image's; one of another spacing or unit is resampled, each channel by itself.
    """
    each = [_matched(one, image) for one in psf.channels]
    fitted = [one if spacing is None else one.resampled(spacing) for one, _, spacing in each]
    return psf.with_channels(fitted), each[0][1]


def job_of(
    source: ImageFile,
    point: PointSpread,
    plan: Recipe,
    start: FloatArray | Checkpoint | None = None,
    as_found: bool = False,
) -> Job:
    """Bring image and PSF together and prepare their run, which a signal stops."""
    fitted, axes = match(point, source)
    told = detector_offsets(source.optics)
    channel = source.image.find("C")
    how: dict[str, Any] = {"axes": axes, "start": start, "cancelled": STOP.is_set, "as_found": as_found}
    return prepare(bare(source), fitted, plan, offsets=told, offsets_along=channel, **how)


def bare(source: ImageFile) -> SampledArray:
    """Return an image with the names of its axes alone: its PSF is at its spacing already."""
    return SampledArray(source.data, source.image.axes)


def _matched(psf: ChannelSpread, image: ImageFile) -> tuple[ChannelSpread, tuple[int, ...], tuple[float, ...] | None]:
    """Return the PSF, its axes, and the image's spacing along them in its unit; None if nothing is to be compared."""
    axes = psf_axes(image.image, psf.ndim, psf.unit)
    if not set(axes) <= set(image.spatial):  # a stack whose first axis has no name
        return psf, axes, None
    grid, unknown = image.grid(axes), _without_size(image, axes)
    if grid is None or unknown:
        if is_length(psf.unit) and unknown:  # how large a PSF in micrometres, say, is in pixels is not guessed
            raise ParameterError(
                f"The PSF is in {psf.unit}, and the image does not tell its voxel size along {', '.join(unknown)}; "
                "give --spacing."
            )
        return psf, axes, None
    steps, unit = grid
    if unit == "pixel":  # a spectrum's positions: taken to be in the kernel's unit
        return psf, axes, steps
    if psf.unit == "pixel":
        given = any(step != 1 for step in psf.spacing)  # numbers without a unit: taken to be in the image's
        note = f"unit {unit} taken from the image" if given else "spacing taken from the image"
        psf = psf.respaced(psf.spacing if given else steps, unit, {"source": "array"}, note)
    with named("--psf and IMAGE"):
        scale = factor(unit, psf.unit)
    return psf, axes, tuple(step * scale for step in steps)


def _without_size(image: ImageFile, axes: Sequence[int]) -> list[str]:
    """Return the letters of those axes whose voxel size the file does not have; a spectrum needs none."""
    spectrum = isinstance(image, SpectrumFile)
    return [] if spectrum else [image.axes[axis] for axis in axes if not kind(image.units[axis])]


def _gaussian(image: ImageFile, text: str) -> PSF:
    widths = numbers("--gaussian", text)
    spatial = image.spatial
    count = len(widths) if len(widths) > 1 else min(MAX_AXES, len(spatial))
    if count > len(spatial):
        raise PSFError(
            f"--gaussian {text} has {count} numbers and the image {len(spatial)} axes to blur; "
            f"give at most {len(spatial)}, or one for all."
        )
    found = None if _without_size(image, spatial[-count:]) else image.grid(spatial[-count:])
    if found is None:
        note_pixels(text, image, spatial[-count:])
    steps, unit = found or ((1.0,) * count, "pixel")
    with named("--gaussian"):
        return gaussian(one_or_many(widths), steps, ndim=count, unit=unit)


def note_pixels(text: str, image: ImageFile, axes: Sequence[int]) -> None:
    """Say that widths are taken in pixels; refuse widths of axes of which only some tell their voxel size."""
    unknown = _without_size(image, axes)
    if 0 < len(unknown) < len(axes):
        raise ParameterError(
            f"--gaussian is {text}, and {image.name} tells no voxel size along {', '.join(unknown)}; give --spacing."
        )
    if unknown:
        note = (
            f"--gaussian {text} is taken in pixels, as {image.name} tells no voxel size; give --spacing for a length."
        )
        warnings.warn(note, DeconvolutionWarning, stacklevel=2)
