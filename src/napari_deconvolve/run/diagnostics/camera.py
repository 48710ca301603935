"""The camera report: what an image tells of its camera, and what the default would take off it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.core.likelihood.background_map import Ground
from napari_deconvolve.job.camera import with_sd
from napari_deconvolve.job.data import background, camera_level, found_by, level
from napari_deconvolve.job.defects import defects
from napari_deconvolve.job.problem import Job
from napari_deconvolve.job.samples import is_empty, require_pixels
from napari_deconvolve.job.test_region import brightest_item
from napari_deconvolve.work import Progress, Work

HEADS = ("channel", "item", "offset", "gain", "background", "found as", "missing", "spikes")
UNITS = ("", "", "counts", "counts per photon", "counts", "", "% of samples", "samples")
UNSURE = "not certain"
WORDS = {
    "constant": "one number",
    "surface": "smooth surface",
    "filled": "guess: the object fills the field",
    "bright": "none: bright field",
}

FoundAs: TypeAlias = Literal["constant", "surface", "filled", "bright"]
Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CameraRow:
    """What the brightest item of a channel tells of its camera; of lines, what all of them do.

    Attributes
    ----------
    channel, item : int
        Place among the channels, and among the items that are deconvolved one by one.
    offset, offset_sd : float
        Counts at which there is no noise, as a run takes them off: the camera's offset less the counts that make as
        much noise as reading does, 0 where noise does not grow with light. Its standard deviation is NaN where the
        line of variance over mean is not certain, or is not seen.
    gain, gain_sd : float
        Counts per photon by the line, and the standard deviation of that; NaN where there is no line.
    trusted : bool
        Whether offset and gain of the line are certain enough to be used.
    background_min, background_mean, background_max : float
        In counts, with the offset in it; equal where it is one number.
    found_as : str
        How the background was found: "constant", one number; "surface", through the empty parts; "filled", guessed
        below an object that fills the field; "bright", none, as dark details lie in a bright field.
    missing : float
        Share of the samples that hold a constant in place of data.
    spikes : int
        Samples brighter or darker than light through the PSF can be.
    mean, variance : ndarray
        The photon transfer: in counts and squared counts, in bins from dark to bright; empty where there is no line.
    """

    channel: int
    item: int
    offset: float
    offset_sd: float
    gain: float
    gain_sd: float
    trusted: bool
    background_min: float
    background_mean: float
    background_max: float
    found_as: FoundAs
    missing: float
    spikes: int
    mean: Values
    variance: Values

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        under, found_as, missing, spikes = _cells(self)[4:]
        told = (
            f"offset {with_sd(self.offset, self.offset_sd)} counts, gain {with_sd(self.gain, self.gain_sd)} counts per "
            "photon"
            if self.trusted
            else f"offset and gain are not certain (offset {self.offset:.4g} counts is taken)"
        )
        return f"{told}, background {under} counts ({found_as}), {missing} % of the samples missing, {spikes} spikes"


@dataclass(frozen=True, slots=True, eq=False)
class CameraReport:
    """What an image tells of its camera; as text, a table.

    Attributes
    ----------
    rows : tuple of CameraRow
        One per channel that holds data.
    """

    rows: tuple[CameraRow, ...]

    def __str__(self) -> str:
        return _table([HEADS, UNITS, *map(_cells, self.rows)])


def camera_of(job: Job) -> Work[CameraReport]:
    """Find offset, gain, background and defects of the brightest item of each channel, as a run would.

    `ParameterError` is raised where no sample counts.
    """
    require_pixels(job)
    rows = []
    for channel in range(len(job.psfs)):
        item = brightest_item(job, channel)
        if not is_empty(job, item):
            rows.append(_row(job, channel, item))
        yield Progress(channel + 1, len(job.psfs), stage="looking at the camera")
    return CameraReport(tuple(rows))


def _row(job: Job, channel: int, item: int) -> CameraRow:
    line = camera_level(job, item).transfer
    trusted = line is not None and line.trusted
    under, wrong = background(job, item), defects(job, item)
    return CameraRow(
        channel=channel,
        item=item,
        offset=level(job, item) + 0.0,  # not -0
        offset_sd=line.level_sd if line is not None and trusted else math.nan,
        gain=math.nan if line is None else line.gain,
        gain_sd=math.nan if line is None else line.gain_sd,
        trusted=trusted,
        background_min=float(np.min(under)),
        background_mean=float(np.mean(under, dtype=np.float64)),
        background_max=float(np.max(under)),
        found_as=_found_as(found_by(job, item)),
        missing=wrong.missing / max(wrong.samples, 1),
        spikes=wrong.spikes,
        mean=np.empty(0) if line is None else line.mean,
        variance=np.empty(0) if line is None else line.variance,
    )


def _found_as(ground: Ground) -> FoundAs:
    if ground.bright:
        return "bright"
    if ground.filled:
        return "filled"
    return "constant" if ground.surface is None else "surface"


def _cells(row: CameraRow) -> tuple[str, ...]:
    """Return what a table says of each quantity, in the order of `HEADS`."""
    offset = with_sd(row.offset, row.offset_sd) if row.trusted else f"{row.offset:.4g}, {UNSURE}"
    gain = with_sd(row.gain, row.gain_sd) if row.trusted else UNSURE
    under = f"{row.background_mean:.4g}"
    if row.background_max > row.background_min:
        under += f" ({row.background_min:.4g} to {row.background_max:.4g})"
    missing = f"{100 * row.missing:.2g}"
    return (str(row.channel), str(row.item), offset, gain, under, WORDS[row.found_as], missing, str(row.spikes))


def _table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as text, each column as wide as its longest cell."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
