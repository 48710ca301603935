"""Where a pupil with Zernike aberrations gathers its light: in which plane, how far around it, how far off the axis."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.psf.microscope.focus import crossings, reach_of
from napari_deconvolve.psf.microscope.modality import frequency
from napari_deconvolve.psf.microscope.pupil2d import aberrated
from napari_deconvolve.psf.microscope.quadrature import Values
from napari_deconvolve.psf.microscope.settings import Settings
from napari_deconvolve.psf.microscope.zernike import displacement, orders, polynomial

Window = tuple[float, ...]  # um to either side along y and x
Grid = tuple[tuple[int, int], tuple[float, float]]  # lengths and steps (um) along y and x

EQUALLY_BRIGHT = 0.97  # of the brightest: planes as bright as this share the middle
STEPS_PER_FOCAL_DEPTH = 8  # per depth of focus
FOCAL_DEPTHS_BEYOND = 3.5  # depths of focus beyond the last place where rays cross: there planes are faint, as a rule
NOT_YET, FOCAL_DEPTHS_FARTHER, MAX_SEARCH_ROUNDS = 0.95, 1.5, 5  # where they are not, the search goes on
PEAK_STEPS = 2  # lateral steps around the axis in which the brightest plane has its peak, were it not thrown away
OTHER_PEAK_STEPS = 12  # and in which any other has
MOST_STEPS = 96  # to either side: for a few waves of coma the steps get longer
AT_ONCE = 1 << 22  # samples


def brightest_plane(settings: Settings, window: Window | None = None) -> float:
    """Return how far deeper (um) than the design's focus the brightest plane lies.

    Where several planes are as bright, as before and behind the focus of a lens with much astigmatism, it is the middle
    of the outermost two. Light outside the window is not looked at.
    """
    low, high = crossings(settings)
    depth = _depth(settings)
    grid = _grid(settings, PEAK_STEPS, window)
    far = (_axial(settings) + 1) * depth
    half = int(np.ceil((far + (high - low) / 2) / depth * STEPS_PER_FOCAL_DEPTH))
    z = np.linspace(low - far, high + far, 2 * half + 1)
    brightest = _brightest(settings, z, grid)
    least = np.maximum(np.maximum(brightest[:-2], brightest[2:]), EQUALLY_BRIGHT * brightest.max())
    tops = np.flatnonzero(brightest[1:-1] >= least) + 1
    ends = {int(tops[0]), int(tops[-1])} if len(tops) else {int(np.argmax(brightest))}
    step = float(z[1] - z[0])
    found = float(np.mean([_top(settings, float(z[place]), step, grid) for place in ends]))
    return round(found, 5) + 0.0  # rounded, so that any machine draws the same planes


def aberrated_reach(settings: Settings, focus: float) -> float:
    """Return how far from the brightest plane (um) there are planes with a sample above 1 % of the brightest."""
    depth = _depth(settings)
    half = (_axial(settings) + FOCAL_DEPTHS_BEYOND) * depth
    for _ in range(MAX_SEARCH_ROUNDS):
        z = np.linspace(-half, half, 2 * int(np.ceil(half / depth * STEPS_PER_FOCAL_DEPTH)) + 1)
        reach = reach_of(z, _brightest(settings, z + focus, _grid(settings, OTHER_PEAK_STEPS, None)))
        if reach < NOT_YET * half:
            break
        half *= FOCAL_DEPTHS_FARTHER
    return reach


def off_axis(settings: Settings, z: float, window: Window | None = None) -> tuple[float, float]:
    """Return where (y, x; um) the brightest place of a plane is."""
    (down, right), steps = _grid(settings, PEAK_STEPS, window)
    plane = aberrated(settings, (down, right), steps, np.array([z]), 1)[0].astype(np.float64)
    row, column = (int(place) for place in np.unravel_index(int(np.argmax(plane)), plane.shape))
    y, x = _vertex(plane[:, column], row), _vertex(plane[row], column)
    return (y - down // 2) * steps[0], (x - right // 2) * steps[1]


def _top(settings: Settings, near: float, step: float, grid: Grid) -> float:
    """Return the brightest plane within a step."""
    z = near + np.linspace(-step, step, 2 * STEPS_PER_FOCAL_DEPTH + 1)
    brightest = _brightest(settings, z, grid)
    return near + (_vertex(brightest, int(np.argmax(brightest))) - STEPS_PER_FOCAL_DEPTH) * step / STEPS_PER_FOCAL_DEPTH


def _vertex(values: Values, place: int) -> float:
    """Return where the parabola through a sample and its neighbours is highest."""
    if not 0 < place < len(values) - 1:
        return float(place)
    before, here, after = (float(value) for value in values[place - 1 : place + 2])
    bend = before - 2 * here + after
    return place + (before - after) / (2 * bend) if bend < 0 else float(place)


def _brightest(settings: Settings, z: Values, grid: Grid) -> Values:
    """Return each plane's brightest value."""
    shape, steps = grid
    parts = np.array_split(z, int(np.ceil(len(z) * shape[0] * shape[1] / AT_ONCE)))
    return np.concatenate([aberrated(settings, shape, steps, part, 1).max(axis=(1, 2)) for part in parts]).astype(float)


def _grid(settings: Settings, around: int, window: Window | None) -> Grid:
    """Choose lengths and steps (um) along y and x that see the brightest place, inside the window."""
    step = 1 / (4 * frequency(settings))
    terms = tuple(term for term in settings.zernike or () if orders(term[0], settings.zernike_order)[1])
    thrown = displacement(terms, settings.zernike_order, settings.numerical_aperture, settings.emission_um)
    wanted = around * step + thrown
    step = max(step, wanted / MOST_STEPS)
    y, x = (2 * int(min(wanted, half) / step) + 1 for half in window or (wanted, wanted))
    return (y, x), (step, step)


def _axial(settings: Settings) -> float:
    """Return how many depths of focus away the aberrations make rays cross, at most.

    Coma throws its rays aside rather than along the axis, those next to it without end: there the path tells.
    """
    rho = np.linspace(0.01, 1, 400)
    defocus = -settings.lens.layers.defocus(rho * settings.lens.aperture)
    slope = np.gradient(defocus / np.ptp(defocus), rho)
    far = 0.0
    for index, amount in settings.zernike or ():
        n, m = orders(index, settings.zernike_order)
        radial = polynomial(n, m, rho, np.full(rho.shape, 0.0 if m >= 0 else np.pi / (2 * abs(m))))
        if abs(m) != 1:
            far += abs(amount) * float(np.abs(np.gradient(radial, rho) / slope).max())
        elif n > 1:
            far += abs(amount) * 2 * float(np.abs(radial).max())
    return far


def _depth(settings: Settings) -> float:
    """Return the distance (um) over which the rim falls behind the middle by a wave."""
    return settings.emission_um / settings.lens.rise
