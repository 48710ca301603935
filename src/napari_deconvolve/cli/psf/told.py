"""A microscope's PSF by what an image's file tells of lens, light and voxels; what it does not tell is named."""

from __future__ import annotations

from typing import Any

from napari_deconvolve.cli.session import say
from napari_deconvolve.errors import ParameterError
from napari_deconvolve.formats.ome_optics import optics_of_channel
from napari_deconvolve.io import ImageFile
from napari_deconvolve.psf import PSF, ChannelPSFs, microscope
from napari_deconvolve.psf.protocol import PointSpread
from napari_deconvolve.psf.values import MAX_AXES
from napari_deconvolve.units import factor, is_length

TAKEN = ("modality", "numerical_aperture", "immersion_index", "emission_um", "excitation_um")
MISSING = {
    "numerical_aperture": ("numerical aperture", "--numerical-aperture 1.4"),
    "emission_um": ("emission wavelength", "--emission 520nm"),
}


def told_of_channel(image: ImageFile, index: int) -> dict[str, Any]:
    """Return what a file says of one channel's optics, by the names of `psf.microscope`."""
    told = optics_of_channel(image.optics, index)
    return {name: told[name] for name in TAKEN if name in told}


def with_modality(path: str, image: ImageFile, told: dict[str, Any], remedy: str) -> dict[str, Any]:
    """Return optics with a kind of microscope: one with a pinhole is confocal, any other a wide field; this is said."""
    if "modality" in told:
        return told
    modality = "confocal" if "pinhole_um" in image.optics else "widefield"
    say(f"Note: {path} does not tell the kind of microscope; {modality} is taken. {remedy}")
    return {"modality": modality, **told}


def unknown_steps(image: ImageFile) -> list[str]:
    """Return the letters of the axes along which the file does not tell the voxel size, as a length."""
    axes = image.spatial[-MAX_AXES:]
    return [image.axes[axis] for axis in axes if not is_length(image.units[axis])]


def psf_by_optics(path: str, image: ImageFile) -> PointSpread:
    """Return the PSF that a file's own optics make, one per channel; raise with all that is missing in one sentence."""
    along = image.image.find("C")
    each = [told_of_channel(image, index) for index in range(1 if along is None else image.data.shape[along])]
    _refuse_missing(path, image, each)
    remedy = "Make the PSF by 'psf microscope' for another, and give it with --psf."
    each = [with_modality(path, image, told, remedy) if not number else told for number, told in enumerate(each)]
    each = [{"modality": each[0]["modality"], **told} for told in each]
    axes = image.spatial[-MAX_AXES:]
    grid = image.grid(axes)
    assert grid is not None, "all steps are known"
    steps = tuple(step * factor(grid.unit, "um") for step in grid.spacing)
    shape = tuple(image.data.shape[axis] for axis in axes)
    made: list[PSF] = []
    for number, told in enumerate(each):
        psf = microscope(spacing=steps, for_shape=shape, **told)
        notes = "".join(f"; {note}" for note in psf.notes)
        say(f"PSF of channel {number}: {_words(told)}{notes}" if len(each) > 1 else f"PSF: {_words(told)}{notes}")
        made.append(psf)
    return made[0] if along is None or len(made) == 1 else ChannelPSFs(made, along)


def _words(told: dict[str, Any]) -> str:
    """Say what a PSF is made of."""
    words = [f"{told['modality']}, NA {told['numerical_aperture']:g}, {told['emission_um'] * 1000:g} nm"]
    index = told.get("immersion_index")
    return ", ".join([*words, f"immersion {index:g}" if index else "immersion unknown, oil is taken"])


def _refuse_missing(path: str, image: ImageFile, each: list[dict[str, Any]]) -> None:
    """Raise if something is missing for a PSF: all of it, and how to give it."""
    lacking: list[str] = []
    options: list[str] = []
    first = len(each)
    for name, (words, option) in MISSING.items():
        without = [number for number, told in enumerate(each) if name not in told]
        if without:
            first = min(first, without[0])
            some = 0 < len(without) < len(each)
            named = ", ".join(_named(image, number) for number in without)
            lacking.append(f"the {words}" + (f" of channel {named}" if some else ""))
            options.append(option)
    steps = unknown_steps(image)
    if steps:
        lacking.append(f"the voxel size along {', '.join(steps)}")
    if not lacking:
        return
    what = lacking[0] if len(lacking) == 1 else f"{', '.join(lacking[:-1])} and {lacking[-1]}"
    ways = ["give --spacing Z,Y,X"] if steps else []
    if options:
        channel = f" --channel {first}" if len(each) > 1 else ""
        made = f"'psf microscope --optics-from {path}{channel} {' '.join(options)} -o psf.ome.tif'"
        per = ", one for each channel" if len(each) > 1 else ""
        ways.append(f"make the PSF by {made} and give it with --psf{per}")
    raise ParameterError(f"--optics: {path} does not tell {what}; {', and '.join(ways)}.")


def _named(image: ImageFile, number: int) -> str:
    return f"{number} ({image.channels[number]})" if number < len(image.channels) else str(number)
