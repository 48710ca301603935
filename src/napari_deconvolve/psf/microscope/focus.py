"""The focus, which layers that differ from the design move, and how far light reaches around it."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.microscope.modality import Light, frequency
from napari_deconvolve.psf.microscope.quadrature import Values
from napari_deconvolve.psf.microscope.settings import Settings

MOST_PLANES = 40000
MIN_LIGHT_HELD = 0.995  # of the light of the planes that are kept
FAINTEST_PLANE = 0.01  # of the brightest sample: a plane without brighter ones is left out
PROBED_PLANES = 33
MAX_DOUBLINGS = 12
CENTRAL_APERTURE = (
    0.9  # of the aperture that propagates: rays beyond it cross the axis far away, and carry little light
)


def focus_shift(settings: Settings) -> float:
    """Return the distance (um) by which the brightest place on the axis lies deeper than the design's focus."""
    low, high = crossings(settings)
    depth = min(settings.emission_um, settings.excitation_um) / settings.lens.rise
    if low == high == 0:
        return 0.0
    low, high = low - 2 * depth, high + 2 * depth
    count = int(np.ceil((high - low) / (depth / 8))) + 1
    if count > MOST_PLANES:
        raise ParameterError(
            f"The layers smear the focus over {high - low:.0f} um; check depth, thicknesses and indices, which differ "
            "too much from those the lens is made for."
        )
    light = Light(settings, 0.0, max(abs(low), abs(high)))
    return _highest(light, np.linspace(low, high, count))


def crossings(settings: Settings) -> tuple[float, float]:
    """Return the range of focus positions (um) at which rays cross the axis."""
    layers, aperture = settings.lens.layers, settings.numerical_aperture
    end = CENTRAL_APERTURE * min(aperture, layers.sample, layers.glass) if not layers.paraxial else aperture
    s = np.linspace(0.01, 1, 400) * end
    path = layers.path(s).real
    if float(np.ptp(path)) < 1e-9:
        return 0.0, 0.0
    places = np.diff(path) / np.diff(layers.defocus(s))
    return float(places.min()), float(places.max())


def _highest(light: Light, z: Values) -> float:
    from scipy.optimize import minimize_scalar

    chunks = np.array_split(z, max(1, len(z) // 256))
    values = np.concatenate([light.on_axis(chunk) for chunk in chunks])
    best, step = int(np.argmax(values)), z[1] - z[0]
    found = minimize_scalar(
        lambda place: -float(light.on_axis(np.array([place]))[0]) / values[best],
        bounds=(z[best] - step, z[best] + step),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(found.x)


def axial_reach(settings: Settings, focus: float) -> float:
    """Return how far along the axis there are planes with a sample above 1 % of the brightest.

    The planes' light falls off so slowly (wide field keeps all of it in every plane) that no share of the whole could
    be asked for along the axis.
    """
    depth = settings.emission_um / settings.lens.rise
    half = 4 * depth
    for _ in range(MAX_DOUBLINGS):
        z = np.arange(-half, half + depth / 8, depth / 8)
        brightest = _brightest(settings, focus, z)
        kept = reach_of(z, brightest)
        if kept < 0.75 * half:
            return kept
        half *= 2
    return kept


def reach_of(z: Values, brightest: Values) -> float:
    """Return how far from 0 the last plane lies that is brighter than 1 % of the brightest, up or down."""
    return max(_crossing(z, brightest), _crossing(-z[::-1], brightest[::-1]))


def _crossing(z: Values, brightest: Values) -> float:
    """Return where light falls below 1 % of the brightest for good, going up."""
    shares = brightest / (FAINTEST_PLANE * brightest.max())
    last = int(np.flatnonzero(shares > 1)[-1])
    if last == len(z) - 1:
        return float(z[-1])
    around = [last + 1, last]
    return float(np.interp(1, shares[around], z[around]))


def _brightest(settings: Settings, focus: float, z: Values) -> Values:
    """Return each plane's brightest value near the axis."""
    step = 1 / (4 * frequency(settings))
    light = Light(settings, 12 * step, float(np.abs(z).max()) + abs(focus))
    return np.asarray(light.profile(12, z + focus, focus, step).max(axis=0))


def lateral_reach(settings: Settings, focus: float, axial: float, most: float) -> tuple[float, float]:
    """Return how far across the axis 99.5 % of the kept planes' light lies, at most so far; and the share within."""
    step = 1 / (4 * frequency(settings))
    z = np.linspace(-axial, axial, PROBED_PLANES if axial else 1) + focus
    radius = 32 * step + axial * settings.numerical_aperture / settings.immersion_index
    while True:
        count = int(np.ceil(min(radius, 2 * most) / step)) + 2
        light = Light(settings, count * step, float(np.abs(z).max()))
        profile = light.profile(count, z, focus, step).sum(axis=1)
        inside = np.cumsum(profile * np.arange(count)) + profile[0] / 12  # Euler-Maclaurin: r has a corner at 0
        # A hard aperture's light outside a circle falls as 1/radius, so that two circles tell the whole.
        share = inside / (2 * inside[-1] - inside[count // 2])
        if share[-1] >= MIN_LIGHT_HELD or radius >= 2 * most:
            radii = np.arange(count) * step
            found = float(np.interp(MIN_LIGHT_HELD, share, radii)) if share[-1] >= MIN_LIGHT_HELD else most
            found = min(found, most)
            return found, min(MIN_LIGHT_HELD, float(np.interp(found, radii, share)))
        radius *= 2
