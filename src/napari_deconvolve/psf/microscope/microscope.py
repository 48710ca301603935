"""PSFs of microscopes, by their optics."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_deconvolve.errors import PSFError
from napari_deconvolve.psf.largest import most_lengths
from napari_deconvolve.psf.microscope.aberrated_focus import brightest_plane, off_axis
from napari_deconvolve.psf.microscope.focus import focus_shift
from napari_deconvolve.psf.microscope.lengths import Lengths, grid_lengths, grid_steps, settled_window
from napari_deconvolve.psf.microscope.modality import Light, frequency, radial_step
from napari_deconvolve.psf.microscope.pupil2d import aberrated
from napari_deconvolve.psf.microscope.quadrature import Values
from napari_deconvolve.psf.microscope.sampling import LAGRANGE_POINTS, Grid, grid, interpolation, pixel_nodes
from napari_deconvolve.psf.microscope.settings import Settings, checked
from napari_deconvolve.psf.microscope.zernike import orders
from napari_deconvolve.psf.psf import PSF
from napari_deconvolve.units import factor

MIN_NOTED_SHIFT_UM = 0.005
PEAK_WINDOW = 0.7  # of half of the window: within it the peak has to lie
GRID = ("shape", "for_shape")
NOT_OF_THE_CALL = ("source", "unit", "focus_shift_um")  # what `info` holds besides the arguments


def microscope(
    modality: str,
    *,
    numerical_aperture: float,
    emission_um: float,
    excitation_um: float | None = None,
    immersion_index: float = 1.515,
    sample_index: float | None = None,
    coverslip_index: float | None = None,
    coverslip_um: float = 170.0,
    design_immersion_index: float | None = None,
    design_coverslip_index: float = 1.515,
    design_coverslip_um: float = 170.0,
    working_distance_um: float = 150.0,
    depth_um: float = 0.0,
    pinhole_airy: float = 1.0,
    sheet_um: float | None = None,
    spacing: float | Sequence[float],
    shape: int | Sequence[int] | None = None,
    for_shape: Sequence[int] | None = None,
    sampling: str | None = None,
    model: str = "vectorial",
    zernike: Mapping[int, float] | Sequence[Sequence[float]] | None = None,
    zernike_order: str = "noll",
) -> PSF:
    """Calculate the PSF of a microscope.

    Parameters
    ----------
    modality : {"widefield", "confocal", "spinning-disk", "two-photon", "light-sheet"}
        How light is brought to the sample, and collected.
    numerical_aperture : float
        Of the lens; below the immersion index.
    emission_um, excitation_um : float
        Wavelengths in vacuum, in um. The excitation counts for confocal, spinning disk and two photons; by default it
        is 0.94 of the emission, and 1.75 of it for two photons.
    immersion_index, sample_index : float
        Refractive indices; the sample's is the immersion's by default.
    coverslip_index : float, optional
        By default the coverslip is as designed, and its reflections are left out.
    coverslip_um : float
        Thickness of the coverslip.
    design_immersion_index, design_coverslip_index, design_coverslip_um : float
        The design of the lens: by default the immersion that is used, and glass of 1.515 and 170 um.
    working_distance_um : float
        Thickness of the immersion; counts only where its index is not the design's.
    depth_um : float
        How far below the coverslip the point lies.
    pinhole_airy : float
        Diameter of the pinhole in Airy units, 1.22 emission/NA; 0 is a point.
    sheet_um : float
        1/e^2 half width of the light sheet, which lies in the focus; 2 by default.
    spacing : float or sequence of float
        Distance of samples in um: (z, y, x), or (y, x) for the plane of focus. z is the way of the lens.
    shape : int or sequence of int, optional
        Odd lengths. By default all planes with a sample above 1 % of the brightest, and 99.5 % of their light.
    for_shape : sequence of int, optional
        Shape of the image that it is for. Where no lengths are given, those beyond what such an image can tell are
        left out: light from half of the image away looks like a background, and costs a run much time.
    sampling : {"pixel", "point"}, optional
        Integrated over a camera's pixels, or taken at points; by default points for confocal and two-photon.
    model : {"vectorial", "scalar", "born-wolf"}
        Richards-Wolf; the same without polarisation; and its paraxial limit, for comparison with other programs (at
        NA 1.4 it is 39 % too long).
    zernike : mapping of int to float, optional
        Wide field only: waves (root mean square) by Zernike index, added to the path on the way to the focus.
    zernike_order : {"noll", "osa"}
        How Zernike indices are counted.

    Returns
    -------
    PSF
        In um, around its brightest plane. Layers that differ from the design move it, and aberrations do: by how much
        deeper, ``info["focus_shift_um"]`` and the notes say. Where there are two as bright, as by much astigmatism or
        coma, it is drawn around the middle between them. Tilt and coma move the light aside as well: there it stays,
        and the notes say how far. A PSF of two axes is the plane where layers alone would have the focus, so that a
        defocus among the aberrations counts.

    Raises
    ------
    ParameterError, PSFError
        For a value that cannot be or seems to be in another unit; a grid that is even, too large, or too small.

    Notes
    -----
    Richards & Wolf, Proc. R. Soc. A 253:358 (1959); Gibson & Lanni, J. Opt. Soc. Am. A 9:154 (1992); Toeroek & Varga,
    Appl. Opt. 36:2305 (1997). The light does not depend on polarisation, and is taken as round.

    Examples
    --------
    >>> import napari_deconvolve as nd
    >>> psf = nd.psf.microscope("widefield", numerical_aperture=1.4, emission_um=0.52, spacing=(0.2, 0.1, 0.1))
    >>> psf = nd.psf.microscope(
    ...     "confocal", numerical_aperture=1.2, immersion_index=1.33, emission_um=0.52, excitation_um=0.488,
    ...     spacing=(0.2, 0.08, 0.08), shape=(31, 63, 63))
    """
    given = dict(locals())
    steps, _ = grid_steps(given.pop("spacing"), given.pop("shape")), given.pop("for_shape")
    settings = checked(given)
    layers = focus_shift(settings)
    notes = list(settings.assumed)
    stack = bool(settings.zernike) and len(steps) == 3  # a plane alone stays where the lens has its focus
    focus = brightest_plane(settings, settled_window(steps, shape)) if stack else layers
    most = None if for_shape is None else most_lengths(for_shape, len(steps))
    lengths = grid_lengths(settings, layers, focus, steps, shape, notes, most)
    planes = lengths[0] if len(lengths) == 3 else 1
    z: Values = focus + (np.arange(planes, dtype=np.float64) - planes // 2) * steps[0]
    nodes = pixel_nodes(max(steps[-2:]), frequency(settings)) if settings.sampling == "pixel" else 1
    if settings.zernike:
        values: NDArray[np.floating] = aberrated(settings, lengths[-2:], steps[-2:], z, nodes)
    else:
        values = _round(settings, focus, z, grid(lengths[-2:], steps[-2:], nodes))
    _check_peak(values)
    notes += [*_moved(layers, focus - layers), *(_aside(settings, focus, steps, lengths) if settings.zernike else ())]
    data = values if len(lengths) == 3 else values[0]
    return PSF(data, steps, "um", _info(settings, focus, steps, lengths), tuple(notes), own=True)


def default_optics() -> dict[str, Any]:
    """Return the arguments of `microscope` that describe no grid and have defaults, with these."""
    arguments = inspect.signature(microscope).parameters.values()
    return {one.name: one.default for one in arguments if one.default is not one.empty and one.name not in GRID}


def from_info(info: Mapping[str, Any]) -> PSF:
    """Make the PSF again whose `info` this is, with its spacing in um or in another unit."""
    arguments = {key: value for key, value in info.items() if key not in NOT_OF_THE_CALL}
    unit = info.get("unit", "um")
    if unit == "um":
        return microscope(**arguments)
    ratio = factor(unit, "um")
    arguments["spacing"] = [float(f"{step * ratio:.12g}") for step in info["spacing"]]
    psf = microscope(**arguments)
    return PSF(psf.data, tuple(info["spacing"]), unit, info, psf.notes)


def default_lengths(info: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the size of the PSF whose `info` this is if none is asked for; its unit is um."""
    arguments = {key: value for key, value in info.items() if key not in (*NOT_OF_THE_CALL, "shape", "spacing")}
    settings, steps = checked(arguments), grid_steps(info["spacing"], None)
    return grid_lengths(settings, focus_shift(settings), float(info["focus_shift_um"]), steps, None, [])


