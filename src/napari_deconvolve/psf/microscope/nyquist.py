"""The coarsest sampling that keeps all detail that a microscope passes."""

from __future__ import annotations

from math import sqrt
from typing import Any

from napari_deconvolve.psf.microscope.settings import PINHOLE, basics


def nyquist(
    modality: str,
    *,
    numerical_aperture: float,
    emission_um: float,
    excitation_um: float | None = None,
    immersion_index: float = 1.515,
) -> tuple[float, float]:
    """Return the largest distances of samples, in um, that record all that a microscope passes.

    Parameters
    ----------
    modality : {"widefield", "confocal", "spinning-disk", "two-photon", "light-sheet"}
        As in `napari_deconvolve.psf.microscope.microscope`.
    numerical_aperture : float
        Of the lens; below the immersion index.
    emission_um, excitation_um : float
        Wavelengths in vacuum. The excitation counts for confocal, spinning disk and two photons; by default it is that
        of `microscope`.
    immersion_index : float
        Refractive index.

    Returns
    -------
    axial, lateral : float
        Half a period of the highest frequency. Wide field: ``emission/(2 n (1 - cos a))`` and ``emission/(4 NA)``.
        Confocal and spinning disk: the bands of excitation and emission add up; an open pinhole passes little at
        their end. Two photons: twice the excitation's band. Light sheet: as wide field, since its sheet is seen by
        the same lens; a sheet thinner than the lens's depth of focus asks for finer planes.

    Raises
    ------
    ParameterError
        For a value that cannot be, or that seems to be in another unit.

    Examples
    --------
    >>> import napari_deconvolve as nd
    >>> axial, lateral = nd.psf.nyquist("widefield", numerical_aperture=1.4, emission_um=0.52)
    >>> round(axial, 3), round(lateral, 3)
    (0.277, 0.093)
    """
    values: dict[str, Any] = basics(
        {
            "modality": modality,
            "numerical_aperture": numerical_aperture,
            "emission_um": emission_um,
            "excitation_um": excitation_um,
            "immersion_index": immersion_index,
        }
    )
    aperture, index = values["numerical_aperture"], values["immersion_index"]
    emission, excitation = values["emission_um"], values["excitation_um"]
    inverse = 2 / excitation if values["modality"] == "two-photon" else 1 / emission  # adds up to the image's band
    if values["modality"] in PINHOLE:
        inverse += 1 / excitation
    return 1 / (2 * (index - sqrt(index**2 - aperture**2)) * inverse), 1 / (4 * aperture * inverse)
