"""PSFs in and out of files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import DeconvolutionError, DeconvolutionWarning, FileError, ParameterError, PSFError
from napari_deconvolve.formats.images import format_of, listed, usual_suffixes
from napari_deconvolve.formats.reading import reading, suffix_of
from napari_deconvolve.formats.stored import Stored, described, steps_of
from napari_deconvolve.formats.tables import ALL_TABLES, read_table
from napari_deconvolve.formats.tiff_writer import write_tiff
from napari_deconvolve.image import SampledArray
from napari_deconvolve.image.axes import SPATIAL
from napari_deconvolve.psf.prepare import Center, from_array, zero_lag
from napari_deconvolve.psf.protocol import ChannelSpread
from napari_deconvolve.psf.psf import PSF, of_array
from napari_deconvolve.psf.stored_form import PSF_ABOUT, fingerprint
from napari_deconvolve.psf.strata import Strata
from napari_deconvolve.psf.strata_stored import STRATA_KEY, restored
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.units import factor

ROLLED_MIDDLE = 0.5  # of the peak: the middle of a rolled PSF is darker
ROLLED_DIFFERENCE = 0.1  # of the peak: samples on both sides of a rolled PSF's zero lag differ by less


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The samples in a file of another program, before any preparation: 1 to 3 axes, as they stand in the file.

    The spacing is None and the unit "pixel" where the file does not tell them; the notes say how it was read.
    """

    data: NDArray[Any]
    spacing: tuple[float, ...] | None
    unit: str
    notes: tuple[str, ...] = ()

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def info(self) -> Mapping[str, Any]:
        """Empty: their source is not known."""
        return {}

    @property
    def depths(self) -> tuple[float, ...]:
        """Empty: the samples are those of one depth."""
        return ()

    def respaced(self, spacing: tuple[float, ...], unit: str) -> Samples:
        """Return the same samples at another spacing."""
        return replace(self, spacing=spacing, unit=unit)


def require_place(subject: ChannelSpread | Samples, center: Center) -> None:
    """Raise `PSFError` for strata, and for a place that is none in a PSF."""
    if subject.depths:
        raise PSFError("The file holds the PSFs of several depths, whose places are known; leave the centre out.")
    data = subject.data if isinstance(subject, Samples) else subject.middle.data
    zero_lag(np.nan_to_num(np.asarray(data, np.float64)), center)


def placed(subject: ChannelSpread | Samples, center: Center) -> ChannelSpread:
    """Return what a file holds as a PSF whose zero lag is at a place, its samples as they are otherwise.

    "auto" is the middle, as no place is looked for.
    """
    where = "middle" if isinstance(center, str) and center == "auto" else center
    if isinstance(subject, Samples):
        steps = 1.0 if subject.spacing is None else subject.spacing
        return from_array(subject.data, steps, center=where, background=0.0, unit=subject.unit)
    if where == "middle" and isinstance(where, str):
        return subject
    return from_array(subject.middle.data, subject.spacing, center=where, background=0.0, unit=subject.unit)


def opened(path: str | os.PathLike[str]) -> ChannelSpread | Samples:
    """Return the PSF or strata that `save` wrote into a file, or the samples of any other file as they stand there.

    Raises `FileError` when the file cannot be read, `PSFError` when it holds more than 3 axes.
    """
    stored = _read(path)
    try:
        return stored_strata(stored) or stored_psf(stored) or _foreign(stored)
    except DeconvolutionError as error:
        raise PSFError(f"{path} is no PSF that can be used: {error}") from error