def _round(settings: Settings, focus: float, z: Values, plane: Grid) -> NDArray[np.floating]:
    """Return (z, y, x) of light that is the same in all directions."""
    step, radius = radial_step(settings), float(plane.radii.max())
    count = int(np.ceil(radius / step)) + LAGRANGE_POINTS
    light = Light(settings, radius, float(np.abs(z).max()))
    profile = light.profile(count, z, focus, step)
    return plane.spread(interpolation(plane.radii, plane.weights, step, count) @ profile)


def _moved(layers: float, aberrations: float) -> list[str]:
    notes = []
    if abs(layers) >= MIN_NOTED_SHIFT_UM:
        notes.append(f"focus {layers:+.2f} um from where matched layers have it; the PSF is drawn around it")
    if abs(aberrations) >= MIN_NOTED_SHIFT_UM:
        notes.append(f"aberrations move the brightest plane {aberrations:+.2f} um; the PSF is drawn around it")
    return notes


def _aside(settings: Settings, focus: float, steps: tuple[float, ...], lengths: Lengths) -> list[str]:
    """Return a note on where tilt or coma put the light: it stays there."""
    if not any(abs(orders(index, settings.zernike_order)[1]) == 1 for index, _ in settings.zernike or ()):
        return []
    places = off_axis(settings, focus, tuple(n // 2 * step for n, step in zip(lengths[-2:], steps[-2:], strict=True)))
    far = [
        f"{place:+.2f} um along {axis}"
        for axis, place in zip("yx", places, strict=True)
        if abs(place) >= MIN_NOTED_SHIFT_UM
    ]
    if not far:
        return []
    return [f"brightest {' and '.join(far)} from the middle; a restored image is moved back by as much"]


def _check_peak(values: NDArray[np.floating]) -> None:
    """Refuse a window at whose border the brightest sample lies: that PSF would be cut in two."""
    for place, length in zip(np.unravel_index(int(np.argmax(values)), values.shape), values.shape, strict=True):
        if abs(int(place) - length // 2) > max(1.0, PEAK_WINDOW * length / 2) and length > 1:
            raise PSFError(
                f"The brightest sample lies {abs(int(place) - length // 2)} samples off the middle of {length}; "
                "give a larger shape, or smaller aberrations."
            )


def _info(settings: Settings, focus: float, steps: tuple[float, ...], lengths: Lengths) -> dict[str, Any]:
    known = asdict(settings)
    del known["assumed"]
    if settings.zernike:
        known["zernike"] = [list(term) for term in settings.zernike]
    return {
        "source": "microscope",
        "unit": "um",
        **known,
        "spacing": list(steps),
        "shape": list(lengths),
        "focus_shift_um": round(focus, 6),
    }
