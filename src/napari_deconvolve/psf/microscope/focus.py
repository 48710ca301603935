"""The focus, which layers that differ from the design move."""

from __future__ import annotations

import numpy as np

from napari_deconvolve.errors import ParameterError
from napari_deconvolve.psf.microscope.layers import Values
from napari_deconvolve.psf.microscope.modality import Light
from napari_deconvolve.psf.microscope.settings import Settings

MOST_PLANES = 40000
CENTRAL_APERTURE = (
    0.9  # of the aperture that propagates: rays beyond it cross the axis far away, and carry little light
)


def focus_shift(settings: Settings) -> float:
    """Return the distance (um) by which the brightest place on the axis lies deeper than the design's focus."""
    low, high = crossings(settings)
    lens = settings.lens
    rise = float(np.ptp(lens.layers.defocus(np.array([0.0, lens.aperture]))))
    depth = min(settings.emission_um, settings.excitation_um) / rise
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