def load(
    path: str | os.PathLike[str],
    *,
    center: Center = "auto",
    background: float | str = "auto",
    spacing: float | Sequence[float] | None = None,
    unit: str | None = None,
) -> ChannelSpread:
    """Load a PSF, or one that changes with depth.

    A file that `save` wrote gives the very PSF or strata again. Any other array is centred and freed from its pedestal
    by `from_array`.

    Parameters
    ----------
    path : path
        TIFF, OME-TIFF, ImageJ TIFF, NPY; or CSV or TXT with one column of values, two of positions and values, or a
        matrix.
    center, background
        As for `from_array`; for files that `save` wrote, only values other than "auto" count.
    spacing : float or sequence of float, optional
        Distance of samples, in place of the file's.
    unit : str, optional
        Its unit, in place of the file's. Without either it is "pixel", and an unknown spacing is 1.

    Raises
    ------
    FileError
        When the file cannot be read.
    PSFError
        When it holds no PSF: NaN, zero, too many axes, a centre outside.
    """
    stored = _read(path)
    try:
        strata = stored_strata(stored)
        if strata is not None:
            return _as_they_are(strata, center, background, spacing, unit)
        own = stored_psf(stored) if center == "auto" and background == "auto" else None
        if own is not None:
            kept = spacing is None and unit is None
            return own if kept else own.respaced(own.spacing if spacing is None else spacing, unit or own.unit)
        found = _foreign(stored)
        steps = found.spacing or 1.0 if spacing is None else spacing
        psf = from_array(found.data, steps, center=center, background=background, unit=unit or found.unit)
    except DeconvolutionError as error:
        raise PSFError(f"{path} is no PSF that can be used: {error}") from error
    info = of_array(psf, file=Path(path).name)
    return PSF(psf.data, psf.spacing, psf.unit, info, (*found.notes, *psf.notes))


def save(psf: ChannelSpread, path: str | os.PathLike[str]) -> None:
    """Save a PSF as OME-TIFF, with spacing, unit, source and notes; the file is complete or absent.

    The PSFs of strata lie along the first axis of the file.

    Raises
    ------
    FileError
        When the name does not end in ``.ome.tif``, ``.tif`` or ``.tiff``, or the file cannot be written.
    """
    kept = psf.stored_form()
    axes = ("QZYX" if psf.ndim == 3 else "QYX") if kept.stacked else None
    write_tiff(path, described(kept.samples, axes, psf.spacing, psf.unit, name=kept.name, extra={kept.key: kept.about}))


def stored_psf(stored: Stored) -> PSF | None:
    """Return the PSF that this program stored; None when the file holds none, or its samples were changed since."""
    about = stored.extra.get("psf")
    samples = np.asarray(stored.image.data)
    if not isinstance(about, Mapping) or about.get("sha256") != fingerprint(samples):
        return None
    known = PSF_ABOUT(about, "PSF in the file")
    lengths = samples.shape[samples.ndim - len(known["spacing"]) :]
    if int(np.prod(lengths)) != samples.size:
        raise PSFError(f"its spacing has {len(known['spacing'])} numbers for samples of the shape {samples.shape}")
    return PSF(samples.reshape(lengths), known["spacing"], known["unit"], known["info"], known["notes"])


def stored_strata(stored: Stored) -> Strata | None:
    """Return the strata that this program stored; None when the file holds none, or its samples were changed since."""
    return restored(stored.extra.get(STRATA_KEY), np.asarray(stored.image.data))


def _read(path: str | os.PathLike[str]) -> Stored:
    found = format_of(path)
    if found is not None:
        stored = found.open(path)
        for note in stored.notes:  # of the file: what is done to the samples is in the PSF's own notes
            warnings.warn(f"{Path(path).name}: {note}", DeconvolutionWarning, stacklevel=4)
        return stored
    if suffix_of(path) in ALL_TABLES:
        return read_table(path)
    with reading(path, "a PSF"):  # says first whether there is such a file at all
        known = listed((*usual_suffixes(), *ALL_TABLES))
        raise FileError(f"{path} is not a PSF that can be read; give a {known} file.")


def _foreign(stored: Stored) -> Samples:
    """Return samples without axes of one sample, in the order Z, Y, X, with the spacing in one unit."""
    stored = _one_channel(stored)
    image, kept = stored.image, _kept(stored)
    samples = np.asarray(image.data)
    left = [axis for axis in range(image.ndim) if axis not in kept]
    ordered = np.transpose(samples, (*left, *kept)).reshape([samples.shape[axis] for axis in kept])
    data, notes = _rolled(ordered, (*stored.notes, *_frames_as_planes(image, kept)))
    if data.ndim > MAX_AXES:
        raise PSFError(f"It has the shape {data.shape}; cut out one time point or channel of at most {MAX_AXES} axes.")
    if steps_of(image) is None:
        return Samples(data, None, "pixel", notes)
    steps, units = image.steps(kept), [image.units[axis] for axis in kept]
    if len(set(units)) == 1:
        return Samples(data, None if units[0] == "pixel" and set(steps) == {1.0} else steps, units[0], notes)
    try:
        common = tuple(s * factor(u, units[-1]) for s, u in zip(steps, units, strict=True))
    except ParameterError:
        return Samples(data, None, "pixel", (*notes, _half_told(image)))
    return Samples(data, common, units[-1], notes)


