"""The layers between lens and point: immersion, coverslip, sample (Gibson & Lanni, J. Opt. Soc. Am. A 9:154, 1992)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Waves = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Layers:
    """Plane layers, actual ones beside those for which the lens is made; lengths in um.

    A coverslip of None is as designed, and its reflections are left out. The working distance, the immersion's
    thickness, counts only where its index differs from the design. `paraxial` takes s to be small in every phase, and
    leaves all reflections out.
    """

    immersion: float
    sample: float
    coverslip: float | None
    coverslip_um: float
    depth_um: float
    design_immersion: float
    design_coverslip: float
    design_coverslip_um: float
    working_distance_um: float
    paraxial: bool = False

    @property
    def edges(self) -> tuple[float, ...]:
        """The values of s from which on light is totally reflected, if the aperture reaches so far."""
        return () if self.paraxial else (self.sample, self.glass, self.design_coverslip, self.design_immersion)

    @property
    def glass(self) -> float:
        """The coverslip's index, and the immersion's where the coverslip is as designed."""
        if self.coverslip is not None:
            return self.coverslip
        return self.immersion if self.coverslip_um == self.design_coverslip_um else self.design_coverslip

    def axial(self, s: Values, index: float) -> Waves:
        """Return ``n cos(theta)``, imaginary where the wave does not propagate."""
        if self.paraxial:
            return np.asarray(index - s**2 / (2 * index), np.complex128)
        return np.asarray(np.sqrt(index**2 - s**2 + 0j))

    def defocus(self, s: Values) -> Values:
        """Return the optical path per um that the lens is moved; the immersion always carries the wave."""
        return self.axial(s, self.immersion).real

    def path(self, s: Values) -> Waves:
        """Return the optical path (um) that differs from the design's; the lens is moved by the depth below focus 0."""
        immersion = self.axial(s, self.immersion)
        path = np.zeros(s.shape, np.complex128)
        if self.depth_um:
            path += self.depth_um * (self.axial(s, self.sample) - immersion)
        if self.design_immersion != self.immersion:
            path += self.working_distance_um * (immersion - self.axial(s, self.design_immersion).real)
        same = self.coverslip in (None, self.design_coverslip) and self.coverslip_um == self.design_coverslip_um
        if not same:
            path += self.coverslip_um * self.axial(s, self.glass)
            path -= self.design_coverslip_um * self.axial(s, self.design_coverslip).real
            # A coverslip thicker by so much takes the place of immersion: only the difference moves the focus.
            path -= (self.coverslip_um - self.design_coverslip_um) * immersion
        return path

    def transmission(self, s: Values) -> tuple[Waves, Waves]:
        """Return Fresnel's amplitudes for s and p waves, through both faces of the coverslip."""
        across = np.ones(s.shape, np.complex128)
        along = np.ones(s.shape, np.complex128)
        indices = (self.immersion, self.glass, self.sample)
        for first, second in pairwise(indices):
            if first != second:
                near, far = self.axial(s, first), self.axial(s, second)
                across *= 2 * near / (near + far)
                along *= 2 * first * second * near / (second**2 * near + first**2 * far)
        return across, along
