"""How large a PSF has to be."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.psf.microscope.modality import Light, frequency
from napari_deconvolve.psf.microscope.quadrature import Values
from napari_deconvolve.psf.microscope.settings import Settings

MIN_LIGHT_HELD = 0.995  # of the light of the planes that are kept
FAINTEST_PLANE = 0.01  # of the brightest sample: a plane without brighter ones is left out
PROBED_PLANES = 33
MAX_DOUBLINGS = 12


def axial_reach(settings: Settings, focus: float) -> float:
    """Return how far along the axis there are planes with a sample above 1 % of the brightest.

    The planes' light falls off so slowly (wide field keeps all of it in every plane) that no share of the whole could
    be asked for along the axis.
    """
    lens = settings.lens
    rise = float(np.ptp(lens.layers.defocus(np.array([0.0, lens.aperture]))))
    depth = settings.emission_um / rise
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
    brightest: Values = light.profile(12, z + focus, focus, step).max(axis=0)
    return brightest


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