def _one_channel(stored: Stored) -> Stored:
    """Return one channel of several equal ones, as grey pictures have that are saved as colours; refuse others."""
    image = stored.image
    axis = image.find("C")
    if axis is None or image.shape[axis] < 2:
        return stored
    light = image.shape[axis] - (image.opacity is not None)
    channels = np.moveaxis(np.asarray(image.data), axis, 0)[:light]
    if not all(np.array_equal(one, channels[0]) for one in channels[1:]):
        raise PSFError(f"It holds {light} channels; save one of them, or one file for each, as a channel is no plane.")
    cut = (slice(None),) * axis + (0,)
    return replace(
        stored, image=image.part(cut), channels=(), notes=(*stored.notes, "its channels are equal: one taken")
    )


def _frames_as_planes(image: SampledArray, kept: Sequence[int]) -> tuple[str, ...]:
    """Return a note where time stands for depth, as ImageJ's stacks often have it."""
    frames = [image.shape[axis] for axis in kept if image.letters[axis] == "T"]
    return (f"its {frames[0]} frames are taken for planes",) if frames and len(kept) <= MAX_AXES else ()


def _kept(stored: Stored) -> list[int]:
    """Choose the axes that count: not T and C of one sample, nor leading ones, of which Z, Y and X stay for last."""
    image = stored.image
    kept = [axis for axis, letter in enumerate(image.axes) if letter not in "TC" or image.shape[axis] > 1]
    if all(image.axes[axis] in SPATIAL for axis in kept):
        kept.sort(key=lambda axis: SPATIAL.index(image.axes[axis]))
    while len(kept) > 1 and image.shape[kept[0]] == 1:
        kept = kept[1:]
    return kept


def _rolled(data: NDArray[Any], notes: tuple[str, ...]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Roll a PSF whose zero lag is the first sample into the middle, as only Fourier transforms want it.

    It is recognised by its light, which goes on from the first sample to the last one along each axis.
    """
    if data.dtype.kind not in "uif" or data.size < 3 or not np.isfinite(data).all() or data.max() <= 0:
        return data, notes
    if any(np.unravel_index(int(np.argmax(data)), data.shape)):
        return data, notes
    if data[tuple(length // 2 for length in data.shape)] > ROLLED_MIDDLE * float(data.max()):
        return data, notes  # a box, whose middle is as bright
    origin: list[Any] = [0] * data.ndim
    level = float(np.median(data))
    for axis, length in enumerate(data.shape):
        index = origin.copy()
        index[axis] = length - 1
        before = float(data[tuple(index)]) - level
        index[axis] = min(1, length - 1)
        if length > 2 and abs(before - (float(data[tuple(index)]) - level)) > ROLLED_DIFFERENCE * (
            float(data.max()) - level
        ):
            return data, notes
    return np.fft.fftshift(data), (*notes, "its zero lag was the first sample: rolled into the middle")


def _as_they_are(strata: Strata, center: Center, background: float | str, spacing: object, unit: object) -> Strata:
    """Return strata; refuse to prepare them again, since depths and samples belong together."""
    if (center, background) != ("auto", "auto") or spacing is not None or unit is not None:
        raise PSFError(
            "it holds the PSFs of several depths, which are taken as they are; leave centre, background, spacing and "
            "unit out, or make them again"
        )
    return strata


def _half_told(image: SampledArray) -> str:
    known = ", ".join(
        f"{letter} {step:.4g} {unit}"
        for letter, step, unit in zip(image.axes, image.steps(), image.units, strict=True)
        if unit != "pixel"
    )
    return f"the file tells its spacing along some axes only ({known}), so it is not used"
